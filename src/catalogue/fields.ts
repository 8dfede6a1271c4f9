import { formatPrice, formatRatio, ONE, parsePrice, parseRatio } from '../kernel/money.ts'
import { isDate } from '../kernel/time.ts'
import type { FieldChange } from './compare-periods.ts'
import { type ItemRow, isArea, type LimitRow, PRICE_LEVELS } from './types.ts'

/**
 * A column of an import: its name on the wire, the member of a row, how it is read and shown. `read` gives the value, or
 * throws what is wrong with the text.
 */
export interface Field<Row> {
  readonly wire: string
  readonly key: keyof Row & string
  /** Taken where the column is absent or empty; without it the column is needed. */
  readonly fallback?: unknown
  read(text: string): unknown
  show(value: never): string
}

const wrong = (detail: string): never => {
  throw new RangeError(detail)
}

const plain = (value: never): string => String(value)

const text = (most: number) => (value: string) =>
  value.length > most || /\p{Cc}/u.test(value)
    ? wrong(`has more than ${most} characters, or control characters`)
    : value

const oneOf = (values: readonly string[]) => (value: string) =>
  values.includes(value) ? value : wrong(`is none of ${values.join(', ')}`)

const shaped = (shape: RegExp, what: string) => (value: string) => (shape.test(value) ? value : wrong(`is not ${what}`))

const day = (value: string) => (isDate(value) ? value : wrong('is not a day of the calendar (YYYY-MM-DD)'))

const flag = oneOf(['0', '1'])

/** list_type and med_chrgitm_type of the interface's dictionaries; what a city adds to them is refused until it is added here. */
const LIST_TYPES = ['101', '102', '103', '104', '105', '106', '201', '301']
const CHARGE_TYPES = Array.from({ length: 14 }, (_, at) => String(at + 1).padStart(2, '0'))

const AREA = {
  wire: 'insu_admdvs',
  key: 'insuAdmdvs',
  read: (value: string) => (isArea(value) ? value : wrong('is no city of the four and not 510000')),
  show: plain,
} as const
const CODE = {
  wire: 'hilist_code',
  key: 'hilistCode',
  read: shaped(/^[A-Za-z0-9.-]{1,30}$/, 'a code of 1 to 30 letters, digits, points or hyphens'),
  show: plain,
} as const
const PERIOD = [
  { wire: 'begndate', key: 'begndate', read: day, show: plain },
  { wire: 'enddate', key: 'enddate', fallback: null, read: day, show: plain },
] as const
const SOURCE = [
  { wire: 'vali_flag', key: 'valiFlag', fallback: '1', read: flag, show: plain },
  { wire: 'source_document', key: 'sourceDocument', read: text(200), show: plain },
  {
    wire: 'verified',
    key: 'verified',
    fallback: false,
    read: (value: string) => oneOf(['true', 'false'])(value) === 'true',
    show: plain,
  },
] as const

export const ITEM_FIELDS: readonly Field<ItemRow>[] = [
  AREA,
  CODE,
  { wire: 'hilist_name', key: 'hilistName', read: text(200), show: plain },
  ...PERIOD,
  { wire: 'list_type', key: 'listType', read: oneOf(LIST_TYPES), show: plain },
  { wire: 'med_chrgitm_type', key: 'medChrgitmType', read: oneOf(CHARGE_TYPES), show: plain },
  { wire: 'chrgitm_lv', key: 'chrgitmLv', read: oneOf(['01', '02', '03']), show: plain },
  {
    wire: 'selfpay_prop',
    key: 'selfpayProp',
    read: (value) => {
      const share = parsed(parseRatio, value, 'is not a ratio of at most four decimals')
      return share > ONE ? wrong('is more than 1') : share
    },
    show: formatRatio,
  },
  { wire: 'lmt_used_flag', key: 'lmtUsedFlag', fallback: '0', read: flag, show: plain },
  { wire: 'lmt_used_cond', key: 'lmtUsedCond', fallback: null, read: text(500), show: plain },
  { wire: 'med_use_flag', key: 'medUseFlag', fallback: '1', read: flag, show: plain },
  { wire: 'matn_used_flag', key: 'matnUsedFlag', fallback: '0', read: flag, show: plain },
  { wire: 'hilist_use_type', key: 'hilistUseType', fallback: '1', read: shaped(/^\w{1,3}$/, 'a code'), show: plain },
  { wire: 'lmt_cpnd_type', key: 'lmtCpndType', fallback: '0', read: shaped(/^\w{1,3}$/, 'a code'), show: plain },
  { wire: 'pinyin', key: 'pinyin', fallback: null, read: text(30), show: plain },
  { wire: 'wubi', key: 'wubi', fallback: null, read: text(30), show: plain },
  { wire: 'memo', key: 'memo', fallback: null, read: text(500), show: plain },
  ...SOURCE,
]

export const LIMIT_FIELDS: readonly Field<LimitRow>[] = [
  AREA,
  CODE,
  { wire: 'lmtpric_hosp_lv', key: 'priceLevel', read: oneOf(PRICE_LEVELS), show: plain },
  // The interface names these two and gives no list of their codes: they are carried as they were sent.
  { wire: 'hilist_lmtpric_type', key: 'hilistLmtpricType', read: shaped(/^\w{1,6}$/, 'a code'), show: plain },
  {
    wire: 'overlmt_dspo_way',
    key: 'overlmtDspoWay',
    fallback: '1',
    read: shaped(/^\w{1,6}$/, 'a code'),
    show: plain,
  },
  ...PERIOD,
  {
    wire: 'hilist_pric_uplmt_amt',
    key: 'hilistPricUplmtAmt',
    read: (value) => {
      const price = parsed(parsePrice, value, 'is not an amount of at most six decimals')
      return price === 0n ? wrong('is 0, which would mean no limit: leave the row out, or end it') : price
    },
    show: formatPrice,
  },
  { wire: 'tabname', key: 'tabname', fallback: null, read: text(100), show: plain },
  ...SOURCE,
]

/** The fields by which two rows differ, as they are written on the wire. */
export function differByFields<Row>(
  fields: readonly Field<Row>[],
): (before: Row, after: Row) => readonly FieldChange[] {
  const shown = (field: Field<Row>, row: Row): string | null => {
    const value = row[field.key]
    return value === null ? null : field.show(value as never)
  }
  return (before, after) =>
    fields.flatMap((field) =>
      before[field.key] === after[field.key]
        ? []
        : [{ field: field.wire, before: shown(field, before), after: shown(field, after) }],
    )
}

export const differItems = differByFields(ITEM_FIELDS)
export const differLimits = differByFields(LIMIT_FIELDS)

/** What of a row contradicts itself: the column and why. */
export function contradictions(
  row: ItemRow | LimitRow,
): readonly { readonly column: string; readonly detail: string }[] {
  const found: { column: string; detail: string }[] = []
  if (row.enddate !== null && row.enddate < row.begndate) {
    found.push({ column: 'enddate', detail: 'lies before begndate' })
  }
  if ('chrgitmLv' in row) {
    if (row.chrgitmLv === '01' && row.selfpayProp !== 0n) {
      found.push({ column: 'selfpay_prop', detail: 'is 0 for class 01 (甲): nothing of it is paid first' })
    }
    if (row.chrgitmLv === '03' && row.selfpayProp !== ONE) {
      found.push({ column: 'selfpay_prop', detail: 'is 1 for class 03 (丙): the person pays it whole' })
    }
    if (row.lmtUsedFlag === '0' && row.lmtUsedCond !== null) {
      found.push({ column: 'lmt_used_cond', detail: 'has a condition, and lmt_used_flag says that there is none' })
    }
  }
  return found
}

function parsed<T>(parse: (value: string) => T, value: string, detail: string): T {
  try {
    return parse(value)
  } catch {
    return wrong(detail)
  }
}
