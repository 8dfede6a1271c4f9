import type { FieldError } from '../../kernel/errors.ts'
import { isObject } from '../../kernel/strict-json.ts'

const MAX_RIDS = 1_000_000

/** `id`, or `id.seconds`: only cards from before that time are revoked. */
const ENTRY = /^([A-Za-z0-9_-]{1,24})(?:\.(\d{1,12}))?$/

/**
 * Reads one revocation file of an issuer (`crl/<kid>.json`). Its counter must be the one that the key names: with
 * another one the list is not the list of this key set. Gives the revoked ids with the time before which they count.
 */
export function readRevocationList(
  file: unknown,
  of: { readonly at: string; readonly crlVersion: number | null },
): { readonly revoked: ReadonlyMap<string, number>; readonly errors: readonly FieldError[] } {
  const revoked = new Map<string, number>()
  const errors: FieldError[] = []
  const report = (pointer: string, detail: string) => errors.push({ pointer: `${of.at}${pointer}`, detail })
  const { method, ctr, rids } = isObject(file) ? file : {}
  if (method !== 'rid') report('/method', 'is not rid')
  if (typeof ctr !== 'number' || ctr !== of.crlVersion) report('/ctr', 'is not the crlVersion of the key')
  if (!Array.isArray(rids) || rids.length > MAX_RIDS) {
    report('/rids', 'is not a list of revoked ids')
    return { revoked, errors }
  }
  for (const [index, entry] of (rids as readonly unknown[]).entries()) {
    const [, rid, before] = (typeof entry === 'string' && ENTRY.exec(entry)) || []
    if (rid === undefined) report(`/rids/${index}`, 'is not an id of 24 characters at most, or an id and a time')
    else if (revoked.has(rid)) report(`/rids/${index}`, 'names an id that is named before')
    else revoked.set(rid, before === undefined ? Number.POSITIVE_INFINITY : Number(before))
  }
  return { revoked, errors }
}
