import type { Child } from './child.ts'
import type { Looped } from './loop-verify.ts'
import type { Pace, Paced } from './pace.ts'
import type { Press, Pressed } from './press.ts'
import { spreadOf } from './statistics.ts'
import { type Api, BATCH, type Stage } from './verify-stage.ts'

/** Open connections of the pressing client, as many as `settle` has cashiers. */
const CONNECTIONS = 32
/** Of the client that keeps the SM2 verification busy beside another one: more than it has threads. */
const CONNECTIONS_BESIDE = 8

/** Shares of the highest rate at which latencies are measured. */
const NEAR_FULL = 0.7
const MODERATE = 0.3

/** The figures of one measurement; which ones, its sample knows. */
export type Figures = Readonly<Record<string, number>>

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

  const press = async (order: Omit<Press, 'connections' | 'expect' | 'says'>) =>
    await (await stage.press()).ask<Pressed>('press', {
      connections: CONNECTIONS,
      expect: 200,
      says: ACCEPTED,
      ...order,
    })

  /** Presses an API; CPU of all its processes, with the writing of the audit events, which comes after the answers. */
  const pressApi = async (
    apis: readonly [Api, ...Api[]],
    seconds: number,
    what: { path: string; bodies: string; times?: number },
  ) => {
    const [first] = apis
    const url = await first.child.ask<string>('url')
    const askers = await authorizations(first)
    const alone = askers.length === 1 ? askers[0] : undefined
    const who = alone === undefined ? { headers: {}, askers } : { headers: { authorization: alone } }
    const before = await cpuOf(apis)
    const pressed = await press({ url, seconds, ...who, ...what })
    for (const { child } of apis) await child.ask('flush')
    return { ...pressed, cpuUs: ((await cpuOf(apis)) - before) / pressed.answers }
  }

  const pressOther = async (child: Child, url: string, seconds: number, what: { path: string; bodies: string }) => {
    const before = await child.cpu()
    const pressed = await press({ url, seconds, headers: {}, ...what })
    return { ...pressed, cpuUs: ((await child.cpu()) - before) / pressed.answers }
  }

  const pressBare = async (path: string, bodies: string, seconds: number) => {
    const bare = await stage.bare()
    return await pressOther(bare, await bare.ask<string>('url'), seconds, { path, bodies })
  }

  const pressNaive = async (bodies: string, seconds: number) => {
    const { child, url } = await stage.naive()
    return await pressOther(child, url, seconds, { path: '/naive', bodies })
  }

  const rateOf = (share: number): number => share * spreadOf(rates()).median

  const pace = async (order: Omit<Pace, 'expect' | 'says' | 'bodies'>): Promise<Figures> => {
    const paced = await (await stage.pace()).ask<Paced>('pace', {
      expect: 200,
      says: ACCEPTED,
      bodies: 'distinct',
      ...order,
    })
    return { ...paced, perSecond: order.perSecond }
  }

  const paceApi = async (perSecond: number, seconds: number): Promise<Figures> => {
    const api = await stage.api()
    const [authorization = ''] = await authorizations(api)
    const url = await api.child.ask<string>('url')
    const figures = await pace({ url, path: VERIFY, headers: { authorization }, perSecond, seconds })
    await api.child.ask('flush')
    return figures
  }

  /** A loop in a process of its own, while the client presses the echo: two virtual processors may be one. */
  const loopPressed = async <T>(verb: string, seconds: number): Promise<T> => {
    const looping = (await stage.loop()).ask<T>(verb, seconds)
    const [figures] = await Promise.all([looping, pressBare('/echo', 'distinct', seconds)])
    return figures
  }

  return {
    distinct: async (seconds) => pressApi([await stage.api()], seconds, { path: VERIFY, bodies: 'distinct' }),
    repeated: async (seconds) => pressApi([await stage.api()], seconds, { path: VERIFY, bodies: 'repeated' }),
    'bare-verify': async (seconds) => pressBare('/bare', 'distinct', seconds),
    echo: async (seconds) => pressBare('/echo', 'distinct', seconds),
    loop: async (seconds) => ({ ...(await loopPressed<Looped>('run', seconds)) }),
    async batch(seconds) {
      const batches = { path: '/cards/verify-batch', bodies: 'batch', times: BATCH }
      const pressed = await pressApi([await stage.api()], seconds, batches)
      return { ...pressed, cpuUs: pressed.cpuUs / BATCH }
    },
    sm2: async (seconds) => pressApi([await stage.sm2()], seconds, { path: VERIFY, bodies: 'sm2' }),
    'sm2-loop': async (seconds) => ({ cpuUs: await loopPressed<number>('runSm2', seconds) }),
    calm: async (seconds) => paceApi(rateOf(MODERATE), seconds),
    async 'beside-sm2'(seconds) {
      const api = await stage.sm2()
      const beside = (await stage.pressBeside()).ask<Pressed>('press', {
        url: await api.child.ask<string>('url'),
        path: VERIFY,
        headers: { authorization: (await authorizations(api))[0] ?? '' },
        bodies: 'sm2',
        connections: CONNECTIONS_BESIDE,
        seconds: seconds + 2,
        expect: 200,
        says: ACCEPTED,
      } satisfies Press)
      await new Promise((done) => setTimeout(done, 1_000))
      const figures = await paceApi(rateOf(MODERATE), seconds)
      return { ...figures, sm2PerSecond: (await beside).perSecond }
    },
    'naive-distinct': async (seconds) => pressNaive('distinct', seconds),
    'naive-repeated': async (seconds) => pressNaive('repeated', seconds),
    async 'one-process'(seconds) {
      const [first, second] = await stage.pair()
      await second.child.ask('pause')
      return await pressApi([first], seconds, { path: VERIFY, bodies: 'distinct' })
    },
    async 'two-processes'(seconds) {
      const [first, second] = await stage.pair()
      await second.child.ask('resume')
      const figures = await pressApi([first, second], seconds, { path: VERIFY, bodies: 'distinct' })
      await second.child.ask('pause')
      return figures
    },
    paced: async (seconds) => paceApi(rateOf(NEAR_FULL), seconds),
    async 'paced-echo'(seconds) {
      const url = await (await stage.bare()).ask<string>('url')
      return await pace({ url, path: '/echo', headers: {}, perSecond: rateOf(NEAR_FULL), seconds })
    },
    'scale-small': async (seconds) =>
      pressApi([(await stage.scale()).small], seconds, { path: VERIFY, bodies: 'scale-small' }),
    'scale-large': async (seconds) =>
      pressApi([(await stage.scale()).large], seconds, { path: VERIFY, bodies: 'scale-large' }),
    async 'scale-load'() {
      const { ms, statusBytes } = await stage.loadLarge()
      return { ms, mib: statusBytes / 1_048_576 }
    },
  }
}

const VERIFY = '/cards/verify'
const ACCEPTED = '"verdict":"accepted"'

async function cpuOf(apis: readonly Api[]): Promise<number> {
  const used = await Promise.all(apis.map(({ child }) => child.cpu()))
  return used.reduce((sum, one) => sum + one, 0)
}
