import type { Db } from '../kernel/db.ts'
import { forgetFaults, readStuck, type StuckClaim } from './pending-store.ts'

/** A list for a person to read; whoever has more than this stuck has one cause for all of them. */
const MOST_SHOWN = 500

/** Claims that failed on every try and wait for a person, oldest first. */
export async function stuckClaims(db: Db): Promise<readonly StuckClaim[]> {
  return await readStuck(db, MOST_SHOWN)
}

/**
 * Gives a claim that failed all its tries again; the upkeep of a worker takes it within seconds.
 *
 * @returns false where there is no such claim, or it has its answer, or it never failed
 */
export async function retryClaim(db: Db, claimId: string): Promise<boolean> {
  return await forgetFaults(db, claimId)
}
