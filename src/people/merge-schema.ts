import { Type } from 'typebox'
import { REJECT_REASONS } from './decide-candidate.ts'
import { MATCH_FIELDS } from './match-types.ts'
import { MERGE_REASONS, UNMERGE_REASONS } from './merge-people.ts'
import { MaskedPersonBody } from './schema.ts'

const strict = { additionalProperties: false } as const
const Uuid = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
const Instant = Type.String({ maxLength: 30, examples: ['2026-11-24T07:00:00.000Z'] })
const Reason = Type.String({ maxLength: 40, examples: ['documents-seen'] })
const EvidenceRef = Type.String({
  minLength: 3,
  maxLength: 64,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
  description: 'Where the evidence is kept: a file number, never the number of a document.',
  examples: ['CD-2026-000123'],
})
const MergeReason = Type.Enum([...MERGE_REASONS], { examples: ['documents-seen'] })

export const CandidatesQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 20 })),
    after: Type.Optional(
      Type.String({ maxLength: 44, pattern: '^\\d{1,5}_[0-9a-f-]{36}$', description: '`next` of the page before.' }),
    ),
  },
  strict,
)

const { insurances: _, ...details } = MaskedPersonBody.properties

export const CandidatesBody = Type.Object(
  {
    pairs: Type.Array(
      Type.Object(
        {
          pairId: Uuid,
          points: Type.Integer({ description: 'Of 10,000, by the policy of that version.', examples: [8000] }),
          grade: Type.Enum(['certain', 'probable', 'possible'], { examples: ['probable'] }),
          fields: Type.Array(
            Type.Object(
              {
                field: Type.Enum([...MATCH_FIELDS], { examples: ['birthDate'] }),
                agreement: Type.Enum(['equal', 'reordered', 'near', 'swapped', 'neighbour', 'differs'], {
                  description:
                    '`swapped`: day and month exchanged; `neighbour`: the day before or after; `near`: one slip.',
                  examples: ['swapped'],
                }),
                points: Type.Integer({ examples: [2000] }),
              },
              strict,
            ),
            { maxItems: 10, description: 'What agreed and what it counted; never a value.' },
          ),
          policyVersion: Type.Integer({ examples: [1] }),
          foundAt: Instant,
          people: Type.Array(Type.Object(details, strict), { maxItems: 2 }),
        },
        strict,
      ),
      { maxItems: 50 },
    ),
    next: Type.Union([Type.String({ maxLength: 44 }), Type.Null()]),
  },
  strict,
)

export const PairParams = Type.Object({ pairId: Uuid }, strict)

export const DecisionBody = Type.Union(
  [
    Type.Object(
      {
        decision: Type.Literal('same'),
        survivorId: Uuid,
        reason: MergeReason,
        evidenceRef: Type.Optional(EvidenceRef),
      },
      strict,
    ),
    Type.Object(
      { decision: Type.Literal('different'), reason: Type.Enum([...REJECT_REASONS], { examples: ['twins'] }) },
      strict,
    ),
  ],
  { examples: [{ decision: 'different', reason: 'twins' }] },
)

export const DecidedBody = Type.Object(
  {
    pairId: Uuid,
    state: Type.Enum(['merged', 'rejected'], { examples: ['rejected'] }),
    mergeId: Type.Union([Uuid, Type.Null()]),
  },
  strict,
)

export const MergeBody = Type.Object(
  {
    survivorId: Uuid,
    absorbedId: Uuid,
    reason: MergeReason,
    evidenceRef: Type.Optional(EvidenceRef),
  },
  {
    ...strict,
    examples: [
      {
        survivorId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
        absorbedId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e50',
        reason: 'documents-seen',
        evidenceRef: 'CD-2026-000123',
      },
    ],
  },
)

export const UnmergeBody = Type.Object(
  {
    reason: Type.Enum([...UNMERGE_REASONS], { examples: ['wrong-merge'] }),
    evidenceRef: Type.Optional(EvidenceRef),
  },
  { ...strict, examples: [{ reason: 'wrong-merge' }] },
)

export const MergeParams = Type.Object({ mergeId: Uuid }, strict)

const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const MergeEvent = Type.Object(
  {
    mergeId: Uuid,
    kind: Type.Enum(['merge', 'unmerge']),
    survivorId: Uuid,
    absorbedId: Uuid,
    undoes: Nullable(Uuid),
    reason: Reason,
    evidenceRef: Type.Optional(Nullable(EvidenceRef)),
    byOrg: Type.String({ maxLength: 40 }),
    byClient: Type.Optional(Type.String({ maxLength: 128 })),
    at: Instant,
  },
  strict,
)

export const MergesQuery = Type.Object(
  {
    personId: Type.Optional(Uuid),
    before: Type.Optional(Type.String({ ...Uuid, description: '`next` of the page before.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
  },
  strict,
)

export const MergesBody = Type.Object(
  { merges: Type.Array(MergeEvent, { maxItems: 100 }), next: Nullable(Uuid) },
  strict,
)
