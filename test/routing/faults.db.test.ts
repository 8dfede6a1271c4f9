import { describe, expect, test } from 'vitest'
import { runRoutingFaults } from '../../src/sandbox/index.ts'
import { queueBackend } from '../support/redis.ts'

const MESSAGES = 500
const KILLS = 6

describe('messages while everything breaks', () => {
  test('arrive, each at least once and in order for its patient at its destination, and none is lost', async () => {
    const said: string[] = []
    const report = await runRoutingFaults({
      messages: MESSAGES,
      kills: KILLS,
      queue: queueBackend,
      say: (line) => said.push(line),
    })
    expect(report, said.join('\n')).toMatchObject({
      accepted: MESSAGES,
      delivered: MESSAGES,
      lost: [],
      outOfOrder: [],
      unfinished: 0,
      faults: [],
      kills: { api: KILLS / 2, worker: KILLS / 2 },
      postgresRestarts: 1,
    })
    if (queueBackend === 'redis') expect(report.redisEmptied).toBeGreaterThan(0)
    // Some attempts failed, or the hospitals did not flap while anything was on its way.
    expect(report.attempts).toBeGreaterThan(MESSAGES)
  }, 300_000)
})
