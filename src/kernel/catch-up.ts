import type { ChangeFeed } from './change-feed.ts'

/** Keeps a copy in memory close to the database: reads what changed at a fixed pace and when told to. */
export interface CatchUp {
  /** Resolves when a read that began after this call has ended, so that the caller's own commit is in the copy. */
  refresh(): Promise<void>
  /** Milliseconds since the last successful read began. */
  ageMs(): number
  close(): Promise<void>
}

export interface CatchUpOptions {
  readonly everyMs: number
  /** Reads the changes and puts them into the copy; does nothing where there are none. Never runs twice at a time. */
  read(): Promise<void>
  /** A failed read leaves the copy as it was, only older; the next one is tried at the usual pace. */
  onError(error: unknown): void
  /** Announcements of this area make it read at once. */
  readonly news?: { readonly feed: ChangeFeed; readonly area: string } | undefined
}

/** Reads once, then keeps reading. Rejects where the first read fails: a process without its copy must not serve. */
export async function startCatchUp(options: CatchUpOptions): Promise<CatchUp> {
  let freshFrom = 0
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined

  const run = async (): Promise<void> => {
    // The age counts from the beginning of the read, on a clock that nobody sets: it says how old the news can be.
    const began = performance.now()
    await options.read()
    freshFrom = began
  }

  const start = (): Promise<void> => {
    running = run().finally(() => {
      running = undefined
    })
    return running
  }

  const refresh = (): Promise<void> => {
    if (running === undefined) return start()
    // The running read may have begun before the caller's commit: one more after it serves all who wait.
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = undefined
        return start()
      })
    return queued
  }

  const schedule = (): void => {
    if (closed) return
    timer = setTimeout(() => {
      refresh().catch(options.onError).finally(schedule)
    }, options.everyMs)
  }

  await start()
  schedule()
  const { news } = options
  const unsubscribe = news?.feed.subscribe(news.area, () => void refresh().catch(options.onError))
  return {
    refresh,
    ageMs: () => performance.now() - freshFrom,
    async close() {
      closed = true
      clearTimeout(timer)
      await unsubscribe?.()
      await Promise.allSettled([running, queued])
    },
  }
}
