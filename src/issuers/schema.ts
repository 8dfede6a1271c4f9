import { Type } from 'typebox'
import { KEY_ALGORITHMS, KEY_USES } from './types.ts'

const strict = { additionalProperties: false } as const
const City = Type.Enum(['510100', '510600', '511400', '512000'], { examples: ['510100'] })
const Coordinate = Type.String({ maxLength: 64 })
const Instant = Type.String({ maxLength: 40, format: 'date-time', examples: ['2026-11-24T07:01:00.000Z'] })

export const IssuerParams = Type.Object({ city: City }, strict)

export const Jwks = Type.Object(
  {
    keys: Type.Array(
      Type.Object(
        {
          kty: Type.Enum(['EC', 'OKP']),
          crv: Type.Enum(['P-256', 'SM2', 'Ed25519']),
          alg: Type.Enum([...KEY_ALGORITHMS]),
          use: Type.Literal('sig'),
          kid: Type.String({ maxLength: 64 }),
          x: Coordinate,
          y: Type.Optional(Coordinate),
          ymt_uses: Type.Array(Type.Enum([...KEY_USES]), { maxItems: 5, description: 'What the key may sign.' }),
          ymt_active_from: Instant,
          ymt_retired_at: Type.Optional(Instant),
          ymt_verify_until: Type.Optional(Instant),
        },
        strict,
      ),
      { maxItems: 1000 },
    ),
  },
  strict,
)

export const IssuerList = Type.Object(
  {
    issuers: Type.Array(
      Type.Object(
        { city: City, issuer: Type.String({ maxLength: 100 }), jwksUri: Type.String({ maxLength: 300 }) },
        strict,
      ),
      { maxItems: 10 },
    ),
  },
  strict,
)
