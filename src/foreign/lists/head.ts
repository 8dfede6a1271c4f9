import type { FieldError } from '../../kernel/errors.ts'
import { isObject } from '../../kernel/strict-json.ts'
import type { ListHead } from '../trust.ts'
import type { ForeignFormat } from '../types.ts'

const MAX_SOURCE = 200
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/

/** Reads what both kinds of lists have: format, version, source, from when it is and until when it is good. */
export function readHead(
  value: unknown,
  format: ForeignFormat,
): { readonly head: ListHead; readonly errors: readonly FieldError[] } {
  const raw = isObject(value) ? value : {}
  const errors: FieldError[] = []
  const { version, source } = raw
  if (raw['format'] !== format) errors.push({ pointer: '/format', detail: `is not ${format}` })
  if (!Number.isSafeInteger(version) || (version as number) < 1) {
    errors.push({ pointer: '/version', detail: 'is not a positive whole number' })
  }
  if (typeof source !== 'string' || source === '' || source.length > MAX_SOURCE) {
    errors.push({ pointer: '/source', detail: 'does not say where the list comes from' })
  }
  const issuedAtMs = readInstant(raw['issuedAt'])
  const validUntilMs = readInstant(raw['validUntil'])
  if (Number.isNaN(issuedAtMs)) errors.push({ pointer: '/issuedAt', detail: 'is not an RFC 3339 instant' })
  else if (!(validUntilMs > issuedAtMs))
    errors.push({ pointer: '/validUntil', detail: 'is not an instant after issuedAt' })
  return { head: { source: String(source), version: Number(version), issuedAtMs, validUntilMs }, errors }
}

const readInstant = (value: unknown): number =>
  typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : Number.NaN
