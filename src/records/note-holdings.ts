import type { Db } from '../kernel/db.ts'
import { type HoldingRow, type LearntFrom, upsertHoldings } from './locator-store.ts'

/** An institution holds records of these types for a person. */
export interface Holding {
  readonly personId: string
  readonly institution: string
  /** R4 resource types. */
  readonly types: readonly string[]
  readonly seenAt: Date
  /** `notice` where nothing is said. */
  readonly learntFrom?: LearntFrom | undefined
}

/** Statements carry their rows as arrays; a batch beyond this is cut, so that none of them grows without bound. */
const AT_A_TIME = 5_000

/**
 * Tells the locator what institutions hold. Repeats and late arrivals do no harm: the newest moment stands, and the
 * first one is kept. May be called inside the transaction in which the notice itself is stored.
 */
export async function noteHoldings(db: Db, holdings: readonly Holding[]): Promise<void> {
  const newest = new Map<string, HoldingRow>()
  for (const { personId, institution, types, seenAt, learntFrom = 'notice' } of holdings) {
    for (const type of types) {
      const key = `${personId} ${institution} ${type}`
      const known = newest.get(key)
      if (known === undefined || known.seenAt < seenAt) {
        newest.set(key, { personId, institution, type, learntFrom, seenAt })
      }
    }
  }
  const rows = [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  for (let at = 0; at < rows.length; at += AT_A_TIME) await upsertHoldings(db, rows.slice(at, at + AT_A_TIME))
}
