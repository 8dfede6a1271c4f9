import { describe, expect, it } from 'vitest'
import type { CardMemory } from '../../src/cards/card-memory.ts'
import { foreignVerdictText, judgeForeign } from '../../src/cards/foreign-verdict.ts'
import type { ForeignVerdict } from '../../src/foreign/index.ts'

const NOW = Date.parse('2026-03-01T02:00:00Z')
const accepted: ForeignVerdict = {
  verdict: 'accepted',
  format: 'shc',
  kind: 'immunization',
  issuer: 'https://issuer.example',
  issuedAtMs: NOW - 1000,
  expiresAtMs: null,
  holder: { maskedName: 'A*' },
}
const refused: ForeignVerdict = {
  verdict: 'refused',
  format: 'dcc',
  reasons: [{ code: 'expired', zh: '已过期', en: 'Expired' }],
}

const memory = (ageMs: number): CardMemory =>
  ({
    keys: { issuer: () => undefined, ageMs: () => ageMs },
    statusAgeMs: () => 0,
    institutions: { ageMs: () => 0 },
    healthCodes: { ageMs: () => 0 },
    limitsOn: () => ({ from: '2020-01-01', warnAfterS: 10, refuseAfterS: 120 }),
  }) as unknown as CardMemory

const context = { nowMs: NOW, clockSkewS: 5, withName: false, countsOnce: false, listAgeMs: 0 }
const reasonsOf = (foreign: ForeignVerdict, change: Partial<typeof context> = {}, ageMs = 0) =>
  judgeForeign(memory(ageMs), foreign, { ...context, ...change }).reasons.map((one) => one.code)

describe('a certificate of another system', () => {
  it('is accepted for what does not count once, while the memory is fresh', () => {
    expect(reasonsOf(accepted)).toEqual([])
    const judged = judgeForeign(memory(0), accepted, context)
    expect(JSON.parse(foreignVerdictText(judged, context))).toMatchObject({ verdict: 'accepted', kind: 'shc' })
  })

  it('never pays and never counts once', () => {
    expect(reasonsOf(accepted, { countsOnce: true })).toEqual(['single-use-needs-code'])
    const judged = judgeForeign(memory(0), accepted, { ...context, countsOnce: true })
    const text = foreignVerdictText(judged, { ...context, withName: true })
    expect(JSON.parse(text)).toMatchObject({ verdict: 'refused', kind: 'shc' })
    expect(text).not.toMatch(/A\*|issuer\.example/)
  })

  it('is refused on a memory that is too old, of ours or of the trust lists', () => {
    expect(reasonsOf(accepted, {}, 121_000)).toEqual(['status-too-old'])
    expect(reasonsOf(accepted, { listAgeMs: 121_000 })).toEqual(['status-too-old'])
    expect(reasonsOf(accepted, { listAgeMs: 119_000 })).toEqual([])
  })

  it('is refused with every reason', () => {
    expect(reasonsOf(refused, { countsOnce: true, listAgeMs: 121_000 })).toEqual([
      'expired',
      'single-use-needs-code',
      'status-too-old',
    ])
  })
})
