import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { inTx } from '../kernel/tx.ts'
import { type CheckDeps, type SentBill } from './check-sent-bill.ts'
import type { News } from './news.ts'
import {
  acceptClaims,
  audit,
  findEarlier,
  type Keyed,
  type Submission,
  type Submitted,
  toSubmission,
} from './submit-claim.ts'

/** Where claims are handed in: those that arrive while others are being written are written together. */
export interface SubmitDesk {
  submit(keyed: Keyed, sent: SentBill): Promise<Submitted>
  /** What is not sent yet is sent by the next relay of any process. */
  close(): void
}

export type DeskDeps = Pick<Deps, 'db' | 'outbox'> & CheckDeps & { readonly news: News }

/** Most claims of one transaction, and transactions at a time: the one writes while the other collects. */
const MOST = 200
const AT_A_TIME = 2

/** Pause before the jobs of accepted claims are sent. */
const JOBS_MS = 50

interface Waiting {
  readonly submission: Submission
  done(submitted: Submitted): void
  fail(error: unknown): void
}

export function createSubmitDesk(deps: DeskDeps): SubmitDesk {
  const queue: Waiting[] = []
  let running = 0
  let waking: NodeJS.Timeout | undefined

  // The workers have heard; the jobs are for those who have not, and many are sent together.
  const wakeSoon = (): void => {
    waking ??= setTimeout(() => {
      waking = undefined
      deps.outbox.wake()
    }, JOBS_MS)
  }

  const accept = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const outcomes = await inTx(deps.db, (tx) =>
        acceptClaims(
          tx,
          deps,
          batch.map((one) => one.submission),
        ),
      )
      if (outcomes.some((one) => !(one instanceof AppError) && !one.replayed)) {
        deps.news.submitted()
        wakeSoon()
      }
      for (const [at, one] of batch.entries()) {
        const outcome = outcomes[at]
        if (outcome === undefined || outcome instanceof AppError) one.fail(outcome)
        else one.done(outcome)
      }
    } catch (error) {
      // One that cannot be written must not take the others with it.
      if (batch.length === 1 || (error instanceof AppError && error.retryable)) for (const one of batch) one.fail(error)
      else for (const one of batch) await accept([one])
    }
  }

  const serve = (): void => {
    // A second transaction only for a full house: two small ones cost more than one.
    if (queue.length === 0 || running >= AT_A_TIME || (running > 0 && queue.length < MOST)) return
    running++
    void accept(queue.splice(0, MOST)).finally(() => {
      running--
      serve()
    })
    serve()
  }

  return {
    async submit(keyed, sent) {
      let submission: Submission
      try {
        submission = toSubmission(deps, keyed, sent)
      } catch (error) {
        // A repeat gets its answer even where the register or the catalogue has changed since.
        const earlier = await findEarlier(deps.db, keyed, 'claim')
        if (earlier === undefined) throw error
        await audit(deps.db, deps, keyed, { action: 'settlement.repeat-claim', ...earlier })
        return { ...earlier, replayed: true }
      }
      return await new Promise<Submitted>((done, fail) => {
        queue.push({ submission, done, fail })
        // Requests that were read in the same turn of the loop come together.
        if (queue.length === 1) setImmediate(serve)
      })
    },
    close: () => clearTimeout(waking),
  }
}
