import { Type } from 'typebox'
import { CHANNELS, GIVERS } from './consent-store.ts'
import { BASES, DATA_CLASSES, DEFAULT_RULES } from './types.ts'

const strict = { additionalProperties: false } as const

export const Uuid = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
export const Instant = Type.String({ maxLength: 35, format: 'date-time', examples: ['2026-11-24T07:00:00Z'] })
export const Institution = Type.String({ pattern: '^[HP][0-9]{11}$', maxLength: 12, examples: ['H51010400001'] })
export const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const Officer = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
  description: 'Staff number (工号) in whose name the client acts',
  examples: ['CD-0231'],
})

const Recipient = Type.String({
  pattern: '^(?:[HP][0-9]{11}|[0-9]{6})$',
  maxLength: 12,
  description: 'Code of an institution, or of one of the four cities',
  examples: ['H51010400001'],
})
const Purpose = Type.String({
  pattern: '^[A-Z]{3,12}$',
  maxLength: 12,
  description: 'HL7 v3 PurposeOfUse, one that `GET /consents/policy` lists',
  examples: ['TREAT'],
})
const Class = Type.Enum([...DATA_CLASSES], {
  description: 'C4 identity, C5 clinical, C6 special disease, C8 settlement',
  examples: ['C5'],
})
const Special = Type.String({ pattern: '^[a-z]{2,20}$', maxLength: 20, examples: ['psychiatric'] })
const Giver = Type.Enum([...GIVERS], {
  description: 'The person itself from 14 on; a guardian in force before that; a proxy linked to the person.',
  examples: ['self'],
})
const Via = Type.Enum([...CHANNELS], { examples: ['app'] })
const NoticeName = Type.String({ pattern: '^[a-z][a-z-]{1,39}$', maxLength: 40, examples: ['cross-city-records'] })
const Language = Type.String({ pattern: '^[a-z]{2}(?:-[A-Z]{2})?$', maxLength: 5, examples: ['zh-CN'] })
const Hash = Type.String({
  pattern: '^[0-9a-f]{64}$',
  maxLength: 64,
  description: 'SHA-256 of the text that was shown',
})

const someOf = <T extends Type.TSchema>(item: T, maxItems: number, minItems = 0) =>
  Type.Array(item, { minItems, maxItems, uniqueItems: true })

export const ConsentBody = Type.Object(
  {
    personId: Uuid,
    decision: Type.Enum(['permit', 'deny'], {
      description: 'A no is kept like a yes, and counts until it is withdrawn.',
    }),
    purpose: Purpose,
    recipients: someOf(Recipient, 50, 1),
    dataClasses: someOf(Class, 4, 1),
    sensitiveClasses: Type.Optional(someOf(Special, 20)),
    sources: Type.Optional(someOf(Institution, 50)),
    separate: Type.Optional(
      Type.Boolean({ description: 'The person was asked for this alone (单独同意): true for every yes.' }),
    ),
    givenBy: Giver,
    giverId: Type.Optional(Uuid),
    notice: NoticeName,
    noticeVersion: Type.Integer({ minimum: 1, maximum: 10_000 }),
    noticeHash: Hash,
    language: Language,
    channel: Via,
    evidenceRef: Type.String({
      minLength: 3,
      maxLength: 64,
      pattern: '^[A-Za-z][A-Za-z0-9._:/-]*$',
      description: 'Where the signature or the used one-time code is kept, never the code itself.',
      examples: ['sign:CD-2026-000123'],
    }),
    validUntil: Type.Optional(Instant),
  },
  {
    ...strict,
    examples: [
      {
        personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
        decision: 'permit',
        purpose: 'TREAT',
        recipients: ['512000'],
        dataClasses: ['C5'],
        separate: true,
        givenBy: 'self',
        notice: 'cross-city-records',
        noticeVersion: 1,
        noticeHash: '0'.repeat(64),
        language: 'zh-CN',
        channel: 'app',
        evidenceRef: 'sign:CD-2026-000123',
      },
    ],
  },
)

export const WithdrawalBody = Type.Object(
  { personId: Uuid, withdrawnBy: Giver, giverId: Type.Optional(Uuid), channel: Via },
  {
    ...strict,
    examples: [{ personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', withdrawnBy: 'self', channel: 'app' }],
  },
)

export const ConsentAnswer = Type.Object(
  {
    consentId: Uuid,
    personId: Uuid,
    decision: Type.Enum(['permit', 'deny']),
    state: Type.Enum(['in-force', 'expired', 'withdrawn']),
    purpose: Purpose,
    recipients: Type.Array(Recipient),
    dataClasses: Type.Array(Type.String()),
    sensitiveClasses: Type.Array(Special),
    sources: Type.Array(Institution),
    separate: Type.Boolean(),
    givenBy: Giver,
    giverId: orNull(Uuid),
    notice: NoticeName,
    noticeVersion: Type.Integer(),
    noticeHash: Hash,
    language: Language,
    channel: Via,
    evidenceRef: Type.Optional(Type.String({ description: 'Told to the city that recorded it' })),
    givenAt: Instant,
    validUntil: orNull(Instant),
    recordedCity: Type.String(),
    withdrawal: orNull(Type.Object({ withdrawnBy: Giver, giverId: orNull(Uuid), channel: Via, withdrawnAt: Instant })),
    mayAskAgainFrom: Type.Optional(
      Type.String({ description: 'After a no: the day from which the person may be asked again' }),
    ),
  },
  strict,
)

export const ConsentList = Type.Object({ consents: Type.Array(ConsentAnswer) }, strict)
export const WithdrawalQuery = Type.Object(
  {
    since: Type.String({
      maxLength: 35,
      format: 'date-time',
      description: '`next` of your last answer',
      examples: ['2026-11-24T07:00:00Z'],
    }),
  },
  strict,
)

export const WithdrawalList = Type.Object(
  {
    withdrawals: Type.Array(
      Type.Object({ personId: Uuid, consentId: Uuid, purpose: Purpose, withdrawnAt: Instant }, strict),
    ),
    next: Instant,
  },
  strict,
)

export const IdParams = Type.Object({ id: Uuid }, strict)
export const PersonQuery = Type.Object({ personId: Uuid }, strict)

export const AccessQuery = Type.Object(
  {
    personId: Uuid,
    before: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9_-]{1,80}$', maxLength: 80, description: '`next` of the page before' }),
    ),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  },
  strict,
)

const Reason = Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() })

const Access = Type.Object(
  {
    at: Instant,
    organisation: Type.String({ description: 'Institution, city or client that acted' }),
    role: Type.String(),
    action: Type.String({ examples: ['records.search'] }),
    targetType: Type.String({ examples: ['Observation'] }),
    purpose: Type.String({ examples: ['TREAT'] }),
    basis: Type.String({ examples: ['treatment'] }),
    result: Type.String({ examples: ['allowed'] }),
    reasons: Type.Array(Reason),
    consentId: Type.Optional(Type.String()),
    orderId: Type.Optional(Type.String()),
  },
  strict,
)

export const AccessList = Type.Object(
  { accesses: Type.Array(Access), next: Type.Optional(Type.String({ description: 'Goes into `before`' })) },
  strict,
)

const Relation = Type.Object({
  relationshipId: Uuid,
  institution: Institution,
  kind: Type.String(),
  from: Instant,
  to: orNull(Instant),
})

const OwnOverride = Type.Object({
  overrideId: Uuid,
  institution: Institution,
  unit: Type.String(),
  reason: Reason,
  startedAt: Instant,
  expiresAt: Instant,
  verdict: orNull(Type.String()),
})

export const ExportAnswer = Type.Object(
  {
    personId: Uuid,
    at: Instant,
    consents: Type.Array(ConsentAnswer),
    relationships: Type.Array(Relation),
    overrides: Type.Array(OwnOverride),
    accesses: Type.Array(Access),
    next: Type.Optional(Type.String({ description: 'Where `GET /consents/accesses` goes on' })),
  },
  strict,
)

export const PolicyAnswer = Type.Object(
  {
    purposes: Type.Array(
      Type.Object({
        purpose: Purpose,
        version: Type.Integer(),
        zh: Type.String(),
        en: Type.String(),
        basis: Type.Enum([...BASES]),
        rule: Type.Enum([...DEFAULT_RULES], {
          description:
            'What holds where the person said nothing: permit, deny, declared (the reader states it), required (a relation of care), override (break-glass), legal-ground',
        }),
        heedsConsent: Type.Boolean(),
        roles: Type.Array(Type.String()),
        dataClasses: Type.Array(Type.String()),
        defaultClasses: Type.Array(Type.String({ description: 'Those that the rule covers; the others need a yes' })),
      }),
    ),
    sensitiveClasses: Type.Array(
      Type.Object({ class: Special, zh: Type.String(), en: Type.String(), opensInEmergency: Type.Boolean() }),
    ),
    notices: Type.Array(
      Type.Object({
        notice: NoticeName,
        version: Type.Integer(),
        language: Language,
        purpose: Purpose,
        sensitive: Type.Boolean(),
        text: Type.String(),
        hash: Hash,
        from: Type.String(),
        source: Type.String(),
        verified: Type.Boolean(),
      }),
    ),
    overrideReasons: Type.Array(
      Type.Object({ code: Type.String(), version: Type.Integer(), zh: Type.String(), en: Type.String() }),
    ),
  },
  strict,
)
