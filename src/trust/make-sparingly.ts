/** Something that takes long to make and that anybody may ask for. */
export interface Made<T> {
  get(): Promise<T>
}

const LEAST_REST_MS = 1_000

/** A making is followed by a rest of so many times its own duration, so that it takes a tenth of a core at most. */
const REST_FACTOR = 9

/** But what was revoked must not wait long, however slow a busy machine was. */
const MOST_REST_MS = 3_000

/**
 * Makes it when it is asked for, one making at a time, and not again before the rest after the last one has passed: how
 * often a public address is asked does not decide how much work is done.
 *
 * @param options `holds`: whether what was made may still be handed out; where not, it is made again at once
 */
export function makeSparingly<T>(
  make: (previous: T | undefined) => Promise<T>,
  options: { readonly leastRestMs?: number; readonly holds?: (value: T) => boolean } = {},
): Made<T> {
  const { leastRestMs = LEAST_REST_MS, holds = () => true } = options
  let made: { readonly value: T; readonly restUntil: number } | undefined
  let running: Promise<T> | undefined

  const run = async (): Promise<T> => {
    const began = performance.now()
    const value = await make(made?.value)
    const ended = performance.now()
    made = { value, restUntil: ended + Math.max(leastRestMs, Math.min(MOST_REST_MS, (ended - began) * REST_FACTOR)) }
    return value
  }

  return {
    async get() {
      if (made !== undefined && performance.now() < made.restUntil && holds(made.value)) return made.value
      running ??= run().finally(() => {
        running = undefined
      })
      return await running
    },
  }
}
