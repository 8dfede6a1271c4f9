import type { FieldError } from '../../kernel/errors.ts'
import { foreignError } from '../errors.ts'
import type { ForeignTrust } from '../trust.ts'
import { readDccList } from './dcc-list.ts'
import { readShcList } from './shc-list.ts'

/** Lists as plain JSON, as they are imported, stored, and carried in a bundle. */
export interface ForeignLists {
  readonly shc?: unknown
  readonly dcc?: unknown
}

/**
 * Makes the trust from its lists. A list is taken whole or not at all.
 *
 * @throws `foreign.list-invalid` naming each place that is wrong
 */
export function createForeignTrust(lists: ForeignLists): ForeignTrust {
  return {
    shc: lists.shc === undefined ? undefined : sound(readShcList(lists.shc)),
    dcc: lists.dcc === undefined ? undefined : sound(readDccList(lists.dcc)),
  }
}

/** Errors shown of a list that is wrong in very many places. */
const MAX_ERRORS = 50

function sound<T>(read: { readonly trust: T; readonly errors: readonly FieldError[] }): T {
  if (read.errors.length === 0) return read.trust
  const shown = read.errors.slice(0, MAX_ERRORS)
  const places = shown.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')
  throw foreignError('list-invalid', { detail: `Nothing was taken over: ${places}.`, errors: shown })
}
