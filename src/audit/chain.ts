import { canonicalJson, digestHex, type HashAlgorithm, type JsonValue } from '../kernel/crypto/index.ts'

/** h_0: what the first record is chained to. */
export const GENESIS_HASH = '0'.repeat(64)

/** A place in the chain: what a second party keeps to notice that the chain was rewritten or cut. */
export interface ChainPoint {
  readonly seq: number
  readonly hash: string
}

export const GENESIS: ChainPoint = { seq: 0, hash: GENESIS_HASH }

/** Any record that can be chained; ours is AuditRecord. */
export type ChainRecord = { readonly seq: number } & { readonly [member: string]: JsonValue | undefined }

/** h_n = H(h_{n-1} + LF + canonical JSON of record n), as lower-case hex. */
export function linkHash(alg: HashAlgorithm, previous: string, record: ChainRecord): string {
  return digestHex(alg, `${previous}\n${canonicalJson(record)}`)
}
