import { Dispatcher } from 'undici'
import type { Budget } from './budget.ts'

export const TOO_LONG = Symbol('the byte cap is reached')
export const ENCODED = Symbol('the body is compressed although it must not be')

/** Carries one request: counts what arrives against the budget, stops it at the cap, and keeps the bytes as they were sent. */
export interface Meter {
  readonly dispatcher: Dispatcher
  /** Fires when the search or this request is stopped. */
  readonly signal: AbortSignal
  /** The body, once: whoever takes it has the only copy. */
  takeBody(): Buffer
}

/** What the client gets to read instead of the body: the least that it takes for an answer. */
const STUB = Buffer.from('{}')

/**
 * A dispatcher is the only place where the bytes can be counted: fetch and the FHIR client read the whole body before
 * they hand anything over, and each would keep a copy of it. So the body stays here and they get status and headers.
 * Compressed bodies are refused, for a small one may unfold to any size. A body is read when there is room for it: until
 * then it waits in the hospital's own system.
 */
export function createMeter(agent: Dispatcher, budget: Budget): Meter {
  const stop = new AbortController()
  let chunks: Buffer[] = []

  class Metered extends Dispatcher {
    override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      return agent.dispatch(options, {
        onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
        onRequestUpgrade: (controller, status, headers, socket) =>
          handler.onRequestUpgrade?.(controller, status, headers, socket),
        onResponseStart: (controller, status, headers, message) => {
          const encoding = headers['content-encoding']
          if (encoding !== undefined && encoding !== 'identity') stop.abort(ENCODED)
          handler.onResponseStart?.(controller, status, headers, message)
          const room = budget.takeRoom(lengthOf(headers['content-length']))
          if (room !== undefined) {
            controller.pause()
            void room.then(() => controller.resume())
          }
        },
        onResponseData: (controller, chunk) => {
          budget.bytesLeft -= chunk.byteLength
          if (budget.bytesLeft < 0) {
            chunks = []
            stop.abort(TOO_LONG)
            return
          }
          chunks.push(Buffer.from(chunk))
        },
        onResponseEnd: (controller, trailers) => {
          if (chunks.length > 0) handler.onResponseData?.(controller, STUB)
          handler.onResponseEnd?.(controller, trailers)
        },
        onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
      })
    }
  }

  return {
    dispatcher: new Metered(),
    signal: AbortSignal.any([budget.signal, stop.signal]),
    takeBody: () => {
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
      chunks = []
      return body
    },
  }
}

/** Bytes that are announced; undefined where the body comes in pieces without end in sight. */
function lengthOf(header: string | readonly string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}
