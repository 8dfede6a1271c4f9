import type { Deps } from '../kernel/deps.ts'
import { type AnsweredClaim, readAnswers } from './result-store.ts'
import type { ClaimRef } from './types.ts'

/** Callers of this process that wait for answers. They share one query, however many they are. */
export interface Waiters {
  /** The claim with its answer, or undefined when the time is over. */
  wait(ref: ClaimRef, ms: number): Promise<AnsweredClaim | undefined>
  close(): Promise<void>
}

/** Waits for the answers of several claims at once; those that are not there in time are left out. */
export async function awaitAnswer(waiters: Waiters, refs: readonly ClaimRef[], ms: number): Promise<AnsweredClaim[]> {
  const answers = await Promise.all(refs.map((ref) => waiters.wait(ref, ms)))
  return answers.filter((one) => one !== undefined)
}

/** Pause between two looks: small beside a settlement, and at most a hundred indexed queries a second for a process. */
const LOOK_MS = 10

/** Claims asked for in one query. */
const MOST = 2000

interface Entry {
  readonly ref: ClaimRef
  readonly waiting: Set<(answer: AnsweredClaim | undefined) => void>
}

export function createWaiters(deps: Pick<Deps, 'db' | 'log'>): Waiters {
  const entries = new Map<string, Entry>()
  let polling: Promise<void> | undefined
  let closed = false

  const look = async (): Promise<void> => {
    const refs = [...entries.values()].slice(0, MOST).map((entry) => entry.ref)
    for (const answer of await readAnswers(deps.db, refs, { answeredOnly: true })) {
      const entry = entries.get(answer.claimId)
      entries.delete(answer.claimId)
      for (const tell of entry?.waiting ?? []) tell(answer)
    }
  }

  const poll = async (): Promise<void> => {
    while (entries.size > 0 && !closed) {
      try {
        await look()
      } catch (error) {
        // The waiting callers end with 202 at their time limit; the claim goes on without them.
        deps.log.warn({ err: error }, 'answers could not be read')
      }
      if (entries.size > 0) await new Promise((done) => setTimeout(done, LOOK_MS))
    }
    // In the same step as the loop's end: whoever comes later finds no loop and starts one.
    polling = undefined
  }

  return {
    async wait(ref, ms) {
      if (closed || ms <= 0) return undefined
      return await new Promise((resolve) => {
        const entry = entries.get(ref.claimId) ?? { ref, waiting: new Set() }
        entries.set(ref.claimId, entry)
        const timer = setTimeout(() => {
          entry.waiting.delete(tell)
          if (entry.waiting.size === 0 && entries.get(ref.claimId) === entry) entries.delete(ref.claimId)
          resolve(undefined)
        }, ms)
        const tell = (answer: AnsweredClaim | undefined): void => {
          clearTimeout(timer)
          resolve(answer)
        }
        entry.waiting.add(tell)
        polling ??= poll()
      })
    },
    async close() {
      closed = true
      for (const entry of entries.values()) for (const tell of entry.waiting) tell(undefined)
      entries.clear()
      await polling
    },
  }
}
