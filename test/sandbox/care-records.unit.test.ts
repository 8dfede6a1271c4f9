import { describe, expect, it } from 'vitest'
import { validateResource } from '../../src/fhir/index.ts'
import { RECORD_TYPES } from '../../src/records/record-types.ts'
import { generateCareRecords } from '../../src/sandbox/care-records.ts'
import { generateLabRecords, type LabPerson } from '../../src/sandbox/lab-records.ts'

const NOW = new Date('2026-03-10T02:00:00Z')
const HOSPITAL = { code: 'H51010400001', name: '示范医院' }
const PEOPLE: LabPerson[] = Array.from({ length: 40 }, (_, index) => ({
  id: `person-${index}`,
  name: `测试${index}`,
  idNumber: `51010419000102${String(9000 + index)}`,
  sex: index % 2 === 0 ? 'female' : 'male',
  birthDate: '1970-03-04',
  phone: `1600000${String(index).padStart(4, '0')}`,
}))
const care = generateCareRecords('seed', PEOPLE, HOSPITAL, NOW)
const all = [...generateLabRecords('seed', PEOPLE, HOSPITAL, NOW), ...care]

describe('generated records of care', () => {
  it('are the same for the same arguments and others for another seed', () => {
    expect(generateCareRecords('seed', PEOPLE, HOSPITAL, NOW)).toEqual(care)
    expect(generateCareRecords('other', PEOPLE, HOSPITAL, NOW)).not.toEqual(care)
  })

  it('are valid R4 of every type that the exchange serves, with unique addresses and references that lead somewhere', () => {
    const addresses = new Set(all.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`))
    expect(addresses.size).toBe(all.length)
    for (const resource of all) expect(validateResource(resource), resource.id ?? '').toEqual([])
    for (const type of RECORD_TYPES)
      expect(
        all.some((one) => one.resourceType === type),
        type,
      ).toBe(true)
    for (const reference of JSON.stringify(care).matchAll(/"reference":"([^"]+)"/g)) {
      expect(addresses).toContain(reference[1])
    }
  })

  it('lie in the past and carry no identity number, name or phone', () => {
    const text = JSON.stringify(care)
    for (const { idNumber, name, phone } of PEOPLE)
      for (const one of [idNumber, name, phone]) expect(text).not.toContain(one)
    for (const at of text.matchAll(/"(\d{4}-\d{2}-\d{2}T[^"]+)"/g))
      expect(Date.parse(at[1] ?? '')).toBeLessThan(NOW.getTime())
  })
})
