import { Type } from 'typebox'
import { KEY_ALGORITHMS, KEY_USES } from './types.ts'

const strict = { additionalProperties: false } as const
const City = Type.Enum(['510100', '510600', '511400', '512000'], { examples: ['510100'] })
const Coordinate = Type.String({ maxLength: 64 })
const Instant = Type.String({ maxLength: 40, format: 'date-time', examples: ['2026-11-24T07:01:00.000Z'] })

const Kid = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$', examples: ['pX0o0Yz3c1A'] })
const Alg = Type.Enum([...KEY_ALGORITHMS])
const Use = Type.Enum([...KEY_USES])
const End = Type.Union([Instant, Type.Null()])

export const IssuerParams = Type.Object({ city: City }, strict)
export const KeyParams = Type.Object({ city: City, kid: Kid }, strict)

export const RotationBody = Type.Object(
  {
    use: Use,
    alg: Type.Optional(Alg),
    activeFrom: Type.Optional(
      Type.String({
        maxLength: 40,
        format: 'date-time',
        description: 'Now where nothing is said; at most a year ahead.',
      }),
    ),
  },
  { ...strict, examples: [{ use: 'code', alg: 'ES256', activeFrom: '2026-12-01T00:00:00.000Z' }] },
)

export const RetirementBody = Type.Object(
  {
    retiredAt: Type.Optional(
      Type.String({
        maxLength: 40,
        format: 'date-time',
        description: 'Now where nothing is said and the key still signs.',
      }),
    ),
    verifyUntil: Type.Optional(
      Type.String({
        maxLength: 40,
        format: 'date-time',
        description: 'What the key signed counts until then; as long as each card where nothing is said.',
      }),
    ),
  },
  { ...strict, examples: [{ verifyUntil: '2031-12-01T00:00:00.000Z' }] },
)

export const KeyBody = Type.Object(
  {
    kid: Kid,
    alg: Alg,
    uses: Type.Array(Use, { maxItems: KEY_USES.length }),
    activeFrom: Instant,
    retiredAt: End,
    verifyUntil: End,
  },
  strict,
)

export const Jwks = Type.Object(
  {
    keys: Type.Array(
      Type.Object(
        {
          kty: Type.Enum(['EC', 'OKP']),
          crv: Type.Enum(['P-256', 'SM2', 'Ed25519']),
          alg: Alg,
          use: Type.Literal('sig'),
          kid: Type.String({ maxLength: 64 }),
          x: Coordinate,
          y: Type.Optional(Coordinate),
          ymt_uses: Type.Array(Use, { maxItems: KEY_USES.length, description: 'What the key may sign.' }),
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
