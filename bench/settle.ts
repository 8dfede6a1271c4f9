import type { Bench, BenchRun } from './bench.ts'
import { billOf } from './bills.ts'
import { type Child, startChild } from './child.ts'
import { createCleanup } from './cleanup.ts'
import { openPlace } from './place.ts'
import type { Press, Pressed } from './press.ts'
import { programs } from './programs.ts'
import { compare, type Measured } from './row.ts'
import type { Population } from './seed.ts'
import { redisVersion, startRedis } from './start-redis.ts'

const PEOPLE = 5_000

/** Cashiers that each wait for their answer before the next bill. */
const CASHIERS = 32

/** Claims of a backlog, for each second of a measurement. */
const BACKLOG_PER_SECOND = 500

type Backend = 'pg' | 'redis'

/** From the cashier's request to the answer, and the worker alone from a backlog, against TPC-B-like transactions. */
export const settleBench: Bench = {
  name: 'settle',
  cases: [...casesOf('pg'), ...casesOf('redis')],
  async run(run: BenchRun): Promise<readonly Measured[]> {
    const { only } = run.options
    const wanted = (backend: Backend): boolean => only === undefined || casesOf(backend).some((one) => only.has(one))
    const rows: Measured[] = []
    if (wanted('pg')) rows.push(...(await measureBackend(run, 'pg')))
    if (!wanted('redis')) return chosen(rows, only)
    if ((await redisVersion()) === null) {
      run.say('settle: no redis-server on the PATH, so the rows of the Redis queue are left out')
      return chosen(rows, only)
    }
    // A database of its own again, so that the second backend does not meet the first one's rows.
    const cleanup = createCleanup()
    run.cleanup.add(() => cleanup.run())
    const place = await openPlace(cleanup)
    const env = { ...place.env, REDIS_URL: await startRedis(cleanup) }
    rows.push(...(await measureBackend({ ...run, cleanup, place: { ...place, env } }, 'redis')))
    await cleanup.run()
    return chosen(rows, only)
  },
}

function casesOf(backend: Backend): readonly string[] {
  const both = [`settle-${backend}`, `drain-${backend}`]
  return [...both, ...both.map((one) => `${one}-cpu`), ...['pressed', 'p50', 'p99'].map((one) => `${both[0]}-${one}`)]
}

const chosen = (rows: readonly Measured[], only: ReadonlySet<string> | undefined): readonly Measured[] =>
  rows.filter((row) => only === undefined || only.has(row.case))

interface Round {
  readonly settle: Pressed & { readonly cpuUs: number }
  readonly tpcb: Pressed & { readonly cpuUs: number }
  readonly loop: number
  readonly drain: { readonly perSecond: number; readonly cpuUs: number }
}

async function measureBackend(run: BenchRun, backend: Backend): Promise<readonly Measured[]> {
  const { cleanup, place, options, say } = run
  const start = (program: URL): Promise<Child> => startChild(cleanup, program, place)
  const api = await start(programs.api)
  say(`settle-${backend}: loading people`)
  const { client, people } = await api.ask<Population>('seed', PEOPLE)
  const [worker, tpcb, press] = [await start(programs.worker), await start(programs.tpcb), await start(programs.press)]
  const bills = people.map(billOf)
  await press.ask('load', { name: 'bills', bodies: bills.map((bill) => JSON.stringify(bill)) })

  const pressed = async (path: string, servers: readonly [Child, ...Child[]], seconds: number) => {
    const [first] = servers
    const url = await first.ask<string>('url')
    const authorization = first === api ? { authorization: `Bearer ${await api.ask<string>('token', client)}` } : {}
    const headers = { prefer: 'wait=10', ...authorization }
    const order: Press = {
      url,
      path,
      headers,
      seconds,
      connections: CASHIERS,
      bodies: 'bills',
      keyed: true,
      expect: 201,
      says: '"state":"settled"',
    }
    const before = await cpuOf(servers)
    const result = await press.ask<Pressed>('press', order)
    return { ...result, cpuUs: ((await cpuOf(servers)) - before) / result.answers }
  }
  let next = 0
  const measure = async (seconds: number): Promise<Round> => {
    await worker.ask('start')
    const settle = await pressed('/settlement/claims', [api, worker], seconds)
    await worker.ask('stop')
    const loop = await tpcb.ask<number>('loop', seconds)
    const limit = await pressed('/tpcb', [tpcb], seconds)
    const count = Math.round(BACKLOG_PER_SECOND * seconds)
    const backlog = Array.from({ length: count }, () => bills[next++ % bills.length])
    await api.ask('fill', { institution: client.institution, bills: backlog })
    const before = await worker.cpu()
    const drained = await worker.ask<number>('drain')
    const drain = { perSecond: count / drained, cpuUs: ((await worker.cpu()) - before) / count }
    await worker.ask('stop')
    return { settle, tpcb: limit, loop, drain }
  }
  await measure(1)
  const rounds: Round[] = []
  for (let round = 1; round <= options.rounds; round++) {
    say(`settle-${backend}: round ${round} of ${options.rounds}`)
    rounds.push(await measure(options.seconds))
  }
  return rowsOf(backend, rounds)
}

async function cpuOf(children: readonly Child[]): Promise<number> {
  const used = await Promise.all(children.map((child) => child.cpu()))
  return used.reduce((sum, one) => sum + one, 0)
}

function rowsOf(backend: Backend, rounds: readonly Round[]): readonly Measured[] {
  const of = (pick: (round: Round) => number): readonly number[] => rounds.map(pick)
  const rate = { unit: 'settlements/s', limitCase: 'tpcb', limit: of((r) => r.loop) }
  const underPress = 'tpcb-pressed'
  const settled = of((r) => r.settle.perSecond)
  return [
    compare({ ...rate, name: `settle-${backend}`, value: settled }),
    compare({
      name: `settle-${backend}-pressed`,
      unit: 'settlements/s',
      value: settled,
      limitCase: underPress,
      limit: of((r) => r.tpcb.perSecond),
    }),
    compare({ ...rate, name: `drain-${backend}`, value: of((r) => r.drain.perSecond) }),
    compare({
      name: `settle-${backend}-cpu`,
      unit: 'µs CPU/settlement',
      value: of((r) => r.settle.cpuUs),
      limitCase: underPress,
      limit: of((r) => r.tpcb.cpuUs),
    }),
    compare({
      name: `drain-${backend}-cpu`,
      unit: 'µs CPU/settlement',
      value: of((r) => r.drain.cpuUs),
      limitCase: underPress,
      limit: of((r) => r.tpcb.cpuUs),
    }),
    compare({
      name: `settle-${backend}-p50`,
      unit: 'ms',
      value: of((r) => r.settle.p50Ms),
      limitCase: underPress,
      limit: of((r) => r.tpcb.p50Ms),
    }),
    compare({
      name: `settle-${backend}-p99`,
      unit: 'ms',
      value: of((r) => r.settle.p99Ms),
      limitCase: underPress,
      limit: of((r) => r.tpcb.p99Ms),
    }),
  ]
}
