import { Type } from 'typebox'

/*
 * Fields carry the names of interfaces 1312 and 1318; amounts and ratios are decimal strings.
 */

const strict = { additionalProperties: false } as const
const Day = Type.String({ maxLength: 10, pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2026-11-24'] })
const DayOrNull = Type.Union([Day, Type.Null()])
const City = Type.Enum(['510100', '510600', '511400', '512000'], { examples: ['510600'] })
const Area = Type.Enum(['510000', '510100', '510600', '511400', '512000'], {
  description: '医保区划: a city, or 510000 for what holds in every city that says nothing else',
  examples: ['510600'],
})
const Code = Type.String({
  minLength: 1,
  maxLength: 30,
  pattern: '^[A-Za-z0-9.-]+$',
  description: '医保目录编码',
  examples: ['XA02BCA159A001010101442'],
})
const Flag = Type.Enum(['0', '1'])
const Level = Type.Enum(['1', '2', '3'], { description: '限价医院等级: 1 一级及以下, 2 二级, 3 三级', examples: ['3'] })
const Short = Type.String({ maxLength: 30 })
const TextOrNull = Type.Union([Type.String({ maxLength: 500 }), Type.Null()])
const Instant = Type.String({ format: 'date-time', maxLength: 40 })

export const IMPORT_BYTES = 8 * 1024 * 1024

export const ImportBody = Type.Object(
  {
    content: Type.String({
      minLength: 1,
      maxLength: IMPORT_BYTES,
      description:
        'CSV with a header line of the interface’s names (about items, or about limits where it has hilist_pric_uplmt_amt), or JSON: a list of such rows, or an object with the lists items and limits.',
      examples: [
        'insu_admdvs,hilist_code,hilist_name,begndate,list_type,med_chrgitm_type,chrgitm_lv,selfpay_prop,source_document\n510600,XN02BEB160A001010100009,示例布洛芬缓释胶囊,2027-01-01,101,09,02,0.05,示例文件',
      ],
    }),
    apply: Type.Optional(
      Type.Boolean({ description: 'False or left out: only show what would change.', examples: [false] }),
    ),
  },
  strict,
)

const Counts = Type.Object(
  {
    added: Type.Integer(),
    changed: Type.Integer(),
    ended: Type.Integer(),
    unchanged: Type.Integer(),
  },
  strict,
)

export const MOST_SHOWN = 1_000

export const ImportAnswer = Type.Object(
  {
    applied: Type.Boolean(),
    items: Counts,
    limits: Counts,
    rows: Type.Array(
      Type.Object(
        {
          line: Type.Integer(),
          outcome: Type.Enum(['added', 'changed', 'ended']),
          of: Type.Enum(['item', 'limit']),
          insu_admdvs: Area,
          hilist_code: Code,
          lmtpric_hosp_lv: Type.Union([Level, Type.Null()]),
          begndate: Day,
          changes: Type.Array(Type.Object({ field: Short, before: TextOrNull, after: TextOrNull }, strict), {
            maxItems: 30,
          }),
        },
        strict,
      ),
      { maxItems: MOST_SHOWN, description: 'What changes; the first thousand.' },
    ),
  },
  strict,
)

const Paging = {
  page_num: Type.Optional(Type.Integer({ minimum: 1, maximum: 9999, default: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
}

export const ItemQuery = Type.Object(
  {
    updt_time: Type.Optional(Type.String({ ...Day, description: 'Written on this day or later.' })),
    query_date: Type.Optional(Type.String({ ...Day, description: 'In force on this day.' })),
    hilist_code: Type.Optional(Code),
    insu_admdvs: Type.Optional(Area),
    begndate: Type.Optional(Type.String({ ...Day, description: 'Begins on this day or later.' })),
    hilist_name: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'A part of the name.' })),
    wubi: Type.Optional(Short),
    pinyin: Type.Optional(Short),
    med_chrgitm_type: Type.Optional(Short),
    chrgitm_lv: Type.Optional(Type.Enum(['01', '02', '03'])),
    lmt_used_flag: Type.Optional(Flag),
    list_type: Type.Optional(Short),
    med_use_flag: Type.Optional(Flag),
    matn_used_flag: Type.Optional(Flag),
    hilist_use_type: Type.Optional(Short),
    lmt_cpnd_type: Type.Optional(Short),
    vali_flag: Type.Optional(Flag),
    ...Paging,
  },
  strict,
)

export const LimitQuery = Type.Object(
  {
    updt_time: Type.Optional(Day),
    query_date: Type.Optional(Day),
    hilist_code: Type.Optional(Code),
    hilist_lmtpric_type: Type.Optional(Short),
    overlmt_dspo_way: Type.Optional(Short),
    insu_admdvs: Type.Optional(Area),
    begndate: Type.Optional(Day),
    enddate: Type.Optional(Day),
    vali_flag: Type.Optional(Flag),
    rid: Type.Optional(Type.String({ maxLength: 18, pattern: '^[0-9]+$' })),
    tabname: Type.Optional(Type.String({ maxLength: 100 })),
    poolarea_no: Type.Optional(Area),
    ...Paging,
  },
  strict,
)

const Common = {
  rid: Type.String({ maxLength: 40 }),
  version: Type.Integer(),
  insu_admdvs: Area,
  hilist_code: Code,
  begndate: Day,
  enddate: DayOrNull,
  vali_flag: Flag,
  source_document: Type.String({ maxLength: 200 }),
  verified: Type.Boolean({ description: 'Whether a person has checked the row against its source.' }),
  crte_time: Instant,
  updt_time: Instant,
}

export const ItemsBody = Type.Object(
  {
    rows: Type.Array(
      Type.Object(
        {
          ...Common,
          hilist_name: Type.String({ maxLength: 200 }),
          list_type: Short,
          med_chrgitm_type: Short,
          chrgitm_lv: Short,
          selfpay_prop: Short,
          lmt_used_flag: Flag,
          lmt_used_cond: TextOrNull,
          med_use_flag: Flag,
          matn_used_flag: Flag,
          hilist_use_type: Short,
          lmt_cpnd_type: Short,
          pinyin: TextOrNull,
          wubi: TextOrNull,
          memo: TextOrNull,
        },
        strict,
      ),
      { maxItems: 100 },
    ),
    more: Type.Boolean({ description: 'Whether there is a page after this one.' }),
  },
  strict,
)

export const LimitsBody = Type.Object(
  {
    rows: Type.Array(
      Type.Object(
        {
          ...Common,
          lmtpric_hosp_lv: Level,
          hilist_lmtpric_type: Short,
          overlmt_dspo_way: Short,
          hilist_pric_uplmt_amt: Short,
          tabname: TextOrNull,
        },
        strict,
      ),
      { maxItems: 100 },
    ),
    more: Type.Boolean(),
  },
  strict,
)

export const TermsParams = Type.Object({ code: Code }, strict)
export const TermsQuery = Type.Object(
  { city: City, date: Type.Optional(Day), lmtpric_hosp_lv: Type.Optional(Level) },
  strict,
)
export const TermsBody = Type.Object(
  {
    hilist_code: Code,
    city: City,
    date: Day,
    lmtpric_hosp_lv: Level,
    hilist_name: Type.String({ maxLength: 200 }),
    list_type: Short,
    med_chrgitm_type: Short,
    chrgitm_lv: Short,
    selfpay_prop: Short,
    pric_uplmt_amt: Type.String({ maxLength: 30, description: '0 = none' }),
    lmt_used_flag: Flag,
    row: Type.String({ maxLength: 40, description: 'rid and version of the row that says so.' }),
    catalogueAgeMs: Type.Integer({ description: 'How old the catalogue in memory can be.' }),
  },
  strict,
)

export const DifferencesQuery = Type.Object(
  {
    date: Type.Optional(Day),
    cursor: Type.Optional(Type.String({ maxLength: 30, description: '`next` of the page before.' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 200, description: 'Items compared for one page.' }),
    ),
  },
  strict,
)
export const DifferencesFileQuery = Type.Object({ date: Type.Optional(Day) }, strict)

const ValueOrNull = Type.Union([Type.String({ maxLength: 500 }), Type.Null()])
export const DifferencesBody = Type.Object(
  {
    date: Day,
    differences: Type.Array(
      Type.Object(
        {
          hilist_code: Code,
          hilist_name: Type.String({ maxLength: 200 }),
          field: Type.String({
            maxLength: 20,
            description:
              'listed (1 where the city has the item), or the name of the field; pric_uplmt_3 is the limit at level 3',
            examples: ['selfpay_prop'],
          }),
          values: Type.Object(
            { '510100': ValueOrNull, '510600': ValueOrNull, '511400': ValueOrNull, '512000': ValueOrNull },
            strict,
          ),
        },
        strict,
      ),
      { maxItems: 8000 },
    ),
    next: Type.Union([Type.String({ maxLength: 30 }), Type.Null()]),
  },
  strict,
)
