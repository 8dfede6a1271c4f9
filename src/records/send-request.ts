import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Budget } from './budget.ts'

export const TOO_LONG = Symbol('the byte cap is reached')
export const ENCODED = Symbol('the body is compressed although it must not be')

/** There is no room in memory for this body now. */
export class NoRoom {
  /** Room that the body needs, as far as it can be told. */
  readonly bytes: number
  constructor(bytes: number) {
    this.bytes = bytes
  }
}

export interface HospitalRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
}

export interface HospitalAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

/** A body up to this comes in any case: bodies without end, of whatever hospital, must not keep the usual answers out. */
const SMALL_BYTES = 65_536

/**
 * Sends one request to a hospital and reads the whole answer, within the budget of its search: time, bytes, memory.
 * Nothing is followed (a redirect is an answer like any other) and nothing is unfolded: a small compressed body may
 * become any size. Straight on the dispatcher: fetch and what is built on it read bodies before they hand anything over,
 * keep copies of them, and cost more processor time than all the rest of a search.
 *
 * Rejects with what the socket threw, or with one of the reasons of the budget, TOO_LONG, ENCODED or NoRoom.
 *
 * @param reserved bytes of room that were taken for this answer before.
 */
export function sendRequest(
  agent: Dispatcher,
  request: HospitalRequest,
  budget: Budget,
  reserved = 0,
): Promise<HospitalAnswer> {
  const { signal, share } = budget
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let status = 0
    let headers: IncomingHttpHeaders = {}
    let chunks: Buffer[] = []
    /** The whole body at its place, where its length is known: pieces of it need not be held beside it. */
    let whole: Buffer | undefined
    let received = 0
    let room = reserved
    let ended = false

    const end = (): void => {
      ended = true
      signal.removeEventListener('abort', onAbort)
    }
    const stop = (reason: unknown): void => {
      if (ended) return
      end()
      chunks = []
      whole = undefined
      share?.give(room)
      // Nothing of it was used: it will be sent again.
      if (reason instanceof NoRoom) budget.bytesLeft += received
      controller?.abort(new Error('The request to the hospital was stopped.'))
      // The reason of a signal is a symbol of ours; whoever gets it tells what it means.
      reject(reason as Error)
    }
    const onAbort = (): void => stop(signal.reason)
    /** True where memory holds so many bytes of this body. */
    const makeRoom = (bytes: number): boolean => {
      if (share === undefined || bytes <= room) return true
      if (!share.take(bytes - room)) return false
      room = bytes
      return true
    }

    if (signal.aborted) return stop(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const { origin, pathname, search } = new URL(request.url)
    agent.dispatch(
      {
        origin,
        path: `${pathname}${search}`,
        method: request.method,
        headers: request.headers,
        ...(request.body === undefined ? {} : { body: request.body }),
      },
      {
        onRequestStart(started) {
          controller = started
          // Stopped while it waited for a socket.
          if (ended) started.abort(new Error('The request to the hospital was stopped.'))
        },
        onResponseStart(_controller, code, received_) {
          // Interim answers (1xx) precede the real one.
          if (code < 200) return
          status = code
          headers = received_ as IncomingHttpHeaders
          const encoding = headers['content-encoding']
          if (encoding !== undefined && encoding !== 'identity') return stop(ENCODED)
          const announced = lengthOf(headers)
          if (announced === undefined) return
          if (announced > budget.bytesLeft) return stop(TOO_LONG)
          if (!makeRoom(announced) && announced > SMALL_BYTES) return stop(new NoRoom(announced))
          if (announced > SMALL_BYTES) whole = Buffer.allocUnsafeSlow(announced)
        },
        onResponseData(_controller, chunk) {
          if (ended) return
          budget.bytesLeft -= chunk.byteLength
          received += chunk.byteLength
          if (budget.bytesLeft < 0) return stop(TOO_LONG)
          if (!makeRoom(received) && received > SMALL_BYTES) return stop(new NoRoom(2 * received))
          if (whole === undefined) chunks.push(chunk)
          else chunk.copy(whole, received - chunk.byteLength)
        },
        onResponseEnd() {
          if (ended) return
          end()
          if (status !== 200) {
            share?.give(room)
            room = 0
          } else if (room > received) share?.give(room - received)
          const [only] = chunks
          const bytes = whole ?? (chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
          resolve({ status, headers, bytes })
        },
        onResponseError(_controller, error) {
          stop(error)
        },
      },
    )
  })
}

function lengthOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
