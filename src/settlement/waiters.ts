import type { Deps } from '../kernel/deps.ts'
import type { News } from './news.ts'
import { type AnsweredClaim, readAnswers } from './result-store.ts'
import type { ClaimRef } from './types.ts'

/** Callers of this process that wait for answers. They share one query, however many they are. */
export interface Waiters {
  /** The claim with its answer, or undefined when the time is over. */
  wait(ref: ClaimRef, ms: number): Promise<AnsweredClaim | undefined>
  /** Makes them look now; answers of this process need no announcement. */
  look(): void
  close(): Promise<void>
}

/** Waits for the answers of several claims at once; those that are not there in time are left out. */
export async function awaitAnswer(waiters: Waiters, refs: readonly ClaimRef[], ms: number): Promise<AnsweredClaim[]> {
  const answers = await Promise.all(refs.map((ref) => waiters.wait(ref, ms)))
  return answers.filter((one) => one !== undefined)
}

/** Pause between two looks of a process that hears of no answers: announcements make it look at once. */
const LOOK_MS = 100

/** Claims asked for in one query. */
const MOST = 2000

interface Entry {
  readonly ref: ClaimRef
  readonly waiting: Set<(answer: AnsweredClaim | undefined) => void>
}

export function createWaiters(deps: Pick<Deps, 'db' | 'log'> & { readonly news: Pick<News, 'onAnswered'> }): Waiters {
  const entries = new Map<string, Entry>()
  let looking: Promise<void> | undefined
  let again = false
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const look = async (): Promise<void> => {
    const refs = [...entries.values()].slice(0, MOST).map((entry) => entry.ref)
    for (const answer of await readAnswers(deps.db, refs, { answeredOnly: true })) {
      const entry = entries.get(answer.claimId)
      entries.delete(answer.claimId)
      for (const tell of entry?.waiting ?? []) tell(answer)
    }
  }

  // An announcement during a look may be of an answer that the look did not see: one more after it.
  const lookNow = (): void => {
    again = true
    if (looking !== undefined || entries.size === 0 || closed) return
    clearTimeout(timer)
    looking = (async () => {
      while (again && entries.size > 0 && !closed) {
        again = false
        await look()
      }
    })()
      // The waiting callers end with 202 at their time limit; the claim goes on without them.
      .catch((error: unknown) => deps.log.warn({ err: error }, 'answers could not be read'))
      .finally(() => {
        looking = undefined
        lookLater()
      })
  }

  const lookLater = (): void => {
    clearTimeout(timer)
    if (entries.size > 0 && !closed) timer = setTimeout(lookNow, LOOK_MS)
  }

  const unsubscribe = deps.news.onAnswered(lookNow)

  return {
    async wait(ref, ms) {
      if (closed || ms <= 0) return undefined
      return await new Promise((resolve) => {
        const entry = entries.get(ref.claimId) ?? { ref, waiting: new Set() }
        entries.set(ref.claimId, entry)
        const timeout = setTimeout(() => {
          entry.waiting.delete(tell)
          if (entry.waiting.size === 0 && entries.get(ref.claimId) === entry) entries.delete(ref.claimId)
          resolve(undefined)
        }, ms)
        const tell = (answer: AnsweredClaim | undefined): void => {
          clearTimeout(timeout)
          resolve(answer)
        }
        entry.waiting.add(tell)
        if (entries.size === 1 && looking === undefined) lookLater()
      })
    },
    look: lookNow,
    async close() {
      closed = true
      clearTimeout(timer)
      await unsubscribe()
      for (const entry of entries.values()) for (const tell of entry.waiting) tell(undefined)
      entries.clear()
      await looking
    },
  }
}
