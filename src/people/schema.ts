import { Type } from 'typebox'
import { IDENTIFIER_TYPES, PSN_TYPES } from './types.ts'

const strict = { additionalProperties: false } as const
const Day = Type.String({ maxLength: 10, pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2020-01-01'] })
const City = Type.Enum(['510100', '510600', '511400', '512000'], { description: '参保地', examples: ['510100'] })
const PersonIdText = Type.String({ maxLength: 36, examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })

const Identifier = Type.Object(
  {
    type: Type.Enum([...IDENTIFIER_TYPES], { examples: ['resident-id'] }),
    value: Type.String({ minLength: 1, maxLength: 64, examples: ['510104190001019995'] }),
  },
  strict,
)

const Insurance = Type.Object(
  {
    insuredCity: City,
    insutype: Type.Enum(['310', '390'], { description: '310 职工, 390 城乡居民' }),
    psnType: Type.Enum([...PSN_TYPES], {
      description:
        '人员类别: 11 在职, 12 退休, 13 离休, 1401 新生儿, 1402 学龄前儿童, 1403 中小学生, 1404 大学生, 1405 未成年（未入学）, 15 居民（成年）, 16 居民（老年）',
      examples: ['11'],
    }),
    from: Day,
    to: Type.Union([Day, Type.Null()]),
  },
  strict,
)

/** As it is read: rows older than the list of person types may hold another. */
export const StoredInsurance = Type.Object(
  { ...Insurance.properties, psnType: Type.String({ maxLength: 4, examples: ['11'] }) },
  strict,
)

export const PersonBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, examples: ['张示例'] }),
    sex: Type.Enum(['male', 'female']),
    birthDate: Day,
    phone: Type.Optional(Type.String({ maxLength: 20, pattern: '^[0-9０-９+ -]{5,20}$', examples: ['16000000001'] })),
    residenceDivision: Type.Optional(Type.String({ maxLength: 6, pattern: '^\\d{6}$', examples: ['510104'] })),
    identifiers: Type.Array(Identifier, { minItems: 1, maxItems: 6 }),
    insurances: Type.Optional(
      Type.Array(Insurance, {
        maxItems: 20,
        description: 'From the issuer or the bureau of the insured city only; hospitals leave it out.',
      }),
    ),
  },
  {
    ...strict,
    examples: [
      {
        name: '张示例',
        sex: 'male',
        birthDate: '1900-01-01',
        phone: '16000000001',
        residenceDivision: '510104',
        identifiers: [{ type: 'resident-id', value: '510104190001019995' }],
        insurances: [{ insuredCity: '510100', insutype: '310', psnType: '12', from: '2020-01-01', to: null }],
      },
    ],
  },
)

export const RegistrationBody = Type.Object(
  {
    personId: PersonIdText,
    existing: Type.Boolean({ description: 'True where the person was registered already; nothing was changed.' }),
    warnings: Type.Array(
      Type.Object(
        {
          pointer: Type.String({ maxLength: 100 }),
          part: Type.String({ maxLength: 40 }),
          code: Type.String({ maxLength: 60 }),
          message: Type.String({ maxLength: 200 }),
        },
        strict,
      ),
      { maxItems: 50 },
    ),
  },
  strict,
)

export const InsuranceBody = Type.Object(Insurance.properties, {
  ...strict,
  examples: [{ insuredCity: '510100', insutype: '310', psnType: '12', from: '2020-01-01', to: null }],
})

export const SearchBody = Type.Object({ identifier: Identifier }, strict)

export const PersonParams = Type.Object(
  { id: Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] }) },
  strict,
)

export const MaskedPersonBody = Type.Object(
  {
    personId: PersonIdText,
    maskedName: Type.String({ maxLength: 100, examples: ['张*例'] }),
    sex: Type.Enum(['male', 'female']),
    maskedBirthDate: Type.String({ maxLength: 10, examples: ['1900-**-**'] }),
    maskedPhone: Type.Union([Type.String({ maxLength: 20 }), Type.Null()]),
    residenceDivision: Type.Union([Type.String({ maxLength: 6 }), Type.Null()]),
    identifiers: Type.Array(
      Type.Object({ type: Type.String({ maxLength: 40 }), masked: Type.String({ maxLength: 64 }) }, strict),
      { maxItems: 20 },
    ),
    insurances: Type.Array(StoredInsurance, { maxItems: 200 }),
  },
  strict,
)

export const SearchAnswer = Type.Object({ people: Type.Array(MaskedPersonBody, { maxItems: 1 }) }, strict)
