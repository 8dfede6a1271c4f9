import type { Capture } from './capture.ts'
import { expectSoon } from './expect.ts'
import type { PathFact } from './facts.ts'

/**
 * Where the time of one settlement went, from the log lines of the API and of the worker: each line carries when it was
 * written and how long its work took. The worker's transaction includes the posting in the ledger.
 */
export async function readPath(
  capture: Capture,
  request: { readonly requestId: string; readonly ms: number },
): Promise<PathFact> {
  return await expectSoon('log lines of the settlement', { withinMs: 3_000, everyMs: 20 }, async () => {
    const lines = capture.logLines()
    const api = lines.find((line) => line.requestId === request.requestId && line.msg === 'request')
    const arrived = api && Date.parse(api.time) - (api.ms ?? 0)
    const job = lines.find(
      (line) =>
        line.msg === 'job' &&
        line.verb === 'settlement.claim-submitted' &&
        arrived !== undefined &&
        Date.parse(line.time) >= Math.floor(arrived),
    )
    if (api?.ms === undefined || arrived === undefined || job?.ms === undefined) return { came: 'no such lines' }
    const jobStartMs = Math.max(0, Date.parse(job.time) - job.ms - arrived)
    return { done: { clientMs: request.ms, apiMs: api.ms, jobStartMs, jobMs: job.ms } }
  })
}
