import type { Db } from '../kernel/db.ts'
import { chainName, GENESIS_HASH, linkHash } from './chain.ts'
import { type Link, readParts, readSeals, type SealBatch, type Stretch } from './chain-store.ts'

/** Ends of the chains as the proof comes by them, and links kept elsewhere that must be on the way. */
export interface Heads {
  readonly last: Map<string, Link>
  all(): readonly Link[]
  pass(link: Link): void
  /** Links kept elsewhere that no chain has. */
  missing(): readonly string[]
}

export function createHeads(anchors: readonly Omit<Link, 'no'>[]): Heads {
  const last = new Map<string, Link>()
  const wanted = new Set(anchors.map((one) => `${chainName(one)} ${one.hash}`))
  return {
    last,
    all: () => [...last.values()],
    pass(link) {
      last.set(chainName(link), link)
      wanted.delete(`${chainName(link)} ${link.hash}`)
    },
    missing: () =>
      [...wanted].map((one) => `the link ${one}, kept elsewhere, is in no chain: it was cut off or hashed anew`),
  }
}

/** Compares the seals of a batch with its journals; each batch by itself, so one fault is told once. */
export async function checkSeals(db: Db, heads: Heads, batch: SealBatch, stretch: Stretch): Promise<readonly string[]> {
  const parts = new Map((await readParts(db, stretch)).map((part) => [chainName(part), part]))
  const faults: string[] = []
  for (const seal of await readSeals(db, batch.no)) {
    const name = chainName(seal)
    const where = `chain of ${name}, link ${seal.no}`
    const head = heads.last.get(name)
    const no = (head?.no ?? 0n) + 1n
    const part = parts.get(name)
    parts.delete(name)
    if (seal.no !== no) faults.push(`${where}: link ${no} was removed`)
    if (part === undefined || part.journals < seal.journals) {
      faults.push(`${where}: ${seal.journals - (part?.journals ?? 0)} of ${seal.journals} journals were removed`)
    } else if (part.journals > seal.journals) {
      faults.push(`${where}: ${part.journals - seal.journals} journals were added after sealing`)
    } else if (linkHash(seal.alg, head?.hash ?? GENESIS_HASH, seal.no, part) !== seal.hash && seal.no === no) {
      faults.push(`${where}: a journal or the link was changed`)
    }
    heads.pass({ book: seal.book, month: seal.month, no: seal.no, hash: seal.hash })
  }
  for (const [name, part] of parts) {
    faults.push(
      `chain of ${name}: ${part.journals} journals of batch ${batch.no} have no link: it was removed, or they were added`,
    )
  }
  return faults
}
