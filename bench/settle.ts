import type { Bench, BenchRun } from './bench.ts'
import { orderOfRound } from './order-of-round.ts'
import type { Measured } from './row.ts'
import { type Figures, readRow } from './row-spec.ts'
import { type SettleRound, settleRows } from './settle-rows.ts'
import { openSettleSamples, type SettleSample } from './settle-samples.ts'
import { openSettleStage } from './settle-stage.ts'
import { redisVersion } from './start-redis.ts'

/** Time for the compiler to learn each process before anything counts. */
const WARM_UP_S = 2

/** What is compared stands close together; `settle-redis` comes before what takes its pace from it. */
const ORDER: readonly SettleSample[] = [
  'settle-redis',
  'tpcb',
  'settle-pg',
  'drain-redis',
  'drain-stored',
  'drain-pg',
  'paced',
  'trial',
  'trial-echo',
  'engine',
]

/** From the cashier's request to the answer, and a worker alone from a backlog, against TPC-B-like transactions. */
export const settleBench: Bench = {
  name: 'settle',
  cases: settleRows.map((row) => row.name),
  async run(run: BenchRun): Promise<readonly Measured[]> {
    const { options, say } = run
    const redis = (await redisVersion()) !== null
    if (!redis) say('settle: no redis-server on the PATH, so the rows of the Redis queue are left out')
    const rows = settleRows.filter(
      (row) => (options.only?.has(row.name) ?? true) && (redis || !row.needs.some((one) => ofRedis.has(one))),
    )
    const needed = new Set(rows.flatMap((row) => row.needs))
    if (needed.has('paced')) needed.add('settle-redis')
    const order = ORDER.filter((name) => needed.has(name))
    const rounds: SettleRound[] = []
    const warmUp: Partial<Record<SettleSample, Figures>> = {}
    const settleRate = (): number => (rounds.at(-1) ?? warmUp)['settle-redis']?.['perSecond'] ?? 0
    const samples = openSettleSamples(openSettleStage(run), settleRate)
    const measure = async (
      names: readonly SettleSample[],
      seconds: number,
      round: Partial<Record<SettleSample, Figures>>,
    ): Promise<SettleRound> => {
      for (const name of names) round[name] = await samples[name](seconds)
      return round
    }
    say(`settle: warming up ${order.length} samples`)
    await measure(order, Math.min(WARM_UP_S, options.seconds), warmUp)
    for (let round = 1; round <= options.rounds; round++) {
      say(`settle: round ${round} of ${options.rounds}`)
      rounds.push(await measure(orderOfRound(order, round), options.seconds, {}))
    }
    return rows.map((row) => readRow(row, rounds))
  },
}

const ofRedis: ReadonlySet<SettleSample> = new Set(['settle-redis', 'drain-redis', 'drain-stored', 'paced'])
