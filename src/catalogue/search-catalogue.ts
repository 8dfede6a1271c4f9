import type { Db } from '../kernel/db.ts'
import { type FieldError, requestError } from '../kernel/errors.ts'
import { isDate } from '../kernel/time.ts'
import {
  findItems,
  findLimits,
  type ItemFilter,
  type LimitFilter,
  type Listed,
  type PageOf,
  type Paging,
} from './search-store.ts'
import type { ItemRow, LimitRow } from './types.ts'

/** page_num and page_size of the interface are N(4). */
const MOST_PAGES = 9_999
export const MOST_ROWS = 100

/**
 * Items that fit, a page of at most 100 (interface 1312): what stands, not what was corrected.
 *
 * @throws `request.invalid` naming the field
 */
export async function searchItems(db: Db, filter: ItemFilter, paging: Paging): Promise<PageOf<Listed<ItemRow>>> {
  check({ ...filter, enddate: undefined }, paging)
  return await findItems(db, filter, paging)
}

/** Price limits that fit (interface 1318), as {@link searchItems}. */
export async function searchPriceLimits(
  db: Db,
  filter: LimitFilter,
  paging: Paging,
): Promise<PageOf<Listed<LimitRow>>> {
  check(filter, paging)
  return await findLimits(db, filter, paging)
}

function check(
  days: {
    readonly queryDate?: string | undefined
    readonly begndate?: string | undefined
    readonly enddate?: string | undefined
    readonly updtTime: string
  },
  { pageNum, pageSize }: Paging,
): void {
  const errors: FieldError[] = []
  for (const [pointer, day] of [
    ['/query_date', days.queryDate],
    ['/begndate', days.begndate],
    ['/enddate', days.enddate],
    ['/updt_time', days.updtTime],
  ] as const) {
    if (day !== undefined && !isDate(day)) errors.push({ pointer, detail: 'is not a day of the calendar' })
  }
  if (!isCount(pageNum, MOST_PAGES)) errors.push({ pointer: '/page_num', detail: `must be from 1 to ${MOST_PAGES}` })
  if (!isCount(pageSize, MOST_ROWS)) errors.push({ pointer: '/page_size', detail: `must be from 1 to ${MOST_ROWS}` })
  if (errors.length > 0) throw requestError('invalid', { errors })
}

function isCount(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most
}
