import { type Span, spanOfDate } from '../kernel/date-span.ts'

const PREFIXED = /^(eq|gt|lt|ge|le|sa|eb)?(.*)$/

/** When an instant must lie for a search value such as `ge2026-03` (R4 search.html#prefix). Undefined for what is no date. */
export function readDateParameter(text: string): Span | undefined {
  const [, prefix = 'eq', date = ''] = PREFIXED.exec(text) ?? []
  const span = spanOfDate(date)
  if (span === undefined) return undefined
  switch (prefix) {
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
