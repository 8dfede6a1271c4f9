/** Why no place was given: the waiting was stopped, too many wait already, or waiting has lost its sense. */
export type NoPlace = 'stopped' | 'full' | 'turned-away'

/** A bound on how much happens at once (a bulkhead): who finds no place waits, in order of arrival. */
export interface Places {
  enter(signal: AbortSignal): Promise<'in' | NoPlace>
  /** Whoever entered leaves once. */
  leave(): void
  /** Sends away all who wait. */
  turnAway(): void
}

export function createPlaces(options: { readonly places: number; readonly waiting: number }): Places {
  let taken = 0
  // A set keeps the order of arrival, and one who gives up is taken out of its middle at once.
  const waiting = new Set<(outcome: 'in' | NoPlace) => void>()

  return {
    async enter(signal) {
      if (signal.aborted) return 'stopped'
      if (taken < options.places) {
        taken += 1
        return 'in'
      }
      if (waiting.size >= options.waiting) return 'full'
      return await new Promise((resolve) => {
        const onAbort = (): void => end('stopped')
        const end = (outcome: 'in' | NoPlace): void => {
          waiting.delete(end)
          signal.removeEventListener('abort', onAbort)
          resolve(outcome)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        waiting.add(end)
      })
    },
    leave() {
      const [next] = waiting
      // The place goes on to the next one without becoming free, so that nobody overtakes.
      if (next === undefined) taken -= 1
      else next('in')
    },
    turnAway() {
      for (const end of waiting) end('turned-away')
    },
  }
}
