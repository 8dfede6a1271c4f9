import { type TSchema, Type } from 'typebox'
import { EVIDENCE_CLASSES } from './types.ts'

export const strict = { additionalProperties: false } as const
export const nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()])
/** Words of a person: no control characters, which the database would refuse. */
export const text = (maxLength: number, example: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f]+$', examples: [example] })

export const Uuid = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
export const Instant = Type.String({ maxLength: 40, format: 'date-time', examples: ['2026-11-24T07:01:00.000Z'] })
export const City = Type.Enum(['510100', '510600', '511400', '512000'], { examples: ['510100'] })
export const Division = Type.String({ maxLength: 6, pattern: '^\\d{6}$', examples: ['510104'] })
export const Level = Type.Enum(['green', 'yellow', 'red'], {
  description:
    'Common level: green 绿码 (通行), yellow 黄码 (限制), red 红码 (禁止). Care is never refused because of it.',
})
export const Evidence = Type.Enum([...EVIDENCE_CLASSES], { description: 'On what the level rests 依据类别' })
export const ReasonCode = Type.String({
  maxLength: 40,
  pattern: '^[A-Za-z][A-Za-z0-9-]{1,39}$',
  examples: ['close-contact'],
})
export const IssuerLevel = Type.String({ minLength: 1, maxLength: 32, pattern: '^[\\x21-\\x7e]+$', examples: ['02'] })
export const Version = Type.Integer({ minimum: 1, maximum: 2_147_483_647, examples: [1] })
export const Officer = Type.String({
  maxLength: 40,
  pattern: '^[A-Za-z][A-Za-z0-9._-]{1,39}$',
  description: 'Staff number (工号) of the officer in whose name this is done; begins with a letter. No name.',
  examples: ['cd-0412'],
})
export const IssuerName = Type.String({
  maxLength: 128,
  pattern: '^[\\x21-\\x7e]+$',
  examples: ['urn:health-code:500000'],
})
export const Words = Type.Object(
  { zh: text(200, '居家健康监测'), en: text(200, 'Stay at home and report daily') },
  strict,
)

export const IdParams = Type.Object({ id: Uuid }, strict)
export const OfficerBody = Type.Object({ officer: Officer }, { ...strict, examples: [{ officer: 'cd-0907' }] })
export const ApprovalBody = Type.Object(
  { decision: Type.Enum(['approve', 'refuse']), officer: Officer },
  { ...strict, examples: [{ decision: 'approve', officer: 'cd-0907' }] },
)
export const Party = Type.Object(
  { clientId: Type.String({ maxLength: 64 }), officer: Type.String({ maxLength: 40 }) },
  strict,
)

const ruleFields = {
  reasonCode: ReasonCode,
  zh: text(100, '密切接触者'),
  en: text(100, 'Close contact of a case'),
  issuerLevel: IssuerLevel,
  version: Version,
  evidence: Type.Array(Evidence, { minItems: 1, maxItems: 6 }),
  direct: Type.Boolean({
    description: 'One officer may set it for one person. Never for a level that is red in the common set.',
  }),
  maxHours: Type.Integer({ minimum: 1, maximum: 2_160, examples: [168] }),
  whatToDo: Words,
}

const orderFields = {
  issuedBy: text(200, '成都市应对新发传染病应急指挥部（示例）'),
  legalBasis: text(400, '《突发公共卫生事件应急条例》（示例）'),
  area: Type.Array(Division, { minItems: 1, maxItems: 30, description: 'The city, or divisions of it (GB/T 2260)' }),
  from: Instant,
  to: Instant,
}

export const OrderBody = Type.Object(
  {
    ...orderFields,
    rules: Type.Array(Type.Object(ruleFields, strict), { minItems: 1, maxItems: 50 }),
    officer: Officer,
  },
  strict,
)

export const OrderAnswer = Type.Object(
  {
    orderId: Uuid,
    city: City,
    state: Type.Enum(['proposed', 'scheduled', 'active', 'ended']),
    ...orderFields,
    rules: Type.Array(Type.Object({ ...ruleFields, level: Level }, strict), { maxItems: 50 }),
    proposedBy: Party,
    approvedBy: nullable(Party),
    closedBy: nullable(Party),
    closedAt: nullable(Instant),
  },
  strict,
)

export const OrderList = Type.Object({ orders: Type.Array(OrderAnswer, { maxItems: 1_000 }) }, strict)

const Jwk = Type.Object(
  {
    kid: Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\x21-\\x7e]+$' }),
    kty: Type.Enum(['EC', 'OKP']),
    crv: Type.Enum(['P-256', 'SM2', 'Ed25519']),
    alg: Type.Enum(['ES256', 'EdDSA', 'SM2-SM3']),
    x: Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' }),
    y: Type.Optional(Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' })),
  },
  { ...strict, description: 'Public key (RFC 7517); `SM2` is a curve of GB/T 32918' },
)

const issuerFields = {
  issuer: IssuerName,
  version: Version,
  name: Type.Object({ zh: text(100, '重庆市'), en: text(100, 'Chongqing') }, strict),
  region: Division,
  keys: Type.Array(Jwk, { maxItems: 10, description: 'Empty for a city of ours, which signs with its published keys' }),
  levels: Type.Array(Type.Object({ issuerLevel: IssuerLevel, level: Level }, strict), {
    minItems: 1,
    maxItems: 20,
    description: 'issuer × version × issuer level → common level. Whatever is not here is not recognised.',
  }),
  from: Instant,
  source: text(200, '示例'),
  verified: Type.Boolean({ description: 'True where a person has compared the table with its source' }),
}

export const IssuerBody = Type.Object(
  {
    ...issuerFields,
    maxAgeS: Type.Optional(
      Type.Integer({ minimum: 60, maximum: 604_800, description: 'Shorter than the policy, where the issuer says so' }),
    ),
    to: Type.Optional(Instant),
    officer: Officer,
  },
  strict,
)

export const IssuerAnswer = Type.Object(
  {
    issuerVersionId: Uuid,
    state: Type.Enum(['proposed', 'approved', 'withdrawn']),
    ...issuerFields,
    city: nullable(City),
    maxAgeS: nullable(Type.Integer()),
    to: nullable(Instant),
    proposedBy: Party,
    approvedBy: nullable(Party),
  },
  strict,
)

export const IssuerList = Type.Object({ issuers: Type.Array(IssuerAnswer, { maxItems: 10_000 }) }, strict)

export const PolicyList = Type.Object(
  {
    levels: Type.Array(
      Type.Object(
        {
          level: Level,
          zh: Type.String({ maxLength: 20 }),
          en: Type.String({ maxLength: 40 }),
          access: Type.Object({ zh: Type.String({ maxLength: 20 }), en: Type.String({ maxLength: 60 }) }, strict),
        },
        strict,
      ),
      { maxItems: 3 },
    ),
    policy: Type.Array(
      Type.Object(
        {
          name: Type.String({ maxLength: 60 }),
          version: Version,
          value: Type.Integer(),
          from: Type.String({ maxLength: 10 }),
          to: nullable(Type.String({ maxLength: 10 })),
          source: Type.String({ maxLength: 200 }),
          verified: Type.Boolean(),
        },
        strict,
      ),
      { maxItems: 1_000 },
    ),
  },
  strict,
)
