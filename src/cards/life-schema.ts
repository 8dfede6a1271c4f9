import { Type } from 'typebox'
import { CARRIER_KINDS } from './carriers.ts'
import { LOSS_REASONS } from './rules.ts'
import { Algorithm, CardBody, City, Instant, IssuedBody, nullable, Purpose, Uuid, VerdictBody } from './schema.ts'

const strict = { additionalProperties: false } as const
const Day = Type.String({ maxLength: 10, pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2026-11-24'] })
const Status = Type.Enum(['valid', 'revoked', 'suspended'])

export const RenewBody = Type.Object(
  {
    expiresAt: Type.Optional(
      Type.String({ maxLength: 40, format: 'date-time', description: 'Five years from now by default; at most ten.' }),
    ),
    algorithm: Type.Optional(Algorithm),
  },
  { ...strict, examples: [{}] },
)

export const RenewedBody = Type.Object({ ...IssuedBody.properties, replacedCardId: Uuid }, strict)

export const LossBody = Type.Object(
  {
    personId: Type.Optional(
      Type.String({
        maxLength: 36,
        format: 'uuid',
        description: 'The holder, as a hospital identified the person at its counter; a hospital must name it.',
        examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'],
      }),
    ),
    reason: Type.Optional(Type.Enum([...LOSS_REASONS], { description: '`lost` where nothing is said.' })),
  },
  { ...strict, examples: [{ reason: 'lost' }] },
)

export const CardsQuery = Type.Object({ personId: Uuid }, strict)
export const CardsBody = Type.Object({ cards: Type.Array(CardBody, { maxItems: 100 }) }, strict)

export const HistoryBody = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          at: Instant,
          event: Type.Enum(['issued', 'registered', 'suspended', 'lost', 'restored', 'revoked', 'renewed', 'replaced']),
          from: nullable(Status),
          to: Status,
          reason: nullable(Type.String({ maxLength: 40 })),
          relatedCardId: nullable(Uuid),
          byClient: Type.String({ maxLength: 200 }),
          byOrg: Type.String({ maxLength: 200 }),
        },
        strict,
      ),
      { maxItems: 1_000, description: 'The oldest first.' },
    ),
  },
  strict,
)

export const PictureQuery = Type.Object(
  {
    kind: Type.Enum(['dynamic', 'static'], {
      description:
        '`dynamic`: a code of some seconds, for a screen. `static`: the card itself, to be printed; it counts for no payment.',
    }),
    purpose: Type.Optional(Purpose),
    algorithm: Type.Optional(Algorithm),
    heldBy: Type.Optional(Uuid),
  },
  strict,
)

const CarrierKind = Type.Enum([...CARRIER_KINDS], {
  description: '社会保障卡 or 医保电子凭证',
  examples: ['social-security-card'],
})
const CarrierNumber = Type.String({
  minLength: 1,
  maxLength: 80,
  description: 'As printed on the card or shown by the voucher. Stored encrypted and found by a keyed hash.',
  examples: ['A00000000'],
})

export const CarrierBody = Type.Object(
  {
    personId: Uuid,
    kind: CarrierKind,
    number: CarrierNumber,
    validFrom: Type.Optional(Day),
    validTo: Type.Optional(nullable(Day)),
  },
  strict,
)

export const CarrierAnswer = Type.Object(
  {
    carrierId: Uuid,
    personId: Uuid,
    kind: CarrierKind,
    maskedNumber: Type.String({ maxLength: 80, examples: ['*****0000'] }),
    issuer: City,
    validFrom: Day,
    validTo: nullable(Day),
    status: Status,
  },
  strict,
)

export const CarriersBody = Type.Object({ carriers: Type.Array(CarrierAnswer, { maxItems: 100 }) }, strict)

export const CarrierStatusAnswer = Type.Object({ carrierId: Uuid, status: Status, at: Instant }, strict)

export const VerifyCarrierBody = Type.Object(
  { kind: CarrierKind, number: CarrierNumber, purpose: Type.Optional(Purpose) },
  { ...strict, examples: [{ kind: 'social-security-card', number: 'A00000000', purpose: 'check-in' }] },
)

export const CarrierVerdictBody = Type.Object({ ...VerdictBody.properties, carrierId: Type.Optional(Uuid) }, strict)
