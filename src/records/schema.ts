import { Type } from 'typebox'
import { PURPOSES, type Purpose } from './types.ts'

const strict = { additionalProperties: false } as const

export const IdParams = Type.Object({
  id: Type.String({
    maxLength: 64,
    description: 'As it was given in an answer',
    examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'],
  }),
})

export const PurposeHeader = Type.Object({
  'x-purpose-of-use': Type.Enum(Object.keys(PURPOSES) as Purpose[], {
    description:
      'HL7 v3 PurposeOfUse: TREAT treatment, ETREAT emergency treatment, HPAYMT payment. Needed for every read.',
    examples: ['TREAT'],
  }),
})

/** Opaque: a schema of all of FHIR would drop what it does not know. */
export const Searchset = Type.Unsafe<unknown>({
  type: 'object',
  additionalProperties: true,
  description: 'FHIR R4 Bundle of type searchset; one OperationOutcome entry per hospital that did not give everything',
  examples: [{ resourceType: 'Bundle', type: 'searchset', total: 0 }],
})

const Url = Type.String({ pattern: '^https?://[^?#]+$', maxLength: 300 })
const Code = Type.String({ pattern: '^H[0-9]{11}$', maxLength: 12, examples: ['H51010400001'] })

export const HospitalParams = Type.Object({ code: Code }, strict)

export const HospitalSettings = Type.Object(
  {
    baseUrl: Type.String({
      pattern: '^https?://[^?#]+$',
      maxLength: 300,
      description: 'FHIR base; plain http only on the own machine',
      examples: ['https://fhir.hospital.example/fhir'],
    }),
    auth: Type.Union([
      Type.Object({ kind: Type.Literal('none') }, strict),
      Type.Object(
        {
          kind: Type.Literal('backend-services'),
          clientId: Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$', examples: ['yimatong'] }),
          tokenUrl: Type.Optional(Url),
          rotateKey: Type.Optional(
            Type.Boolean({ description: 'Makes a new key; the hospital must read our JWKS again' }),
          ),
        },
        strict,
      ),
    ]),
    deadlineMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 60_000 })),
    maxBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 104_857_600 })),
    maxSockets: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    identifierSystems: Type.Optional(
      Type.Object(
        {
          'resident-id': Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
          passport: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
          'travel-permit': Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
        },
        strict,
      ),
    ),
    notifies: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Z][A-Za-z]{1,63}$', maxLength: 64 }), {
        maxItems: 50,
        description:
          'Resource types whose every record the hospital announces; it is then asked for them only where it announced one. To be set when it has announced what it holds already.',
        examples: [['DiagnosticReport', 'Observation']],
      }),
    ),
    enabled: Type.Optional(Type.Boolean()),
  },
  {
    ...strict,
    examples: [
      { baseUrl: 'https://fhir.hospital.example/fhir', auth: { kind: 'backend-services', clientId: 'yimatong' } },
    ],
  },
)

export const HospitalBody = Type.Object(
  {
    institution: Code,
    baseUrl: Type.String(),
    auth: Type.Object({
      kind: Type.String(),
      clientId: Type.Optional(Type.String()),
      tokenUrl: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      jwksPath: Type.Optional(
        Type.String({ description: 'Where the hospital reads the public key of our assertions' }),
      ),
    }),
    deadlineMs: Type.Union([Type.Integer(), Type.Null()]),
    maxBytes: Type.Integer(),
    maxSockets: Type.Integer(),
    identifierSystems: Type.Record(Type.String(), Type.String()),
    notifies: Type.Array(Type.String()),
    enabled: Type.Boolean(),
  },
  {
    examples: [
      {
        institution: 'H51010400001',
        baseUrl: 'https://fhir.hospital.example/fhir',
        auth: {
          kind: 'backend-services',
          clientId: 'yimatong',
          tokenUrl: null,
          jwksPath: '/records/hospitals/H51010400001/jwks.json',
        },
        deadlineMs: null,
        maxBytes: 8388608,
        maxSockets: 8,
        identifierSystems: { 'resident-id': 'urn:oid:2.16.156.10011.1.3' },
        notifies: [],
        enabled: true,
      },
    ],
  },
)

export const HospitalList = Type.Object({ hospitals: Type.Array(HospitalBody) })

export const Jwks = Type.Object(
  { keys: Type.Array(Type.Unsafe<unknown>({ type: 'object', additionalProperties: true })) },
  { examples: [{ keys: [] }] },
)
