import type { Deps } from '../kernel/deps.ts'
import { appendAudits, isFit } from './append-audit.ts'
import type { AuditEvent } from './event.ts'

/** Denied requests that are waiting to be written, and how many are let into the log. */
export interface Denials {
  /** Takes note of one; never waits and never throws, since the request has its answer already. */
  note(event: AuditEvent): void
  /** Writes what waits and what was only counted. */
  flush(): Promise<void>
}

export interface DenialLimits {
  readonly windowMs: number
  /** Events of one caller, or of one address without a caller, in a window. */
  readonly each: number
  /** Events of all: half for requests without a caller, half for clients, so that strangers cannot crowd these out. */
  readonly all: number
}

/** A misconfigured client is seen at once; a flood leaves five events a second at most, and its size. */
const LIMITS: DenialLimits = { windowMs: 60_000, each: 20, all: 300 }
const BATCH_MS = 200

/**
 * Writes denials in batches. Beyond the limits they are counted, and the count is written when the window ends: nobody
 * without a right can fill the log, and nothing happens unseen.
 */
export function createDenials(deps: Pick<Deps, 'db' | 'clock' | 'log'>, limits: DenialLimits = LIMITS): Denials {
  let waiting: AuditEvent[] = []
  let counts = new Map<string, number>()
  let suppressed = new Map<string, { readonly event: AuditEvent; count: number }>()
  const taken = { known: 0, anonymous: 0 }
  let batchTimer: NodeJS.Timeout | undefined
  let windowTimer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  const write = (): void => {
    const events = waiting
    waiting = []
    batchTimer = undefined
    if (events.length === 0) return
    writing = writing
      .then(() => appendAudits(deps.db, events, deps.clock))
      // The requests were refused and answered; what is lost here is told where operators look.
      .catch((error: unknown) => deps.log.error({ err: error, count: events.length }, 'denials could not be audited'))
  }

  const endWindow = (): void => {
    waiting.push(...[...suppressed.values()].map(({ event, count }) => summary(event, count)))
    counts = new Map()
    suppressed = new Map()
    taken.known = 0
    taken.anonymous = 0
    clearTimeout(windowTimer)
    windowTimer = undefined
    write()
  }

  return {
    note(event) {
      windowTimer ??= setTimeout(endWindow, limits.windowMs).unref()
      const who = event.actor === ANONYMOUS.actor ? 'anonymous' : 'known'
      const key = who === 'anonymous' ? `address ${event.sourceAddress}` : `client ${event.actor}`
      const count = (counts.get(key) ?? 0) + 1
      // One that the log would refuse must not take its batch with it.
      if (count > limits.each || taken[who] >= limits.all / 2 || !isFit(event)) {
        // By who and why alone: a flood from many addresses is one line, not one for each.
        const kind = `${event.actor} ${event.reasonCodes?.join(' ')}`
        const known = suppressed.get(kind)
        if (known !== undefined) known.count++
        else if (suppressed.size < limits.all) suppressed.set(kind, { event, count: 1 })
        return
      }
      counts.set(key, count)
      taken[who]++
      waiting.push(event)
      batchTimer ??= setTimeout(write, BATCH_MS).unref()
    },
    async flush() {
      clearTimeout(batchTimer)
      endWindow()
      await writing
    },
  }
}

/** Who is denied without a token that says who it is. */
export const ANONYMOUS = { actor: 'anonymous', actorOrg: 'unknown', role: 'none' } as const

function summary(event: AuditEvent, count: number): AuditEvent {
  const { requestId: _request, sourceAddress: _address, ...rest } = event
  return { ...rest, reasonCodes: [...(event.reasonCodes ?? []), `more:${count}`] }
}
