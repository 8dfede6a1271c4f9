import { Type } from 'typebox'
import { PURGE_CLASSES } from './purge-store.ts'
import { City, Instant, nullable, Officer, Party, strict, text, Uuid } from './schema.ts'

const Class = Type.Enum([...PURGE_CLASSES])
const Digest = Type.String({ maxLength: 64, description: 'SHA-256 of the sorted ids, one a line' })
const rows = { count: Type.Integer(), from: Instant, to: Instant, idsSha256: Digest }

export const PreviewQuery = Type.Object({ orderId: Uuid }, strict)
export const PreviewAnswer = Type.Object(
  {
    orderId: Uuid,
    classes: Type.Array(
      Type.Object(
        {
          class: Class,
          wouldGo: nullable(Type.Object(rows, strict)),
          held: Type.Integer({ description: 'Rows that a legal hold keeps' }),
        },
        strict,
      ),
      { maxItems: PURGE_CLASSES.length },
    ),
  },
  strict,
)

export const ProofQuery = Type.Object({ orderId: Type.Optional(Uuid) }, strict)
export const ProofList = Type.Object(
  {
    proofs: Type.Array(
      Type.Object(
        {
          proofId: Uuid,
          class: Class,
          orderId: Uuid,
          city: City,
          cause: Type.Enum(['order-ended', 'retention']),
          policy: nullable(Type.Object({ name: Type.String({ maxLength: 60 }), version: Type.Integer() }, strict)),
          ...rows,
          by: Type.String({ maxLength: 64 }),
          approvedBy: Party,
          endedBy: nullable(Party),
          at: Instant,
        },
        strict,
      ),
      { maxItems: 1_000 },
    ),
  },
  strict,
)

export const HoldBody = Type.Object(
  {
    orderId: Uuid,
    personId: Type.Optional(Uuid),
    reason: text(200, '行政复议案件取证（示例）'),
    until: Instant,
    officer: Officer,
  },
  strict,
)
export const HoldAnswer = Type.Object(
  {
    holdId: Uuid,
    orderId: Uuid,
    personId: nullable(Uuid),
    reason: Type.String({ maxLength: 200 }),
    setBy: Party,
    setAt: Instant,
    until: Instant,
    releasedAt: nullable(Instant),
  },
  strict,
)
export const HoldList = Type.Object({ holds: Type.Array(HoldAnswer, { maxItems: 1_000 }) }, strict)
export const ReleaseAnswer = Type.Object({ holdId: Uuid, released: Type.Boolean() }, strict)
