import { Type } from 'typebox'
import { CITIES } from '../codes/index.ts'

const strict = { additionalProperties: false } as const

export const CityCode = Type.Enum(['510100', '510600', '511400', '512000'], {
  description: CITIES.map((city) => `${city.code} ${city.zh}`).join(', '),
  examples: ['510600'],
})
const Day = Type.String({ maxLength: 10, pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2026-03-01'] })
const Until = Type.Union([Day, Type.Null()], { description: 'Last day; null while open.' })

export const CodeParams = Type.Object(
  { code: Type.String({ maxLength: 64, description: '定点医药机构编号', examples: ['H51060399001'] }) },
  strict,
)

const PeriodFields = { from: Day, to: Until }

export const InstitutionBody = Type.Object(
  {
    code: Type.String({ maxLength: 12, examples: ['H51060399001'] }),
    kind: Type.Enum(['hospital', 'pharmacy']),
    name: Type.String({ maxLength: 200, examples: ['德阳旌阳示范医院'] }),
    uscc: Type.String({ maxLength: 18 }),
    city: CityCode,
    division: Type.String({ maxLength: 6, examples: ['510603'] }),
    zone: Type.Union([Type.String({ maxLength: 50 }), Type.Null()]),
    date: Type.String({ maxLength: 10, description: 'The day for which level, designation and suspension are given.' }),
    level: Type.Integer({ minimum: 0, maximum: 3 }),
    grade: Type.String({ maxLength: 2, examples: ['甲'] }),
    community: Type.Boolean({ description: '社区卫生服务机构: deductible and ratio have a step below 一级 for it.' }),
    designation: Type.Enum(['designated', 'not-started', 'ended', 'none']),
    suspended: Type.Boolean(),
    levels: Type.Array(
      Type.Object(
        { ...PeriodFields, level: Type.Integer(), grade: Type.String({ maxLength: 2 }), community: Type.Boolean() },
        strict,
      ),
      { maxItems: 200 },
    ),
    designations: Type.Array(Type.Object(PeriodFields, strict), { maxItems: 200 }),
    suspensions: Type.Array(Type.Object({ ...PeriodFields, reason: Type.String({ maxLength: 500 }) }, strict), {
      maxItems: 200,
    }),
    recognitions: Type.Array(Type.Object({ ...PeriodFields, insuredCity: CityCode }, strict), { maxItems: 200 }),
  },
  strict,
)

export const ListQuery = Type.Object(
  {
    city: Type.Optional(CityCode),
    kind: Type.Optional(Type.Enum(['hospital', 'pharmacy'])),
    division: Type.Optional(Type.String({ maxLength: 6, pattern: '^\\d{6}$' })),
    cursor: Type.Optional(Type.String({ maxLength: 12, description: '`next` of the page before.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  strict,
)

export const ListBody = Type.Object(
  {
    institutions: Type.Array(InstitutionBody, { maxItems: 200 }),
    next: Type.Union([Type.String({ maxLength: 12 }), Type.Null()], {
      description: 'Cursor of the next page; null at the end.',
    }),
  },
  strict,
)

export const RecognitionQuery = Type.Object(
  {
    insured: Type.String({ maxLength: 6, pattern: '^\\d{6}$', description: '参保地', examples: ['510600'] }),
    at: Type.Optional(
      Type.String({
        maxLength: 40,
        description: 'A day or an instant (RFC 3339); now by default.',
        examples: ['2026-03-01'],
      }),
    ),
  },
  strict,
)

export const RecognitionBody = Type.Object(
  {
    code: Type.String({ maxLength: 12 }),
    insured: Type.String({ maxLength: 6 }),
    date: Day,
    recognised: Type.Boolean(),
    reasons: Type.Array(
      Type.Object(
        {
          code: Type.String({ maxLength: 64 }),
          zh: Type.String({ maxLength: 200 }),
          en: Type.String({ maxLength: 200 }),
        },
        strict,
      ),
      { maxItems: 10 },
    ),
    registerAgeMs: Type.Integer({ description: 'How old the register in memory can be.' }),
  },
  {
    ...strict,
    examples: [
      {
        code: 'P51140299002',
        insured: '510600',
        date: '2026-03-01',
        recognised: false,
        reasons: [
          {
            code: 'not-recognised-by-insured-city',
            zh: '参保地未与该机构互认',
            en: 'The insured city does not recognise the institution',
          },
        ],
        registerAgeMs: 120,
      },
    ],
  },
)

export const SuspensionBody = Type.Object(
  {
    from: Day,
    to: Type.Optional(Day),
    reason: Type.String({ minLength: 1, maxLength: 500, examples: ['协议中止'] }),
  },
  strict,
)

export const SuspensionAnswer = Type.Object(
  { code: Type.String({ maxLength: 12 }), from: Day, to: Until, reason: Type.String({ maxLength: 500 }) },
  strict,
)
