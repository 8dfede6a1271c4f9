import { announce, type ChangeFeed } from '../kernel/change-feed.ts'
import type { Deps } from '../kernel/deps.ts'
import { ANSWERED_NEWS, SUBMITTED_NEWS } from './topics.ts'

/**
 * Words between the processes that accept claims and those that settle them. They only save waiting: the rows are the
 * truth, and whoever misses a word looks at its own pace.
 */
export interface News {
  submitted(): void
  answered(): void
  onSubmitted(wake: () => void): () => Promise<void>
  onAnswered(wake: () => void): () => Promise<void>
  /** Resolves when no word is under way. */
  settled(): Promise<void>
}

export function createNews(deps: Pick<Deps, 'db' | 'log'> & { readonly changes: ChangeFeed }): News {
  const sending = new Map<string, Promise<void>>()
  const again = new Set<string>()

  // After the commit and in a transaction of its own: a notification holds one lock of the whole server while its
  // transaction commits, and this one has nothing to write to disk.
  const tell = (area: string): void => {
    if (sending.has(area)) {
      again.add(area)
      return
    }
    const told = announce(deps.db, area)
      .catch((error: unknown) => deps.log.warn({ err: error }, 'news of settlement could not be told'))
      .finally(() => {
        sending.delete(area)
        if (again.delete(area)) tell(area)
      })
    sending.set(area, told)
  }

  return {
    submitted: () => tell(SUBMITTED_NEWS),
    answered: () => tell(ANSWERED_NEWS),
    onSubmitted: (wake) => deps.changes.subscribe(SUBMITTED_NEWS, wake),
    onAnswered: (wake) => deps.changes.subscribe(ANSWERED_NEWS, wake),
    async settled() {
      while (sending.size > 0) await Promise.all(sending.values())
    },
  }
}
