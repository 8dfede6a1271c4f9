import { describe, expect, it } from 'vitest'
import { manualClock } from '../../src/kernel/time.ts'
import { checkResource } from '../../src/sandbox/hospital/check-structure.ts'
import { buildHospital } from '../../src/sandbox/hospital/server.ts'
import { isList, isObject, type Json, type Resource } from '../../src/sandbox/hospital/types.ts'
import {
  generateLabRecords,
  ID_NUMBER_SYSTEM,
  INSTITUTION_CODE_SYSTEM,
  type LabPerson,
} from '../../src/sandbox/lab-records.ts'
import { asText, readSearch } from './hospital/start-hospital.ts'

const NOW = new Date('2026-03-10T02:00:00Z')
const HOSPITAL = { code: 'H51010400001', name: '示范医院' }
const PEOPLE: LabPerson[] = Array.from({ length: 30 }, (_, index) => ({
  id: `person-${index}`,
  name: `测试${index}`,
  idNumber: `51010419000102${String(9000 + index)}`,
  sex: index % 2 === 0 ? 'female' : 'male',
  birthDate: '1970-03-04',
  phone: `1600000${String(index).padStart(4, '0')}`,
}))
const records = generateLabRecords('seed', PEOPLE, HOSPITAL, NOW)
const ofType = (type: string): Resource[] => records.filter((resource) => resource.resourceType === type)

describe('generated laboratory records', () => {
  it('are the same for the same arguments and others for another seed', () => {
    expect(generateLabRecords('seed', PEOPLE, HOSPITAL, NOW)).toEqual(records)
    expect(generateLabRecords('other', PEOPLE, HOSPITAL, NOW)).not.toEqual(records)
  })

  it("one person's records do not depend on who comes after", () => {
    const alone = generateLabRecords('seed', PEOPLE.slice(0, 1), HOSPITAL, NOW)
    expect(records.slice(0, alone.length)).toEqual(alone)
  })

  it('are sound FHIR JSON with unique addresses, and every reference inside finds its target', () => {
    const addresses = new Set(records.map(({ resourceType, id }) => `${resourceType}/${asText(id)}`))
    expect(addresses.size).toBe(records.length)
    for (const resource of records) {
      checkResource(resource)
      for (const reference of referencesIn(resource)) expect(addresses).toContain(reference)
    }
  })

  it('carry the identity number in the patient only, and in no id', () => {
    for (const [index, resource] of ofType('Patient').entries()) {
      expect(resource['identifier']).toContainEqual({
        use: 'official',
        system: ID_NUMBER_SYSTEM,
        value: PEOPLE[index]?.idNumber,
      })
    }
    const rest = JSON.stringify(records.filter(({ resourceType }) => resourceType !== 'Patient'))
    for (const person of PEOPLE) {
      expect(rest).not.toContain(person.idNumber)
      expect(rest).not.toContain(person.name)
      expect(JSON.stringify(records.map(({ id }) => id))).not.toContain(person.idNumber)
    }
  })

  it('each person has a final potassium and HbA1c of the last six days, issued by the institution', () => {
    const since = NOW.getTime() - 6 * 86_400_000
    for (const { id } of ofType('Patient')) {
      for (const loinc of ['2823-3', '4548-4']) {
        const recent = ofType('Observation').filter(
          (item) =>
            JSON.stringify(item['code']).includes(`"${loinc}"`) &&
            JSON.stringify(item['subject']).includes(`Patient/${asText(id)}"`) &&
            Date.parse(asText(item['effectiveDateTime'])) >= since,
        )
        expect(recent.map((item) => item['status'])).toEqual(['final'])
        expect(JSON.stringify(recent[0]?.['performer'])).toContain(
          `"${INSTITUTION_CODE_SYSTEM}","value":"${HOSPITAL.code}"`,
        )
      }
    }
  })

  it('no value is outside what a living person can have, and none lies in the future', () => {
    for (const item of ofType('Observation')) {
      const quantity = item['valueQuantity']
      const value = isObject(quantity) ? Number(quantity['value']) : Number.NaN
      expect(value).toBeGreaterThan(0)
      expect(value).toBeLessThan(600)
      expect(Date.parse(asText(item['effectiveDateTime']))).toBeLessThanOrEqual(NOW.getTime())
      expect(Date.parse(asText(item['issued']))).toBeLessThanOrEqual(NOW.getTime())
      expect(Date.parse(asText(item['issued']))).toBeGreaterThanOrEqual(Date.parse(asText(item['effectiveDateTime'])))
    }
  })

  it('flags values by their own reference range, and some are abnormal', () => {
    const flags = ofType('Observation').map((item) => {
      const [range] = item['referenceRange'] as unknown as [{ low: { value: number }; high: { value: number } }]
      const { value } = item['valueQuantity'] as unknown as { value: number }
      const expected = value < range.low.value ? 'L' : value > range.high.value ? 'H' : 'N'
      expect(JSON.stringify(item['interpretation'])).toContain(`"code":"${expected}"`)
      return expected
    })
    expect(new Set(flags)).toEqual(new Set(['L', 'H', 'N']))
  })

  it('load into a hospital and are found by the national identity number and LOINC', async () => {
    const { app } = buildHospital({
      ...HOSPITAL,
      clock: manualClock(NOW.toISOString()),
      auth: 'none',
      resources: records,
    })
    const search = async (path: string) => readSearch(JSON.parse((await app.inject(path)).body) as Resource)
    const [id] = (await search(`/fhir/Patient?identifier=${ID_NUMBER_SYSTEM}|${PEOPLE[7]?.idNumber ?? ''}`)).ids
    expect(id).toBe('p000008')
    const found = await search(
      `/fhir/DiagnosticReport?patient=${asText(id)}&date=ge2026-03-04&_include=DiagnosticReport:result`,
    )
    expect(found.total).toBe(3)
    expect(found.included).toHaveLength(13)
    await app.close()
  })
})

function referencesIn(value: Json | undefined): string[] {
  if (isList(value)) return value.flatMap(referencesIn)
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, child]) =>
    name === 'reference' ? [asText(child)] : referencesIn(child),
  )
}
