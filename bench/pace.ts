import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { answer } from './answer.ts'
import type { Beat } from './metronome.ts'
import { percentile } from './statistics.ts'

/** One pacing of one address: requests at fixed times, whether the earlier ones are answered or not. */
export interface Pace {
  readonly url: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly perSecond: number
  readonly seconds: number
  /** Name of a set of bodies loaded before, and where in it to begin. */
  readonly bodies: string
  readonly from: number
  /** Each request gets an `idempotency-key` of its own. */
  readonly keyed?: boolean
  readonly expect: number
  readonly says: string
}

/** Latencies count from the time at which a request was due, so a request that waits for a slow server counts. */
export interface Paced {
  readonly answers: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** How late this client itself was with sending. */
  readonly lateP99Ms: number
}

/** More than are ever in flight, so that no request waits for a connection unless the server stands still. */
const CONNECTIONS = 256

const sets = new Map<string, readonly string[]>()
let keys = 0

answer({
  load: ({ name, bodies }: { name: string; bodies: readonly string[] }) => void sets.set(name, bodies),
  pace,
})

interface Connection {
  /** Sends a request; `done` gets the whole answer, head and body. */
  send(request: string, done: (answer: string) => void): void
  close(): void
}

async function pace(order: Pace): Promise<Paced> {
  const set = sets.get(order.bodies)
  if (set === undefined || set.length === 0) throw new Error(`no bodies named ${order.bodies}`)
  const { hostname, port, host } = new URL(order.url)
  const count = Math.round(order.perSecond * order.seconds)
  const intervalNs = 1e9 / order.perSecond
  const head = Object.entries({ host, 'content-type': 'application/json', ...order.headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const latencies = new Float64Array(count)
  const late = new Float64Array(count)

  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  const idle = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => open({ hostname, port: Number(port) }, (error) => fail(error))),
  )
  const all = [...idle]
  const startNs = process.hrtime.bigint() + 20_000_000n
  const dueMs = (at: number): number => (at * intervalNs) / 1e6
  const nowMs = (): number => Number(process.hrtime.bigint() - startNs) / 1e6
  let sent = 0
  let due = 0
  let answers = 0

  const finished = new Promise<void>((done) => {
    const sendDue = (): void => {
      while (sent < due) {
        const connection = idle.pop()
        // Its time runs on; the next answer frees a connection.
        if (connection === undefined) return
        const at = sent++
        const body = set[(order.from + at) % set.length] ?? ''
        late[at] = nowMs() - dueMs(at)
        connection.send(
          `POST ${order.path} HTTP/1.1\r\n${head}${order.keyed === true ? `idempotency-key: p-${process.pid}-${keys++}\r\n` : ''}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
          (text) => {
            latencies[at] = nowMs() - dueMs(at)
            if (!text.startsWith(`HTTP/1.1 ${order.expect} `) || !text.includes(order.says)) {
              fail(new Error(`${order.path}: an unexpected answer: ${text.slice(0, 500)}`))
            }
            idle.push(connection)
            if (++answers === count) done()
            else sendDue()
          },
        )
      }
    }
    const beats = new Int32Array(new SharedArrayBuffer(4))
    const beat: Beat = { startNs, intervalNs, count, beats }
    new Worker(new URL('./metronome.ts', import.meta.url), { workerData: beat })
      .on('message', () => {
        due = Atomics.load(beats, 0)
        sendDue()
      })
      .on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))))
  })
  try {
    await Promise.race([finished, failed])
  } finally {
    for (const connection of all) connection.close()
  }
  const sorted = latencies.sort()
  return {
    answers,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: percentile(sorted, 1),
    lateP99Ms: percentile(late.sort(), 0.99),
  }
}

/**
 * A bare HTTP/1.1 connection without pipelining. It knows only answers with a stated length: ours and the echo's are
 * such, and a client that costs little disturbs the server little.
 */
function open(to: { hostname: string; port: number }, onFault: (error: Error) => void): Promise<Connection> {
  return new Promise((ready) => {
    let waiting: ((answer: string) => void) | undefined
    let text = ''
    let closed = false
    const socket = connect(to.port, to.hostname, () =>
      ready({
        send(request, done) {
          waiting = done
          socket.write(request)
        },
        close() {
          closed = true
          socket.destroy()
        },
      }),
    )
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      // Latin-1 keeps one character for each byte, as `content-length` counts.
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, end + 2))?.[1]
      if (length === undefined) onFault(new Error('an answer without content-length'))
      else if (text.length >= end + 4 + Number(length)) {
        const done = waiting
        const whole = text
        waiting = undefined
        text = ''
        if (done === undefined) onFault(new Error('an answer that nobody asked for'))
        else done(whole)
      }
    })
    socket.on('error', onFault)
    socket.on('close', () => {
      if (!closed) onFault(new Error('the server closed a connection'))
    })
  })
}
