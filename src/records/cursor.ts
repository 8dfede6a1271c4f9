import { type Keyring, openForClient, sealForClient } from '../kernel/crypto/index.ts'
import { recordsError } from './errors.ts'
import type { SearchForm } from './guarded-client.ts'
import type { Mark } from './merge.ts'
import type { Sort } from './read-parameters.ts'
import type { RecordType } from './record-types.ts'
import type { SourcePosition } from './search-hospital.ts'

/** Where a search goes on. It holds places and the question, nothing of any record. */
export interface Cursor {
  readonly kind: 'search' | 'everything'
  readonly personId: string
  /** Types still to be read; the first is the one in hand. */
  readonly types: readonly RecordType[]
  readonly form: SearchForm
  /** As they were asked for. */
  readonly includes: readonly string[]
  readonly withPatient: boolean
  readonly withProvenance: boolean
  readonly count: number
  readonly sort: Sort | undefined
  /** As it was told with the first page; undefined: not told. */
  readonly total: number | undefined
  /** Undefined: the hospitals are chosen anew. */
  readonly positions: readonly SourcePosition[] | undefined
  readonly marks: readonly Mark[]
  /** Milliseconds. */
  readonly until: number
}

/** Hospitals keep their own page links for some minutes, too. */
export const CURSOR_LIFE_MS = 10 * 60_000
/** A request line of more than some kilobytes is refused on its way. */
const MAX_CURSOR = 12_000
const PAGE = { table: 'records', column: 'page' } as const

/**
 * Sealed under the keyring for one client: nobody can read it, change it, or use another's. The hub remembers nothing of
 * a search, so any of its processes can go on with it.
 */
export function sealCursor(keyring: Keyring, cursor: Cursor, clientId: string): string | undefined {
  const text = sealForClient(keyring, cursor, { ...PAGE, clientId })
  return text.length > MAX_CURSOR ? undefined : text
}

export function openCursor(keyring: Keyring, text: string, clientId: string, now: Date): Cursor {
  // What opens was sealed here, so it has the form that it had then.
  const cursor = /^[A-Za-z0-9_-]{40,12000}$/.test(text)
    ? (openForClient(keyring, text, { ...PAGE, clientId }) as Cursor | undefined)
    : undefined
  if (cursor === undefined) {
    throw recordsError('cursor-invalid', {
      errors: [{ pointer: '_page', detail: 'is not the link of a page that this client was given' }],
    })
  }
  if (cursor.until < now.getTime())
    throw recordsError('cursor-expired', { detail: 'Search again from the first page.' })
  return cursor
}
