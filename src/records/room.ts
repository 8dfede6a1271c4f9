/**
 * Memory for what hospitals send, over all questions of the process. Without a bound two hundred questions at once,
 * each answered by four hospitals with some megabytes, would need gigabytes.
 */
export interface Room {
  openShare(): Share
  /** Bytes held now. */
  used(): number
}

/** What one question holds, over all of the hospitals that answer it. */
export interface Share {
  /** False where there is no room for them now. */
  take(bytes: number): boolean
  give(bytes: number): void
  /** Resolves when this question may go on, with room for so many bytes, or false when `signal` fires. */
  waitForTurn(bytes: number, signal: AbortSignal): Promise<boolean>
  /** Gives everything back. */
  close(): void
}

interface Holder {
  own: number
  closed: boolean
}

interface Waiter {
  readonly holder: Holder
  readonly bytes: number
  end(turn: boolean): void
}

/**
 * The question that has held something for longest may always go on, beyond the bound if need be: it ends, and so does
 * everybody after it. Without this rule questions that each hold a part would wait for one another for ever.
 */
export function createRoom(capacity: number): Room {
  let used = 0
  // In the order in which they began to hold something.
  const holders = new Set<Holder>()
  const waiting = new Set<Waiter>()

  const isOldest = (holder: Holder): boolean => {
    const [first] = holders
    return first === undefined || first === holder
  }
  const add = (holder: Holder, bytes: number): void => {
    holders.add(holder)
    holder.own += bytes
    used += bytes
  }
  const subtract = (holder: Holder, bytes: number): void => {
    holder.own -= bytes
    used -= bytes
    if (holder.own === 0) holders.delete(holder)
    for (const waiter of waiting) {
      // One that was sent away comes back only where there is half of the room: else it would soon be sent away again.
      if (isOldest(waiter.holder) || used + waiter.bytes <= capacity / 2) waiter.end(true)
    }
  }

  return {
    used: () => used,
    openShare() {
      const holder: Holder = { own: 0, closed: false }
      return {
        take(bytes) {
          if (holder.closed || (used + bytes > capacity && !isOldest(holder))) return false
          add(holder, bytes)
          return true
        },
        give: (bytes) => {
          if (!holder.closed) subtract(holder, bytes)
        },
        async waitForTurn(bytes, signal) {
          if (holder.closed || signal.aborted) return false
          if (isOldest(holder) || used + bytes <= capacity / 2) {
            add(holder, bytes)
            return true
          }
          return await new Promise((resolve) => {
            const onAbort = (): void => waiter.end(false)
            const waiter: Waiter = {
              holder,
              bytes,
              end(turn) {
                waiting.delete(waiter)
                signal.removeEventListener('abort', onAbort)
                if (turn) add(holder, bytes)
                resolve(turn)
              },
            }
            signal.addEventListener('abort', onAbort, { once: true })
            waiting.add(waiter)
          })
        },
        close() {
          if (holder.closed) return
          holder.closed = true
          for (const waiter of waiting) if (waiter.holder === holder) waiter.end(false)
          subtract(holder, holder.own)
        },
      }
    },
  }
}
