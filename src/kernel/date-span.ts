/** Milliseconds, the end not included. */
export interface Span {
  readonly from: number
  readonly until: number
}

const FORM =
  /^(?<year>\d{4})(?:-(?<month>\d{2})(?:-(?<day>\d{2})(?:T(?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?<zone>Z|[+-]\d{2}:\d{2}))?)?)?$/
const DAY = 86_400_000
/** China keeps one zone and no daylight saving. */
const CHINA_OFFSET = 8 * 3_600_000

/**
 * What a FHIR date or dateTime stands for at its precision (R4 search.html#date): `2026-03` is the whole month, a time to the
 * minute is that minute. A day without a zone is one of the calendar of China. Undefined for what is no date, and for the
 * 30th of February.
 */
export function spanOfDate(text: string): Span | undefined {
  const parts = FORM.exec(text)?.groups
  if (parts === undefined) return undefined
  const { year = '', month, day, time, zone } = parts
  const date = `${year}-${month ?? '01'}-${day ?? '01'}`
  const midnight = Date.parse(`${date}T00:00:00Z`)
  // Date.parse makes 2 March of 30 February; writing it again shows that.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) return undefined
  if (time !== undefined) {
    const [minutes = '', fraction = ''] = time.split('.')
    const from = Date.parse(
      `${date}T${minutes.length === 5 ? `${minutes}:00` : minutes}.${fraction.slice(0, 3).padEnd(3, '0')}${zone ?? 'Z'}`,
    )
    if (Number.isNaN(from) || minutes.startsWith('24')) return undefined
    return {
      from,
      until: from + (minutes.length === 5 ? 60_000 : fraction === '' ? 1000 : 10 ** Math.max(0, 3 - fraction.length)),
    }
  }
  const from = midnight - CHINA_OFFSET
  if (day !== undefined) return { from, until: from + DAY }
  const end = month === undefined ? [Number(year) + 1, 0] : [Number(year), Number(month)]
  // Date.UTC would take a year below 100 for one of the last century.
  return { from, until: new Date(0).setUTCFullYear(end[0] as number, end[1] as number, 1) - CHINA_OFFSET }
}
