import { describe, expect, it } from 'vitest'
import {
  addDays,
  ageOn,
  daysBetween,
  isDate,
  localDate,
  localMonth,
  localYear,
  manualClock,
  shiftedClock,
  startOfDate,
  systemClock,
} from '../../src/kernel/time.ts'

describe('calendar rules in Asia/Shanghai', () => {
  it('begins the new year at 16:00 UTC of the last of December', () => {
    expect(localYear(new Date('2025-12-31T15:59:59.999Z'))).toBe(2025)
    expect(localYear(new Date('2025-12-31T16:00:00.000Z'))).toBe(2026)
    expect(localDate(new Date('2026-02-28T16:00:00Z'))).toBe('2026-03-01')
    expect(localMonth(new Date('2026-05-31T16:00:00Z'))).toBe('2026-06')
  })

  it('agrees with the time-zone database on every day since 1992', () => {
    for (let at = Date.UTC(1992, 0, 1); at < Date.UTC(2040, 0, 1); at += 86_400_000 * 13 + 3_600_000) {
      const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO('Asia/Shanghai')
      expect(localDate(new Date(at))).toBe(zoned.toPlainDate().toString())
    }
  })

  it('finds the first instant of a date', () => {
    expect(startOfDate('2026-01-01').toISOString()).toBe('2025-12-31T16:00:00.000Z')
    expect(() => startOfDate('2026-02-30')).toThrow('not a calendar date')
  })

  it('counts days over month ends and leap days', () => {
    expect(addDays('2028-02-28', 2)).toBe('2028-03-01')
    expect(daysBetween('2026-03-01', '2026-03-09')).toBe(8)
    expect(daysBetween('2026-03-09', '2026-03-01')).toBe(-8)
  })

  it('counts completed years of life', () => {
    expect(ageOn('2012-11-25', '2026-11-24')).toBe(13)
    expect(ageOn('2012-11-24', '2026-11-24')).toBe(14)
    expect(ageOn('2012-02-29', '2026-02-28')).toBe(13)
  })

  it('knows real dates from impossible ones', () => {
    for (const good of ['2026-11-24', '2028-02-29', '1900-01-01']) expect(isDate(good)).toBe(true)
    for (const bad of ['2026-02-30', '2027-02-29', '2026-13-01', '2026-1-1', '', '20260101', '2026-11-24T00:00']) {
      expect(isDate(bad)).toBe(false)
    }
  })
})

describe('clocks', () => {
  it('stands still until moved', () => {
    const clock = manualClock('2026-01-01T00:00:00Z')
    expect(clock.now().toISOString()).toBe('2026-01-01T00:00:00.000Z')
    clock.advance(1500)
    expect(clock.now().toISOString()).toBe('2026-01-01T00:00:01.500Z')
    clock.set('2027-01-01T00:00:00Z')
    expect(clock.now().getUTCFullYear()).toBe(2027)
    expect(() => manualClock('soon')).toThrow(TypeError)
  })

  it('runs from a chosen instant', () => {
    const base = manualClock('2026-01-01T00:00:00Z')
    const clock = shiftedClock('2030-06-01T00:00:00Z', base)
    base.advance(60_000)
    expect(clock.now().toISOString()).toBe('2030-06-01T00:01:00.000Z')
    expect(() => shiftedClock('never', base)).toThrow(TypeError)
  })

  it('tells the time', () => {
    expect(systemClock.now().getTime()).toBeGreaterThan(Date.parse('2026-01-01'))
  })
})
