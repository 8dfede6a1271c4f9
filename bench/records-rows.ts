import { LARGE_AT_ONCE, type SampleName } from './records-samples.ts'
import { atLeast, atMost, type Measured, valueAtMost } from './row.ts'
import { figure, type RoundOf, type RowSpec, readRow } from './row-spec.ts'

export type Round = RoundOf<SampleName>

const MAX_OVERHEAD_MS = 5
const MAX_LATE_MS = 100
const MAX_PEAK_MIB = 512
const MAX_ORDER_MS = 200

/** The rows with a target, in the order of the table; then those that say more about the same rounds. */
export const rowPlans: readonly RowSpec<SampleName>[] = [
  {
    name: 'fanout-overhead',
    unit: 'ms',
    needs: ['hub', 'slowest'],
    value: (round) => figure(round, 'hub', 'p50Ms') - figure(round, 'slowest', 'p50Ms'),
    limitCase: 'fixed',
    limit: () => MAX_OVERHEAD_MS,
    target: valueAtMost(MAX_OVERHEAD_MS, 'ms'),
  },
  {
    name: 'bundle-cpu',
    unit: 'µs CPU/bundle',
    needs: ['hub', 'rewrite'],
    value: (round) => figure(round, 'hub', 'cpuUs'),
    limitCase: 'parse + stringify',
    limit: (round) => figure(round, 'rewrite', 'cpuUs'),
    target: atMost(1.5),
  },
  {
    name: 'hang',
    unit: 'ms over the deadline',
    needs: ['hang'],
    value: (round) => figure(round, 'hang', 'overMs'),
    limitCase: 'fixed',
    limit: () => MAX_LATE_MS,
    target: valueAtMost(MAX_LATE_MS, 'ms'),
  },
  {
    name: 'hang-rate',
    unit: 'answers/s',
    needs: ['hub', 'hang'],
    value: (round) => figure(round, 'hang', 'perSecond'),
    limitCase: 'without it',
    limit: (round) => figure(round, 'hub', 'perSecond'),
    target: atLeast(0.9),
  },
  {
    name: 'big',
    unit: 'MiB at the peak',
    needs: ['large'],
    value: (round) => figure(round, 'large', 'peakMib'),
    limitCase: 'fixed',
    limit: () => MAX_PEAK_MIB,
    target: valueAtMost(MAX_PEAK_MIB, 'MiB'),
  },
  {
    name: 'route',
    unit: 'messages/s',
    needs: ['route', 'rows'],
    value: (round) => figure(round, 'route', 'perSecond'),
    limitCase: 'single-row inserts',
    limit: (round) => figure(round, 'rows', 'perSecond'),
    target: atLeast(1),
  },
  {
    name: 'validate',
    unit: 'µs/bundle',
    needs: ['validate'],
    value: (round) => figure(round, 'validate', 'validateUs'),
    limitCase: 'JSON.parse',
    limit: (round) => figure(round, 'validate', 'parseUs'),
    target: atMost(0.5),
  },
  {
    name: 'check-order',
    unit: 'ms p99',
    needs: ['order'],
    value: (round) => figure(round, 'order', 'p99Ms'),
    limitCase: 'fixed',
    limit: () => MAX_ORDER_MS,
    target: valueAtMost(MAX_ORDER_MS, 'ms'),
  },
  {
    name: 'fanout-p50',
    unit: 'ms',
    needs: ['hub', 'slowest'],
    value: (round) => figure(round, 'hub', 'p50Ms'),
    limitCase: 'slowest hospital',
    limit: (round) => figure(round, 'slowest', 'p50Ms'),
  },
  {
    name: 'big-whole',
    unit: 'whole answers',
    needs: ['large'],
    value: (round) => figure(round, 'large', 'whole'),
    limitCase: 'asked',
    limit: () => LARGE_AT_ONCE,
  },
  {
    name: 'big-rest',
    unit: 'MiB before',
    needs: ['large'],
    value: (round) => figure(round, 'large', 'restMib'),
    limitCase: 'peak',
    limit: (round) => figure(round, 'large', 'peakMib'),
  },
]

/** `last` holds what is measured once, after all rounds. */
export function readRows(
  plans: readonly RowSpec<SampleName>[],
  rounds: readonly Round[],
  last: Round,
): readonly Measured[] {
  return plans.map((plan) => readRow(plan, plan.needs.some((name) => last[name] !== undefined) ? [last] : rounds))
}
