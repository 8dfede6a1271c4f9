import { Type } from 'typebox'
import { LINK_KINDS, RELATIONS } from './guardianship.ts'

const strict = { additionalProperties: false } as const
const Day = Type.String({ maxLength: 10, pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2026-11-24'] })
const Uuid = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
const Kind = Type.Enum([...LINK_KINDS], {
  description:
    '`guardian` (监护人): acts for a child under 14, and ends by itself on the 14th birthday. `family` (家庭码): shows the code of a person who consented.',
  examples: ['guardian'],
})
const Relation = Type.Enum([...RELATIONS], {
  description:
    'What the second person is to the first: 父母, 祖父母, 兄姐, 指定监护人, 配偶, 子女, 孙子女, 其他亲属, 照护人',
  examples: ['parent'],
})
const EvidenceRef = Type.String({
  minLength: 3,
  maxLength: 64,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
  description: 'Where the paper or the consent is kept: a file number, never the number of a document.',
  examples: ['CD-2026-000123'],
})

export const LinkBody = Type.Object(
  {
    guardianId: Uuid,
    kind: Kind,
    relation: Relation,
    from: Type.Optional(Day),
    to: Type.Optional(Type.Union([Day, Type.Null()])),
    evidenceRef: EvidenceRef,
  },
  {
    ...strict,
    examples: [
      {
        guardianId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
        kind: 'guardian',
        relation: 'parent',
        evidenceRef: 'CD-2026-000123',
      },
    ],
  },
)

export const RecordedLink = Type.Object({ linkId: Uuid, from: Day, to: Type.Union([Day, Type.Null()]) }, strict)

export const LinkParams = Type.Object({ id: Uuid, linkId: Uuid }, strict)

export const EndLinkBody = Type.Object(
  {
    reason: Type.Enum(['withdrawn', 'court', 'evidence-lost', 'death', 'error'], {
      description: 'Kept for the city that recorded the link.',
    }),
  },
  { ...strict, examples: [{ reason: 'withdrawn' }] },
)

export const EndedLink = Type.Object({ linkId: Uuid, state: Type.Enum(['ended']) }, strict)

export const LinksBody = Type.Object(
  {
    guardians: Type.Array(
      Type.Object(
        {
          linkId: Uuid,
          guardianId: Uuid,
          guardianMaskedName: Type.String({ maxLength: 100, examples: ['张*例'] }),
          kind: Kind,
          relation: Relation,
          from: Day,
          to: Type.Union([Day, Type.Null()]),
          state: Type.Enum(['in-force', 'not-yet', 'ended']),
          lastDay: Type.Union([Day, Type.Null()], {
            description:
              'The last day on which the link can count: the given one, or the day before the 14th birthday.',
          }),
          recordedCity: Type.Enum(['510100', '510600', '511400', '512000']),
          evidenceRef: Type.Optional(EvidenceRef),
          endReason: Type.Optional(Type.String({ maxLength: 40 })),
        },
        strict,
      ),
      { maxItems: 500 },
    ),
  },
  strict,
)
