import { setTimeout as sleep } from 'node:timers/promises'
import { countUndelivered } from '../../routing/index.ts'
import { type AcceptedMessage, checkArrivals } from './check-arrivals.ts'
import { raiseChaos } from './raise-chaos.ts'
import { openRoutingStage, type RoutingStage } from './routing-stage.ts'
import { sendMessages } from './send-messages.ts'

export interface FaultsOptions {
  readonly messages: number
  /** SIGKILLs of API and worker processes. */
  readonly kills: number
  readonly queue: 'postgres' | 'redis'
  readonly say: (line: string) => void
}

export interface FaultsReport {
  readonly accepted: number
  readonly delivered: number
  readonly attempts: number
  readonly repeats: number
  readonly kills: { readonly api: number; readonly worker: number }
  readonly postgresRestarts: number
  readonly redisEmptied: number
  readonly flaps: number
  /** Processes that ended although nobody killed them, and were started again. */
  readonly ownEnds: number
  readonly seconds: number
  readonly lost: readonly string[]
  readonly outOfOrder: readonly string[]
  readonly unfinished: number
  /** Everything else that must not be. */
  readonly faults: readonly string[]
}

const PROCESSES = 2
const AT_ONCE = 24
const MESSAGES_A_PATIENT = 20
/** After the last fault everything must have arrived within this. */
const SETTLE_MS = 180_000
const TELL_MS = 2_000

/**
 * Sends messages while processes are killed with SIGKILL, PostgreSQL crashes, Redis is emptied and hospitals fail in turn;
 * then compares what was accepted with what arrived.
 */
export async function runRoutingFaults(options: FaultsOptions): Promise<FaultsReport> {
  const { messages, say } = options
  const began = performance.now()
  say(`routing: starting ${PROCESSES} APIs, ${PROCESSES} workers, three hospitals, queues in ${options.queue}`)
  const stage = await openRoutingStage({ queue: options.queue, processes: PROCESSES })
  try {
    const accepted: AcceptedMessage[] = []
    const faults: string[] = []
    let sending = true
    const teller = setInterval(() => say(`routing: ${accepted.length} of ${messages} messages accepted`), TELL_MS)
    const chaos = breakAll(stage, options, () => ({ sending, share: accepted.length / messages }))
    try {
      await sendMessages({
        urls: stage.urls,
        token: stage.token,
        clock: stage.runtime.deps.clock,
        hospitals: stage.hospitals,
        patients: Math.ceil(messages / MESSAGES_A_PATIENT),
        messages,
        atOnce: AT_ONCE,
        onAccepted: (message) => accepted.push(message),
        onFault: (what) => faults.push(what),
      })
    } finally {
      sending = false
      clearInterval(teller)
    }
    const done = await chaos
    say('routing: all accepted; waiting for the last deliveries')
    const unfinished = await untilDelivered(stage, say)
    const verdicts = await Promise.all(
      stage.hospitals.map(async (code, index) =>
        checkArrivals(
          accepted.filter((one) => one.destination === code),
          await stage.arrivals(index),
        ),
      ),
    )
    const { attempts, delivered } = await countUndelivered(stage.runtime.deps.db)
    return {
      ...done,
      ownEnds: [...stage.apis, ...stage.workers].reduce((sum, one) => sum + one.ownEnds(), 0),
      accepted: accepted.length,
      delivered,
      attempts,
      repeats: verdicts.reduce((sum, one) => sum + one.repeats, 0),
      seconds: Math.round((performance.now() - began) / 1000),
      lost: verdicts.flatMap((one) => one.lost),
      outOfOrder: verdicts.flatMap((one) => one.outOfOrder),
      unfinished,
      faults: [...faults, ...(verdicts.some((one) => one.unknown > 0) ? ['a message arrived that nobody sent'] : [])],
    }
  } finally {
    await stage.close()
  }
}

const FLAPS = [
  { kind: 'status500', on: 'message' },
  { kind: 'reset', on: 'message' },
  // Longer than the deadline: the message is taken, and nobody hears that it was.
  { kind: 'slow', ms: 1_300, on: 'message' },
  { kind: 'unavailable', retryAfterS: 1, on: 'message' },
] as const

type Broken = Pick<FaultsReport, 'kills' | 'postgresRestarts' | 'redisEmptied' | 'flaps'>

/** Each kill comes while one of the hospitals fails. */
async function breakAll(
  stage: RoutingStage,
  { kills, say }: FaultsOptions,
  progress: () => { readonly sending: boolean; readonly share: number },
): Promise<Broken> {
  const hospitalOf = (kill: number): number => kill % stage.hospitals.length
  const chaos = await raiseChaos(stage, {
    kills,
    name: 'routing',
    say,
    progress,
    moment: () => 0.5,
    before: (kill) => stage.fault(hospitalOf(kill), FLAPS[kill % FLAPS.length] as object),
    after: (kill) => stage.fault(hospitalOf(kill), { kind: 'none' }),
  })
  return { ...chaos, flaps: kills }
}

async function untilDelivered(stage: RoutingStage, say: (line: string) => void): Promise<number> {
  const until = performance.now() + SETTLE_MS
  let told = performance.now()
  for (;;) {
    const { open } = await countUndelivered(stage.runtime.deps.db)
    if (open === 0 || performance.now() > until) return open
    if (performance.now() - told > TELL_MS) {
      told = performance.now()
      say(`routing: ${open} deliveries are not finished`)
    }
    await sleep(100)
  }
}
