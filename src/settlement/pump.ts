import type { Deps } from '../kernel/deps.ts'
import { isOutage } from '../kernel/outage.ts'
import { inTx } from '../kernel/tx.ts'
import { countFault, MOST_FAULTS, readState, takeOne, takePending } from './claim-store.ts'
import { type SettleDeps, settleClaims } from './settle-batch.ts'
import type { ClaimRef } from './types.ts'

/** Settles pending claims of every person in batches; one per process. */
export interface Pump {
  /** Resolves when the claim has its answer, whoever gave it. */
  answer(ref: ClaimRef): Promise<void>
  /** Settles until nothing is pending that this process can take. */
  drain(): Promise<void>
}

export type PumpDeps = SettleDeps & Pick<Deps, 'db' | 'log'>

/** Large enough to share one commit among many claims, small enough that a person's lock is held for milliseconds. */
const BATCH = 64

/** While another process holds the claim: how often and how long to wait before the job is tried again later. */
const LOOKS = 40
const LOOK_MS = 25

export function createPump(deps: PumpDeps): Pump {
  let running: Promise<void> | undefined
  let again = false

  const loop = async (): Promise<void> => {
    do {
      again = false
      // A round of its own for each call of drain: by then the other transaction may have ended.
      const busy = new Set<string>()
      while ((await settleBatch(deps, busy)) > 0);
    } while (again)
  }

  // Every caller's claim is committed before it calls, so a round that begins after the call sees it.
  const drain = async (): Promise<void> => {
    again = true
    running ??= loop().finally(() => {
      running = undefined
    })
    await running
  }

  return {
    drain,
    async answer(ref) {
      for (let look = 0; look < LOOKS; look++) {
        await drain()
        const state = await readState(deps.db, ref)
        if (state === undefined) throw new Error(`claim ${ref.claimId} does not exist`)
        if (state !== 'pending') return
        await new Promise((done) => setTimeout(done, LOOK_MS))
      }
      throw new Error(`claim ${ref.claimId} is still pending`)
    },
  }
}

/**
 * Settles up to one batch in one transaction; returns how many claims were taken. Claims of `busy` persons are left
 * alone, and persons whose rows another transaction holds are added to them: the rest of the round does without them.
 */
async function settleBatch(deps: PumpDeps, busy: Set<string>): Promise<number> {
  let taken: readonly ClaimRef[] = []
  try {
    const held = await inTx(deps.db, async (tx) => {
      const claims = await takePending(tx, { limit: BATCH, now: deps.clock.now(), except: [...busy] })
      taken = claims.map((claim) => ({ personId: claim.personId, claimId: claim.id }))
      return claims.length > 0 ? await settleClaims(tx, deps, claims) : new Set<string>()
    })
    for (const personId of held) busy.add(personId)
  } catch (error) {
    if (taken.length === 0 || isOutage(error)) throw error
    deps.log.error({ err: error, claims: taken.length }, 'a batch failed, settling its claims one by one')
    for (const ref of taken) await settleAlone(deps, ref, busy)
  }
  return taken.length
}

/** One claim in a transaction of its own, so that a fault in one never holds back the others. */
async function settleAlone(deps: PumpDeps, ref: ClaimRef, busy: Set<string>): Promise<void> {
  try {
    const held = await inTx(deps.db, async (tx) => {
      const claim = await takeOne(tx, ref)
      return claim === undefined ? new Set<string>() : await settleClaims(tx, deps, [claim])
    })
    for (const personId of held) busy.add(personId)
  } catch (error) {
    if (isOutage(error)) throw error
    const faults = await countFault(deps.db, ref, deps.clock.now())
    const last = faults !== undefined && faults >= MOST_FAULTS
    deps.log.error(
      { err: error, claim: ref.claimId, faults },
      last ? 'a claim failed for the last time, it waits for a person: settlement stuck' : 'a claim failed',
    )
  }
}
