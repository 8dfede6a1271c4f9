/** What has to be stopped or removed, whatever happens. */
export interface Cleanup {
  add(step: () => Promise<void>): void
  /** Runs every step, the last one added first, also when one of them fails. */
  run(): Promise<void>
}

export function createCleanup(): Cleanup {
  const steps: (() => Promise<void>)[] = []
  let running: Promise<void> | undefined
  const runAll = async (): Promise<void> => {
    const errors: unknown[] = []
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'the bench could not clean up')
  }
  return {
    add: (step) => void steps.push(step),
    run: () => (running ??= runAll()),
  }
}
