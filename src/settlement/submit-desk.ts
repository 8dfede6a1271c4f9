import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { createGatherer } from '../kernel/gather.ts'
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

/** Pause before the jobs of accepted claims are sent. */
const JOBS_MS = 50

export function createSubmitDesk(deps: DeskDeps): SubmitDesk {
  let waking: NodeJS.Timeout | undefined

  // The workers have heard; the jobs are for those who have not, and many are sent together.
  const wakeSoon = (): void => {
    waking ??= setTimeout(() => {
      waking = undefined
      deps.outbox.wake()
    }, JOBS_MS)
  }

  const claims = createGatherer<Submission, Submitted>({
    most: 200,
    atATime: 2,
    async work(submissions) {
      const outcomes = await inTx(deps.db, (tx) => acceptClaims(tx, deps, submissions))
      if (outcomes.some((one) => !(one instanceof AppError) && !one.replayed)) {
        deps.news.submitted()
        wakeSoon()
      }
      return outcomes
    },
    concernsAll: (error) => error instanceof AppError && error.retryable,
  })

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
      return await claims.add(submission)
    },
    close: () => clearTimeout(waking),
  }
}
