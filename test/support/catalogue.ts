import { type ItemRow, type LimitRow, seedCatalogue } from '../../src/catalogue/index.ts'
import type { Deps } from '../../src/kernel/deps.ts'
import { parsePrice, parseRatio } from '../../src/kernel/money.ts'

/** What a test says of an item; all that it leaves out is that of an ordinary 甲 item without limit. */
export interface ItemTerms {
  readonly code: string
  readonly name?: string
  readonly chrgitmLv?: '01' | '02' | '03'
  /** Of a 乙 item: a ratio such as '0.1'. */
  readonly selfpayProp?: string
  /** Unit price at hospitals of every level, or of those that are named. */
  readonly pricUplmtAmt?: string | Partial<Record<'1' | '2' | '3', string>>
  readonly lmtUsedFlag?: '0' | '1'
  readonly listType?: string
  readonly medChrgitmType?: string
  /** The four cities, by the province's row, unless one is named. */
  readonly area?: ItemRow['insuAdmdvs']
  readonly from?: string
  readonly to?: string | null
}

const LEVELS = ['1', '2', '3'] as const

/** Puts items into the catalogues of all four cities; the processes see them at their next look, or after `refresh()`. */
export async function seedItems(deps: Pick<Deps, 'db' | 'clock'>, items: readonly ItemTerms[]): Promise<void> {
  await seedCatalogue(deps, { items: items.map(toItem), limits: items.flatMap(toLimits) })
}

const period = (item: ItemTerms) =>
  ({
    insuAdmdvs: item.area ?? '510000',
    hilistCode: item.code,
    begndate: item.from ?? '2015-01-01',
    enddate: item.to ?? null,
    valiFlag: '1',
    sourceDocument: 'test',
    verified: false,
  }) as const

function toItem(item: ItemTerms): ItemRow {
  const chrgitmLv = item.chrgitmLv ?? '01'
  const selfpayProp = parseRatio(chrgitmLv === '02' ? (item.selfpayProp ?? '0') : chrgitmLv === '03' ? '1' : '0')
  return {
    ...period(item),
    hilistName: item.name ?? `测试项目 ${item.code}`,
    listType: item.listType ?? '101',
    medChrgitmType: item.medChrgitmType ?? '09',
    chrgitmLv,
    selfpayProp,
    lmtUsedFlag: item.lmtUsedFlag ?? '0',
    lmtUsedCond: item.lmtUsedFlag === '1' ? '限测试条件' : null,
    medUseFlag: '1',
    matnUsedFlag: '0',
    hilistUseType: '1',
    lmtCpndType: '0',
    pinyin: null,
    wubi: null,
    memo: null,
  }
}

function toLimits(item: ItemTerms): LimitRow[] {
  const { pricUplmtAmt } = item
  return LEVELS.flatMap((priceLevel) => {
    const price = typeof pricUplmtAmt === 'string' ? pricUplmtAmt : pricUplmtAmt?.[priceLevel]
    return price === undefined
      ? []
      : [
          {
            ...period(item),
            priceLevel,
            hilistLmtpricType: priceLevel,
            overlmtDspoWay: '1',
            hilistPricUplmtAmt: parsePrice(price),
            tabname: null,
          },
        ]
  })
}
