import { Type } from 'typebox'
import { PURPOSES } from './types.ts'

const strict = { additionalProperties: false } as const
export const City = Type.Enum(['510100', '510600', '511400', '512000'], { examples: ['510100'] })
export const Uuid = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
export const Instant = Type.String({ maxLength: 40, format: 'date-time', examples: ['2026-11-24T07:01:00.000Z'] })
export const Purpose = Type.Enum([...PURPOSES], {
  description:
    'What the code is shown for; settlement and purchase need an institution that the insured city recognises.',
  examples: ['check-in'],
})
const Token = Type.String({
  minLength: 1,
  maxLength: 16_384,
  description:
    'A card or a dynamic code (a compact JWS, opaque to its holder), a SMART Health Card (`shc:/`) or an EU certificate (`HC1:`).',
})
const Text = Type.String({ maxLength: 200 })
export const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const Algorithm = Type.Enum(['ES256', 'EdDSA', 'SM2-SM3'], {
  description: 'ES256 where nothing is said; SM2-SM3 where 国密 is asked for.',
})

export const CardParams = Type.Object({ id: Uuid }, strict)

export const IssueBody = Type.Object(
  {
    personId: Uuid,
    expiresAt: Type.Optional(
      Type.String({ maxLength: 40, format: 'date-time', description: 'Five years from now by default; at most ten.' }),
    ),
    algorithm: Type.Optional(Algorithm),
  },
  strict,
)

export const IssuedBody = Type.Object({ cardId: Uuid, issuer: City, card: Token, expiresAt: Instant }, strict)

export const CodeBody = Type.Object(
  {
    purpose: Type.Optional(Purpose),
    algorithm: Type.Optional(Algorithm),
    heldBy: Type.Optional(
      Type.String({
        maxLength: 36,
        format: 'uuid',
        description: "Who shows the code where that is not the card's own person: a guardian, or family (家庭码).",
      }),
    ),
  },
  { ...strict, examples: [{ purpose: 'check-in' }] },
)

export const CodeAnswer = Type.Object(
  { code: Token, expiresAt: Instant, expiresInS: Type.Integer({ examples: [60] }) },
  strict,
)

const ShownCode = Type.Object(
  {
    code: Token,
    purpose: Type.Optional(Purpose),
    singleUse: Type.Optional(
      Type.Boolean({
        description:
          'The code counts once: a second use, also a parallel one, is refused as `replayed`. Always so for settlement and purchase.',
      }),
    ),
  },
  strict,
)

export const VerifyBody = ShownCode

/** Items of one batch: what a hospital's list of the day needs, and no more than half a second of one processor. */
export const MAX_BATCH = 500

export const VerifyBatchBody = Type.Object(
  { items: Type.Array(ShownCode, { minItems: 1, maxItems: MAX_BATCH }) },
  { ...strict, examples: [{ items: [{ code: 'eyJhbGciOiJFUzI1NiIsImtpZCI6…' }] }] },
)

/** The key is needed only to repeat a single use whose answer was lost. */
export const VerifyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: '^[\\x21-\\x7e]+$',
      description: 'The same client repeats the same single use under the same key.',
    }),
  ),
})

const Reason = Type.Object(
  {
    code: Type.String({ maxLength: 64 }),
    zh: Text,
    en: Text,
    part: Type.Optional(Type.String({ maxLength: 20 })),
  },
  strict,
)

const HealthCode = Type.Object(
  {
    state: Type.Enum(['dormant', 'none', 'set'], {
      description: '`dormant`: no emergency order is in force, so nobody has a level.',
    }),
    level: Type.Optional(Type.String({ maxLength: 20 })),
    reasonCode: Type.Optional(Type.String({ maxLength: 64 })),
    issuer: Type.Optional(Type.String({ maxLength: 200 })),
    validUntil: Type.Optional(Instant),
    whatToDo: Type.Optional(Type.Object({ zh: Text, en: Text }, strict)),
  },
  { ...strict, description: 'Health-code level of the holder (健康码). Care is never refused because of it.' },
)

export const VerdictBody = Type.Object(
  {
    verdict: Type.Enum(['accepted', 'refused']),
    reasons: Type.Array(Reason, { maxItems: 20, description: 'Every reason of a refusal; empty when accepted.' }),
    kind: Type.Optional(
      Type.Enum(['card', 'code', 'shc', 'dcc', 'social-security-card', 'insurance-voucher'], {
        description: 'What was shown; the last two are carriers of the same person (一卡通).',
      }),
    ),
    algorithm: Type.Optional(Algorithm),
    cardId: Type.Optional(Uuid),
    issuer: Type.Optional(City),
    certificate: Type.Optional(Type.String({ maxLength: 64, description: 'Kind of a foreign certificate.' })),
    foreignIssuer: Type.Optional(Type.String({ maxLength: 500 })),
    issuedAt: Type.Optional(Instant),
    expiresAt: Type.Optional(Instant),
    holder: Type.Optional(
      Type.Object(
        {
          personId: Type.Optional(Uuid),
          maskedName: Type.Optional(
            Type.String({ maxLength: 100, description: 'Only with the scope cards.read.', examples: ['张*明'] }),
          ),
          insuredCity: Type.Optional(nullable(City)),
        },
        strict,
      ),
    ),
    healthCode: Type.Optional(HealthCode),
    recognition: Type.Optional(
      Type.Object(
        {
          recognised: Type.Boolean(),
          reasons: Type.Array(Type.Object({ code: Type.String({ maxLength: 64 }), zh: Text, en: Text }, strict), {
            maxItems: 10,
          }),
        },
        { ...strict, description: 'Of the asking institution, by the insured city of the holder (双定互认).' },
      ),
    ),
    freshness: Type.Object(
      {
        state: Type.Enum(['fresh', 'stale', 'too-old']),
        keysAgeMs: Type.Integer(),
        statusAgeMs: Type.Integer(),
        institutionsAgeMs: Type.Integer(),
        healthCodesAgeMs: Type.Integer(),
        policyFrom: Type.String({ maxLength: 10, description: 'First day of the freshness policy in force.' }),
        warnAfterS: Type.Integer(),
        refuseAfterS: Type.Integer(),
      },
      {
        ...strict,
        description:
          'How old the keys, the status and the register in memory can be, and the limits of the policy: `stale` is said beyond the first, nothing is accepted beyond the second.',
      },
    ),
    clockSkewS: Type.Integer({
      description: 'Difference of clocks that is borne at the beginning of a validity, in seconds.',
    }),
  },
  strict,
)

export const VerdictBatchBody = Type.Object(
  { items: Type.Array(VerdictBody, { maxItems: MAX_BATCH, description: 'One verdict for each item, in its order.' }) },
  strict,
)

export const CardBody = Type.Object(
  {
    cardId: Uuid,
    issuer: City,
    status: Type.Enum(['valid', 'revoked', 'suspended']),
    personId: Uuid,
    maskedName: Type.String({ maxLength: 100 }),
    insuredCity: nullable(City),
    issuedAt: Instant,
    expiresAt: Instant,
  },
  strict,
)

export const StatusReason = Type.Object(
  {
    reason: Type.Enum(['lost', 'stolen', 'death', 'replaced', 'compromised', 'holder-request', 'error'], {
      description: 'Kept for the issuer; the other cities learn the freeze only.',
    }),
  },
  { ...strict, examples: [{ reason: 'lost' }] },
)

export const StatusAnswer = Type.Object(
  { cardId: Uuid, status: Type.Enum(['valid', 'revoked', 'suspended']), at: Instant },
  strict,
)
