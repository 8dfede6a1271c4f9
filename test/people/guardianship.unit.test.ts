import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, ageOn } from '../../src/kernel/time.ts'
import {
  checkLink,
  type LinkPeriod,
  lastDayOf,
  needsGuardian,
  RELATIONS,
  stateOf,
} from '../../src/people/guardianship.ts'

const CHILD = '2012-11-25'
const ADULT = '1980-01-01'
const link = (change: Partial<LinkPeriod> = {}): LinkPeriod => ({
  kind: 'guardian',
  from: '2020-01-01',
  to: null,
  endedAt: null,
  ...change,
})
const stateOn = (day: string, change: Partial<LinkPeriod> = {}, now = `${day}T04:00:00Z`) =>
  stateOf(link(change), { birthDate: CHILD, day, now: new Date(now) })

const day = fc.integer({ min: 0, max: 36_000 }).map((days) => addDays('1950-01-01', days))

describe('who needs a guardian', () => {
  it('a child until the day before its 14th birthday', () => {
    expect(needsGuardian(CHILD, '2026-11-24')).toBe(true)
    expect(needsGuardian(CHILD, '2026-11-25')).toBe(false)
  })

  it('a child of 29 February until 28 February of the common year', () => {
    expect(needsGuardian('2012-02-29', '2026-02-28')).toBe(true)
    expect(needsGuardian('2012-02-29', '2026-03-01')).toBe(false)
  })
})

describe('the rights of a guardian', () => {
  it('end by themselves on the 14th birthday, whatever end was given', () => {
    expect(stateOn('2026-11-24')).toBe('in-force')
    expect(stateOn('2026-11-25')).toBe('ended')
    expect(stateOn('2026-11-25', { to: '2030-01-01' })).toBe('ended')
    expect(lastDayOf(link(), CHILD)).toBe('2026-11-24')
    expect(lastDayOf(link({ to: '2030-01-01' }), CHILD)).toBe('2026-11-24')
    expect(lastDayOf(link(), '2012-02-29')).toBe('2026-02-28')
    expect(lastDayOf(link(), '1886-02-29')).toBe('1900-02-28')
  })

  it('end earlier on a given day, which still counts', () => {
    expect(lastDayOf(link({ to: '2026-06-30' }), CHILD)).toBe('2026-06-30')
    expect(stateOn('2026-06-30', { to: '2026-06-30' })).toBe('in-force')
    expect(stateOn('2026-07-01', { to: '2026-06-30' })).toBe('ended')
  })

  it('begin on the first day and not before', () => {
    expect(stateOn('2019-12-31')).toBe('not-yet')
    expect(stateOn('2020-01-01')).toBe('in-force')
  })

  it('end at the instant at which the link is ended', () => {
    const endedAt = new Date('2026-06-30T04:00:00Z')
    expect(stateOn('2026-06-30', { endedAt }, '2026-06-30T03:59:59Z')).toBe('in-force')
    expect(stateOn('2026-06-30', { endedAt }, '2026-06-30T04:00:00Z')).toBe('ended')
  })

  it('are in force only while a guardian is needed', () => {
    fc.assert(
      fc.property(day, day, day, (birthDate, from, on) => {
        const at = { birthDate, day: on, now: new Date(`${on}T04:00:00Z`) }
        if (stateOf(link({ from }), at) === 'in-force') expect(needsGuardian(birthDate, on)).toBe(true)
        const last = lastDayOf(link(), birthDate) ?? ''
        expect(ageOn(birthDate, last)).toBe(13)
        expect(ageOn(birthDate, addDays(last, 1))).toBe(14)
      }),
    )
  })
})

describe('a family link', () => {
  it('knows no age and ends where it says so', () => {
    expect(stateOn('2026-11-25', { kind: 'family' })).toBe('in-force')
    expect(lastDayOf(link({ kind: 'family' }), CHILD)).toBeNull()
    expect(stateOn('2026-11-26', { kind: 'family', to: '2026-11-25' })).toBe('ended')
  })
})

describe('a new link', () => {
  const check = (change: Partial<Parameters<typeof checkLink>[0]> = {}) =>
    checkLink({
      kind: 'guardian',
      relation: 'parent',
      from: '2026-11-24',
      to: null,
      birthDate: CHILD,
      guardianBirthDate: ADULT,
      ...change,
    }).map((one) => one.pointer)

  it('of a parent of full age for a child is right', () => {
    expect(check()).toEqual([])
  })

  it('is refused where the guardian is not 18 on the first day', () => {
    expect(check({ guardianBirthDate: '2008-11-25' })).toEqual(['/guardianId'])
    expect(check({ guardianBirthDate: '2008-11-24' })).toEqual([])
  })

  it('of a guardian is refused for a person of 14, and for a relation that is none of a guardian', () => {
    expect(check({ from: '2026-11-25' })).toEqual(['/kind'])
    expect(RELATIONS.filter((relation) => check({ relation }).length === 0)).toEqual([
      'parent',
      'grandparent',
      'sibling',
      'appointed',
    ])
  })

  it('of family may be of every relation and age', () => {
    for (const relation of RELATIONS) {
      expect(check({ kind: 'family', relation, birthDate: ADULT, guardianBirthDate: CHILD })).toEqual([])
    }
  })

  it('is refused where it ends before it begins', () => {
    expect(check({ to: '2026-11-23' })).toEqual(['/to'])
    expect(check({ to: '2026-11-24' })).toEqual([])
  })
})
