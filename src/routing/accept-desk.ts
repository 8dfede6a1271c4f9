import { requestError } from '../kernel/errors.ts'
import { isOutage } from '../kernel/outage.ts'
import { type Acceptance, acceptBatch, type DeskDeps, type Submission } from './accept-batch.ts'

/** Writes accepted messages down, many with one commit. */
export interface AcceptDesk {
  /** Resolves when the message is durable, or what stands in its way is known. */
  submit(submission: Submission): Promise<Acceptance>
  close(): Promise<void>
}

interface Waiting {
  readonly submission: Submission
  resolve(acceptance: Acceptance): void
  reject(error: unknown): void
}

/** Large enough to share one commit among all who wait, small enough that a batch is written in milliseconds. */
const BATCH = 128
const BATCH_BYTES = 4 * 1024 * 1024
/** While one batch waits for the disk, the next ones are written: where enough wait that the share of each stays small. */
const FLIGHTS = 3
const ENOUGH_FOR_ANOTHER = 4
/** More than this waiting means that the database does not keep up: the sender is told to come back. */
const MOST_WAITING = 4_096

/**
 * Nobody waits for company: a free flight takes what is there at once, and what comes meanwhile goes with the next one. So
 * a lone message costs one commit, and under load one commit serves all who came while the last was written.
 */
export function createAcceptDesk(deps: DeskDeps): AcceptDesk {
  const queue: Waiting[] = []
  const wakes = new Map<string, number>()
  const flights = new Set<Promise<void>>()
  let starting = false

  const takeBatch = (): Waiting[] => {
    let bytes = 0
    let count = 0
    while (count < queue.length && count < BATCH && (count === 0 || bytes < BATCH_BYTES)) {
      bytes += queue[count]?.submission.encrypted.length ?? 0
      count++
    }
    return queue.splice(0, count)
  }

  const start = (): void => {
    starting = false
    while (queue.length > 0 && (flights.size === 0 || (flights.size < FLIGHTS && queue.length >= ENOUGH_FOR_ANOTHER))) {
      const flight = fly(takeBatch()).finally(() => {
        flights.delete(flight)
        start()
      })
      flights.add(flight)
    }
  }

  const fly = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      settle(
        batch,
        await acceptBatch(
          { ...deps, wakes },
          batch.map((one) => one.submission),
        ),
      )
    } catch (error) {
      if (isOutage(error)) {
        const later = requestError('try-later', {
          detail: 'The database does not answer. Whether the message was stored is not known: send the same one again.',
          cause: error,
          retryAfter: 1,
        })
        for (const one of batch) one.reject(later)
        return
      }
      if (batch.length === 1) {
        batch[0]?.reject(error)
        return
      }
      // One message that the database does not take must not refuse the others.
      deps.log.error({ err: error, messages: batch.length }, 'a batch of messages failed, taking them one by one')
      for (const one of batch) await fly([one])
    }
  }

  return {
    submit(submission) {
      if (queue.length >= MOST_WAITING) {
        throw requestError('try-later', { detail: 'Too many messages wait to be stored.', retryAfter: 1 })
      }
      return new Promise((resolve, reject) => {
        queue.push({ submission, resolve, reject })
        // At the end of this turn: requests that were read together go together.
        if (!starting && flights.size < FLIGHTS) {
          starting = true
          setImmediate(start)
        }
      })
    },
    async close() {
      while (queue.length > 0 || flights.size > 0) {
        await Promise.all(flights)
        await new Promise((done) => setImmediate(done))
      }
    },
  }
}

function settle(batch: readonly Waiting[], acceptances: readonly Acceptance[]): void {
  batch.forEach((one, index) => one.resolve(acceptances[index] as Acceptance))
}
