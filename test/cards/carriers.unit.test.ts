import { describe, expect, it } from 'vitest'
import { type KnownCarrier, reasonsAgainst } from '../../src/cards/carrier-rules.ts'
import { checkCarrierNumber, indexType, normalCarrierNumber } from '../../src/cards/carriers.ts'
import type { Freshness, Purpose } from '../../src/cards/types.ts'

const freshness: Freshness = {
  state: 'fresh',
  keysAgeMs: 0,
  statusAgeMs: 0,
  institutionsAgeMs: 0,
  healthCodesAgeMs: 4,
  policyFrom: '2020-01-01',
  warnAfterS: 10,
  refuseAfterS: 120,
}
const good: KnownCarrier = { kind: 'social-security-card', status: 0, validFrom: '2020-01-01', validTo: null }
const at = { day: '2026-11-24', purpose: 'check-in' as Purpose, recognition: null, freshness }
const codes = (carrier: KnownCarrier | undefined, change: Partial<typeof at> = {}) =>
  reasonsAgainst(carrier, { ...at, ...change }).map((one) => one.code)

describe('the number of a carrier', () => {
  it('is one number in all its spellings', () => {
    for (const spelt of ['a1234 5678', 'A-12345678', 'ａ１２３４５６７８', ' A12345678 ']) {
      expect(normalCarrierNumber(spelt)).toBe('A12345678')
    }
  })

  it('is letters and digits, and no identity number', () => {
    expect(checkCarrierNumber('A12345678')).toBeNull()
    expect(checkCarrierNumber('6217000000000000000')).toBeNull()
    for (const wrong of ['', 'A1234', 'A'.repeat(65), 'A1234567!', 'A12345678\n']) {
      expect(checkCarrierNumber(wrong)).toMatch(/6 to 64/)
    }
    for (const identity of ['510104190001019995', '51010419000101999X', '510104000101999']) {
      expect(checkCarrierNumber(identity)).toMatch(/identity number/)
    }
    // 18 and 15 digits without a birthday inside are a card's.
    expect(checkCarrierNumber('621700990000000001')).toBeNull()
    expect(checkCarrierNumber('621700009900001')).toBeNull()
  })

  it('of each kind has an index of its own', () => {
    expect(new Set([indexType('social-security-card'), indexType('insurance-voucher')]).size).toBe(2)
  })
})

describe('a shown carrier', () => {
  it('is good from its first day to its last', () => {
    expect(codes(good)).toEqual([])
    expect(codes({ ...good, validTo: '2026-11-24' })).toEqual([])
    expect(codes({ ...good, validTo: '2026-11-23' })).toEqual(['expired'])
    expect(codes({ ...good, validFrom: '2026-11-25' })).toEqual(['not-yet-valid'])
  })

  it('is refused where it is unknown, suspended, revoked, or stands as nobody knows', () => {
    expect(codes(undefined)).toEqual(['carrier-unknown'])
    expect(codes({ ...good, status: 2 })).toEqual(['carrier-suspended'])
    expect(codes({ ...good, status: 1 })).toEqual(['carrier-revoked'])
    expect(codes({ ...good, status: 3 })).toEqual(['carrier-revoked'])
  })

  it('pays for nothing: a number can be shown twice', () => {
    const recognised = { recognised: true as const, reasons: [] }
    for (const purpose of ['settlement', 'purchase'] as const) {
      expect(codes(good, { purpose, recognition: recognised as never })).toEqual(['single-use-needs-code'])
      expect(codes(good, { purpose })).toEqual(['single-use-needs-code', 'institution-not-recognised'])
    }
  })

  it('is refused with every reason at once, also what is too old to verify against', () => {
    const stale = { ...freshness, state: 'too-old' as const }
    expect(codes(undefined, { freshness: stale as never })).toEqual(['carrier-unknown', 'status-too-old'])
    expect(
      codes(
        { ...good, status: 2, validFrom: '2027-01-01', validTo: '2026-01-01' },
        { purpose: 'purchase', freshness: stale as never },
      ),
    ).toEqual([
      'carrier-suspended',
      'not-yet-valid',
      'expired',
      'single-use-needs-code',
      'institution-not-recognised',
      'status-too-old',
    ])
  })
})
