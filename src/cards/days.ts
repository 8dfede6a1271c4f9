const DAY_MS = 86_400_000

/** The calendar day in Asia/Shanghai (UTC+8 all year) as days since 1970-01-01: two bytes in a list of millions. */
export function dayOfInstant(ms: number): number {
  return Math.floor((ms + 8 * 3_600_000) / DAY_MS)
}

/** A `YYYY-MM-DD` as days since 1970-01-01. */
export function dayOfDate(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS
}
