import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CITIES, checkPersonalId, isCurrentDivision, lookupDivision } from '../../src/codes/index.ts'
import { ageOn } from '../../src/kernel/time.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'

const people = generatePeople('yimatong', 300)

describe('synthetic people', () => {
  it('are the same for the same seed, and the first n do not depend on the count', () => {
    expect(generatePeople('yimatong', 300)).toEqual(people)
    expect(generatePeople('yimatong', 20)).toEqual(people.slice(0, 20))
    expect(generatePeople('other', 20)).not.toEqual(people.slice(0, 20))
    expect(generatePeople('yimatong', 0)).toEqual([])
  })

  it('stay the same from one release to the next', () => {
    expect(createHash('sha256').update(JSON.stringify(people)).digest('hex')).toBe(
      '58cad14102daf774f6063fb4a77b5de3b592253c9ff0b9f3d0a709f656471d8d',
    )
  })

  it('have well-formed identity numbers, all different', () => {
    for (const person of people) {
      expect(checkPersonalId(person.idNumber, { today: '2026-01-01' })).toMatchObject({
        ok: true,
        findings: [],
        normal: person.idNumber,
        suggestion: { sex: person.sex },
      })
    }
    expect(new Set(people.map((person) => person.idNumber)).size).toBe(300)
    expect(new Set(people.map((person) => person.phone)).size).toBe(300)
  })

  it('have numbers that belong to no living person and none of the documented examples', () => {
    for (const person of people) {
      expect(person.idNumber).toMatch(/^\d{6}1900\d{4}9\d{2}[\dX]$/)
      expect(person.idNumber.slice(6, 14)).not.toBe('19000101')
    }
  })

  it('stay unique when the numbers are many', () => {
    const many = generatePeople('many', 5000)
    expect(new Set(many.map((person) => person.idNumber)).size).toBe(5000)
  })

  it('have names of two to four Chinese characters', () => {
    for (const person of people) expect(person.name).toMatch(/^\p{Script=Han}{2,4}$/u)
    expect(people.some((person) => person.name.length === 4)).toBe(true)
  })

  it('have a kind of person that fits insurance and age', () => {
    const kinds = {
      '11': [20, 59],
      '12': [55, 90],
      '15': [18, 59],
      '16': [60, 92],
      '1402': [1, 5],
      '1403': [6, 17],
    } as const
    for (const person of people) {
      const [youngest, oldest] = kinds[person.psnType]
      const age = ageOn(person.birthDate, '2026-01-01')
      expect(age, person.psnType).toBeGreaterThanOrEqual(youngest)
      expect(age, person.psnType).toBeLessThanOrEqual(oldest)
      expect(person.insutype).toBe(person.psnType === '11' || person.psnType === '12' ? '310' : '390')
    }
    expect(new Set(people.map((person) => person.psnType)).size).toBe(6)
  })

  it('are insured in all four cities, and some live in another city or carry an old address code', () => {
    for (const city of CITIES) {
      const insured = people.filter((person) => person.insuredCity === city.code)
      expect(insured.some((person) => person.psnType === '11')).toBe(true)
      expect(insured.some((person) => person.psnType === '12')).toBe(true)
    }
    for (const person of people) expect(isCurrentDivision(person.residenceDivision)).toBe(true)
    expect(people.some((person) => lookupDivision(person.residenceDivision).city !== person.insuredCity)).toBe(true)
    const statuses = new Set(people.map((person) => lookupDivision(person.idNumber.slice(0, 6)).status))
    expect(statuses).toEqual(new Set(['current', 'retired', 'aggregate']))
  })

  it('come, 300 with 60 institutions, in under 100 ms', () => {
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now()
      generatePeople('speed', 300)
      generateInstitutions('speed')
      return performance.now() - start
    })
    // The best of five: a busy machine must not fail the suite, a slow generator must.
    expect(Math.min(...times)).toBeLessThan(100)
  })
})
