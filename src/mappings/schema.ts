import { type TSchema, Type } from 'typebox'

const strict = { additionalProperties: false } as const
const nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()])
/** Words without control characters, which the database would refuse. */
const text = (maxLength: number, example: string, description?: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '^[^\\u0000-\\u001f]+$',
    examples: [example],
    ...(description === undefined ? {} : { description }),
  })

const Uuid = Type.String({ maxLength: 36, format: 'uuid', examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
const Day = Type.String({ maxLength: 10, format: 'date', examples: ['2026-11-01'] })
const Officer = Type.String({
  maxLength: 40,
  pattern: '^[A-Za-z][A-Za-z0-9._-]{1,39}$',
  description: 'Staff number (工号) of the person in whose name this is done; begins with a letter. No name.',
  examples: ['lab-0412'],
})

const meaning = {
  laboratory: nullable(text(100, 'MAIN', 'One laboratory of the institution 检验科室; null: all')),
  localSystem: text(200, 'urn:yimatong:lab-codes:H51060300001', 'Code system of the local codes'),
  localCode: text(100, 'GLU01', 'Item code as the laboratory writes it 本院项目编码'),
  specimen: nullable(text(100, 'SER', 'Only for this specimen 标本; null: any')),
  method: nullable(text(100, 'HK', 'Only for this method or group of analysers 方法; null: any')),
  item: nullable(
    Type.String({ pattern: '^[A-Z0-9-]{1,24}$', description: 'Catalogue item 目录项目', examples: ['GLU'] }),
  ),
  loinc: nullable(Type.String({ pattern: '^[0-9]{1,7}-[0-9]$', examples: ['14749-6'] })),
  unit: nullable(text(60, 'mmol/l', 'Unit as the laboratory writes it 本院单位')),
  ucum: nullable(text(60, 'mmol/L', 'What that unit is, in UCUM; or the unit the factor leads to')),
  factor: nullable(
    Type.String({
      pattern: '^[0-9]{1,12}(\\.[0-9]{1,12})?$',
      description: 'Value in ucum = reported value × factor; null: only another spelling',
      examples: ['0.05551'],
    }),
  ),
  rangeSource: nullable(text(200, 'report', 'Where the reference range comes from 参考区间来源')),
  display: nullable(text(200, '葡萄糖', 'What the laboratory calls the item')),
  from: Day,
  to: nullable(Day),
}

const Draft = Type.Object(
  {
    ...meaning,
    laboratory: Type.Optional(meaning.laboratory),
    specimen: Type.Optional(meaning.specimen),
    method: Type.Optional(meaning.method),
    item: Type.Optional(meaning.item),
    loinc: Type.Optional(meaning.loinc),
    unit: Type.Optional(meaning.unit),
    ucum: Type.Optional(meaning.ucum),
    factor: Type.Optional(meaning.factor),
    rangeSource: Type.Optional(meaning.rangeSource),
    display: Type.Optional(meaning.display),
    to: Type.Optional(meaning.to),
  },
  strict,
)

export const ProposeBody = Type.Object(
  { officer: Officer, mappings: Type.Array(Draft, { minItems: 1, maxItems: 500 }) },
  {
    ...strict,
    examples: [
      {
        officer: 'lab-0412',
        mappings: [
          {
            localSystem: 'urn:yimatong:lab-codes:H51060300001',
            localCode: 'GLU01',
            specimen: 'SER',
            item: 'GLU',
            loinc: '14749-6',
            unit: 'mmol/l',
            ucum: 'mmol/L',
            from: '2026-11-01',
          },
        ],
      },
    ],
  },
)

export const ImportBody = Type.Object(
  {
    officer: Officer,
    csv: Type.String({ minLength: 1, maxLength: 1_000_000 }),
    dryRun: Type.Boolean({ description: 'true: say what would change and write nothing' }),
  },
  {
    ...strict,
    examples: [
      {
        officer: 'lab-0412',
        csv: 'local_system,local_code,specimen,item,loinc,unit,ucum\nurn:yimatong:lab-codes:H51060300001,GLU01,SER,GLU,14749-6,mmol/l,mmol/L\n',
        dryRun: true,
      },
    ],
  },
)

const Ids = Type.Array(Uuid, { minItems: 1, maxItems: 1_000 })

export const ConfirmBody = Type.Object(
  { officer: Officer, ids: Ids },
  { ...strict, examples: [{ officer: 'lab-0907', ids: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] }] },
)

export const RetireBody = Type.Object(
  {
    officer: Officer,
    ids: Ids,
    lastDay: Type.Optional(
      Type.String({
        maxLength: 10,
        format: 'date',
        description: 'Last day of the test for which they hold; left out: they were wrong and hold for none',
        examples: ['2026-11-30'],
      }),
    ),
  },
  { ...strict, examples: [{ officer: 'lab-0907', ids: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] }] },
)

const Party = Type.Object({ clientId: Type.String({ maxLength: 64 }), officer: Type.String({ maxLength: 40 }) }, strict)

const Mapping = Type.Object(
  {
    mappingId: Uuid,
    ...meaning,
    version: Type.Integer({ minimum: 1 }),
    state: Type.Enum(['proposed', 'confirmed', 'retired']),
    proposedBy: Party,
    confirmedBy: nullable(Party),
    retiredBy: nullable(Party),
  },
  strict,
)

export const MappingList = Type.Object({ mappings: Type.Array(Mapping) }, strict)
export const MappingPage = Type.Object(
  { mappings: Type.Array(Mapping), next: nullable(Uuid) },
  { ...strict, description: '`next` as `after` gives the next page' },
)

export const ListQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(['proposed', 'confirmed', 'retired'])),
    localCode: Type.Optional(text(100, 'GLU01')),
    after: Type.Optional(Uuid),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 200 })),
  },
  strict,
)

export const ImportAnswer = Type.Object(
  {
    dryRun: Type.Boolean(),
    proposed: Type.Integer({ minimum: 0, description: 'Rows written as proposals' }),
    counts: Type.Object(
      {
        new: Type.Integer(),
        changed: Type.Integer(),
        same: Type.Integer(),
        invalid: Type.Integer(),
      },
      strict,
    ),
    rows: Type.Array(
      Type.Object(
        {
          line: Type.Integer({ minimum: 1 }),
          localCode: Type.String(),
          outcome: Type.Enum(['new', 'changed', 'same', 'invalid']),
          differences: Type.Array(
            Type.Object(
              {
                field: Type.String(),
                before: nullable(Type.String()),
                after: nullable(Type.String()),
              },
              strict,
            ),
          ),
          errors: Type.Array(Type.Object({ field: Type.String(), detail: Type.String() }, strict)),
        },
        strict,
      ),
    ),
  },
  strict,
)

export const UnmappedQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 200 })) },
  strict,
)

export const UnmappedList = Type.Object(
  {
    codes: Type.Array(
      Type.Object(
        {
          laboratory: nullable(Type.String()),
          localSystem: Type.String(),
          localCode: Type.String(),
          specimen: nullable(Type.String()),
          method: nullable(Type.String()),
          unit: nullable(Type.String()),
          problem: Type.Enum(['no-mapping', 'ambiguous', 'unit-missing', 'unit-unknown']),
          display: nullable(Type.String()),
          seen: Type.Integer({ minimum: 1 }),
          firstSeen: Type.String({ format: 'date-time' }),
          lastSeen: Type.String({ format: 'date-time' }),
        },
        strict,
      ),
    ),
  },
  strict,
)
