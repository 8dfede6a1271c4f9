import type { BenchRun } from './bench.ts'
import { billOf } from './bills.ts'
import { type Child, startChild } from './child.ts'
import { openDatabaseBeside, type Place } from './place.ts'
import { programs } from './programs.ts'
import type { Population } from './seed.ts'
import { startRedis } from './start-redis.ts'

/** People of each database: several claims of one person in a batch are as rare as in life. */
const PEOPLE = 50_000

/** Settlements that `scale` finds stored; BENCH_STORED takes another number. */
export const STORED = Number(process.env['BENCH_STORED'] ?? 1_000_000)

/** One service over a database and a queue of its own: API and worker. */
export interface Hub {
  readonly api: Child
  readonly worker: Child
  readonly population: Population
  /** Bills of all its people, over and over. */
  nextBills(count: number): readonly ReturnType<typeof billOf>[]
}

/** The processes of the settle bench; each is started when it is first asked for. */
export interface SettleStage {
  hub(backend: 'redis' | 'pg'): Promise<Hub>
  /** A hub whose database holds a past. */
  stored(): Promise<Hub>
  tpcb(): Promise<Child>
  press(): Promise<Child>
  pace(): Promise<Child>
}

export function openSettleStage({ cleanup, place, say }: BenchRun): SettleStage {
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined
    return () => (made ??= make())
  }
  const start = (program: URL, at: Place = place): Promise<Child> => startChild(cleanup, program, at)
  const press = once(() => start(programs.press))
  const pace = once(() => start(programs.pace))
  const redisUrl = once(() => startRedis(cleanup))

  const open = async (name: string, env: Record<string, string>, stored = 0): Promise<Hub> => {
    say(`settle: loading people of ${name}`)
    const beside = await openDatabaseBeside(place, name)
    const at = { ...beside, env: { ...beside.env, ...env } }
    const api = await start(programs.api, at)
    const population = await api.ask<Population>('seed', PEOPLE)
    if (stored > 0) {
      say(`settle: storing ${stored} settlements`)
      await api.ask('store', { ...population.client, count: stored })
    }
    await api.ask('analyze')
    const bills = population.people.map(billOf)
    const bodies = bills.map((bill) => JSON.stringify(bill))
    await (await press()).ask('load', { name, bodies })
    let next = 0
    const nextBills = (count: number) =>
      Array.from({ length: count }, () => bills[next++ % bills.length] as (typeof bills)[0])
    return { api, worker: await start(programs.worker, at), population, nextBills }
  }
  const pg = once(() => open('settle_pg', {}))
  const redis = once(async () => await open('settle_redis', { REDIS_URL: await redisUrl() }))
  const stored = once(async () => {
    const url = new URL(await redisUrl())
    url.pathname = '/1'
    return await open('settle_stored', { REDIS_URL: url.href }, STORED)
  })
  return {
    hub: (backend) => (backend === 'pg' ? pg() : redis()),
    stored,
    tpcb: once(() => start(programs.tpcb)),
    press,
    pace,
  }
}
