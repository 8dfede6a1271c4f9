/** Where work is handed in that is cheaper together than alone. */
export interface Gatherer<T, R> {
  /** The outcome for this item, or its error. */
  add(item: T): Promise<R>
}

export interface GatherOptions<T, R> {
  /** Most items of one batch, and batches at a time: the one waits for the database while the other collects. */
  readonly most: number
  readonly atATime: number
  /** An outcome for each item in order; one that is an Error is that item's alone. */
  work(items: readonly T[]): Promise<readonly (R | Error)[]>
  /** True for a failure of the whole batch that its items would meet alone as well: then they are not tried alone. */
  concernsAll(error: unknown): boolean
}

interface Waiting<T, R> {
  readonly item: T
  done(outcome: R): void
  fail(error: unknown): void
}

/**
 * Nobody waits for company: what is there is worked on at once, and what comes meanwhile goes together. So one item alone
 * costs no delay, and under load a batch costs little more than one.
 */
export function createGatherer<T, R>({ most, atATime, work, concernsAll }: GatherOptions<T, R>): Gatherer<T, R> {
  const queue: Waiting<T, R>[] = []
  let running = 0

  const serve = async (batch: readonly Waiting<T, R>[]): Promise<void> => {
    try {
      const outcomes = await work(batch.map((one) => one.item))
      for (const [at, one] of batch.entries()) {
        const outcome = outcomes[at]
        if (outcome === undefined || outcome instanceof Error) one.fail(outcome)
        else one.done(outcome)
      }
    } catch (error) {
      // One that fails must not take the others with it.
      if (batch.length === 1 || concernsAll(error)) for (const one of batch) one.fail(error)
      else for (const one of batch) await serve([one])
    }
  }

  const start = (): void => {
    // A second batch only for a full house: two small ones cost more than one.
    if (queue.length === 0 || running >= atATime || (running > 0 && queue.length < most)) return
    running++
    void serve(queue.splice(0, most)).finally(() => {
      running--
      start()
    })
    start()
  }

  return {
    add: (item) =>
      new Promise<R>((done, fail) => {
        queue.push({ item, done, fail })
        // What was read in the same turn of the loop comes together.
        if (queue.length === 1) setImmediate(start)
      }),
  }
}
