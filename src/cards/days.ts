import { localDate } from '../kernel/time.ts'

const DAY_MS = 86_400_000
const OFFSET_MS = 8 * 3_600_000

/** A calendar day in Asia/Shanghai (UTC+8 all year). */
export interface Day {
  readonly date: string
  /** Days since 1970-01-01: two bytes in a list of millions. */
  readonly number: number
}

let today: Day = { date: '1970-01-01', number: 0 }

/** The day of an instant; the last one is kept, since nearly all questions are about today. */
export function calendarDay(ms: number): Day {
  const number = Math.floor((ms + OFFSET_MS) / DAY_MS)
  if (number !== today.number) today = { date: localDate(new Date(ms)), number }
  return today
}

/** A `YYYY-MM-DD` as days since 1970-01-01. */
export function dayOfDate(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS
}
