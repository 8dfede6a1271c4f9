import type { Clock } from '../kernel/time.ts'

/** What one round with a hospital says about its health; `neutral` says nothing (cancelled, refused by rights). */
export type Verdict = 'good' | 'bad' | 'neutral'

/** Leave to ask a hospital. It is given back once, with what the asking showed; a second time says nothing. */
export interface Pass {
  leave(verdict: Verdict, openForS?: number): void
}

export interface Breaker {
  /** A pass, or the seconds after which a new attempt makes sense. */
  enter(): Pass | { readonly waitS: number }
}

/**
 * Stops asking a hospital after `failures` failures in a row, so that its ills neither cost every search the whole
 * deadline nor pile requests onto it. After `openMs` one request goes through as a probe; its result decides. Each pass
 * knows whether it is the probe: an old request that ends late must not let a second probe through.
 */
export function createBreaker(
  clock: Clock,
  options: { readonly failures: number; readonly openMs: number; readonly onOpen?: () => void },
): Breaker {
  let inARow = 0
  let openUntil = 0
  let probe: object | undefined

  const open = (openForS: number | undefined): void => {
    openUntil = clock.now().getTime() + (openForS === undefined ? options.openMs : openForS * 1000)
    options.onOpen?.()
  }

  const createPass = (): Pass => {
    let given = false
    const own: Pass = {
      leave(verdict, openForS) {
        if (given) return
        given = true
        const wasProbe = probe === own
        if (wasProbe) probe = undefined
        if (verdict === 'neutral') return
        if (verdict === 'good') {
          inARow = 0
          openUntil = 0
          return
        }
        inARow += 1
        // What was asked before it opened fails as expected: that neither lengthens the rest nor shortens it.
        const isOpen = openUntil !== 0
        if (wasProbe || openForS !== undefined || (!isOpen && inARow >= options.failures)) open(openForS)
      },
    }
    return own
  }

  return {
    enter() {
      const pass = createPass()
      if (openUntil === 0) return pass
      const left = openUntil - clock.now().getTime()
      if (left > 0) return { waitS: Math.ceil(left / 1000) }
      // One probe at a time: the others are told to come back soon.
      if (probe !== undefined) return { waitS: 1 }
      probe = pass
      return pass
    },
  }
}
