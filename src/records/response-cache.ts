import type { Clock } from '../kernel/time.ts'

/** An answer as a hospital sent it, with the validator under which it named it (RFC 9110 §8.8.3). */
export interface KeptAnswer {
  readonly etag: string
  readonly bytes: Buffer
}

/**
 * Answers of hospitals, in memory only and for minutes only. None is ever served as it lies here: the hospital is asked
 * each time whether it still holds (`If-None-Match`), after the access decision has been made. What is saved is the
 * body on its way.
 */
export interface ResponseCache {
  get(address: string): KeptAnswer | undefined
  put(address: string, answer: KeptAnswer): void
  drop(address: string): void
  /** Lets go of what is too old. Called from time to time: an idle process must not keep records. */
  sweep(): void
  /** Bytes held, as they are counted. */
  held(): number
}

export interface CacheLimits {
  readonly bytes: number
  /** A larger answer is not kept: it would push out many small ones. */
  readonly answerBytes: number
  readonly ageMs: number
}

interface Entry extends KeptAnswer {
  readonly size: number
  readonly until: number
}

export function createResponseCache(clock: Clock, limits: CacheLimits): ResponseCache {
  // Least recently put first: an answer that was confirmed is put again.
  const entries = new Map<string, Entry>()
  let held = 0

  const drop = (address: string): void => {
    const entry = entries.get(address)
    if (entry === undefined) return
    entries.delete(address)
    held -= entry.size
  }

  return {
    get(address) {
      const entry = entries.get(address)
      if (entry !== undefined && entry.until > clock.now().getTime()) return entry
      drop(address)
      return undefined
    },
    put(address, { etag, bytes }) {
      drop(address)
      const size = bytes.length + address.length + etag.length
      if (size > limits.answerBytes) return
      // A copy: what comes from a socket may be a small part of a large piece of memory.
      entries.set(address, { etag, bytes: Buffer.from(bytes), size, until: clock.now().getTime() + limits.ageMs })
      held += size
      for (const oldest of entries.keys()) {
        if (held <= limits.bytes) break
        drop(oldest)
      }
    },
    drop,
    sweep() {
      const now = clock.now().getTime()
      for (const [address, { until }] of entries) if (until <= now) drop(address)
    },
    held: () => held,
  }
}
