import { Type } from 'typebox'

const strict = { additionalProperties: false } as const

const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  maxLength: 36,
  examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'],
})
const Institution = Type.String({ pattern: '^[HP][0-9]{11}$', maxLength: 12, examples: ['H51200200001'] })
/** An institution, or a subscription's id. */
const DestinationCode = Type.String({ pattern: '^[A-Za-z0-9-]{1,36}$', maxLength: 36, examples: ['H51200200001'] })
const Event = Type.String({ pattern: '^[\\x21-\\x7e]{1,200}$', maxLength: 200, examples: ['result-available'] })
const Instant = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,3})?(Z|[+-]\\d{2}:\\d{2})$',
  maxLength: 40,
  examples: ['2026-11-24T00:00:00Z'],
})
const Time = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
const Count = Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: '50 when left out' }))
const Cursor = Type.Optional(
  Type.String({ pattern: '^[A-Za-z0-9_-]{1,120}$', maxLength: 120, description: '`next` of the page before' }),
)

export const STATES = ['accepted', 'refused', 'queued', 'sending', 'waiting', 'delivered', 'dead', 'cancelled'] as const

export const MessageQuery = Type.Object(
  {
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    sender: Type.Optional(Institution),
    destination: Type.Optional(DestinationCode),
    event: Type.Optional(Event),
    personId: Type.Optional(Uuid),
    state: Type.Optional(
      Type.Enum([...STATES], { description: 'accepted or refused: of the message; else of a delivery' }),
    ),
    count: Count,
    cursor: Cursor,
  },
  strict,
)

export const IdParams = Type.Object({ id: Uuid }, strict)
export const CodeParams = Type.Object({ code: DestinationCode }, strict)
export const InstitutionParams = Type.Object({ code: Institution }, strict)

const Delivery = Type.Object({
  destination: Type.String(),
  kind: Type.String(),
  priority: Type.Enum(['urgent', 'soon', 'routine']),
  state: Type.String(),
  attempts: Type.Integer(),
  firstAt: Time,
  lastAt: Time,
  nextAt: Time,
  endedAt: Time,
  reason: Type.Union([Type.String(), Type.Null()]),
  status: Type.Union([Type.Integer(), Type.Null()]),
})

export const Message = Type.Object(
  {
    id: Type.String(),
    sender: Type.String(),
    messageId: Type.Union([Type.String(), Type.Null()]),
    bundleId: Type.Union([Type.String(), Type.Null()]),
    event: Type.String(),
    personId: Type.Optional(
      Type.Union([Type.String(), Type.Null()], { description: 'Not for the operator, who has no use for it' }),
    ),
    receivedAt: Type.String({ format: 'date-time' }),
    sentAt: Time,
    bytes: Type.Integer(),
    state: Type.String(),
    reason: Type.Union([Type.String(), Type.Null()]),
    deliveries: Type.Array(Delivery),
  },
  {
    examples: [
      {
        id: '019ab4e2-0000-7e10-9b1f-0f6f1c2d3e4f',
        sender: 'H51010400001',
        messageId: 'm-1',
        bundleId: 'b-1',
        event: 'referral',
        personId: null,
        receivedAt: '2026-11-24T07:00:00.000Z',
        sentAt: '2026-11-24T06:59:59.000Z',
        bytes: 4096,
        state: 'accepted',
        reason: null,
        deliveries: [],
      },
    ],
  },
)

export const MessageList = Type.Object({
  messages: Type.Array(Message),
  next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent at the end' })),
})

/** FHIR JSON as it was sent. */
export const Body = Type.Unsafe<unknown>({ type: 'object', additionalProperties: true, description: 'The message' })

export const DeadQuery = Type.Object(
  { destination: Type.Optional(DestinationCode), count: Count, cursor: Cursor },
  strict,
)

export const DeadList = Type.Object({
  deadLetters: Type.Array(
    Type.Object({
      id: Type.String(),
      sender: Type.String(),
      destination: Type.String(),
      event: Type.String(),
      reason: Type.Union([Type.String(), Type.Null()]),
      status: Type.Union([Type.Integer(), Type.Null()]),
      attempts: Type.Integer(),
      firstAt: Time,
      lastAt: Time,
      parks: Type.Integer({ description: "The same patient's later messages that wait behind it" }),
      nextAction: Type.String(),
    }),
  ),
  next: Type.Optional(Type.String()),
})

export const RerunBody = Type.Object(
  {
    action: Type.Optional(
      Type.Enum(['rerun', 'cancel'], { description: 'cancel gives messages up; `rerun` when left out' }),
    ),
    messageIds: Type.Optional(Type.Array(Uuid, { minItems: 1, maxItems: 1000 })),
    destination: Type.Optional(DestinationCode),
    sender: Type.Optional(Institution),
    event: Type.Optional(Event),
    reason: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,80}$', maxLength: 80 })),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    dry: Type.Optional(Type.Boolean({ description: 'Only counts' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000, description: 'In this call; 500 when left out' })),
  },
  { ...strict, examples: [{ destination: 'H51200200001', dry: true }] },
)

export const RerunAnswer = Type.Object(
  { matched: Type.Integer(), changed: Type.Integer() },
  { examples: [{ matched: 12, changed: 0 }] },
)

export const DestinationBody = Type.Object(
  {
    kind: Type.Enum(['hospital', 'webhook'], {
      description: 'hospital: $process-message of its registered FHIR base; webhook: a signed POST to `url`',
    }),
    url: Type.Optional(Type.String({ pattern: '^https?://[^?#]+$', maxLength: 300 })),
    concurrency: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 64, description: 'Messages on their way at a time' }),
    ),
    rotateSecret: Type.Optional(Type.Boolean()),
  },
  { ...strict, examples: [{ kind: 'webhook', url: 'https://his.hospital.example/yimatong' }] },
)

export const SavedDestination = Type.Object({
  code: Type.String(),
  kind: Type.String(),
  url: Type.Union([Type.String(), Type.Null()]),
  concurrency: Type.Integer(),
  secret: Type.Optional(Type.String({ description: 'Key of the signatures (Standard Webhooks); shown this once' })),
})

export const DestinationList = Type.Object({
  destinations: Type.Array(
    Type.Object({
      code: Type.String(),
      kind: Type.String(),
      institution: Type.String(),
      url: Type.Union([Type.String(), Type.Null()]),
      concurrency: Type.Integer(),
      pausedAt: Time,
      open: Type.Integer(),
      dead: Type.Integer(),
      oldest: Time,
    }),
  ),
})

export const Paused = Type.Object({ code: Type.String(), paused: Type.Boolean() })

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', maxLength: 10, examples: ['2026-11-24'] })
const Source = Type.String({ minLength: 1, maxLength: 300, pattern: '\\S', examples: ['川卫信息〔2026〕示例号'] })

export const RuleBody = Type.Object(
  {
    event: Event,
    sender: Type.Union([Institution, Type.Literal('*')]),
    destination: Institution,
    priority: Type.Optional(Type.Enum(['urgent', 'soon', 'routine'])),
    validFrom: Day,
    validTo: Type.Optional(Day),
    sourceDocument: Source,
    verified: Type.Boolean(),
  },
  strict,
)

export const RuleList = Type.Object({
  rules: Type.Array(
    Type.Object({
      event: Type.String(),
      sender: Type.String(),
      destination: Type.String(),
      priority: Type.Union([Type.String(), Type.Null()]),
      validFrom: Type.String(),
      validTo: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
})

export const ChannelBody = Type.Object(
  {
    event: Event,
    effectiveFrom: Instant,
    maxBodyBytes: Type.Integer({ minimum: 1024, maximum: 104_857_600 }),
    maxAttempts: Type.Integer({ minimum: 1, maximum: 1000 }),
    maxAgeS: Type.Integer({ minimum: 1, maximum: 2_592_000 }),
    backoffBaseMs: Type.Integer({ minimum: 10, maximum: 600_000 }),
    backoffCapMs: Type.Integer({ minimum: 10, maximum: 3_600_000 }),
    deadlineMs: Type.Integer({ minimum: 100, maximum: 60_000 }),
    retryUnknown: Type.Boolean(),
    deadBlocks: Type.Boolean(),
    bodyDays: Type.Integer({ minimum: 1, maximum: 3650 }),
    logDays: Type.Integer({ minimum: 2, maximum: 3650 }),
    purpose: Type.Optional(
      Type.String({ pattern: '^[A-Z]{2,20}$', description: 'Purpose of use that the messages serve; left out: TREAT' }),
    ),
    sourceDocument: Source,
    verified: Type.Boolean(),
  },
  strict,
)

export const ChannelList = Type.Object({
  channels: Type.Array(
    Type.Object({
      event: Type.String(),
      effectiveFrom: Type.String(),
      maxBodyBytes: Type.Integer(),
      maxAttempts: Type.Integer(),
      maxAgeS: Type.Integer(),
      backoffBaseMs: Type.Integer(),
      backoffCapMs: Type.Integer(),
      deadlineMs: Type.Integer(),
      retryUnknown: Type.Boolean(),
      deadBlocks: Type.Boolean(),
      bodyDays: Type.Integer(),
      logDays: Type.Integer(),
      purpose: Type.String(),
    }),
  ),
})

export const Saved = Type.Object({ saved: Type.Boolean() })
