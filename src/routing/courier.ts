import { randomUUID } from 'node:crypto'
import { type AuditEvent, appendAudits } from '../audit/index.ts'
import { inTx } from '../kernel/tx.ts'
import {
  type Claimed,
  claimLanes,
  type Ended,
  endAttempts,
  ensureLanes,
  holdDestination,
  lockClaimed,
  lockLanes,
  readBodies,
  readDue,
  readLost,
  settleLanes,
} from './courier-store.ts'
import { judge } from './rules.ts'
import { type CourierDeps, sendDelivery } from './send-delivery.ts'
import { setStatus } from './subscription-store.ts'
import { type Attempt, HUB, type Verdict } from './types.ts'

/** Delivers what is due; one per process. Rows are the truth: whoever calls it, and how often, does not matter. */
export interface Courier {
  /** Delivers until nothing is due at this destination that this process may take, or a few seconds have passed. */
  drain(destination: string): Promise<void>
  /** The same for all destinations. */
  drainDue(): Promise<void>
  /** Finds lanes that nobody would look at, and makes them due. */
  mend(): Promise<void>
  /** Takes nothing more; resolves when what is being sent has ended and is written down. */
  close(): Promise<void>
}

/** A claim outlives the deadline of its attempt by this: time to write the result, before another process takes over. */
const LEASE_MARGIN_MS = 5_000
/** A job gives its place back after this; what is left is due and found by the next job or tick. */
const BUDGET_MS = 3_000
/** Lanes taken at a time by one process at one destination. */
const AT_ONCE = 32
const MEND_BATCH = 500

interface Done {
  readonly claimed: Claimed
  readonly attempt: Attempt
  resolve(): void
  reject(error: unknown): void
}

export function createCourier(deps: CourierDeps): Courier {
  const running = new Map<string, Promise<void>>()
  const again = new Set<string>()
  const results: Done[] = []
  let writing: Promise<void> | undefined
  let closed = false

  /** Results that came while the last ones were written are written together. */
  const write = async (): Promise<void> => {
    while (results.length > 0) {
      const batch = results.splice(0)
      try {
        await writeResults(deps, batch)
        for (const one of batch) one.resolve()
      } catch (error) {
        // The leases end by themselves: the messages are sent again, and their receivers know them.
        for (const one of batch) one.reject(error)
      }
    }
  }
  const finish = (claimed: Claimed, attempt: Attempt): Promise<void> =>
    new Promise((resolve, reject) => {
      results.push({ claimed, attempt, resolve, reject })
      writing ??= new Promise<void>((begin) => setImmediate(begin)).then(write).finally(() => {
        writing = undefined
      })
    })

  const claim = async (destination: string, limit: number): Promise<readonly Claimed[]> => {
    const now = deps.clock.now()
    const longest = Math.max(...deps.policy.channels().map((one) => one.deadlineMs))
    return await inTx(deps.db, (tx) =>
      claimLanes(tx, {
        destination,
        claim: randomUUID(),
        limit,
        now,
        leaseUntil: new Date(now.getTime() + longest + LEASE_MARGIN_MS),
      }),
    )
  }

  const sendOne = async (claimed: Claimed, stored: Buffer | undefined): Promise<void> => {
    const attempt = await sendDelivery(deps, claimed, stored)
    await finish(claimed, attempt)
  }

  const loop = async (destination: string): Promise<void> => {
    const until = performance.now() + BUDGET_MS
    const sending = new Set<Promise<void>>()
    let failure: { readonly error: unknown } | undefined
    do {
      again.delete(destination)
      for (;;) {
        if (closed || failure !== undefined || performance.now() > until) break
        const claimed = await claim(destination, AT_ONCE).catch((error: unknown) => {
          failure = { error }
          return []
        })
        if (claimed.length > 0) {
          const bodies = await readBodies(deps.db, claimed).catch((error: unknown) => {
            failure = { error }
          })
          // Without the bodies the claims run out by themselves.
          if (bodies === undefined) break
          for (const one of claimed) {
            const sent = sendOne(one, bodies.get(one.messageId))
              .catch((error: unknown) => {
                failure = { error }
              })
              .finally(() => sending.delete(sent))
            sending.add(sent)
          }
          if (claimed.length === AT_ONCE) continue
        }
        if (sending.size === 0) break
        // A lane whose message has ended may have the next one.
        await Promise.race(sending)
      }
      await Promise.all(sending)
    } while (again.has(destination) && !closed && failure === undefined && performance.now() <= until)
    if (failure !== undefined) throw failure.error
  }

  const drain = async (destination: string): Promise<void> => {
    if (closed) return
    again.add(destination)
    let run = running.get(destination)
    if (run === undefined) {
      run = loop(destination).finally(() => running.delete(destination))
      running.set(destination, run)
    }
    await run
  }

  return {
    drain,
    async drainDue() {
      const due = await readDue(deps.db, deps.clock.now())
      const ends = await Promise.allSettled(due.map(drain))
      const failed = ends.find((one) => one.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
    async mend() {
      const lost = await readLost(deps.db, MEND_BATCH)
      if (lost.length === 0) return
      deps.log.error({ area: 'routing', verb: 'mend', lanes: lost.length }, 'lanes were forgotten; they are due again')
      const now = deps.clock.now()
      await inTx(deps.db, async (tx) => {
        await ensureLanes(tx, lost, now)
        await lockLanes(tx, lost)
        await settleLanes(tx, lost, now)
      })
    },
    async close() {
      closed = true
      await Promise.allSettled(running.values())
      await writing
    },
  }
}

async function writeResults(deps: CourierDeps, batch: readonly Done[]): Promise<void> {
  const now = deps.clock.now()
  await inTx(deps.db, async (tx) => {
    const lanes = await lockClaimed(
      tx,
      batch.map((one) => one.claimed),
    )
    const held = new Set(lanes.map((lane) => `${lane.destination} ${lane.subject}`))
    const ours = batch.filter(({ claimed }) => held.has(`${claimed.destination} ${claimed.subject}`))
    const judged = ours.map(({ claimed, attempt }) => ({
      claimed,
      attempt,
      verdict: judge(attempt, claimed, deps.policy.channel(claimed.event, now), { now, random: Math.random() }),
    }))
    if (judged.length > 0) {
      await endAttempts(tx, judged.map(endedOf), now)
      await settleLanes(tx, lanes, now)
    }
    for (const { claimed, attempt, verdict } of judged) {
      if (!attempt.delivered && attempt.retryAfterS !== undefined && verdict.state === 'waiting') {
        await holdDestination(tx, claimed.destination, new Date(now.getTime() + attempt.retryAfterS * 1000))
      }
      if (claimed.kind === 'handshake' && verdict.state === 'delivered') {
        await setStatus(tx, claimed.destination, 'active', null)
      }
      if (claimed.kind !== 'message' && verdict.state === 'dead') {
        await setStatus(tx, claimed.destination, 'error', verdict.reason)
      }
    }
    // Also of those whose lane was taken over: they were sent.
    await appendAudits(tx, batch.map(auditOf), deps.clock)
  })
  for (const { claimed, attempt } of batch) {
    if (!attempt.delivered && attempt.failure === 'final') {
      deps.log.warn(
        {
          area: 'routing',
          verb: 'deliver',
          destination: claimed.destination,
          message: claimed.messageId,
          code: attempt.reason,
        },
        'a message was not taken',
      )
    }
  }
}

function endedOf(one: { readonly claimed: Claimed; readonly attempt: Attempt; readonly verdict: Verdict }): Ended {
  const { claimed, attempt, verdict } = one
  return {
    destination: claimed.destination,
    messageId: claimed.messageId,
    state: verdict.state,
    reason: verdict.state === 'delivered' ? null : verdict.reason,
    status: attempt.status ?? null,
    nextAt: verdict.state === 'waiting' ? verdict.nextAt : null,
    blocks: verdict.state === 'dead' && verdict.blocks,
  }
}

const HUB_ACTOR = { actor: 'routing', actorOrg: HUB, role: 'system' } as const

function auditOf({ claimed, attempt }: Done): AuditEvent {
  return {
    ...HUB_ACTOR,
    onBehalfOf: claimed.destination,
    action: 'routing.deliver',
    targetType: 'message',
    targetId: claimed.messageId,
    personRef: claimed.personId ?? undefined,
    purpose: 'treatment',
    basis: 'treatment',
    result: attempt.delivered ? 'allowed' : attempt.failure === 'stopped' ? 'refused' : 'failed',
    reasonCodes: [attempt.delivered ? 'delivered' : attempt.reason],
  }
}
