import { describe, expect, it } from 'vitest'
import { factsAt, overlap, recognitionAt } from '../../src/institutions/rules.ts'
import type { Institution } from '../../src/institutions/types.ts'

const institution: Institution = {
  code: 'H51060399999',
  kind: 'hospital',
  name: '德阳旌阳示范医院',
  uscc: '12510600MB0000000J',
  city: '510600',
  division: '510603',
  zone: null,
  levels: [
    { from: '2015-01-01', to: '2023-12-31', level: 2, grade: '甲', community: false },
    { from: '2024-01-01', to: null, level: 3, grade: '乙', community: false },
  ],
  designations: [
    { from: '2020-01-01', to: '2021-12-31' },
    { from: '2022-07-01', to: null },
  ],
  suspensions: [{ from: '2023-02-01', to: '2023-04-30', reason: '整改' }],
  recognitions: [
    { insuredCity: '510600', from: '2020-01-01', to: null },
    { insuredCity: '510100', from: '2024-01-01', to: '2025-12-31' },
  ],
}

const codes = (insured: string, date: string) =>
  recognitionAt(institution, insured, date).reasons.map((reason) => reason.code)

describe('facts of an institution', () => {
  it('give the level and grade of the day that was asked for', () => {
    expect(factsAt(institution, '2023-12-31')).toMatchObject({ level: 2, grade: '甲' })
    expect(factsAt(institution, '2024-01-01')).toMatchObject({ level: 3, grade: '乙' })
  })

  it('say whether it is a community health centre on the day', () => {
    const levels = [
      { from: '2015-01-01', to: '2023-12-31', level: 1, grade: '未评', community: true },
      { from: '2024-01-01', to: null, level: 1, grade: '未评', community: false },
    ] as const
    expect(factsAt({ ...institution, levels }, '2023-12-31').community).toBe(true)
    expect(factsAt({ ...institution, levels }, '2024-01-01').community).toBe(false)
    expect(factsAt({ ...institution, levels }, '2014-12-31').community).toBe(false)
  })

  it('give level 0 without a grade where no level is in force', () => {
    expect(factsAt(institution, '2014-12-31')).toMatchObject({ level: 0, grade: '未评' })
  })

  it.each([
    ['2019-12-31', 'not-started'],
    ['2020-01-01', 'designated'],
    ['2021-12-31', 'designated'],
    ['2022-06-30', 'ended'],
    ['2022-07-01', 'designated'],
  ])('on %s the designation is %s', (date, designation) => {
    expect(factsAt(institution, date).designation).toBe(designation)
  })

  it('tell one that was never designated from one whose designation ended', () => {
    expect(factsAt({ ...institution, designations: [] }, '2026-01-01').designation).toBe('none')
  })

  it('count both ends of a suspension', () => {
    const suspended = (date: string) => factsAt(institution, date).suspended
    expect(['2023-01-31', '2023-02-01', '2023-04-30', '2023-05-01'].map(suspended)).toEqual([false, true, true, false])
  })
})

describe('recognition by an insured city', () => {
  it('holds where designated, not suspended and recognised', () => {
    expect(recognitionAt(institution, '510100', '2025-06-01')).toEqual({ recognised: true, reasons: [] })
  })

  it.each([
    ['an unknown insured city', '110100', '2025-06-01', ['insured-city-unknown']],
    ['a city that never recognised it', '511400', '2025-06-01', ['not-recognised-by-insured-city']],
    ['a recognition that is still to come', '510100', '2023-12-31', ['recognition-not-started']],
    ['a recognition that is over', '510100', '2026-01-01', ['recognition-ended']],
    ['a suspension', '510600', '2023-03-01', ['suspended']],
    ['a gap between designations', '510600', '2022-03-01', ['designation-ended']],
    ['the time before everything', '510600', '2019-06-01', ['designation-not-started', 'recognition-not-started']],
    ['a suspension and no recognition', '511400', '2023-03-01', ['suspended', 'not-recognised-by-insured-city']],
  ])('is refused for %s with every reason', (_case, insured, date, expected) => {
    expect(codes(insured, date)).toEqual(expected)
  })

  it('is refused for an institution that the register does not know', () => {
    expect(recognitionAt(undefined, '510600', '2026-01-01')).toMatchObject({
      recognised: false,
      reasons: [{ code: 'unknown' }],
    })
  })

  it('is refused for one that was never designated', () => {
    const { reasons } = recognitionAt({ ...institution, designations: [] }, '510600', '2026-01-01')
    expect(reasons.map((reason) => reason.code)).toEqual(['not-designated'])
  })

  it('gives each reason in Chinese and in English', () => {
    for (const reason of recognitionAt(institution, '511400', '2023-03-01').reasons) {
      expect(reason.zh).toMatch(/\p{Script=Han}/u)
      expect(reason.en).toMatch(/^[A-Z]/)
    }
  })
})

describe('periods that share a day', () => {
  it('are found in any order, and neighbours are not taken for them', () => {
    expect(overlap([])).toBe(false)
    expect(
      overlap([
        { from: '2024-01-01', to: null },
        { from: '2023-01-01', to: '2023-12-31' },
      ]),
    ).toBe(false)
    expect(
      overlap([
        { from: '2023-12-31', to: null },
        { from: '2023-01-01', to: '2023-12-31' },
      ]),
    ).toBe(true)
    expect(
      overlap([
        { from: '2023-01-01', to: null },
        { from: '2024-01-01', to: '2024-12-31' },
      ]),
    ).toBe(true)
  })
})
