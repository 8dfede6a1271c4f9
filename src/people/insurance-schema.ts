import { Type } from 'typebox'
import { StoredInsurance } from './schema.ts'
import { PSN_IDET_TYPES } from './types.ts'

const strict = { additionalProperties: false } as const
const Day = Type.String({ maxLength: 10, pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2026-07-01'] })
const City = Type.Enum(['510100', '510600', '511400', '512000'], { examples: ['510600'] })
const PersonId = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
const Uuid = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e50'] })
const Reason = Type.String({ minLength: 1, maxLength: 200, examples: ['停缴'] })

export const InsuranceParams = Type.Object(
  { id: PersonId, from: Type.String({ maxLength: 10, description: 'First day of the insurance, which names it.' }) },
  strict,
)
export const IdentityParams = Type.Object({ id: PersonId, identityId: Uuid }, strict)

export const ChangeBody = Type.Object(
  {
    kind: Type.Enum(['end', 'move', 'suspend', 'resume', 'civil-servant', 'no-civil-servant'], {
      description:
        'end 终止, move 转出, suspend 暂停, resume 恢复, civil-servant / no-civil-servant 公务员标志. A move ends the insurance here; the other city tells its own.',
      examples: ['suspend'],
    }),
    on: Type.String({ ...Day, description: 'From this day on; of an end or a move the last day of the insurance.' }),
    toCity: Type.Optional(City),
    reason: Reason,
  },
  strict,
)

const HeldInsurance = Type.Object(
  {
    ...StoredInsurance.properties,
    status: Type.Enum(['1', '2', '4'], { description: '1 正常参保, 2 暂停参保, 4 终止参保; today' }),
    pausedFrom: Type.Union([Day, Type.Null()]),
    cvlservFlag: Type.Enum(['0', '1'], { description: '公务员标志' }),
  },
  strict,
)

const Identity = Type.Object(
  {
    identityId: Uuid,
    city: City,
    psnIdetType: Type.String({ maxLength: 4, examples: ['2303'] }),
    from: Day,
    to: Type.Union([Day, Type.Null()]),
    memo: Type.Union([Type.String({ maxLength: 500 }), Type.Null()]),
  },
  strict,
)

export const IdentityBody = Type.Object(
  {
    psnIdetType: Type.Enum([...PSN_IDET_TYPES], {
      description: '人员身份类别; 2301-2308 have a right to medical aid (医疗救助)',
      examples: ['2303'],
    }),
    from: Day,
    to: Type.Optional(Type.Union([Day, Type.Null()])),
    memo: Type.Optional(Type.String({ maxLength: 500 })),
    reason: Reason,
  },
  strict,
)
export const IdentityAnswer = Identity
export const EndIdentityBody = Type.Object(
  { on: Type.String({ ...Day, description: 'The last day.' }), reason: Reason },
  strict,
)

export const InsurancesBody = Type.Object(
  {
    personId: Type.String({ maxLength: 36 }),
    insurances: Type.Array(HeldInsurance, { maxItems: 200 }),
    identities: Type.Array(Identity, { maxItems: 200, description: 'Those that your city noted.' }),
    events: Type.Array(
      Type.Object(
        {
          eventId: Uuid,
          kind: Type.String({ maxLength: 20, examples: ['suspend'] }),
          insuranceFrom: Type.Union([Day, Type.Null()]),
          on: Day,
          toCity: Type.Union([City, Type.Null()]),
          identityId: Type.Union([Uuid, Type.Null()]),
          reason: Type.String({ maxLength: 200 }),
          city: City,
          at: Type.String({ format: 'date-time', maxLength: 40 }),
        },
        strict,
      ),
      { maxItems: 1000, description: 'What your city did, in its order.' },
    ),
  },
  strict,
)
