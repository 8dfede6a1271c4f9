import { randomUUID } from 'node:crypto'
import { Agent, request } from 'undici'
import { answer } from './answer.ts'
import { BUNDLE_ID, MESSAGE_ID, PATIENT_ID, SENDERS, TIMESTAMP } from './records-route.ts'
import { percentile } from './statistics.ts'

/** Messages, each with an id of its own. */
export interface Tell {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly template: string
  readonly seconds: number
}

export interface Told {
  readonly perSecond: number
  readonly p50Ms: number
}

const PATIENTS = 1_000

/** The telling client: a process of its own. */
answer({ tell })

async function tell({ url, headers, template, seconds }: Tell): Promise<Told> {
  const agent = new Agent({ connections: SENDERS, pipelining: 1 })
  const latencies: number[] = []
  const began = performance.now()
  const until = began + seconds * 1000
  const timestamp = new Date().toISOString()
  const sender = async (): Promise<void> => {
    while (performance.now() < until) {
      const body = template
        .replace(MESSAGE_ID, randomUUID())
        .replace(BUNDLE_ID, randomUUID())
        .replaceAll(PATIENT_ID, `p${Math.floor(Math.random() * PATIENTS)}`)
        .replace(TIMESTAMP, timestamp)
      const sent = performance.now()
      const reply = await request(url, { dispatcher: agent, method: 'POST', headers, body })
      const text = await reply.body.text()
      latencies.push(performance.now() - sent)
      // A figure made of refusals would be a lie: one wrong answer ends the bench.
      if (reply.statusCode !== 200 || !text.includes('"code":"ok"')) {
        throw new Error(`status ${reply.statusCode}: ${text.slice(0, 2_000)}`)
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: SENDERS }, sender))
  } finally {
    await agent.close()
  }
  const perSecond = latencies.length / ((performance.now() - began) / 1000)
  return { perSecond, p50Ms: percentile(Float64Array.from(latencies).sort(), 0.5) }
}
