import type { HashAlgorithm } from '../kernel/crypto/index.ts'
import { type ChainPoint, type ChainRecord, GENESIS, linkHash } from './chain.ts'

/** A record with what the chain says about it. */
export interface ChainEntry {
  readonly seq: number
  readonly alg: HashAlgorithm
  readonly hash: string
  /** `missing`: the chain names a record that is gone. `unreadable`: there is something that is not a record. */
  readonly record: ChainRecord | 'missing' | 'unreadable'
}

/**
 * How the chain is broken: a record's content or hash differs; a record is gone; records stand in another order;
 * or the chain holds together but is not the one that was anchored.
 */
export type ChainFault = 'changed' | 'removed' | 'reordered' | 'rewritten'

export type ChainVerdict =
  | { readonly ok: true; readonly count: number; readonly head: ChainPoint }
  | { readonly ok: false; readonly seq: number; readonly kind: ChainFault }

export interface VerifyOptions {
  /** Start behind this point instead of the beginning: for an extract, or where old records were removed by rule. */
  readonly from?: ChainPoint | undefined
  /** Points kept elsewhere. Only they show that the end was cut off or that everything was hashed anew. */
  readonly anchors?: readonly ChainPoint[] | undefined
}

/** How far ahead a record is looked for before "out of its place" is called "removed" or "changed". */
const LOOK_AHEAD = 1000

/** Follows the chain through `entries` in one pass and small memory; stops at the first fault. */
export async function verifyRecords(
  entries: Iterable<ChainEntry> | AsyncIterable<ChainEntry>,
  options: VerifyOptions = {},
): Promise<ChainVerdict> {
  const from = options.from ?? GENESIS
  const anchors = new Map(options.anchors?.map((anchor) => [anchor.seq, anchor.hash]))
  const iterator = iterate(entries)
  let head = from
  for (;;) {
    const next = await iterator.next()
    if (next.done === true) break
    const seq = head.seq + 1
    const kind = await faultOf(next.value, head, iterator)
    if (kind !== undefined) return { ok: false, seq, kind }
    head = { seq, hash: next.value.hash }
    const anchored = anchors.get(seq)
    if (anchored !== undefined && anchored !== head.hash) return { ok: false, seq, kind: 'rewritten' }
  }
  if ([...anchors.keys()].some((seq) => seq > head.seq)) return { ok: false, seq: head.seq + 1, kind: 'removed' }
  return { ok: true, count: head.seq - from.seq, head }
}

async function faultOf(
  entry: ChainEntry,
  head: ChainPoint,
  rest: AsyncIterator<ChainEntry>,
): Promise<ChainFault | undefined> {
  const seq = head.seq + 1
  if (entry.seq < seq) return 'reordered'
  if (entry.seq > seq) return (await findAhead(rest, (ahead) => ahead.seq === seq)) ? 'reordered' : 'removed'
  if (entry.record === 'missing') return 'removed'
  if (entry.record === 'unreadable') return 'changed'
  if (linkHash(entry.alg, head.hash, entry.record) === entry.hash) return undefined
  // The record that belongs here may stand further on: then two were exchanged and none was changed.
  const belongsHere = (ahead: ChainEntry): boolean =>
    typeof ahead.record === 'object' && linkHash(entry.alg, head.hash, { ...ahead.record, seq }) === entry.hash
  return (await findAhead(rest, belongsHere)) ? 'reordered' : 'changed'
}

async function findAhead(rest: AsyncIterator<ChainEntry>, wanted: (entry: ChainEntry) => boolean): Promise<boolean> {
  for (let looked = 0; looked < LOOK_AHEAD; looked++) {
    const next = await rest.next()
    if (next.done === true) return false
    if (wanted(next.value)) return true
  }
  return false
}

async function* iterate(entries: Iterable<ChainEntry> | AsyncIterable<ChainEntry>): AsyncGenerator<ChainEntry> {
  yield* entries
}
