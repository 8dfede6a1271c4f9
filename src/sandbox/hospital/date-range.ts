import { hospitalError } from './errors.ts'
import { isObject, isText, type Json } from './types.ts'

/** A FHIR date as the half-open span of milliseconds it may mean: [from, until). */
export interface Span {
  readonly from: number
  readonly until: number
}

const PATTERN =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** A date without an offset is a date of the hospital's own calendar (China, fixed +08:00). */
const HOSPITAL_OFFSET = '+08:00'

/**
 * The span a date, dateTime or instant stands for at its precision: "2026-03" is the whole month.
 * Returns undefined for anything that is not a real date (2026-02-30).
 */
export function spanOf(text: string): Span | undefined {
  const match = PATTERN.exec(text)
  if (match === null) return undefined
  const [, year = '', month, day, hour, minute, second, fraction, offset] = match
  const from = Date.parse(
    `${year}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}` +
      `.${(fraction ?? '').slice(0, 3).padEnd(3, '0')}${offset ?? HOSPITAL_OFFSET}`,
  )
  if (Number.isNaN(from) || !isCalendarDay(year, month, day) || hour === '24') return undefined
  if (day === undefined) {
    const next = month === undefined ? Date.UTC(Number(year) + 1, 0) : Date.UTC(Number(year), Number(month))
    return { from, until: next - 8 * 3_600_000 }
  }
  return { from, until: from + width(hour, second, fraction) }
}

function width(hour: string | undefined, second: string | undefined, fraction: string | undefined): number {
  if (hour === undefined) return 86_400_000
  if (second === undefined) return 60_000
  if (fraction === undefined) return 1_000
  return 10 ** (3 - Math.min(fraction.length, 3))
}

function isCalendarDay(year: string, month = '01', day = '01'): boolean {
  // Date.parse rolls 30 February over to March; the round trip shows it.
  const at = new Date(`${year}-${month}-${day}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.getUTCDate() === Number(day)
}

/** The span of an element: a date text, or a Period whose missing end is open. */
export function spanOfElement(value: Json, path: string): Span | undefined {
  if (isText(value)) return required(value, path)
  if (!isObject(value)) return undefined
  const { start, end } = value
  if (!isText(start) && !isText(end)) return undefined
  return {
    from: isText(start) ? required(start, path).from : Number.NEGATIVE_INFINITY,
    until: isText(end) ? required(end, path).until : Number.POSITIVE_INFINITY,
  }
}

function required(text: string, path: string): Span {
  const span = spanOf(text)
  if (span === undefined) throw hospitalError('bad-value', { detail: `${path} is not a FHIR date.` })
  return span
}

/** R4 search prefixes (search.html#prefix); `ap` is left out because R4 lets every server choose its meaning. */
const TESTS: Readonly<Record<string, (target: Span, asked: Span) => boolean>> = {
  eq: within,
  ne: (target, asked) => !within(target, asked),
  gt: (target, asked) => target.until > asked.until,
  lt: (target, asked) => target.from < asked.from,
  ge: (target, asked) => target.until > asked.until || within(target, asked),
  le: (target, asked) => target.from < asked.from || within(target, asked),
  sa: (target, asked) => target.from >= asked.until,
  eb: (target, asked) => target.until <= asked.from,
}

function within(target: Span, asked: Span): boolean {
  return asked.from <= target.from && target.until <= asked.until
}

/** The test of one search value such as `ge2026-03-01`; undefined if it is not one. */
export function dateTest(value: string): ((target: Span) => boolean) | undefined {
  const prefix = /^[a-z]{2}/.exec(value)?.[0]
  const test = TESTS[prefix ?? 'eq']
  const asked = spanOf(prefix === undefined ? value : value.slice(2))
  return test === undefined || asked === undefined ? undefined : (target) => test(target, asked)
}
