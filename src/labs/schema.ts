import { type TSchema, Type } from 'typebox'

const strict = { additionalProperties: false } as const
const REVIEW_REASONS = ['person-unknown', 'person-ambiguous', 'person-contradicted', 'identifier-missing'] as const
const nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()])
const Uuid = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
const Officer = Type.String({
  maxLength: 40,
  pattern: '^[A-Za-z][A-Za-z0-9._-]{1,39}$',
  description: 'Staff number (工号) of the person in whose name this is done; begins with a letter. No name.',
  examples: ['lab-0412'],
})

/** Bodies of these types are bytes: their schemas are for the API reference, the readers check them. */
export const Hl7Message = Type.Unsafe<unknown>({
  description:
    'One ORU^R01 message; segments end with CR. MSH-18 names its character set: UNICODE UTF-8 or GB 18030-2000.',
  examples: [
    'MSH|^~\\&|LIS|DY01|HUB|YMT|20261124093000+0800||ORU^R01^ORU_R01|20261124-0001|P|2.5.1||||||UNICODE UTF-8\r',
  ],
})
export const Hl7Ack = Type.Unsafe<string>({
  type: 'string',
  description: 'The acknowledgement: MSA with AA, AE or AR, and an ERR for each remark',
})
export const CdaText = Type.Unsafe<unknown>({
  description: 'A laboratory report of WS/T 500 (template 2.16.156.10011.2.1.1.27) as CDA XML, without a document type',
  examples: ['<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'],
})

export const CdaAnswer = Type.Object(
  {
    outcome: Type.Enum(['first', 'replace', 'same', 'late', 'review'], {
      description:
        'first: held; replace: a new version; same: nothing new; late: older than what is held; review: the person is not known',
    }),
    reportId: nullable(Uuid),
    reviewId: nullable(Uuid),
    reason: nullable(Type.Enum(REVIEW_REASONS)),
    unmapped: Type.Integer({ minimum: 0, description: 'Results without a confirmed mapping of code or unit' }),
  },
  strict,
)

const sender = {
  institution: Type.String({ maxLength: 12, pattern: '^[HP][0-9]{11}$', examples: ['H51060300001'] }),
  laboratory: nullable(
    Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000-\\u001f]+$', examples: ['MAIN'] }),
  ),
  codeSystem: Type.String({
    minLength: 1,
    maxLength: 200,
    pattern: '^[a-z][a-z0-9+.-]*:[\\x21-\\x7e]+$',
    description: 'URI of its local codes',
    examples: ['urn:yimatong:lab-codes:H51060300001'],
  }),
  charset: Type.Enum(['UTF-8', 'GB18030'], { description: 'Of messages that name none' }),
  addresses: Type.Array(Type.String({ maxLength: 49, examples: ['10.20.0.0/24'] }), {
    maxItems: 50,
    description: 'From where it may connect by MLLP; empty: only by HTTP',
  }),
  enabled: Type.Boolean(),
}

export const FacilityParams = Type.Object(
  { facility: Type.String({ minLength: 1, maxLength: 40, pattern: '^[A-Za-z0-9._-]+$', examples: ['DY01'] }) },
  strict,
)
export const SenderSettings = Type.Object(sender, {
  ...strict,
  examples: [
    {
      institution: 'H51060300001',
      laboratory: null,
      codeSystem: 'urn:yimatong:lab-codes:H51060300001',
      charset: 'GB18030',
      addresses: ['10.20.0.0/24'],
      enabled: true,
    },
  ],
})
export const SenderBody = Type.Object({ facility: Type.String(), ...sender }, strict)
export const SenderList = Type.Object({ senders: Type.Array(SenderBody) }, strict)

export const ReviewParams = Type.Object({ id: Uuid }, strict)
export const OfficerBody = Type.Object({ officer: Officer }, { ...strict, examples: [{ officer: 'lab-0412' }] })
export const ReviewQuery = Type.Object(
  {
    after: Type.Optional(Uuid),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  strict,
)
export const ReviewList = Type.Object(
  {
    reviews: Type.Array(
      Type.Object(
        {
          reviewId: Uuid,
          reason: Type.Enum(REVIEW_REASONS),
          source: Type.Enum(['hl7v2', 'cda']),
          receivedAt: Type.String({ format: 'date-time' }),
          reportNo: Type.String(),
          identifiers: Type.Array(Type.Object({ type: Type.String(), masked: Type.String() }, strict)),
        },
        strict,
      ),
    ),
    next: nullable(Uuid),
  },
  strict,
)
export const RetriedBody = Type.Object(
  { reportId: Uuid, outcome: Type.Enum(['first', 'replace', 'same', 'late']), unmapped: Type.Integer() },
  strict,
)
export const DiscardedBody = Type.Object({ reviewId: Uuid, state: Type.Enum(['discarded']) }, strict)

export const ProofList = Type.Object(
  {
    proofs: Type.Array(
      Type.Object(
        {
          proofId: Uuid,
          class: Type.Enum(['report', 'version', 'review']),
          count: Type.Integer({ minimum: 1 }),
          from: Type.String({ format: 'date-time' }),
          to: Type.String({ format: 'date-time' }),
          idsSha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
          policyName: Type.String(),
          policyVersion: Type.Integer(),
          at: Type.String({ format: 'date-time' }),
        },
        strict,
      ),
    ),
  },
  strict,
)
