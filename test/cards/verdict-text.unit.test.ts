import { Check, Errors } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../src/cards/refusals.ts'
import { VerdictBody } from '../../src/cards/schema.ts'
import type { AcceptedCode, CodeVerdict, RefusedCode } from '../../src/cards/types.ts'
import { verdictText } from '../../src/cards/verdict-text.ts'

const PERSON = '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'
const base = {
  freshness: {
    state: 'fresh' as const,
    keysAgeMs: 1,
    statusAgeMs: 2,
    institutionsAgeMs: 3,
    healthCodesAgeMs: 4,
    policyFrom: '2020-01-01',
    warnAfterS: 10,
    refuseAfterS: 120,
  },
  clockSkewS: 5,
  recognition: null,
}
const accepted: AcceptedCode = {
  ...base,
  verdict: 'accepted',
  kind: 'code',
  algorithm: 'ES256',
  city: '510100',
  cardId: PERSON,
  nonce: 'n',
  issuedAt: 1_764_000_000,
  expiresAt: 1_764_000_060,
  holder: { personId: PERSON, maskedName: '张*明', insuredCity: '510100' },
  healthCode: { state: 'dormant' },
  reasons: [],
}
const refused: RefusedCode = { ...base, verdict: 'refused', reasons: [refusal('malformed', 'code')], subject: null }

const recognised = { recognised: true, reasons: [] } as const
const notRecognised = {
  recognised: false,
  reasons: [{ code: 'unknown', zh: '登记库中没有', en: 'The register has none' }],
} as const

const verdicts: readonly [string, CodeVerdict][] = [
  ['accepted', accepted],
  ['of a card with EdDSA', { ...accepted, kind: 'card', algorithm: 'EdDSA', nonce: null }],
  ['of an institution that is recognised', { ...accepted, recognition: recognised }],
  ['of an institution that is not', { ...accepted, recognition: notRecognised }],
  ['without a holder', { ...accepted, holder: null }],
  ['without an insured city', { ...accepted, holder: { ...accepted.holder!, insuredCity: null } }],
  ['with a name that needs escaping', { ...accepted, holder: { ...accepted.holder!, maskedName: '"*\\\n' } }],
  ['of a person without a level', { ...accepted, healthCode: { state: 'none' } }],
  [
    'of a person with a level',
    {
      ...accepted,
      healthCode: {
        state: 'set',
        level: 'yellow',
        reasonCode: 'close-contact',
        issuer: 'urn:yimatong:510100',
        validUntilMs: 1_764_000_000_000,
        whatToDo: { zh: '自我监测', en: 'Watch yourself' },
      },
    },
  ],
  ['refused', refused],
  ['refused with several reasons', { ...refused, reasons: [refusal('revoked'), refusal('expired')] }],
  ['refused, stale', { ...refused, recognition: notRecognised, freshness: { ...base.freshness, state: 'too-old' } }],
]

describe('the text of a verdict', () => {
  it.each(verdicts)('%s is JSON in the shape of the schema, with and without the name', (_name, verdict) => {
    for (const withName of [false, true]) {
      const body: unknown = JSON.parse(verdictText(verdict, { withName }))
      expect([...Errors(VerdictBody, body)]).toEqual([])
      expect(Check(VerdictBody, body)).toBe(true)
      const name = verdict.verdict === 'accepted' ? verdict.holder?.maskedName : undefined
      expect(body).toMatchObject({ verdict: verdict.verdict, reasons: verdict.reasons })
      if (withName && name !== undefined) expect(body).toMatchObject({ holder: { maskedName: name } })
      else expect(JSON.stringify(body)).not.toContain('maskedName')
    }
  })

  it('says the times as instants', () => {
    expect(JSON.parse(verdictText(accepted, { withName: false }))).toMatchObject({
      issuedAt: '2025-11-24T16:00:00.000Z',
      expiresAt: '2025-11-24T16:01:00.000Z',
    })
  })
})
