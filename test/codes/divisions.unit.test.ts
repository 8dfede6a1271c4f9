import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RETIRED_UNITS } from '../../src/codes/divisions-data.ts'
import {
  CITIES,
  DIVISIONS_EDITION,
  isCityCode,
  isCurrentDivision,
  listDivisions,
  lookupDivision,
} from '../../src/codes/index.ts'

describe('divisions', () => {
  it('counts 20, 6, 6 and 3 county-level units in the four cities', () => {
    expect(CITIES.map((city) => listDivisions(city.code).length)).toEqual([20, 6, 6, 3])
    expect(listDivisions()).toHaveLength(35)
    expect(new Set(listDivisions().map((unit) => unit.code)).size).toBe(35)
  })

  it('keeps every unit under the prefix of its city', () => {
    for (const unit of listDivisions()) expect(unit.code.slice(0, 4)).toBe(unit.city.slice(0, 4))
  })

  it('answers a current unit with its city', () => {
    expect(lookupDivision('510681')).toEqual({ code: '510681', name: '广汉市', city: '510600', status: 'current' })
  })

  it('answers a city and its aggregate row as such', () => {
    expect(lookupDivision('511400')).toEqual({ code: '511400', name: '眉山市', city: '511400', status: 'city' })
    expect(lookupDivision('512001')).toMatchObject({ city: '512000', status: 'aggregate' })
  })

  it('answers a retired code with the code that took over', () => {
    expect(lookupDivision('510124')).toEqual({
      code: '510124',
      name: '郫县',
      city: '510100',
      status: 'retired',
      now: '510117',
      cityAtCoding: '510100',
    })
  })

  it.each(['512081', '513902'])('resolves the retired code %s of Jianyang to Chengdu and not to Ziyang', (code) => {
    expect(lookupDivision(code)).toMatchObject({
      status: 'retired',
      now: '510185',
      city: '510100',
      cityAtCoding: '512000',
    })
    expect(lookupDivision('510185')).toMatchObject({ status: 'current', city: '510100' })
  })

  it.each([
    ['510122', '510116'],
    ['510123', '510115'],
    ['510124', '510117'],
    ['510125', '510114'],
    ['510132', '510118'],
    ['512081', '510185'],
    ['510626', '510604'],
    ['511422', '511403'],
    ['513821', '511402'],
    ['513822', '511421'],
    ['513823', '511403'],
    ['513824', '511423'],
    ['513825', '511424'],
    ['513826', '511425'],
    ['513901', '512002'],
    ['513902', '510185'],
    ['513921', '512021'],
    ['513922', '512022'],
  ])('maps retired %s to %s', (code, now) => {
    expect(lookupDivision(code)).toMatchObject({ status: 'retired', now })
  })

  it.each(['510191', '110101', '51010', '', '５１０１０４', 'constructor'])(
    'answers unknown for %j and does not throw',
    (code) => {
      expect(lookupDivision(code)).toEqual({ code, name: null, city: null, status: 'unknown' })
    },
  )

  it('accepts only units in force as a present address', () => {
    expect(isCurrentDivision('510104')).toBe(true)
    for (const code of ['510124', '510100', '510101', '510191', '512081']) expect(isCurrentDivision(code)).toBe(false)
  })

  it('knows its cities and nothing else as a city', () => {
    expect(CITIES.map((city) => city.en)).toEqual(['Chengdu', 'Deyang', 'Meishan', 'Ziyang'])
    expect(isCityCode('512000')).toBe(true)
    expect(isCityCode('510104')).toBe(false)
  })

  it('names its source and edition and owns up to what is not verified', () => {
    expect(DIVISIONS_EDITION.source).toContain('GB/T 2260')
    expect(DIVISIONS_EDITION.version).toMatch(/^\d{4}-\d{2}-\d{2}\.\d+$/)
    expect(DIVISIONS_EDITION.successorsVerified).toBe(false)
  })
})

const folder = `${process.env['YMT_SHARED_DIR'] ?? '../shared'}/data`
const missing = !existsSync(`${folder}/divisions.json`)
if (missing)
  console.warn(`SKIPPED: no divisions.json under ${folder}, the tables are not compared with the shared data`)

describe.skipIf(missing && !process.env['CI'])('divisions against the shared data', () => {
  const read = <T>(name: string): T[] => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as T[]

  it('has the same 35 units', () => {
    const rows = read<{ code: string; name: string; city: string }>('divisions.json')
    const byCode = (a: { code: string }, b: { code: string }) => a.code.localeCompare(b.code)
    expect([...listDivisions()].sort(byCode)).toEqual(rows.sort(byCode))
  })

  it('has the same 26 historic rows', () => {
    const rows = read<{ code: string; city: string; kind?: string; now?: string }>('divisions-historic.json')
    expect(rows).toHaveLength(26)
    for (const row of rows) {
      const found = lookupDivision(row.code)
      expect(found.status, row.code).toBe(row.kind ?? 'retired')
      if (found.status !== 'retired') {
        expect(found.city).toBe(row.city)
        continue
      }
      expect(found.now).toBe(row.now)
      expect(found.cityAtCoding).toBe(row.city)
    }
    expect(
      rows
        .filter((row) => row.now)
        .map((row) => row.code)
        .sort(),
    ).toEqual(RETIRED_UNITS.map(([code]) => code).sort())
  })
})
