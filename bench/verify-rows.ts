import { atLeast, atMost, compare, type Measured, type Target, valueAtMost } from './row.ts'
import type { Figures, SampleName } from './verify-samples.ts'

/** All that was measured in one round. */
export type Round = Readonly<Partial<Record<SampleName, Figures>>>

/** One row of the answer: what it needs to have been measured, and how it is read off. */
export interface RowPlan {
  readonly name: string
  readonly unit: string
  readonly needs: readonly SampleName[]
  value(round: Round): number
  readonly limitCase: string
  limit(round: Round): number
  readonly target?: Target
}

const CPU = 'µs CPU/request'

/** The rows with a target, in the order of the table; then those that say more about the same rounds. */
export const rowPlans: readonly RowPlan[] = [
  {
    name: 'distinct',
    unit: CPU,
    needs: ['distinct', 'bare-verify'],
    value: (round) => figure(round, 'distinct', 'cpuUs'),
    limitCase: 'bare-verify',
    limit: (round) => figure(round, 'bare-verify', 'cpuUs'),
    target: atMost(1.1),
  },
  {
    name: 'repeated',
    unit: CPU,
    needs: ['repeated', 'echo'],
    value: (round) => figure(round, 'repeated', 'cpuUs'),
    limitCase: 'echo',
    limit: (round) => figure(round, 'echo', 'cpuUs'),
    target: atMost(1.3),
  },
  {
    name: 'batch100',
    unit: 'µs CPU/card',
    needs: ['batch', 'loop'],
    value: (round) => figure(round, 'batch', 'cpuUs'),
    // As `bare-verify` verifies: in the thread pool.
    limitCase: 'pool-verify',
    limit: (round) => figure(round, 'loop', 'pooledUs'),
    target: atMost(1.15),
  },
  {
    name: 'sm2',
    unit: CPU,
    needs: ['sm2', 'echo', 'sm2-loop'],
    value: (round) => figure(round, 'sm2', 'cpuUs'),
    limitCase: 'echo + sm2-verify',
    limit: (round) => figure(round, 'echo', 'cpuUs') + figure(round, 'sm2-loop', 'cpuUs'),
    target: atMost(1.25),
  },
  {
    name: 'sm2-neighbour',
    unit: 'ms p99',
    needs: ['distinct', 'calm', 'beside-sm2'],
    value: (round) => figure(round, 'beside-sm2', 'p99Ms'),
    limitCase: 'without SM2',
    limit: (round) => figure(round, 'calm', 'p99Ms'),
    target: atMost(2),
  },
  {
    name: 'naive-distinct',
    unit: 'requests/s',
    needs: ['distinct', 'naive-distinct'],
    value: (round) => figure(round, 'distinct', 'perSecond'),
    limitCase: 'naive',
    limit: (round) => figure(round, 'naive-distinct', 'perSecond'),
    target: atLeast(3),
  },
  {
    name: 'naive-repeated',
    unit: 'requests/s',
    needs: ['repeated', 'naive-repeated'],
    value: (round) => figure(round, 'repeated', 'perSecond'),
    limitCase: 'naive',
    limit: (round) => figure(round, 'naive-repeated', 'perSecond'),
    target: atLeast(6),
  },
  {
    name: 'two-processes',
    unit: CPU,
    needs: ['one-process', 'two-processes'],
    value: (round) => figure(round, 'two-processes', 'cpuUs'),
    limitCase: 'one process',
    limit: (round) => figure(round, 'one-process', 'cpuUs'),
    target: atMost(1.05),
  },
  {
    name: 'p99-70',
    unit: 'ms p99',
    needs: ['distinct', 'paced', 'paced-echo'],
    value: (round) => figure(round, 'paced', 'p99Ms'),
    limitCase: 'echo, same rate',
    limit: (round) => figure(round, 'paced-echo', 'p99Ms'),
    target: atMost(3),
  },
  {
    name: 'scale-30m',
    unit: CPU,
    needs: ['scale-large', 'scale-small'],
    value: (round) => figure(round, 'scale-large', 'cpuUs'),
    limitCase: '1,000 cards',
    limit: (round) => figure(round, 'scale-small', 'cpuUs'),
    target: atMost(1.05),
  },
  {
    name: 'scale-30m-mib',
    unit: 'MiB of status bits',
    needs: ['scale-load'],
    value: (round) => figure(round, 'scale-load', 'mib'),
    limitCase: 'fixed',
    limit: () => 8,
    target: valueAtMost(8, 'MiB'),
  },
  {
    name: 'scale-30m-load-ms',
    unit: 'ms to load',
    needs: ['scale-load'],
    value: (round) => figure(round, 'scale-load', 'ms'),
    limitCase: 'fixed',
    limit: () => 2_000,
    target: valueAtMost(2_000, 'ms'),
  },
  {
    name: 'distinct-rate',
    unit: 'requests/s',
    needs: ['distinct', 'echo'],
    value: (round) => figure(round, 'distinct', 'perSecond'),
    limitCase: 'echo',
    limit: (round) => figure(round, 'echo', 'perSecond'),
  },
  {
    name: 'distinct-p50',
    unit: 'ms',
    needs: ['distinct', 'echo'],
    value: (round) => figure(round, 'distinct', 'p50Ms'),
    limitCase: 'echo',
    limit: (round) => figure(round, 'echo', 'p50Ms'),
  },
  {
    name: 'distinct-p99',
    unit: 'ms',
    needs: ['distinct', 'echo'],
    value: (round) => figure(round, 'distinct', 'p99Ms'),
    limitCase: 'echo',
    limit: (round) => figure(round, 'echo', 'p99Ms'),
  },
  {
    name: 'verify-code',
    unit: 'µs CPU/token',
    needs: ['loop'],
    value: (round) => figure(round, 'loop', 'oursUs'),
    limitCase: 'crypto-verify',
    limit: (round) => figure(round, 'loop', 'rawUs'),
  },
  {
    name: 'batch100-sync',
    unit: 'µs CPU/card',
    needs: ['batch', 'loop'],
    value: (round) => figure(round, 'batch', 'cpuUs'),
    limitCase: 'crypto-verify',
    limit: (round) => figure(round, 'loop', 'rawUs'),
  },
]

export function readRows(plans: readonly RowPlan[], rounds: readonly Round[]): readonly Measured[] {
  return plans.map(({ name, unit, limitCase, target, ...plan }) =>
    compare({ name, unit, limitCase, target, value: rounds.map(plan.value), limit: rounds.map(plan.limit) }),
  )
}

function figure(round: Round, sample: SampleName, name: string): number {
  const value = round[sample]?.[name]
  if (value === undefined) throw new Error(`the sample ${sample} has no figure ${name}`)
  return value
}
