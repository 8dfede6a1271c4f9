import type { Bench, BenchRun } from './bench.ts'
import { type Child, startChild } from './child.ts'
import type { Press, Pressed } from './press.ts'
import { programs } from './programs.ts'
import { compare, type Measured } from './row.ts'
import type { Population } from './seed.ts'

const CITY = '510100'
const PEOPLE = 1_000

/** No card comes twice within the cards that a bounded cache could remember. */
const CARDS = 50_000

/** Open connections of the pressing client, as many as `settle` has cashiers. */
const CONNECTIONS = 32

/** One measurement of one server: what the client saw and what the server's process used. */
interface Sample extends Pressed {
  readonly cpuUs: number
}

/** `POST /cards/verify` against what Fastify and node:crypto cost by themselves. */
export const verifyBench: Bench = {
  name: 'verify',
  async run({ cleanup, place, options, say }: BenchRun): Promise<readonly Measured[]> {
    const start = (program: URL): Promise<Child> => startChild(cleanup, program, place.env)
    const api = await start(programs.api)
    say('verify: loading people and cards')
    const { client, people } = await api.ask<Population>('seed', PEOPLE)
    const cards = await api.ask<readonly string[]>('cards', { city: CITY, people, count: CARDS })
    const [bare, loop, press] = [await start(programs.bare), await start(programs.loop), await start(programs.press)]
    await bare.ask('keys', await api.ask('keys', CITY))
    const bodies = cards.map((code) => JSON.stringify({ code }))
    await press.ask('load', { name: 'distinct', bodies })
    await press.ask('load', { name: 'repeated', bodies: bodies.slice(0, 1) })

    const sample = async (server: Child, path: string, set: string, seconds: number): Promise<Sample> => {
      const url = await server.ask<string>('url')
      const headers = server === api ? { authorization: `Bearer ${await api.ask<string>('token', client)}` } : {}
      const order: Press = {
        url,
        path,
        headers,
        connections: CONNECTIONS,
        seconds,
        bodies: set,
        expect: 200,
        says: '"verdict":"accepted"',
      }
      const before = await server.cpu()
      const pressed = await press.ask<Pressed>('press', order)
      // Audit events are written after the answers; their cost belongs to the requests.
      if (server === api) await api.ask('flush')
      return { ...pressed, cpuUs: ((await server.cpu()) - before) / pressed.answers }
    }
    const measure = async (seconds: number) => {
      const distinct = await sample(api, '/cards/verify', 'distinct', seconds)
      const basis = await sample(bare, '/bare', 'distinct', seconds)
      const repeated = await sample(api, '/cards/verify', 'repeated', seconds)
      const echo = await sample(bare, '/echo', 'distinct', seconds)
      // The loop runs while the client presses: two virtual processors may be one, and an idle twin makes it faster.
      const looping = loop.ask<{ rawUs: number; oursUs: number }>('run', {
        codes: cards.slice(0, 5_000),
        institution: client.institution,
        seconds,
      })
      await sample(bare, '/echo', 'distinct', seconds)
      return { distinct, basis, repeated, echo, loop: await looping }
    }
    await measure(1)
    const rounds: Awaited<ReturnType<typeof measure>>[] = []
    for (let round = 1; round <= options.rounds; round++) {
      say(`verify: round ${round} of ${options.rounds}`)
      rounds.push(await measure(options.seconds))
    }
    return rowsOf(rounds)
  },
}

interface Round {
  readonly distinct: Sample
  readonly basis: Sample
  readonly repeated: Sample
  readonly echo: Sample
  readonly loop: { readonly rawUs: number; readonly oursUs: number }
}

function rowsOf(rounds: readonly Round[]): readonly Measured[] {
  const of = (pick: (round: Round) => number): readonly number[] => rounds.map(pick)
  const cpu = { unit: 'µs CPU/request' }
  const rate = { unit: 'requests/s' }
  const latency = { unit: 'ms' }
  const basis = 'bare-verify'
  const echo = 'echo'
  return [
    compare({
      ...cpu,
      name: 'distinct',
      value: of((r) => r.distinct.cpuUs),
      limitCase: basis,
      limit: of((r) => r.basis.cpuUs),
    }),
    compare({
      ...cpu,
      name: 'repeated',
      value: of((r) => r.repeated.cpuUs),
      limitCase: echo,
      limit: of((r) => r.echo.cpuUs),
    }),
    compare({
      ...cpu,
      name: 'distinct-echo',
      value: of((r) => r.distinct.cpuUs),
      limitCase: echo,
      limit: of((r) => r.echo.cpuUs),
    }),
    compare({
      ...rate,
      name: 'distinct-rate',
      value: of((r) => r.distinct.perSecond),
      limitCase: echo,
      limit: of((r) => r.echo.perSecond),
    }),
    compare({
      name: 'distinct-rate-crypto',
      unit: 'verifications/s',
      value: of((r) => r.distinct.perSecond),
      limitCase: 'crypto-verify',
      limit: of((r) => 1e6 / r.loop.rawUs),
    }),
    compare({
      ...latency,
      name: 'distinct-p50',
      value: of((r) => r.distinct.p50Ms),
      limitCase: echo,
      limit: of((r) => r.echo.p50Ms),
    }),
    compare({
      ...latency,
      name: 'distinct-p99',
      value: of((r) => r.distinct.p99Ms),
      limitCase: echo,
      limit: of((r) => r.echo.p99Ms),
    }),
    compare({
      name: 'verify-code',
      unit: 'µs CPU/token',
      value: of((r) => r.loop.oursUs),
      limitCase: 'crypto-verify',
      limit: of((r) => r.loop.rawUs),
    }),
  ]
}
