import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { inTx } from '../kernel/tx.ts'
import { countFault, readState, takeOne, takePending } from './claim-store.ts'
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
      while ((await settleBatch(deps)) > 0);
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

/** Settles up to one batch in one transaction; returns how many claims were taken. */
export async function settleBatch(deps: PumpDeps): Promise<number> {
  let taken: readonly ClaimRef[] = []
  try {
    await inTx(deps.db, async (tx) => {
      const claims = await takePending(tx, BATCH)
      taken = claims.map((claim) => ({ personId: claim.personId, claimId: claim.id }))
      if (claims.length > 0) await settleClaims(tx, deps, claims)
    })
  } catch (error) {
    if (taken.length === 0 || isOutage(error)) throw error
    deps.log.error({ err: error, claims: taken.length }, 'a batch failed, settling its claims one by one')
    for (const ref of taken) await settleAlone(deps, ref)
  }
  return taken.length
}

/** One claim in a transaction of its own, so that a fault in one never holds back the others. */
async function settleAlone(deps: PumpDeps, ref: ClaimRef): Promise<void> {
  try {
    await inTx(deps.db, async (tx) => {
      const claim = await takeOne(tx, ref)
      if (claim !== undefined) await settleClaims(tx, deps, [claim])
    })
  } catch (error) {
    if (isOutage(error)) throw error
    deps.log.error({ err: error, claim: ref.claimId }, 'a claim failed')
    await countFault(deps.db, ref)
  }
}

/** No answer from the database, or one that says "later": no claim is to blame, the job is tried again. */
function isOutage(error: unknown): boolean {
  if (error instanceof AppError) return error.retryable
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return OUTAGE.test(code)
}

/**
 * SQLSTATE classes 08 connection, 40 rolled back, 53 resources, 57 operator intervention; or a socket's error. An
 * assertion has a code too (ERR_ASSERTION) and must not count: it would stop every claim for the sake of one.
 */
const OUTAGE =
  /^(?:(?:08|40|53|57)[0-9A-Z]{3}|ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
