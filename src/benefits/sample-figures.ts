import { ANY, type ParameterItem, type ParameterRow, type ParameterValue } from './parameters.ts'

/*
 * Sample parameters (示例参数, 未经经办核实): figures as public secondary sources quote them. The documents themselves were not read, so
 * every row says verified: false, and every settlement made with one says so too. Where sources disagree the figure that is written
 * first stands here, and the note names the other.
 */

/** One figure of one city, short of what all rows share. */
export interface Figure {
  readonly psnType?: string
  readonly medType?: string
  readonly hospLv?: string
  readonly item: ParameterItem
  readonly value: ParameterValue | null
  readonly sourceDocument?: string
  readonly note?: string
}

export const SAMPLE_CITIES = ['510100', '510600', '511400', '512000'] as const
export type SampleCity = (typeof SAMPLE_CITIES)[number]
export type ByCity<T> = Readonly<Record<SampleCity, T>>

export const SAMPLE_NOTE = '示例参数, 未经经办核实'
/** For what no document was named. */
export const NO_DOCUMENT = '未找到'

export const note = (more: string): string => `${SAMPLE_NOTE}; ${more}`

/** One ratio for the whole amount. */
export const open = (ratio: string): ParameterValue => [{ upTo: null, ratio }]

/** The levels in the order in which the sources list them. */
export const LEVELS = ['community', '1', '2', '3'] as const
export type ByLevel<T> = readonly [community: T, first: T, second: T, third: T]

/** No filing and no reduction of the ratio among the four cities; the notice that says so was not found. */
export const FACTOR_AMONG_FOUR: Figure = {
  item: 'cross_city_factor',
  value: Object.fromEntries(SAMPLE_CITIES.map((city) => [city, '1.0000'])),
  sourceDocument: NO_DOCUMENT,
  note: note('成德眉资之间不备案不降比例的通知未找到'),
}

export const ACCOUNT_SCOPE: Figure = {
  item: 'acct_scope',
  value: ['overlmt', 'preselfpay', 'inscp'],
  sourceDocument: NO_DOCUMENT,
  note: note('个人账户支付范围未见文件, 暂按全自费部分不得支付处理'),
}

/** Later stays: 成都 100 less for each, not below 160; the others half. */
export const LATER_STAY: ByCity<ParameterValue> = {
  '510100': { minus: '100.00', floor: '160.00' },
  '510600': { ratio: '0.5000' },
  '511400': { ratio: '0.5000' },
  '512000': { ratio: '0.5000' },
}

/** A figure that exists but that no source gives: a claim that needs it is refused. */
export const empty = (item: ParameterItem, what: string, where: Partial<Figure> = {}): Figure => ({
  ...where,
  item,
  value: null,
  sourceDocument: NO_DOCUMENT,
  note: what,
})

/** Rows with readable, fixed ids, so that a trace names its policy and seeding twice changes nothing. */
export const rowsOf = (
  { city, insutype, sourceDocument }: { city: string; insutype: string; sourceDocument: string },
  figures: readonly Figure[],
): readonly ParameterRow[] =>
  figures.map((figure) => {
    const key = { psnType: ANY, medType: ANY, hospLv: ANY, ...figure }
    return {
      id: [city, insutype, key.psnType, key.medType, key.hospLv, figure.item, '20230101', 'v1'].join('.'),
      version: 1,
      city,
      insutype,
      psnType: key.psnType,
      medType: key.medType,
      hospLv: key.hospLv,
      diseCodg: ANY,
      item: figure.item,
      value: figure.value,
      effectiveFrom: '2023-01-01',
      effectiveTo: null,
      sourceDocument: figure.sourceDocument ?? sourceDocument,
      verified: false,
      note: figure.note ?? SAMPLE_NOTE,
    }
  })
