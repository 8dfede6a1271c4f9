import type { Clock } from '../kernel/time.ts'

/** What one round with a hospital says about its health; `neutral` says nothing (cancelled, refused by rights). */
export type Verdict = 'good' | 'bad' | 'neutral'

export interface Breaker {
  /** Undefined: go on. Else the seconds after which a new attempt makes sense. */
  enter(): number | undefined
  leave(verdict: Verdict, openForS?: number): void
}

/**
 * Stops asking a hospital after `failures` failures in a row, so that its ills neither cost every search the whole
 * deadline nor pile requests onto it. After `openMs` one request goes through as a probe; its result decides.
 */
export function createBreaker(clock: Clock, options: { readonly failures: number; readonly openMs: number }): Breaker {
  let inARow = 0
  let openUntil = 0
  let probing = false

  return {
    enter() {
      if (openUntil === 0) return undefined
      const left = openUntil - clock.now().getTime()
      if (left > 0) return Math.ceil(left / 1000)
      // One probe at a time: the others are told to come back soon.
      if (probing) return 1
      probing = true
      return undefined
    },
    leave(verdict, openForS) {
      const wasProbe = probing
      probing = false
      if (verdict === 'neutral') return
      if (verdict === 'good') {
        inARow = 0
        openUntil = 0
        return
      }
      inARow += 1
      if (wasProbe || inARow >= options.failures || openForS !== undefined) {
        openUntil = clock.now().getTime() + (openForS === undefined ? options.openMs : openForS * 1000)
      }
    },
  }
}
