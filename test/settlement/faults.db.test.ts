import { describe, expect, test } from 'vitest'
import { runSettleFaults } from '../../src/sandbox/index.ts'
import { queueBackend } from '../support/redis.ts'

const CLAIMS = 600
const KILLS = 8

describe('settlements while everything breaks', () => {
  test('are neither lost nor doubled, and every sum holds to the fen', async () => {
    const said: string[] = []
    const report = await runSettleFaults({
      claims: CLAIMS,
      kills: KILLS,
      repeats: 200,
      queue: queueBackend,
      say: (line) => said.push(line),
    })
    expect(report, said.join('\n')).toMatchObject({
      accepted: CLAIMS,
      pending: 0,
      broken: {},
      faults: [],
      kills: { api: KILLS / 2, worker: KILLS / 2 },
      postgresRestarts: 1,
      repeats: { sent: 200, differentAnswers: 1 },
    })
    expect(report.settled + report.refused).toBe(CLAIMS)
    // Both verdicts and reversals were among them, or the run proves less than it says.
    expect(Math.min(report.settled, report.refused, report.reversed, report.clockJumps)).toBeGreaterThan(0)
    if (queueBackend === 'redis') expect(report.redisEmptied).toBeGreaterThan(0)
  }, 300_000)
})
