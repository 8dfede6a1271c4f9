import { atLeast, valueAtMost } from './row.ts'
import { figure, type RoundOf, type RowSpec } from './row-spec.ts'
import type { SettleSample } from './settle-samples.ts'

export type SettleRound = RoundOf<SettleSample>

const read =
  (sample: SettleSample, name: string) =>
  (round: SettleRound): number =>
    figure(round, sample, name)

const rate = read('tpcb', 'perSecond')

/** Rows without a limit of the same run stand against their own target. */
const fixed = (value: number) => (): number => value

/** The rows of the settle bench: value, limit, target. */
export const settleRows: readonly RowSpec<SettleSample>[] = [
  ...(['redis', 'pg'] as const).flatMap((backend): RowSpec<SettleSample>[] => [
    {
      name: `settle-${backend}`,
      unit: 'settlements/s',
      needs: [`settle-${backend}`, 'tpcb'],
      value: read(`settle-${backend}`, 'perSecond'),
      limitCase: 'tpcb',
      limit: rate,
      target: atLeast(backend === 'redis' ? 1.5 : 1),
    },
    {
      name: `drain-${backend}`,
      unit: 'settlements/s',
      needs: [`drain-${backend}`, 'tpcb'],
      value: read(`drain-${backend}`, 'perSecond'),
      limitCase: 'tpcb',
      limit: rate,
      target: atLeast(backend === 'redis' ? 5 : 4),
    },
  ]),
  {
    name: 'settle-p99',
    unit: 'ms p99',
    needs: ['paced'],
    value: read('paced', 'p99Ms'),
    limitCase: 'fixed',
    limit: fixed(300),
    target: valueAtMost(300, 'ms'),
  },
  {
    name: 'trial',
    unit: 'trials/s',
    needs: ['trial', 'trial-echo'],
    value: read('trial', 'perSecond'),
    limitCase: 'trial-echo',
    limit: read('trial-echo', 'perSecond'),
    target: atLeast(0.4),
  },
  {
    name: 'engine',
    unit: 'µs CPU/claim',
    needs: ['engine'],
    value: read('engine', 'cpuUs'),
    limitCase: 'fixed',
    limit: fixed(60),
    target: valueAtMost(60, 'µs'),
  },
  {
    name: 'scale',
    unit: 'settlements/s',
    needs: ['drain-stored', 'drain-redis'],
    value: read('drain-stored', 'perSecond'),
    limitCase: 'drain-redis',
    limit: read('drain-redis', 'perSecond'),
    target: atLeast(0.9),
  },
  {
    name: 'scale-stored',
    unit: 'settlements stored',
    needs: ['drain-stored'],
    value: read('drain-stored', 'stored'),
    limitCase: 'asked for',
    limit: fixed(5_000_000),
  },
  {
    name: 'wal',
    unit: 'bytes WAL/settlement',
    needs: ['drain-redis', 'tpcb'],
    value: (round) => figure(round, 'drain-redis', 'fillWal') + figure(round, 'drain-redis', 'wal'),
    limitCase: 'tpcb',
    limit: read('tpcb', 'wal'),
  },
  {
    name: 'wal-worker',
    unit: 'bytes WAL/settlement',
    needs: ['drain-redis', 'tpcb'],
    value: read('drain-redis', 'wal'),
    limitCase: 'tpcb',
    limit: read('tpcb', 'wal'),
  },
  {
    name: 'rows',
    unit: 'rows written/settlement',
    needs: ['drain-redis'],
    value: (round) => figure(round, 'drain-redis', 'fillRows') + figure(round, 'drain-redis', 'rows'),
    limitCase: 'of the worker',
    limit: read('drain-redis', 'rows'),
  },
  ...(['settle-redis', 'drain-redis', 'settle-pg', 'drain-pg'] as const).map(
    (sample): RowSpec<SettleSample> => ({
      name: `${sample}-cpu`,
      unit: 'µs CPU/settlement',
      needs: [sample, 'tpcb'],
      value: read(sample, 'cpuUs'),
      limitCase: 'tpcb',
      limit: read('tpcb', 'cpuUs'),
    }),
  ),
  {
    name: 'settle-redis-p99',
    unit: 'ms p99',
    needs: ['settle-redis', 'paced'],
    value: read('settle-redis', 'p99Ms'),
    limitCase: 'at half the rate',
    limit: read('paced', 'p99Ms'),
  },
]
