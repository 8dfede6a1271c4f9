import { Dispatcher } from 'undici'
import type { Budget } from './budget.ts'

export const TOO_LONG = Symbol('the byte cap is reached')
export const ENCODED = Symbol('the body is compressed although it must not be')

/** Carries one request: counts what arrives against the budget, stops it at the cap, and keeps the text as it was sent. */
export interface Meter {
  readonly dispatcher: Dispatcher
  /** Fires when the search or this request is stopped. */
  readonly signal: AbortSignal
  text(): string
}

/**
 * A dispatcher is the only place where the bytes can be counted: fetch and the FHIR client read the whole body before
 * they hand anything over. Compressed bodies are refused, for a small one may unfold to any size.
 */
export function createMeter(agent: Dispatcher, budget: Budget): Meter {
  const stop = new AbortController()
  const chunks: Buffer[] = []

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
        },
        onResponseData: (controller, chunk) => {
          budget.bytesLeft -= chunk.byteLength
          if (budget.bytesLeft < 0) {
            chunks.length = 0
            stop.abort(TOO_LONG)
            return
          }
          chunks.push(Buffer.from(chunk))
          handler.onResponseData?.(controller, chunk)
        },
        onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
        onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
      })
    }
  }

  return {
    dispatcher: new Metered(),
    signal: AbortSignal.any([budget.signal, stop.signal]),
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}
