import { addDays, isDate, localDate } from '../kernel/time.ts'

/**
 * Every result of a search is judged, and results share their days: a day is computed once. Values come from other
 * systems, so that what is remembered is bounded.
 */
const MAX_REMEMBERED = 20_000
const remembered = new Map<string, string | null>()

function once<T extends string | null>(key: string, make: () => T): T {
  const known = remembered.get(key)
  if (known !== undefined) return known as T
  const made = make()
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(key, made)
  return made
}

/** `day` plus whole days. */
export function daysAfter(day: string, days: number): string {
  return once(`${day} ${days}d`, () => addDays(day, days))
}

/** `day` plus whole months; the last day of a shorter month stands for a day that it lacks. */
export function monthsAfter(day: string, months: number): string {
  return once(`${day} ${months}m`, () => {
    const year = Number(day.slice(0, 4))
    const month = Number(day.slice(5, 7)) - 1 + months
    const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
    const date = Math.min(Number(day.slice(8, 10)), lastOfMonth)
    return new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10)
  })
}

/** Longest instant that is looked at: seconds with nine digits and an offset. */
const MAX_INSTANT = 40

/** Day in Asia/Shanghai of a FHIR dateTime, or the day itself; a month or a year alone is no day. */
export function dayOf(value: string): string | null {
  if (value.length > MAX_INSTANT) return null
  return once(value, () => {
    if (isDate(value)) return value
    const at = new Date(value)
    if (!value.includes('T') || Number.isNaN(at.getTime())) return null
    const day = localDate(at)
    // Years beyond 9999 are instants as well, and no days.
    return isDate(day) ? day : null
  })
}
