import { Type } from 'typebox'

const strict = { additionalProperties: false } as const
const Instant = Type.String({ maxLength: 40, format: 'date-time', examples: ['2026-11-01T00:00:00.000Z'] })

const TrustList = Type.Object(
  {
    format: Type.Enum(['shc', 'dcc'], {
      description: '`shc` SMART Health Cards, `dcc` EU Digital COVID Certificates.',
    }),
    version: Type.Integer({ examples: [12] }),
    source: Type.String({ maxLength: 200, examples: ['VCI directory snapshot'] }),
    issuedAt: Instant,
    validUntil: Instant,
    importedAt: Instant,
    ageS: Type.Integer({ description: 'Seconds since the list was issued.' }),
    inForce: Type.Boolean({ description: 'False: past its end, or unreadable. Nothing is accepted on it.' }),
    issuers: Type.Array(
      Type.Object(
        {
          issuer: Type.String({
            maxLength: 2000,
            description: 'Address of the issuer (SHC), or its country (DCC).',
            examples: ['https://issuer.example/shc'],
          }),
          keys: Type.Integer({ examples: [2] }),
        },
        strict,
      ),
      { maxItems: 5000 },
    ),
  },
  strict,
)

export const TrustListsBody = Type.Object(
  {
    lists: Type.Array(TrustList, { maxItems: 2 }),
    ageMs: Type.Integer({ description: 'How old the knowledge of these lists can be in the answering process.' }),
  },
  strict,
)
