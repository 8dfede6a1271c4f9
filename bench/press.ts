import autocannon from 'autocannon'
import { answer } from './answer.ts'
import { percentile } from './statistics.ts'

/** One pressing of one address. */
export interface Press {
  readonly url: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly seconds: number
  /** Name of a set of bodies loaded before; they are sent one after the other, round and round. */
  readonly bodies: string
  /** Where in the set to begin; where nothing is said, after the last body that was sent. */
  readonly from?: number
  /** Each request gets an `idempotency-key` of its own. */
  readonly keyed?: boolean
  /** The only status that counts as an answer. */
  readonly expect: number
  /** Every answer contains this: a refusal with status 200 is no success either. */
  readonly says: string
  /** How often each answer says it; once where nothing is said. */
  readonly times?: number
  /** `authorization` headers that the requests have in turn. */
  readonly askers?: readonly string[]
}

export interface Pressed {
  readonly answers: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Bodies sent, also those whose answer was not waited for. */
  readonly sent: number
}

const sets = new Map<string, { readonly bodies: readonly string[]; next: number }>()
let keys = 0

/** The pressing client: a process of its own, the same one for every case of a run. */
answer({
  load: ({ name, bodies }: { name: string; bodies: readonly string[] }) => void sets.set(name, { bodies, next: 0 }),
  press,
})

async function press(order: Press): Promise<Pressed> {
  const set = sets.get(order.bodies)
  if (set === undefined || set.bodies.length === 0) throw new Error(`no bodies named ${order.bodies}`)
  const latencies: number[] = []
  const others = new Map<number, number>()
  const { bodies } = set
  const { from = set.next, askers } = order
  let sent = 0
  let started = 0
  let last = 0
  const result = await new Promise<autocannon.Result>((done, fail) => {
    const instance = autocannon(
      {
        url: order.url,
        connections: order.connections,
        duration: order.seconds,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...order.headers },
        verifyBody: (body) => says(String(body), order),
        requests: [
          {
            path: order.path,
            setupRequest(request) {
              const at = from + sent++
              request.body = bodies[at % bodies.length]
              if (askers !== undefined)
                request.headers = { ...request.headers, authorization: askers[at % askers.length] }
              if (order.keyed === true)
                request.headers = { ...request.headers, 'idempotency-key': `b-${process.pid}-${keys++}` }
              return request
            },
          },
        ],
      },
      (error: unknown, answered) => (error ? fail(error as Error) : done(answered)),
    )
    instance.on('response', (_client, status, _bytes, ms) => {
      last = performance.now()
      if (status === order.expect) latencies.push(ms)
      else others.set(status, (others.get(status) ?? 0) + 1)
    })
    started = performance.now()
  })
  set.next = from + sent
  // A figure made of refusals would be a lie: one wrong answer ends the bench.
  if (others.size > 0 || result.errors > 0 || result.mismatches > 0) {
    const counts = [...others].map(([status, count]) => `${count} with status ${status}`)
    const faults = [...counts, `${result.errors} connection errors`, `${result.mismatches} unexpected bodies`]
    throw new Error(`${order.path}: ${faults.join(', ')}; ${latencies.length} answers with status ${order.expect}`)
  }
  const sorted = Float64Array.from(latencies).sort()
  return {
    answers: sorted.length,
    perSecond: sorted.length / ((last - started) / 1000),
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    sent,
  }
}

function says(body: string, { says: text, times = 1 }: Press): boolean {
  return times === 1 ? body.includes(text) : body.split(text).length === times + 1
}
