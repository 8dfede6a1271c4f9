import { type AuditEvent, appendAudits, isFit } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'

/**
 * The audit events of verifications, written in batches: a verification waits for no write. What it discloses is a
 * masked name; up to `EVERY_MS` of such events can be lost with a process that is killed, and while the log cannot be
 * written the buffer fills up and `hasRoom` says no: then nothing more is verified.
 */
export interface VerificationAudit {
  hasRoom(): boolean
  /** False from half of that on: a list of codes waits then, so that whoever shows one at a counter need not. */
  hasRoomForLists(): boolean
  record(event: AuditEvent): void
  /** Writes what is waiting. */
  flush(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 100
/** Small, so that writing them out never holds up the answers for long; larger where many wait, which the database likes. */
const BATCH = 200
const MOST_AT_A_TIME = 2_000
/** Of what waits, the part that goes out at a time. */
const SHARE = 8
const MAX_WAITING = 20_000

export function openVerificationAudit(deps: Pick<Deps, 'db' | 'clock' | 'log'>): VerificationAudit {
  const waiting: AuditEvent[] = []
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const size = Math.min(MOST_AT_A_TIME, Math.max(BATCH, Math.ceil(waiting.length / SHARE)))
      const batch = waiting.slice(0, size)
      await writeBatch(batch)
      // Taken out after the commit only: a failed write leaves them waiting.
      waiting.splice(0, batch.length)
    }
  }

  const writeBatch = async (batch: readonly AuditEvent[]): Promise<void> => {
    try {
      await appendAudits(deps.db, batch, deps.clock)
    } catch (error) {
      if (!isUnfit(error)) throw error
      // One event that the log does not take, tried again for ever, would end all verifying: that one goes in without
      // what the caller or the card could choose.
      deps.log.error({ err: error }, 'an audit event of a verification is written without its free texts')
      const fit = batch.map((event) => (isFit(event) ? event : withoutFreeTexts(event)))
      await appendAudits(deps.db, fit, deps.clock)
    }
  }

  const flush = async (): Promise<void> => {
    while (running !== undefined) await running.catch(() => undefined)
    running = write().finally(() => {
      running = undefined
    })
    await running
  }

  const schedule = (): void => {
    if (closed || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      flush()
        .catch((error: unknown) => deps.log.error({ err: error }, 'audit of verifications could not be written'))
        .finally(() => {
          if (waiting.length > 0) schedule()
        })
    }, EVERY_MS)
  }

  return {
    hasRoom: () => waiting.length < MAX_WAITING,
    hasRoomForLists: () => waiting.length < MAX_WAITING / 2,
    record(event) {
      waiting.push(event)
      schedule()
    },
    flush,
    async close() {
      closed = true
      clearTimeout(timer)
      await flush()
    },
  }
}

const isUnfit = (error: unknown): boolean => error instanceof AppError && error.code === 'audit.event-invalid'

function withoutFreeTexts({
  targetId: _target,
  requestId: _id,
  sourceAddress: _address,
  ...event
}: AuditEvent): AuditEvent {
  return event
}
