import { digestHex, type HashAlgorithm } from '../kernel/crypto/index.ts'
import type { ChainPart } from './chain-store.ts'

/** What the first link of a book and month is chained to. */
export const GENESIS_HASH = '0'.repeat(64)

/** h_n = H(h_{n-1} LF book month n journals LF lines), as lower-case hex. */
export const linkHash = (alg: HashAlgorithm, before: string, no: bigint, part: ChainPart): string =>
  digestHex(alg, `${before}\n${part.book} ${part.month} ${no} ${part.journals}\n${part.lines}`)

/** Name of a chain: one for each book and month. */
export const chainName = (of: { readonly book: string; readonly month: string }): string => `${of.book} ${of.month}`
