import type { Child } from './child.ts'
import type { Pace, Paced } from './pace.ts'
import type { Press, Pressed } from './press.ts'
import type { Figures } from './row-spec.ts'
import { type Hub, type SettleStage, STORED } from './settle-stage.ts'

export type SettleSample =
  | 'settle-redis'
  | 'settle-pg'
  | 'drain-redis'
  | 'drain-pg'
  | 'drain-stored'
  | 'paced'
  | 'tpcb'
  | 'trial'
  | 'trial-echo'
  | 'engine'

/** Cashiers that each wait for their answer before the next bill. */
const CASHIERS = 32

/** A backlog for each second of a measurement, and the whole that is asked for. */
const BACKLOG_PER_SECOND = 10_000
const BACKLOG = 50_000

const SETTLED = '"state":"settled"'

/** Bytes of WAL and rows written so far. */
interface Written {
  readonly wal: number
  readonly rows: number
}

/** How each figure is taken. */
export function openSettleSamples(
  stage: SettleStage,
  settleRate: () => number,
): Readonly<Record<SettleSample, (seconds: number) => Promise<Figures>>> {
  const tokenOf = async ({ api, population }: Hub): Promise<string> =>
    `Bearer ${await api.ask<string>('token', population.client)}`

  const pressed = async (
    order: Omit<Press, 'connections' | 'url'>,
    servers: readonly [Child, ...Child[]],
  ): Promise<Figures> => {
    const press = await stage.press()
    const url = await servers[0].ask<string>('url')
    const before = await cpuOf(servers)
    const result = await press.ask<Pressed>('press', { ...order, url, connections: CASHIERS } satisfies Press)
    const cpuUs = ((await cpuOf(servers)) - before) / result.answers
    return { perSecond: result.perSecond, p50Ms: result.p50Ms, p99Ms: result.p99Ms, cpuUs }
  }

  const settle = (backend: 'redis' | 'pg') => async (seconds: number) => {
    const hub = await stage.hub(backend)
    await hub.worker.ask('start')
    try {
      return await pressed(
        {
          path: '/settlement/claims',
          headers: { prefer: 'wait=10', authorization: await tokenOf(hub) },
          seconds,
          bodies: `settle_${backend}`,
          keyed: true,
          expect: 201,
          says: SETTLED,
        },
        [hub.api, hub.worker],
      )
    } finally {
      await hub.worker.ask('stop')
    }
  }

  const drain = async (hub: Hub, seconds: number): Promise<Figures> => {
    const count = Math.min(BACKLOG, BACKLOG_PER_SECOND * seconds)
    const begin = await hub.api.ask<Written>('written')
    await hub.api.ask('fill', { institution: hub.population.client.institution, bills: hub.nextBills(count) })
    const filled = await hub.api.ask<Written>('written')
    const before = await hub.worker.cpu()
    const drained = await hub.worker.ask<number>('drain')
    const cpuUs = ((await hub.worker.cpu()) - before) / count
    const end = await hub.api.ask<Written>('written')
    await hub.worker.ask('stop')
    return {
      perSecond: count / drained,
      cpuUs,
      fillWal: (filled.wal - begin.wal) / count,
      fillRows: (filled.rows - begin.rows) / count,
      wal: (end.wal - filled.wal) / count,
      rows: (end.rows - filled.rows) / count,
    }
  }

  return {
    'settle-redis': settle('redis'),
    'settle-pg': settle('pg'),
    'drain-redis': async (seconds) => await drain(await stage.hub('redis'), seconds),
    'drain-pg': async (seconds) => await drain(await stage.hub('pg'), seconds),
    'drain-stored': async (seconds) => ({ ...(await drain(await stage.stored(), seconds)), stored: STORED }),
    async paced(seconds) {
      const hub = await stage.hub('redis')
      const pace = await stage.pace()
      const bills = hub.nextBills(10_000).map((bill) => JSON.stringify(bill))
      await pace.ask('load', { name: 'bills', bodies: bills })
      await hub.worker.ask('start')
      try {
        const order: Pace = {
          url: await hub.api.ask<string>('url'),
          path: '/settlement/claims',
          headers: { prefer: 'wait=10', authorization: await tokenOf(hub) },
          perSecond: Math.max(50, settleRate() / 2),
          seconds,
          bodies: 'bills',
          from: 0,
          keyed: true,
          expect: 201,
          says: SETTLED,
        }
        const result = await pace.ask<Paced>('pace', order)
        return { p50Ms: result.p50Ms, p99Ms: result.p99Ms }
      } finally {
        await hub.worker.ask('stop')
      }
    },
    async tpcb(seconds) {
      const tpcb = await stage.tpcb()
      const before = await tpcb.cpu()
      const { perSecond, count, wal } = await tpcb.ask<{ perSecond: number; count: number; wal: number }>(
        'loop',
        seconds,
      )
      return { perSecond, wal: wal / count, cpuUs: ((await tpcb.cpu()) - before) / count }
    },
    async trial(seconds) {
      const hub = await stage.hub('redis')
      return await pressed(
        {
          path: '/settlement/trials',
          headers: { authorization: await tokenOf(hub) },
          seconds,
          bodies: 'settle_redis',
          expect: 200,
          says: '"state":"trial"',
        },
        [hub.api],
      )
    },
    async 'trial-echo'(seconds) {
      const hub = await stage.hub('redis')
      const tpcb = await stage.tpcb()
      await tpcb.ask(
        'echo',
        await hub.api.ask('trial', { institution: hub.population.client.institution, bill: hub.nextBills(1)[0] }),
      )
      return await pressed(
        { path: '/trial-echo', headers: {}, seconds, bodies: 'settle_redis', expect: 200, says: '"state":"trial"' },
        [tpcb],
      )
    },
    async engine(seconds) {
      const hub = await stage.hub('redis')
      const bill = hub.nextBills(1)[0]
      return {
        cpuUs: await hub.api.ask<number>('engine', { institution: hub.population.client.institution, bill, seconds }),
      }
    },
  }
}

async function cpuOf(children: readonly Child[]): Promise<number> {
  const used = await Promise.all(children.map((child) => child.cpu()))
  return used.reduce((sum, one) => sum + one, 0)
}
