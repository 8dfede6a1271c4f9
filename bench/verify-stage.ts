import type { PublishedJwk } from '../src/issuers/index.ts'
import type { BenchRun } from './bench.ts'
import { type Child, startChild } from './child.ts'
import { openDatabaseBeside, type Place } from './place.ts'
import { programs } from './programs.ts'
import type { CardOrder, Population } from './seed.ts'
import type { BenchClient } from './service.ts'

/** The processes and the data of the verify bench; each is made when a case first needs it. */
export interface Stage {
  /** Registers, cards and clients; the API that all cases press unless they say otherwise. */
  readonly api: () => Promise<Api>
  readonly bare: () => Promise<Child>
  readonly naive: () => Promise<{ readonly child: Child; readonly url: string }>
  /** The verifications without HTTP. */
  readonly loop: () => Promise<Child>
  /** Two processes on one port; the second one pauses until it is needed. */
  readonly pair: () => Promise<readonly [Api, Api]>
  /** The API once more, which has also heard of SM2 cards. */
  readonly sm2: () => Promise<Api>
  readonly scale: () => Promise<{ readonly small: Api; readonly large: Api; readonly place: Place }>
  /** Starts another process with the large state and says what it loaded. */
  readonly loadLarge: () => Promise<{ readonly ms: number; readonly statusBytes: number }>
  /** Clients that know all bodies. */
  readonly press: () => Promise<Child>
  readonly pressBeside: () => Promise<Child>
  readonly pace: () => Promise<Child>
}

/** An API process with those who ask it. */
export interface Api {
  readonly child: Child
  readonly clients: readonly BenchClient[]
}

const CITY = '510100'
const PEOPLE = 1_000

/** Five times what the verifier remembers: also of two processes that share them, none finds a card that it knows. */
const CARDS = 100_000
export const BATCH = 100

export function openStage({ cleanup, place, say }: Pick<BenchRun, 'cleanup' | 'place' | 'say'>): Stage {
  const start = (program: URL, at = place, env: Record<string, string> = {}): Promise<Child> =>
    startChild(cleanup, program, at, env)

  const sets = new Map<string, readonly string[]>()
  const clients: Child[] = []
  /** A set of bodies for the clients that are there and for those that come. */
  const addBodies = async (name: string, bodies: readonly string[]): Promise<void> => {
    sets.set(name, bodies)
    for (const client of clients) await client.ask('load', { name, bodies })
  }
  const client = async (program: URL): Promise<Child> => {
    const child = await start(program)
    for (const [name, bodies] of sets) await child.ask('load', { name, bodies })
    clients.push(child)
    return child
  }

  const population = once(async () => {
    say('verify: loading people and cards')
    // A process of its own, so that the measured one begins like any other.
    const filler = await start(programs.api)
    const { client: asker, people } = await filler.ask<Population>('seed', PEOPLE)
    const cards = await filler.ask<readonly string[]>('cards', { city: CITY, people, count: CARDS } satisfies CardOrder)
    await filler.stop()
    const child = await start(programs.api)
    await child.ask('warmed')
    const bodies = cards.map((code) => JSON.stringify({ code }))
    await addBodies('distinct', bodies)
    await addBodies('repeated', bodies.slice(0, 1))
    await addBodies(
      'batch',
      Array.from({ length: CARDS / BATCH }, (_, at) =>
        JSON.stringify({ items: cards.slice(at * BATCH, (at + 1) * BATCH).map((code) => ({ code })) }),
      ),
    )
    const keys = await child.ask<readonly PublishedJwk[]>('keys', CITY)
    const key = keys.find((one) => one.kid === kidOf(cards[0] ?? ''))
    if (key === undefined) throw new Error('the key of the cards is not published')
    return { api: { child, clients: [asker] }, asker, people, cards, key }
  })

  const loop = once(async () => {
    const { cards, asker } = await population()
    const child = await start(programs.loop)
    await child.ask('load', { codes: cards, institution: asker.institution })
    return child
  })

  const scale = once(async () => {
    const opened = []
    for (const size of ['small', 'large'] as const) {
      say(`verify: filling the ${size} database of scale-30m`)
      const beside = await openDatabaseBeside(place, `scale_${size}`)
      const filler = await start(programs.fill, beside)
      const { codes, clients: askers } = await filler.ask<{ codes: string[]; clients: BenchClient[] }>(size)
      await filler.stop()
      await addBodies(
        `scale-${size}`,
        codes.map((code) => JSON.stringify({ code })),
      )
      const child = await start(programs.api, beside)
      await child.ask('warmed')
      opened.push({ api: { child, clients: askers }, place: beside })
    }
    const [small, large] = opened
    if (small === undefined || large === undefined) throw new Error('two sizes were asked for')
    return { small: small.api, large: large.api, place: large.place }
  })

  return {
    api: async () => (await population()).api,
    bare: once(async () => {
      const { api, asker, cards, key } = await population()
      const authorization = `Bearer ${await api.child.ask<string>('token', asker)}`
      const ours = shower(`${await api.child.ask<string>('url')}/cards/verify`, { authorization })
      const verdict = await askOnce(ours, cards[0] ?? '')
      const child = await start(programs.bare)
      await child.ask('prepare', { keys: [key], verdict })
      await askOnce(shower(`${await child.ask<string>('url')}/bare`), cards[0] ?? '')
      return child
    }),
    naive: once(async () => {
      const { asker, cards, key } = await population()
      const child = await start(programs.naive)
      const url = await child.ask<string>('prepare', { key, institution: asker.institution })
      await askOnce(shower(`${url}/naive`), cards[0] ?? '')
      return { child, url }
    }),
    loop,
    pair: once(async () => {
      const { asker } = await population()
      const first = await start(programs.api)
      const { port } = new URL(await first.ask<string>('url'))
      const second = await start(programs.api, place, { BENCH_PORT: port })
      await second.ask('pause')
      for (const child of [first, second]) await child.ask('warmed')
      return [
        { child: first, clients: [asker] },
        { child: second, clients: [asker] },
      ] as const
    }),
    sm2: once(async () => {
      const { api, people } = await population()
      say('verify: loading SM2 cards')
      const filler = await start(programs.api)
      const order: CardOrder = { city: CITY, people, count: CARDS, alg: 'SM2-SM3' }
      const cards = await filler.ask<readonly string[]>('cards', order)
      await filler.stop()
      await addBodies(
        'sm2',
        cards.map((code) => JSON.stringify({ code })),
      )
      await (await loop()).ask('loadSm2', cards)
      return api
    }),
    scale,
    async loadLarge() {
      const child = await start(programs.api, (await scale()).place)
      const loaded = await child.ask<{ ms: number; statusBytes: number }>('loaded')
      await child.stop()
      return loaded
    },
    press: once(() => client(programs.press)),
    pressBeside: once(() => client(programs.press)),
    pace: once(() => client(programs.pace)),
  }
}

/** The first call makes it, the later ones get it. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

function kidOf(token: string): string {
  return (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid
}

type Show = (code: string) => Promise<{ verdict?: string }>

/** The real answer to a card. Who accepts a changed signature is no verifier, and nothing is compared with it. */
async function askOnce(show: Show, card: string): Promise<unknown> {
  const refused = await show(withOtherSignature(card))
  if (refused.verdict === 'accepted') throw new Error('a changed signature was accepted')
  const answer = await show(card)
  if (answer.verdict !== 'accepted') throw new Error(`a good card was not accepted: ${JSON.stringify(answer)}`)
  return answer
}

function shower(url: string, headers: Readonly<Record<string, string>> = {}): Show {
  return async (code) => {
    const body = JSON.stringify({ code })
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    return (await answer.json()) as { verdict?: string }
  }
}

/** The same card with one bit of its signature changed. */
function withOtherSignature(card: string): string {
  const end = card.lastIndexOf('.') + 1
  const signature = Buffer.from(card.slice(end), 'base64url')
  signature[10] = (signature[10] ?? 0) ^ 1
  return card.slice(0, end) + signature.toString('base64url')
}
