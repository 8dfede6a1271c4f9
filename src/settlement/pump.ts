import type { Deps } from '../kernel/deps.ts'
import { isOutage } from '../kernel/outage.ts'
import { inTx } from '../kernel/tx.ts'
import type { News } from './news.ts'
import { countFault, FIRST_ID, MOST_FAULTS, stillPending, takeOne, takePending } from './pending-store.ts'
import { type SettleDeps, settleClaims } from './settle-batch.ts'
import type { ClaimRef, PendingClaim } from './types.ts'

/** Settles pending claims of every person in batches; one per process. */
export interface Pump {
  /** Resolves when these claims have their answers, whoever gave them. */
  answer(claimIds: readonly string[]): Promise<void>
  /** Settles until nothing is pending that this process can take. */
  drain(): Promise<void>
  /** Settles what is pending now and, until the way out is taken, whatever is announced. */
  start(): Promise<() => Promise<void>>
}

export type PumpDeps = SettleDeps & Pick<Deps, 'db' | 'log'> & { readonly news: News }

/** Large enough to share statements and commit among many claims, small enough that a lock is held for a tenth of a second. */
const BATCH = 400

/** Transactions of a round at a time: while one waits for the database the other computes. */
const LANES = 2

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
      if (await settleRound(deps)) again = true
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
    async answer(claimIds) {
      for (let look = 0; look < LOOKS; look++) {
        const left = await stillPending(deps.db, claimIds)
        if (left.size === 0) return
        await drain()
        if ((await stillPending(deps.db, claimIds)).size === 0) return
        await new Promise((done) => setTimeout(done, LOOK_MS))
      }
      throw new Error(`${claimIds.length} claims are still pending, among them ${claimIds[0]}`)
    },
    async start() {
      const onError = (error: unknown): void => deps.log.warn({ err: error }, 'pending claims could not be settled yet')
      const stop = deps.news.onSubmitted(() => void drain().catch(onError))
      await drain()
      return async () => {
        await stop()
        await running?.catch(onError)
      }
    },
  }
}

/** Goes once through what is pending, in as many lanes as there is work for. True where another round finds more at once. */
async function settleRound(deps: PumpDeps): Promise<boolean> {
  const round: Round = { after: FIRST_ID, busy: new Set(), inHand: new Set(), leftOver: false }
  const lane = async (): Promise<void> => {
    for (;;) {
      const taken = await settleBatch(deps, round)
      if (taken === BATCH && lanes.length < LANES) lanes.push(lane())
      // What comes later is announced, and makes another round.
      if (taken < BATCH) return
    }
  }
  const lanes: Promise<void>[] = []
  lanes.push(lane())
  // A lane that begins meanwhile is waited for as well.
  for (let at = 0; at < lanes.length; at++) await lanes[at]
  return round.leftOver
}

interface Round {
  /** The last claim that was taken: the round goes on behind it. */
  after: string
  /** Persons whose rows another transaction holds: the round does without them. */
  readonly busy: Set<string>
  /** Persons that one of the lanes has before it. */
  readonly inHand: Set<string>
  /** A claim was left alone because another lane had its person before it. */
  leftOver: boolean
}

/** Settles up to one batch in one transaction; returns how many claims were taken. */
async function settleBatch(deps: PumpDeps, round: Round): Promise<number> {
  let mine: readonly PendingClaim[] = []
  let taken = 0
  const persons = new Set<string>()
  try {
    const held = await inTx(deps.db, async (tx) => {
      if (persons.size > 0) {
        // The transaction is done again: what it took is on the queue again.
        for (const personId of persons) round.inHand.delete(personId)
        persons.clear()
        round.after = FIRST_ID
      }
      const claims = await takePending(tx, { after: round.after, limit: BATCH, now: deps.clock.now() })
      taken = claims.length
      // A person whom the other lane settles, or whose rows are held elsewhere, is taken in a later round.
      mine = claims.filter((claim) => !round.busy.has(claim.personId) && !round.inHand.has(claim.personId))
      if (mine.length < taken && claims.some((claim) => round.inHand.has(claim.personId))) round.leftOver = true
      round.after = claims.at(-1)?.id ?? round.after
      for (const claim of mine) {
        persons.add(claim.personId)
        round.inHand.add(claim.personId)
      }
      return mine.length > 0 ? await settleClaims(tx, deps, mine) : new Set<string>()
    })
    for (const personId of held) round.busy.add(personId)
    if (mine.length > held.size) deps.news.answered()
  } catch (error) {
    if (mine.length === 0 || isOutage(error)) throw error
    deps.log.error({ err: error, claims: mine.length }, 'a batch failed, settling its claims one by one')
    for (const claim of mine) await settleAlone(deps, { personId: claim.personId, claimId: claim.id })
    deps.news.answered()
  } finally {
    for (const personId of persons) round.inHand.delete(personId)
  }
  return taken
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
    const faults = await countFault(deps.db, ref, deps.clock.now())
    const last = faults !== undefined && faults >= MOST_FAULTS
    deps.log.error(
      { err: error, claim: ref.claimId, faults },
      last ? 'a claim failed for the last time, it waits for a person: settlement stuck' : 'a claim failed',
    )
  }
}
