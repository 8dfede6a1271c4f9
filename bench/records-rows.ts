import { type Figures, LARGE_AT_ONCE, type SampleName } from './records-samples.ts'
import { readValidateRow, type ValidateFigures } from './records-validate.ts'
import { atLeast, atMost, compare, type Measured, type Target, valueAtMost } from './row.ts'

/** All that was measured in one round. */
export type Round = Readonly<Partial<Record<SampleName, Figures>>>

/** One row of the answer: what it needs to have been measured, and how it is read off. */
export interface RowPlan {
  readonly name: string
  readonly needs: readonly SampleName[]
  read(rounds: readonly Round[]): Measured
}

interface Spec {
  readonly name: string
  readonly unit: string
  readonly needs: readonly SampleName[]
  value(round: Round): number
  readonly limitCase: string
  limit(round: Round): number
  readonly target?: Target
}

const MAX_OVERHEAD_MS = 5
const MAX_LATE_MS = 100
const MAX_PEAK_MIB = 512
const MAX_ORDER_MS = 200

/** The rows with a target, in the order of the table; then those that say more about the same rounds. */
export const rowPlans: readonly RowPlan[] = [
  plan({
    name: 'fanout-overhead',
    unit: 'ms',
    needs: ['hub', 'slowest'],
    value: (round) => figure(round, 'hub', 'p50Ms') - figure(round, 'slowest', 'p50Ms'),
    limitCase: 'fixed',
    limit: () => MAX_OVERHEAD_MS,
    target: valueAtMost(MAX_OVERHEAD_MS, 'ms'),
  }),
  plan({
    name: 'bundle-cpu',
    unit: 'µs CPU/bundle',
    needs: ['hub', 'rewrite'],
    value: (round) => figure(round, 'hub', 'cpuUs'),
    limitCase: 'parse + stringify',
    limit: (round) => figure(round, 'rewrite', 'cpuUs'),
    target: atMost(1.5),
  }),
  plan({
    name: 'hang',
    unit: 'ms over the deadline',
    needs: ['hang'],
    value: (round) => figure(round, 'hang', 'overMs'),
    limitCase: 'fixed',
    limit: () => MAX_LATE_MS,
    target: valueAtMost(MAX_LATE_MS, 'ms'),
  }),
  plan({
    name: 'hang-rate',
    unit: 'answers/s',
    needs: ['hub', 'hang'],
    value: (round) => figure(round, 'hang', 'perSecond'),
    limitCase: 'without it',
    limit: (round) => figure(round, 'hub', 'perSecond'),
    target: atLeast(0.9),
  }),
  plan({
    name: 'big',
    unit: 'MiB at the peak',
    needs: ['large'],
    value: (round) => figure(round, 'large', 'peakMib'),
    limitCase: 'fixed',
    limit: () => MAX_PEAK_MIB,
    target: valueAtMost(MAX_PEAK_MIB, 'MiB'),
  }),
  plan({
    name: 'route',
    unit: 'messages/s',
    needs: ['route', 'rows'],
    value: (round) => figure(round, 'route', 'perSecond'),
    limitCase: 'single-row inserts',
    limit: (round) => figure(round, 'rows', 'perSecond'),
    target: atLeast(1),
  }),
  {
    name: 'validate',
    needs: ['validate'],
    read: (rounds) =>
      readValidateRow(
        rounds.map(
          (round): ValidateFigures => ({
            validateUs: figure(round, 'validate', 'validateUs'),
            parseUs: figure(round, 'validate', 'parseUs'),
          }),
        ),
      ),
  },
  plan({
    name: 'check-order',
    unit: 'ms p99',
    needs: ['order'],
    value: (round) => figure(round, 'order', 'p99Ms'),
    limitCase: 'fixed',
    limit: () => MAX_ORDER_MS,
    target: valueAtMost(MAX_ORDER_MS, 'ms'),
  }),
  plan({
    name: 'fanout-p50',
    unit: 'ms',
    needs: ['hub', 'slowest'],
    value: (round) => figure(round, 'hub', 'p50Ms'),
    limitCase: 'slowest hospital',
    limit: (round) => figure(round, 'slowest', 'p50Ms'),
  }),
  plan({
    name: 'big-whole',
    unit: 'whole answers',
    needs: ['large'],
    value: (round) => figure(round, 'large', 'whole'),
    limitCase: 'asked',
    limit: () => LARGE_AT_ONCE,
  }),
  plan({
    name: 'big-rest',
    unit: 'MiB before',
    needs: ['large'],
    value: (round) => figure(round, 'large', 'restMib'),
    limitCase: 'peak',
    limit: (round) => figure(round, 'large', 'peakMib'),
  }),
]

export function readRows(plans: readonly RowPlan[], rounds: readonly Round[], last: Round): readonly Measured[] {
  return plans.map((one) => one.read(one.needs.some((name) => last[name] !== undefined) ? [last] : rounds))
}

function plan({ name, unit, needs, value, limitCase, limit, target }: Spec): RowPlan {
  return {
    name,
    needs,
    read: (rounds) => compare({ name, unit, limitCase, target, value: rounds.map(value), limit: rounds.map(limit) }),
  }
}

function figure(round: Round, sample: SampleName, name: string): number {
  const value = round[sample]?.[name]
  if (value === undefined) throw new Error(`the sample ${sample} has no figure ${name}`)
  return value
}
