import { describe, expect, it } from 'vitest'
import { dateTest, spanOf } from '../../../src/sandbox/hospital/date-range.ts'

const HOUR = 3_600_000

describe('the span of a FHIR date', () => {
  it.each([
    ['2026', '2025-12-31T16:00:00Z', '2026-12-31T16:00:00Z'],
    ['2026-02', '2026-01-31T16:00:00Z', '2026-02-28T16:00:00Z'],
    ['2024-02-29', '2024-02-28T16:00:00Z', '2024-02-29T16:00:00Z'],
    ['2026-03-01T08:30', '2026-03-01T00:30:00Z', '2026-03-01T00:31:00Z'],
    ['2026-03-01T08:30:05Z', '2026-03-01T08:30:05Z', '2026-03-01T08:30:06Z'],
    ['2026-03-01T08:30:05.2Z', '2026-03-01T08:30:05.200Z', '2026-03-01T08:30:05.300Z'],
    ['2026-03-01T08:30:05.234567Z', '2026-03-01T08:30:05.234Z', '2026-03-01T08:30:05.235Z'],
    ['2026-03-01T23:59:59-05:00', '2026-03-02T04:59:59Z', '2026-03-02T05:00:00Z'],
  ])('%s reaches from %s to %s', (text, from, until) => {
    expect(spanOf(text)).toEqual({ from: Date.parse(from), until: Date.parse(until) })
  })

  it.each([
    '2026-02-30',
    '2026-13',
    '2026-13-01',
    '2026-3-1',
    '26-03-01',
    '2026-03-01T25:00:00Z',
    '2026-03-01T08Z',
    'now',
    '',
  ])('"%s" is no date', (text) => {
    expect(spanOf(text)).toBeUndefined()
  })
})

describe('search prefixes on a target of one day', () => {
  const day = { from: Date.parse('2026-03-02T00:00:00+08:00'), until: Date.parse('2026-03-03T00:00:00+08:00') }
  it.each([
    ['2026-03-02', true],
    ['eq2026-03', true],
    ['eq2026-03-02T10:00:00+08:00', false],
    ['ne2026-03-02', false],
    ['ne2026-03-01', true],
    ['gt2026-03-01', true],
    ['gt2026-03-02', false],
    ['gt2026-03-02T10:00:00+08:00', true],
    ['ge2026-03-02', true],
    ['ge2026-03-03', false],
    ['lt2026-03-02', false],
    ['lt2026-03-03', true],
    ['le2026-03-02', true],
    ['le2026-03-01', false],
    ['sa2026-03-01', true],
    ['sa2026-03-02T10:00:00+08:00', false],
    ['eb2026-03-03', true],
    ['eb2026-03-02', false],
  ])('%s is %s', (value, expected) => {
    expect(dateTest(value)?.(day)).toBe(expected)
  })

  it('an unknown or unsupported prefix is no test', () => {
    expect(dateTest('ap2026-03-02')).toBeUndefined()
    expect(dateTest('xx2026-03-02')).toBeUndefined()
  })

  it('an open end of a period is always reached', () => {
    const open = { from: day.from, until: Number.POSITIVE_INFINITY }
    expect(dateTest('gt2030')?.(open)).toBe(true)
    expect(dateTest('eq2026')?.(open)).toBe(false)
    expect(dateTest('lt2026-03-02')?.({ from: Number.NEGATIVE_INFINITY, until: day.from + HOUR })).toBe(true)
  })
})
