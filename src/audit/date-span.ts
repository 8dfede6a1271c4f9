/** Milliseconds, the end not included. */
export interface Span {
  readonly from: number
  readonly until: number
}

const FORM =
  /^(?<prefix>eq|gt|lt|ge|le|sa|eb)?(?<year>\d{4})(?:-(?<month>\d{2})(?:-(?<day>\d{2})(?:T(?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?<zone>Z|[+-]\d{2}:\d{2}))?)?)?$/
const DAY = 86_400_000

/**
 * When an instant must lie for a search value such as `ge2026-03` (R4 search.html#prefix). A day without a zone is one of
 * the calendar of China. Undefined for what is no date, and for the 30th of February.
 */
export function readDateParameter(text: string): Span | undefined {
  const parts = FORM.exec(text)?.groups
  const span = parts === undefined ? undefined : spanOf(parts)
  if (span === undefined) return undefined
  switch (parts?.['prefix'] ?? 'eq') {
    case 'gt':
    case 'sa':
      return { from: span.until, until: Number.POSITIVE_INFINITY }
    case 'ge':
      return { from: span.from, until: Number.POSITIVE_INFINITY }
    case 'lt':
    case 'eb':
      return { from: Number.NEGATIVE_INFINITY, until: span.from }
    case 'le':
      return { from: Number.NEGATIVE_INFINITY, until: span.until }
    default:
      return span
  }
}

/** What the value stands for at its precision: `2026-03` is the whole month. */
function spanOf(parts: Readonly<Record<string, string | undefined>>): Span | undefined {
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
  const from = Date.parse(`${date}T00:00:00+08:00`)
  if (day !== undefined) return { from, until: from + DAY }
  const next = month === undefined ? `${Number(year) + 1}-01` : nextMonth(Number(year), Number(month))
  return { from, until: Date.parse(`${next.padStart(7, '0')}-01T00:00:00+08:00`) }
}

function nextMonth(year: number, month: number): string {
  return month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`
}
