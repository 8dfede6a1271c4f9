import { Type } from 'typebox'
import { OVERRIDE_STATES, VERDICTS } from './override-store.ts'
import { Instant, Institution, Officer, orNull, Uuid } from './schema.ts'
import { RELATIONSHIP_KINDS } from './types.ts'

const strict = { additionalProperties: false } as const

const Kind = Type.Enum([...RELATIONSHIP_KINDS], {
  description: '就诊, 住院, 急诊, 转诊, 预约, 会诊',
  examples: ['admission'],
})
const VisitRef = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
  description: 'Your own number of the visit, the same in each report of it; no number of a person or document.',
  examples: ['ZY-2026-118231'],
})

export const RelationshipBody = Type.Object(
  { personId: Uuid, kind: Kind, from: Instant, to: Type.Optional(Instant), visitRef: VisitRef },
  {
    ...strict,
    examples: [
      {
        personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
        kind: 'admission',
        from: '2026-11-24T01:00:00Z',
        visitRef: 'ZY-2026-118231',
      },
    ],
  },
)

export const EndRelationshipBody = Type.Object(
  { personId: Uuid, at: Type.Optional(Instant) },
  { ...strict, examples: [{ personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f' }] },
)

export const RelationshipAnswer = Type.Object(
  {
    relationshipId: Uuid,
    personId: Uuid,
    institution: Institution,
    kind: Kind,
    from: Instant,
    to: orNull(Instant),
    visitRef: VisitRef,
  },
  strict,
)

export const RelationshipList = Type.Object({ relationships: Type.Array(RelationshipAnswer) }, strict)

const Words = (what: string) =>
  Type.String({
    minLength: 5,
    maxLength: 500,
    description: `${what} Stored encrypted.`,
    examples: ['车祸，昏迷，需了解用药史'],
  })

export const OverrideBody = Type.Object(
  {
    personId: Uuid,
    unit: Type.String({ minLength: 1, maxLength: 40, description: 'Ward or department', examples: ['急诊科'] }),
    officer: Officer,
    reason: Type.String({
      pattern: '^[a-z][a-z-]{1,39}$',
      maxLength: 40,
      description: 'A code that `GET /consents/policy` lists',
      examples: ['unconscious'],
    }),
    text: Words('Why, in words.'),
  },
  {
    ...strict,
    examples: [
      {
        personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
        unit: '急诊科',
        officer: 'CD-0231',
        reason: 'unconscious',
        text: '车祸，昏迷，需了解用药史',
      },
    ],
  },
)

export const OverrideAnswer = Type.Object(
  {
    overrideId: Uuid,
    personId: Uuid,
    institution: Institution,
    unit: Type.String(),
    officer: Officer,
    reason: Type.String(),
    text: Type.String(),
    startedAt: Instant,
    expiresAt: Instant,
    reviewDueAt: Instant,
    warnedAt: orNull(Instant),
    verdict: orNull(Type.Enum([...VERDICTS])),
    note: orNull(Type.String()),
    reviewedAt: orNull(Instant),
    reviewedOfficer: orNull(Type.String()),
  },
  strict,
)

export const OpenedAnswer = Type.Object(
  {
    override: OverrideAnswer,
    warning: Type.Optional(
      Type.String({ description: 'The unit has uses whose review is overdue: its next use is refused.' }),
    ),
  },
  strict,
)

export const OverrideQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum([...OVERRIDE_STATES], { examples: ['unreviewed'] })),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  strict,
)

export const OverrideList = Type.Object({ overrides: Type.Array(OverrideAnswer) }, strict)

export const ReviewBody = Type.Object(
  { verdict: Type.Enum([...VERDICTS]), officer: Officer, note: Type.Optional(Words('What the review found.')) },
  { ...strict, examples: [{ verdict: 'justified', officer: 'WJ-0007' }] },
)
