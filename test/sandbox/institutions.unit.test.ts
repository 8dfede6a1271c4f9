import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CITIES, checkFixmedinsCode, checkUscc, isCurrentDivision, lookupDivision } from '../../src/codes/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'

const institutions = generateInstitutions('yimatong')
const all = CITIES.map((city) => city.code)
const named = (scenario: string) => institutions.filter((institution) => institution.scenario === scenario)
const runsOn = (date: string) => (period: { from: string; to: string | null }) =>
  period.from <= date && (period.to === null || date <= period.to)

describe('synthetic institutions', () => {
  it('are 60, the same for the same seed', () => {
    expect(institutions).toHaveLength(60)
    expect(generateInstitutions('yimatong')).toEqual(institutions)
    expect(generateInstitutions('other')).not.toEqual(institutions)
  })

  it('stay the same from one release to the next', () => {
    expect(createHash('sha256').update(JSON.stringify(institutions)).digest('hex')).toBe(
      'ba2f83d8c9559630f12a93956e590a6b399c1dd1cfd9fe39a5e559f723820a8f',
    )
  })

  it.each(['yimatong', 'a', 'b'])('have codes and names that are valid and unique under the seed %s', (seed) => {
    const list = generateInstitutions(seed)
    for (const institution of list) {
      expect(checkFixmedinsCode(institution.code)).toMatchObject({ ok: true, findings: [], kind: institution.kind })
      expect(checkUscc(institution.uscc)).toMatchObject({ ok: true, findings: [] })
      expect(isCurrentDivision(institution.division)).toBe(true)
      expect(lookupDivision(institution.division).city).toBe(institution.city)
      expect(institution.name).toMatch(/示范|演示|样例|虚构/)
    }
    for (const key of ['code', 'uscc', 'name'] as const) {
      expect(new Set(list.map((institution) => institution[key])).size, key).toBe(60)
    }
  })

  it('carry, some of them, a division that was retired after coding and resolves to their division of today', () => {
    const old = institutions.filter((institution) => institution.code.slice(1, 7) !== institution.division)
    expect(old.length).toBeGreaterThan(2)
    for (const institution of old) {
      expect(lookupDivision(institution.code.slice(1, 7))).toMatchObject({
        status: 'retired',
        now: institution.division,
      })
    }
  })

  it('have hospitals of three levels and pharmacies in every city', () => {
    for (const city of all) {
      const levels = new Set(institutions.filter((row) => row.city === city).map((row) => `${row.kind}${row.level}`))
      expect(levels).toEqual(new Set(['hospital3', 'hospital2', 'hospital1', 'pharmacy0']))
    }
  })

  it('have a community health centre and another house of the first level in every city, and say which is which', () => {
    for (const one of institutions) expect(one.community).toBe(one.name.endsWith('社区卫生服务中心'))
    for (const city of all) {
      const first = institutions.filter((row) => row.city === city && row.level === 1)
      expect(new Set(first.map((row) => row.community))).toEqual(new Set([true, false]))
    }
  })

  it('have one record holder a city, under fixed codes and in good standing', () => {
    const expected = [
      ['H51010499001', 3],
      ['H51060399001', 2],
      ['H51140299001', 2],
      ['H51200299001', 2],
    ]
    for (const seed of ['yimatong', 'other']) {
      const holders = generateInstitutions(seed).filter((institution) => institution.recordHolder)
      expect(holders.map((institution) => [institution.code, institution.level])).toEqual(expected)
      for (const holder of holders) {
        expect(holder.designations.some(runsOn('2026-03-01'))).toBe(true)
        expect(holder.suspensions).toEqual([])
        expect(holder.recognisedBy).toEqual(all)
      }
    }
    expect(institutions[0]?.name).toBe('成都锦江示范中心医院')
  })

  it('have the three pharmacies of the story in Meishan', () => {
    for (const [scenario, recognisedBy, running] of [
      ['pharmacy-recognised-by-all', all, true],
      ['pharmacy-not-recognised-by-deyang', ['510100', '511400', '512000'], true],
      ['pharmacy-designation-ended', all, false],
    ] as const) {
      const [pharmacy, second] = named(scenario)
      expect(second).toBeUndefined()
      expect(pharmacy).toMatchObject({ kind: 'pharmacy', city: '511400', recognisedBy, suspensions: [] })
      expect(pharmacy?.designations.some(runsOn('2026-03-01'))).toBe(running)
    }
  })

  it('are recognised by their own city at least', () => {
    for (const institution of institutions) expect(institution.recognisedBy).toContain(institution.city)
    expect(institutions.some((institution) => institution.recognisedBy.length < 4)).toBe(true)
  })

  it.each(['2024-01-01', '2026-11-24', '2034-12-31'])(
    'include ended, suspended, future and renewed ones on %s',
    (date) => {
      const plain = institutions.filter((institution) => institution.scenario === null)
      const count = (test: (institution: (typeof plain)[number]) => boolean) => plain.filter(test).length
      expect(
        count((row) => row.designations.every((period) => period.to !== null && period.to < date)),
      ).toBeGreaterThan(2)
      expect(count((row) => row.suspensions.some(runsOn(date)))).toBeGreaterThan(2)
      expect(count((row) => row.designations.every((period) => period.from > date))).toBeGreaterThan(2)
      expect(count((row) => row.designations.length === 2)).toBeGreaterThan(2)
      expect(count((row) => row.designations.some(runsOn(date)) && row.suspensions.length === 0)).toBeGreaterThan(25)
    },
  )

  it('have designation periods in order and without overlap', () => {
    for (const institution of institutions) {
      institution.designations.forEach((period, index) => {
        if (period.to !== null) expect(period.from < period.to).toBe(true)
        const next = institution.designations[index + 1]
        if (next) expect(period.to !== null && period.to < next.from).toBe(true)
      })
    }
  })
})
