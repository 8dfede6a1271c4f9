import { type Connection, openConnection } from './connection.ts'
import type { Press, Pressed } from './press.ts'
import { percentile } from './statistics.ts'

/**
 * Presses as autocannon does (each connection sends its next request when the last is answered) with a client that costs a
 * fraction of it. Where a request costs the server less than it costs autocannon, autocannon's rate is its own.
 */
export async function pressLean(order: Press, bodies: readonly string[], from: number): Promise<Pressed> {
  const { hostname, port, host } = new URL(order.url)
  const { expect, says, path, connections, seconds } = order
  const head = Object.entries({ host, 'content-type': 'application/json', ...order.headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const latencies: number[] = []
  let sent = 0
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  const open = await Promise.all(
    Array.from({ length: connections }, () => openConnection({ hostname, port: Number(port) }, (error) => fail(error))),
  )
  const started = performance.now()
  const end = started + seconds * 1000
  let last = started
  const run = (connection: Connection): Promise<void> =>
    new Promise((done) => {
      const next = (): void => {
        const began = performance.now()
        if (began >= end) {
          done()
          return
        }
        const body = bodies[(from + sent++) % bodies.length] ?? ''
        connection.send(
          `POST ${path} HTTP/1.1\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
          (text) => {
            last = performance.now()
            if (!text.startsWith(`HTTP/1.1 ${expect} `) || !text.includes(says)) {
              fail(new Error(`${path}: an unexpected answer: ${text.slice(0, 500)}`))
              return
            }
            latencies.push(last - began)
            next()
          },
        )
      }
      next()
    })
  try {
    await Promise.race([Promise.all(open.map(run)), failed])
  } finally {
    for (const connection of open) connection.close()
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
