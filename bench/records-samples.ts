import type { Ask, Asked } from './ask.ts'
import type { Child } from './child.ts'
import type { Press, Pressed } from './press.ts'
import { HOSPITALS, LARGE_OBSERVATIONS, OBSERVATIONS } from './records-data.ts'
import { orderBodies, VALID_RESULTS } from './records-order.ts'
import { messageTemplate } from './records-route.ts'
import { hospitalAddresses, hubAddresses, largeAddresses, type RecordsStage, type Scene } from './records-stage.ts'
import { openValidateSample } from './records-validate.ts'
import type { Figures } from './row-spec.ts'
import type { Tell, Told } from './tell.ts'

export type SampleName = 'hub' | 'slowest' | 'rewrite' | 'hang' | 'large' | 'validate' | 'order' | 'route' | 'rows'

export interface Sample {
  /** A peak does not come down again: it is measured once, after everything else. */
  readonly once?: true
  take(seconds: number): Promise<Figures>
}

const CONNECTIONS = 16
const OBSERVATION = '"resourceType":"Observation"'
/** As the service's own setting has it. */
const DEADLINE_MS = 3_000
export const LARGE_AT_ONCE = 200
/** Physicians who sign an order at the same moment. */
const ORDERS_AT_ONCE = 4

export function createRecordsSamples(stage: RecordsStage): Readonly<Record<SampleName, Sample>> {
  let loaded: Promise<Scene> | undefined
  /** The usual scene, with its addresses known to the asker. */
  const usual = (): Promise<Scene> =>
    (loaded ??= (async () => {
      const scene = await stage.usual()
      const asker = await stage.asker()
      const slowest = scene.hospitals[scene.hospitals.length - 1]
      if (slowest === undefined) throw new Error('no hospitals')
      await asker.ask('load', { name: 'hub', addresses: hubAddresses(scene) })
      await asker.ask('load', { name: 'slowest', addresses: hospitalAddresses(slowest, scene) })
      // Each person once: who the patient is at each hospital is then known for minutes.
      for (let at = 0; at < scene.people.length; at += CONNECTIONS) {
        await ask(asker, {
          set: 'hub',
          headers: await headersOf(scene),
          connections: CONNECTIONS,
          seconds: undefined,
          says: OBSERVATION,
          times: HOSPITALS.length * OBSERVATIONS,
        })
      }
      return scene
    })())
  const askHub = async (
    scene: Scene,
    seconds: number | undefined,
    hospitals: number = HOSPITALS.length,
  ): Promise<Asked> =>
    await ask(await stage.asker(), {
      set: 'hub',
      headers: await headersOf(scene),
      connections: CONNECTIONS,
      seconds,
      says: OBSERVATION,
      times: hospitals * OBSERVATIONS,
    })

  return {
    hub: {
      async take(seconds) {
        const scene = await usual()
        const before = await scene.api.cpu()
        const asked = await askHub(scene, seconds)
        const cpuUs = ((await scene.api.cpu()) - before) / asked.answers
        return { p50Ms: asked.p50Ms, p99Ms: asked.p99Ms, perSecond: asked.perSecond, cpuUs }
      },
    },
    slowest: {
      async take(seconds) {
        await usual()
        const { p50Ms } = await ask(await stage.asker(), {
          set: 'slowest',
          headers: {},
          connections: CONNECTIONS,
          seconds,
          says: OBSERVATION,
          times: OBSERVATIONS,
        })
        return { p50Ms }
      },
    },
    rewrite: {
      async take(seconds) {
        const scene = await usual()
        const asker = await stage.asker()
        const order = { set: 'hub', headers: await headersOf(scene), seconds: Math.min(seconds, 2) }
        return { cpuUs: await asker.ask<number>('rewrite', order) }
      },
    },
    hang: {
      async take(seconds) {
        const scene = await usual()
        // The quickest one: without the slowest, the others would be quicker than all four.
        const [hanging] = scene.hospitals
        await hanging?.fault({ kind: 'hang', on: 'search' })
        try {
          // Everybody meets the hospital as it begins to hang, and waits for it as long as anybody ever does.
          const first = await askHub(scene, undefined, HOSPITALS.length - 1)
          const { perSecond } = await askHub(scene, seconds, HOSPITALS.length - 1)
          return { overMs: first.maxMs - DEADLINE_MS, perSecond }
        } finally {
          await hanging?.fault({ kind: 'none' })
          await untilAsked(scene)
        }
      },
    },
    large: {
      once: true,
      async take() {
        const scene = await stage.large()
        const asker = await stage.asker()
        await asker.ask('load', { name: 'large', addresses: largeAddresses(scene) })
        const restMib = await scene.api.ask<number>('peakMib')
        const asked = await ask(asker, {
          set: 'large',
          headers: await headersOf(scene),
          connections: LARGE_AT_ONCE,
          seconds: undefined,
          says: OBSERVATION,
          times: LARGE_OBSERVATIONS,
          mayFallShort: true,
        })
        return { peakMib: await scene.api.ask<number>('peakMib'), restMib, whole: asked.answers - asked.short }
      },
    },
    order: (() => {
      let ready: Promise<{ readonly scene: Scene; readonly presser: Child }> | undefined
      const opened = () =>
        (ready ??= (async () => {
          const [scene, presser] = [await stage.order(), await stage.presser()]
          await presser.ask('load', { name: 'orders', bodies: orderBodies(scene.people) })
          return { scene, presser }
        })())
      return {
        async take(seconds) {
          const { scene, presser } = await opened()
          const pressed = await presser.ask<Pressed>('press', {
            url: scene.url,
            path: '/recognition/check-order',
            headers: await headersOf(scene),
            connections: ORDERS_AT_ONCE,
            seconds,
            bodies: 'orders',
            expect: 200,
            says: '"verdict":"valid-result"',
            times: VALID_RESULTS,
          } satisfies Press)
          return { p50Ms: pressed.p50Ms, p99Ms: pressed.p99Ms, perSecond: pressed.perSecond }
        },
      }
    })(),
    route: {
      async take(seconds) {
        const scene = await usual()
        const teller = await stage.teller()
        const headers = { ...(await headersOf(scene)), 'content-type': 'application/fhir+json' }
        const url = `${scene.url}/fhir/$process-message`
        return {
          ...(await teller.ask<Told>('tell', { url, headers, template: messageTemplate(), seconds } satisfies Tell)),
        }
      },
    },
    rows: {
      async take(seconds) {
        return { perSecond: await (await stage.rows()).ask<number>('insert', seconds) }
      },
    },
    validate: (() => {
      const sample = openValidateSample()
      return { take: async (seconds) => ({ ...sample(seconds) }) }
    })(),
  }
}

const ask = (asker: Child, order: Ask): Promise<Asked> => asker.ask<Asked>('ask', order)

async function headersOf({ api, client }: Scene): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await api.ask<string>('token', client)}`, 'x-purpose-of-use': 'TREAT' }
}

/** A hospital that failed is left alone for a while; the next sample needs it again. */
async function untilAsked(scene: Scene): Promise<void> {
  const [address] = hubAddresses(scene)
  const until = performance.now() + 30_000
  for (;;) {
    const reply = await fetch(address as string, { headers: await headersOf(scene) })
    const text = await reply.text()
    if (text.split(OBSERVATION).length - 1 === HOSPITALS.length * OBSERVATIONS) return
    if (performance.now() > until) throw new Error(`the hospital was not asked again: ${text.slice(-1_000)}`)
    await new Promise((done) => setTimeout(done, 250))
  }
}
