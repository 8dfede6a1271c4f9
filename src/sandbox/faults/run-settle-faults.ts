import { setTimeout as sleep } from 'node:timers/promises'
import { sumPosted, verifyLedger } from '../../ledger/index.ts'
import { countSettlementFaults, countSettlements } from '../../settlement/index.ts'
import { raiseChaos } from './raise-chaos.ts'
import { repeatClaim, type SentClaim, sendClaims } from './send-claims.ts'
import { openSettleStage, type SettleStage } from './settle-stage.ts'

export interface SettleFaultsOptions {
  readonly claims: number
  /** SIGKILLs of workers, APIs and relays (which run in the workers). */
  readonly kills: number
  /** How often one claim is sent at the same time at the end. */
  readonly repeats: number
  readonly queue: 'postgres' | 'redis'
  readonly say: (line: string) => void
}

export interface SettleFaultsReport {
  readonly accepted: number
  readonly settled: number
  readonly refused: number
  readonly reversed: number
  /** Claims that are neither settled nor refused at the end. */
  readonly pending: number
  readonly repeats: { readonly sent: number; readonly differentAnswers: number }
  readonly kills: { readonly api: number; readonly worker: number }
  readonly postgresRestarts: number
  readonly redisEmptied: number
  readonly clockJumps: number
  /** Processes that ended although nobody killed them, and were started again. */
  readonly ownEnds: number
  readonly seconds: number
  /** Counts of what must never be in the database: name and how often. Empty = all proofs hold. */
  readonly broken: Readonly<Record<string, number>>
  /** Everything else that must not be. */
  readonly faults: readonly string[]
}

const PROCESSES = 2
const AT_ONCE = 32
const CLAIMS_A_PERSON = 20
/** After the last fault every claim must be answered within this. */
const SETTLE_MS = 120_000
const TELL_MS = 2_000

/**
 * Settles claims while processes are killed with SIGKILL, PostgreSQL crashes, Redis is emptied, every job is delivered twice
 * and clocks jump; then proves from the database that nothing accepted was lost or doubled, to the fen.
 */
export async function runSettleFaults(options: SettleFaultsOptions): Promise<SettleFaultsReport> {
  const { claims, say } = options
  const began = performance.now()
  const people = Math.ceil(claims / CLAIMS_A_PERSON)
  say(`settle: starting ${PROCESSES} APIs, ${PROCESSES} workers, queues in ${options.queue}; ${people} people`)
  const stage = await openSettleStage({ queue: options.queue, processes: PROCESSES, people })
  try {
    const answered: SentClaim[] = []
    const faults: string[] = []
    let sending = true
    const teller = setInterval(() => say(`settle: ${answered.length} of ${claims} claims answered`), TELL_MS)
    const chaos = breakAll(stage, options, () => ({ sending, share: answered.length / claims }))
    // Awaited below; where the cashiers fail first, their error is the one to be told.
    chaos.catch(() => undefined)
    const cashiers = {
      urls: stage.urls,
      tokens: stage.tokens,
      people: stage.people,
      claims,
      atOnce: AT_ONCE,
      onAnswered: (claim: SentClaim) => answered.push(claim),
      onFault: (what: string) => faults.push(what),
    }
    try {
      await sendClaims(cashiers)
    } finally {
      sending = false
      clearInterval(teller)
    }
    const done = await chaos
    say(`settle: all answered; one claim ${options.repeats} times at once`)
    const differentAnswers = options.repeats === 0 ? 1 : await repeatClaim(cashiers, 1, options.repeats)
    const { db } = stage.runtime.deps
    const pending = await untilAnswered(stage)
    say('settle: proving what is in the database')
    const { paid, ...counted } = await countSettlements(db)
    const broken = Object.fromEntries(
      Object.entries(await countSettlementFaults(db)).filter(([, count]) => count !== 0),
    )
    const ledger = await verifyLedger(db)
    faults.push(...ledger.faults.map((one) => `ledger: ${one.what}`))
    const posted = await sumPosted(db, 'settlement')
    if (posted.journals !== counted.settled + counted.reversed) {
      faults.push(`${counted.settled + counted.reversed} settlements and reversals, ${posted.journals} journals`)
    }
    if (posted.amount !== paid) faults.push(`settlements paid ${paid} fen, the counters say ${posted.amount}`)
    const expected = {
      settled: answered.filter((one) => one.state === 'settled').length,
      refused: answered.filter((one) => one.state === 'refused').length,
      reversed: answered.filter((one) => one.reversed).length,
    }
    for (const name of ['settled', 'refused', 'reversed'] as const) {
      if (counted[name] !== expected[name])
        faults.push(`${name}: ${expected[name]} answered, ${counted[name]} in the database`)
    }
    if (new Set(answered.map((one) => one.claimId)).size !== answered.length) faults.push('two keys got one claim')
    if (differentAnswers !== 1) faults.push(`${differentAnswers} different answers to one claim`)
    return {
      ...done,
      ...counted,
      accepted: answered.length,
      pending,
      repeats: { sent: options.repeats, differentAnswers },
      ownEnds: [...stage.apis, ...stage.workers].reduce((sum, one) => sum + one.ownEnds(), 0),
      seconds: Math.round((performance.now() - began) / 1000),
      broken,
      faults,
    }
  } finally {
    await stage.close()
  }
}

/** Clocks are wrong by this, one after the other; a worker's by more, since no token is judged there. */
const API_JUMPS_MS = [90_000, -90_000, 0] as const
const API_WRONG_FOR_MS = 3_000
const WORKER_JUMPS_MS = [-3_600_000, 3_600_000, 0] as const

type Broken = Pick<SettleFaultsReport, 'kills' | 'postgresRestarts' | 'redisEmptied' | 'clockJumps'>

/** Every fourth kill comes with clocks that jump; at the end they are right again. */
async function breakAll(
  stage: SettleStage,
  { kills, say }: SettleFaultsOptions,
  progress: () => { readonly sending: boolean; readonly share: number },
): Promise<Broken> {
  let clockJumps = 0
  const chaos = await raiseChaos(stage, {
    kills,
    name: 'settle',
    say,
    progress,
    moment: Math.random,
    async after(kill) {
      if (kill % 4 !== 3) return
      const step = Math.floor(kill / 4) % API_JUMPS_MS.length
      clockJumps += 1
      say('settle: clocks jump')
      await stage.jump('api', API_JUMPS_MS[step] ?? 0)
      await stage.jump('worker', WORKER_JUMPS_MS[step] ?? 0)
      // An API that is this slow refuses every token as issued in the future: rightly, and for as long as its clock is wrong.
      await sleep(API_WRONG_FOR_MS)
      await stage.jump('api', 0)
    },
  })
  await stage.jump('worker', 0)
  return { ...chaos, clockJumps }
}

async function untilAnswered(stage: SettleStage): Promise<number> {
  const until = performance.now() + SETTLE_MS
  for (;;) {
    const { pending } = await countSettlements(stage.runtime.deps.db)
    if (pending === 0 || performance.now() > until) return pending
    await sleep(100)
  }
}
