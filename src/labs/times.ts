import { isDate } from '../kernel/time.ts'

/** HL7 TS and the times of CDA: digits from the year on, as many as are known, with an offset or without. */
const HL7_TIME = /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$/

/** Laboratories of these cities write local time; China has one zone and no daylight saving. */
const LOCAL = '+08:00'

/**
 * The FHIR dateTime of an HL7 time; undefined where it is none. FHIR knows no hour without minutes (R4 dateTime), so of
 * a time that ends at the hour only the day is taken: what the laboratory did not say is not made up.
 */
export function toDateTime(time: string): string | undefined {
  const match = HL7_TIME.exec(time.trim())
  if (match === null) return undefined
  const [, year = '', month, day, hour, minute, second = '00', offset] = match
  if (Number(year) < 1900) return undefined
  if (month === undefined) return year
  if (day === undefined) return Number(month) >= 1 && Number(month) <= 12 ? `${year}-${month}` : undefined
  const date = `${year}-${month}-${day}`
  if (!isDate(date)) return undefined
  if (hour === undefined || minute === undefined) return date
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const zone = offset === undefined ? LOCAL : `${offset.slice(0, 3)}:${offset.slice(3)}`
  const whole = `${date}T${hour}:${minute}:${second}${zone}`
  return Number.isNaN(Date.parse(whole)) ? undefined : whole
}

/** The instant of a FHIR dateTime; a day counts from its first moment in China, where the laboratories are. */
export function instantOf(dateTime: string): Date | undefined {
  if (dateTime.length < 10) return undefined
  const ms = Date.parse(dateTime.length === 10 ? `${dateTime}T00:00:00${LOCAL}` : dateTime)
  return Number.isNaN(ms) ? undefined : new Date(ms)
}

const DAY_MS = 24 * 3_600_000

/**
 * Whether a time is one that has not been yet, with a day for clocks that are wrong. A version from the future would keep
 * every correction out, and a result from the future would never expire.
 */
export function isAhead(dateTime: string, now: Date): boolean {
  const at = instantOf(dateTime)
  return at !== undefined && at.getTime() > now.getTime() + DAY_MS
}
