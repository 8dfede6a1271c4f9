import type { Bench, BenchRun } from './bench.ts'
import { orderOfRound } from './order-of-round.ts'
import type { Measured } from './row.ts'
import { type Figures, readRow } from './row-spec.ts'
import { type Round, rowPlans } from './verify-rows.ts'
import { openSamples, type SampleName } from './verify-samples.ts'
import { openStage } from './verify-stage.ts'

/** Time for the compiler to learn each process before anything counts. */
const WARM_UP_S = 2

/**
 * All samples in the order of one round. What is compared stands close together; `distinct` comes first, since the warm-up
 * takes the rates from it.
 */
const ORDER: readonly SampleName[] = [
  'distinct',
  'bare-verify',
  'echo',
  'repeated',
  'batch',
  'loop',
  'sm2-loop',
  'sm2',
  'calm',
  'beside-sm2',
  'paced-echo',
  'paced',
  'naive-repeated',
  'naive-distinct',
  'one-process',
  'two-processes',
  'scale-small',
  'scale-large',
  'scale-load',
]

/** `POST /cards/verify` against what Fastify and node:crypto cost by themselves. */
export const verifyBench: Bench = {
  name: 'verify',
  cases: rowPlans.map((plan) => plan.name),
  async run(run: BenchRun): Promise<readonly Measured[]> {
    const { options, say } = run
    const plans = rowPlans.filter(({ name }) => options.only?.has(name) ?? true)
    const needed = new Set(plans.flatMap((plan) => plan.needs))
    const order = ORDER.filter((name) => needed.has(name))
    const rounds: Round[] = []
    const warmUp: Partial<Record<SampleName, Figures>> = {}
    const rates = (): number[] => {
      const taken = rounds.length > 0 ? rounds : [warmUp]
      return taken.flatMap((round) => round.distinct?.['perSecond'] ?? [])
    }
    const samples = openSamples(openStage(run), rates)
    const measure = async (
      names: readonly SampleName[],
      seconds: number,
      round: Partial<Record<SampleName, Figures>>,
    ) => {
      for (const name of names) round[name] = await samples[name](seconds)
      return round
    }
    say(`verify: warming up ${order.length} samples`)
    await measure(order, Math.min(WARM_UP_S, options.seconds), warmUp)
    for (let round = 1; round <= options.rounds; round++) {
      say(`verify: round ${round} of ${options.rounds}`)
      rounds.push(await measure(orderOfRound(order, round), options.seconds, {}))
    }
    return plans.map((plan) => readRow(plan, rounds))
  },
}
