import { Agent, request } from 'undici'
import { answer } from './answer.ts'
import { percentile } from './statistics.ts'

/** Questions by GET: over and over for some seconds, or each of them once. */
export interface Ask {
  /** Name of a set of addresses loaded before; they are asked one after the other, round and round. */
  readonly set: string
  readonly headers: Readonly<Record<string, string>>
  /** Questions at once. */
  readonly connections: number
  /** How long; undefined: so many questions as there are connections, all at once. */
  readonly seconds: number | undefined
  /** Every answer contains this so often: one that lacks records is no success. */
  readonly says: string
  readonly times: number
  /** An answer that names hospitals as failed instead is counted apart and ends nothing: for what is meant to be too much. */
  readonly mayFallShort?: boolean
}

export interface Asked {
  readonly answers: number
  /** Answers that lack records and say so. */
  readonly short: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Mean length of an answer. */
  readonly bytes: number
}

const sets = new Map<string, { readonly addresses: readonly string[]; next: number }>()

/** The asking client: a process of its own. */
answer({
  load: ({ name, addresses }: { name: string; addresses: readonly string[] }) =>
    void sets.set(name, { addresses, next: 0 }),
  ask,
  /** What the same bytes cost when they are only read and written: processor time of one answer, in microseconds. */
  rewrite: async ({ set, headers, seconds }: Pick<Ask, 'set' | 'headers'> & { readonly seconds: number }) => {
    const url = sets.get(set)?.addresses[0]
    if (url === undefined) throw new Error(`no addresses named ${set}`)
    const reply = await request(url, { headers })
    return rewriteCost(await reply.body.text(), seconds)
  },
})

async function ask(order: Ask): Promise<Asked> {
  const set = sets.get(order.set)
  if (set === undefined) throw new Error(`no addresses named ${order.set}`)
  const agent = new Agent({
    connections: order.connections,
    pipelining: 1,
    headersTimeout: 120_000,
    bodyTimeout: 120_000,
  })
  const latencies: number[] = []
  let bytes = 0
  let short = 0
  const began = performance.now()
  const until = order.seconds === undefined ? 0 : began + order.seconds * 1000
  const worker = async (): Promise<void> => {
    do {
      const url = set.addresses[set.next++ % set.addresses.length] as string
      const sent = performance.now()
      const reply = await request(url, { dispatcher: agent, headers: order.headers })
      const body = Buffer.from(await reply.body.arrayBuffer())
      latencies.push(performance.now() - sent)
      bytes += body.byteLength
      if (!isWhole(reply.statusCode, body, order, url)) short++
    } while (performance.now() < until)
  }
  try {
    await Promise.all(Array.from({ length: order.connections }, worker))
  } finally {
    await agent.close()
  }
  const took = (performance.now() - began) / 1000
  const sorted = Float64Array.from(latencies).sort()
  return {
    answers: sorted.length,
    short,
    perSecond: sorted.length / took,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: sorted.at(-1) as number,
    bytes: bytes / sorted.length,
  }
}

/** A figure made of failures would be a lie: one wrong answer ends the bench. */
function isWhole(status: number, body: Buffer, { says, times, mayFallShort }: Ask, url: string): boolean {
  let count = 0
  for (let at = body.indexOf(says); at >= 0; at = body.indexOf(says, at + says.length)) count++
  if (status === 200 && count === times) return true
  if (mayFallShort === true && body.includes('"resourceType":"OperationOutcome"')) return false
  const { pathname } = new URL(url)
  throw new Error(`${pathname}: status ${status}, ${count} of ${times} times ${says}: ${body.toString().slice(-2_000)}`)
}

function rewriteCost(text: string, seconds: number): number {
  let count = 0
  let length = 0
  const before = process.cpuUsage()
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    length += JSON.stringify(JSON.parse(text)).length
    count++
  }
  const { user, system } = process.cpuUsage(before)
  if (length === 0) throw new Error('nothing was written')
  return (user + system) / count
}
