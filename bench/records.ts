import type { Bench, BenchRun } from './bench.ts'
import { orderOfRound } from './order-of-round.ts'
import { type Round, readRows, rowPlans } from './records-rows.ts'
import { createRecordsSamples, type SampleName } from './records-samples.ts'
import { openRecordsStage } from './records-stage.ts'
import type { Figures } from './row-spec.ts'

/** How long each sample is taken before the first round, to warm up what it uses. */
const WARM_UP_S = 2

/** `npm run bench -- records`: what it costs to ask four hospitals, and what bad ones do to it. */
export const recordsBench: Bench = {
  name: 'records',
  cases: rowPlans.map((plan) => plan.name),

  async run({ cleanup, place, options, say }: BenchRun) {
    const plans = rowPlans.filter((plan) => options.only?.has(plan.name) ?? true)
    const wanted = [...new Set(plans.flatMap((plan) => plan.needs))]
    const samples = createRecordsSamples(openRecordsStage({ cleanup, place, say }))
    const repeated = wanted.filter((name) => samples[name].once !== true)
    const rounds: Round[] = []
    const measure = async (order: readonly SampleName[], seconds: number): Promise<Round> => {
      const round: Partial<Record<SampleName, Figures>> = {}
      for (const name of order) round[name] = await samples[name].take(seconds)
      return round
    }
    if (repeated.length > 0) {
      say(`records: warming up ${repeated.length} samples`)
      await measure(repeated, Math.min(WARM_UP_S, options.seconds))
      for (let round = 1; round <= options.rounds; round++) {
        say(`records: round ${round} of ${options.rounds}`)
        rounds.push(await measure(orderOfRound(repeated, round), options.seconds))
      }
    }
    const single = wanted.filter((name) => samples[name].once === true)
    if (single.length > 0) say(`records: measuring once: ${single.join(', ')}`)
    const last = await measure(single, options.seconds)
    return readRows(plans, rounds, last)
  },
}
