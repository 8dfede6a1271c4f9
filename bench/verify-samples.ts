import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from './child.ts'
import type { Looped } from './loop-verify.ts'
import type { Pace, Paced } from './pace.ts'
import type { Press, Pressed } from './press.ts'
import type { Figures } from './row-spec.ts'
import { spreadOf } from './statistics.ts'
import { type Api, BATCH, type Stage } from './verify-stage.ts'

/** Open connections of the pressing client, as many as `settle` has cashiers. */
const CONNECTIONS = 32
/** Of the client that keeps the SM2 verification busy beside another one: more than it has threads. */
const CONNECTIONS_BESIDE = 8

/** Shares of the highest rate at which latencies are measured. */
const NEAR_FULL = 0.7
const MODERATE = 0.3

/** Everything that is measured, by name; the rows say which of it they need. */
export type SampleName =
  | 'distinct'
  | 'repeated'
  | 'bare-verify'
  | 'echo'
  | 'loop'
  | 'batch'
  | 'sm2'
  | 'sm2-loop'
  | 'calm'
  | 'beside-sm2'
  | 'naive-distinct'
  | 'naive-repeated'
  | 'one-process'
  | 'two-processes'
  | 'paced'
  | 'paced-echo'
  | 'scale-small'
  | 'scale-large'
  | 'scale-load'

export type Samples = Readonly<Record<SampleName, (seconds: number) => Promise<Figures>>>

/** How each figure is taken. `rates` are those of the `distinct` rounds so far: paced samples take a share of them. */
export function openSamples(stage: Stage, rates: () => readonly number[]): Samples {
  const authorizations = async ({ child, clients }: Api): Promise<readonly string[]> =>
    (await child.ask<readonly string[]>('tokens', clients)).map((token) => `Bearer ${token}`)

  const shown = new Map<string, number>()
  /**
   * Each server is shown the cards of a set round and round: then all others lie between two showings of one, more than
   * the verifier remembers, whatever the order of the samples. A batch takes from the same cards.
   */
  const showing = async <T extends { readonly sent: number }>(
    { server, bodies }: { server: string; bodies: string },
    show: (from: number) => Promise<T>,
  ): Promise<T> => {
    const cards = bodies === 'batch' ? BATCH : 1
    const key = `${server}/${bodies === 'batch' ? 'distinct' : bodies}`
    const from = Math.ceil((shown.get(key) ?? 0) / cards)
    const figures = await show(from)
    shown.set(key, (from + figures.sent) * cards)
    return figures
  }

  /** Presses processes of one port. `after` is work that the answers leave behind: it is part of their cost. */
  const press = async (
    servers: readonly Child[],
    order: Pick<Press, 'url' | 'path' | 'bodies' | 'seconds' | 'headers' | 'askers' | 'times'> & { server: string },
    after: () => Promise<void> = async () => {},
  ) => {
    const { server: _server, ...what } = order
    const client = await stage.press()
    const before = await cpuOf(servers)
    const pressed = await showing(order, (from) =>
      client.ask<Pressed>('press', {
        connections: CONNECTIONS,
        expect: 200,
        says: ACCEPTED,
        from,
        ...what,
      } satisfies Press),
    )
    await after()
    return { ...pressed, cpuUs: ((await cpuOf(servers)) - before) / pressed.answers }
  }

  /** CPU of all the processes, with the writing of the audit events, which comes after the answers. */
  const pressApi = async (
    apis: readonly [Api, ...Api[]],
    what: Pick<Press, 'bodies' | 'seconds' | 'times'> & { server: string; path?: string },
  ) => {
    const [first] = apis
    const askers = await authorizations(first)
    const children = apis.map((api) => api.child)
    const order = {
      url: await first.child.ask<string>('url'),
      path: VERIFY,
      headers: askers.length === 1 ? { authorization: askers[0] ?? '' } : {},
      ...(askers.length === 1 ? {} : { askers }),
      ...what,
    }
    return await press(children, order, async () => {
      for (const child of children) await child.ask('flush')
    })
  }

  const pressBare = async (path: string, seconds: number) => {
    const bare = await stage.bare()
    const url = await bare.ask<string>('url')
    return await press([bare], { server: 'bare', url, path, headers: {}, bodies: 'distinct', seconds })
  }

  const pressNaive = async (bodies: string, seconds: number) => {
    const { child, url } = await stage.naive()
    return await press([child], { server: 'naive', url, path: '/naive', headers: {}, bodies, seconds })
  }

  const rateOf = (share: number): number => share * spreadOf(rates()).median

  const pace = async (
    order: Pick<Pace, 'url' | 'path' | 'headers' | 'perSecond' | 'seconds'> & { server: string },
  ): Promise<Figures> => {
    const { server, ...what } = order
    const client = await stage.pace()
    const figures = await showing({ server, bodies: 'distinct' }, async (from) => {
      const full: Pace = { expect: 200, says: ACCEPTED, bodies: 'distinct', from, ...what }
      const paced = await client.ask<Paced>('pace', full)
      return { ...paced, sent: paced.answers }
    })
    return { ...figures, perSecond: order.perSecond }
  }

  const paceApi = async (share: number, seconds: number): Promise<Figures> => {
    const { child, clients } = await stage.api()
    const [authorization = ''] = await authorizations({ child, clients })
    const url = await child.ask<string>('url')
    const perSecond = rateOf(share)
    const figures = await pace({ server: 'api', url, path: VERIFY, headers: { authorization }, perSecond, seconds })
    await child.ask('flush')
    return figures
  }

  const paceEcho = async (share: number, seconds: number): Promise<Figures> => {
    const url = await (await stage.bare()).ask<string>('url')
    return await pace({ server: 'bare', url, path: '/echo', headers: {}, perSecond: rateOf(share), seconds })
  }

  /** Another client asks for SM2 cards as fast as it gets answers, from before the pacing begins until after its end. */
  const besideSm2 = async (seconds: number): Promise<Figures> => {
    const api = await stage.sm2()
    const client = await stage.pressBeside()
    const [authorization = ''] = await authorizations(api)
    const url = await api.child.ask<string>('url')
    const order = { url, path: VERIFY, headers: { authorization }, bodies: 'sm2', expect: 200, says: ACCEPTED }
    const pressing = showing({ server: 'api', bodies: 'sm2' }, (from) =>
      client.ask<Pressed>('press', { ...order, from, connections: CONNECTIONS_BESIDE, seconds: seconds + 2 }),
    )
    const pacing = sleep(1_000).then(() => paceApi(MODERATE, seconds))
    const [figures, { perSecond }] = await Promise.all([pacing, pressing])
    return { ...figures, sm2PerSecond: perSecond }
  }

  /** A loop in a process of its own, while the client presses the echo: two virtual processors may be one. */
  const loopPressed = async <T>(verb: string, seconds: number): Promise<T> => {
    const loop = await stage.loop()
    const [figures] = await Promise.all([loop.ask<T>(verb, seconds), pressBare('/echo', seconds)])
    return figures
  }

  return {
    distinct: async (seconds) => pressApi([await stage.api()], { server: 'api', bodies: 'distinct', seconds }),
    repeated: async (seconds) => pressApi([await stage.api()], { server: 'api', bodies: 'repeated', seconds }),
    'bare-verify': async (seconds) => pressBare('/bare', seconds),
    echo: async (seconds) => pressBare('/echo', seconds),
    loop: async (seconds) => ({ ...(await loopPressed<Looped>('run', seconds)) }),
    async batch(seconds) {
      const batches = { path: '/cards/verify-batch', bodies: 'batch', times: BATCH }
      const pressed = await pressApi([await stage.api()], { server: 'api', ...batches, seconds })
      return { ...pressed, cpuUs: pressed.cpuUs / BATCH }
    },
    sm2: async (seconds) => pressApi([await stage.sm2()], { server: 'api', bodies: 'sm2', seconds }),
    async 'sm2-loop'(seconds) {
      await stage.sm2()
      return { cpuUs: await loopPressed<number>('runSm2', seconds) }
    },
    calm: async (seconds) => paceApi(MODERATE, seconds),
    'beside-sm2': besideSm2,
    'naive-distinct': async (seconds) => pressNaive('distinct', seconds),
    'naive-repeated': async (seconds) => pressNaive('repeated', seconds),
    async 'one-process'(seconds) {
      const [first] = await stage.pair()
      return await pressApi([first], { server: 'pair', bodies: 'distinct', seconds })
    },
    async 'two-processes'(seconds) {
      const [first, second] = await stage.pair()
      await second.child.ask('resume')
      const figures = await pressApi([first, second], { server: 'pair', bodies: 'distinct', seconds })
      await second.child.ask('pause')
      return figures
    },
    paced: async (seconds) => paceApi(NEAR_FULL, seconds),
    'paced-echo': async (seconds) => paceEcho(NEAR_FULL, seconds),
    'scale-small': async (seconds) =>
      pressApi([(await stage.scale()).small], { server: 'small', bodies: 'scale-small', seconds }),
    'scale-large': async (seconds) =>
      pressApi([(await stage.scale()).large], { server: 'large', bodies: 'scale-large', seconds }),
    async 'scale-load'() {
      const { ms, statusBytes } = await stage.loadLarge()
      return { ms, mib: statusBytes / 1_048_576 }
    },
  }
}

const VERIFY = '/cards/verify'
const ACCEPTED = '"verdict":"accepted"'

async function cpuOf(children: readonly Child[]): Promise<number> {
  const used = await Promise.all(children.map((child) => child.cpu()))
  return used.reduce((sum, one) => sum + one, 0)
}
