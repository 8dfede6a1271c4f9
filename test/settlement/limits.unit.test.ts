import { expect, test } from 'vitest'
import { createLimits, type LimitRow } from '../../src/settlement/limits.ts'

const row = (value: number, effectiveFrom: string, effectiveTo: string | null = null): LimitRow => ({
  item: 'backdate_hours',
  value,
  effectiveFrom,
  effectiveTo,
})

test('the figure in force on the day counts, of two the one that took effect later', () => {
  const limits = createLimits([
    row(48, '2026-01-01', '2026-06-30'),
    row(24, '2026-03-01', '2026-03-31'),
    row(12, '2027-01-01'),
  ])
  expect(
    ['2025-12-31', '2026-01-01', '2026-03-01', '2026-03-31', '2026-06-30', '2026-07-01'].map(limits.backdateHours),
  ).toEqual([undefined, 48, 24, 24, 48, undefined])
})
