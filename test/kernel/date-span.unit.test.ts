import { describe, expect, it } from 'vitest'
import { spanOfDate } from '../../src/kernel/date-span.ts'

const at = (text: string): number => Date.parse(text)

describe('a FHIR date', () => {
  it.each([
    ['2026', at('2025-12-31T16:00:00Z'), at('2026-12-31T16:00:00Z')],
    ['2026-02', at('2026-01-31T16:00:00Z'), at('2026-02-28T16:00:00Z')],
    ['2026-03-01', at('2026-02-28T16:00:00Z'), at('2026-03-01T16:00:00Z')],
    ['2026-03-01T08:30+08:00', at('2026-03-01T00:30:00Z'), at('2026-03-01T00:31:00Z')],
    ['2026-03-01T08:30:05Z', at('2026-03-01T08:30:05Z'), at('2026-03-01T08:30:06Z')],
    ['2026-03-01T08:30:05.250Z', at('2026-03-01T08:30:05.250Z'), at('2026-03-01T08:30:05.251Z')],
  ])('%s lasts as long as its precision says', (text, from, until) => {
    expect(spanOfDate(text)).toEqual({ from, until })
  })

  it.each(['', '2026-02-30', '2026-13', 'ge2026', '2026-01-01T24:00:00Z', '2026-01-01T10:00'])('%j is none', (text) => {
    expect(spanOfDate(text)).toBeUndefined()
  })
})
