import type { Dispatcher } from 'undici'

/** A request to another organisation's system, and how much of it we put up with. */
export interface GuardedPost {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly deadlineMs: number
  /** Most bytes of the answer that are read. */
  readonly maxBytes: number
}

/**
 * `not-sent`: nothing arrived there (no address, no connection, no TLS). `unknown`: the request was under way when the
 * connection broke or the time was over, so it may have been acted on.
 */
export type PostReply =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly contentType: string
      readonly body: Buffer
      readonly retryAfterS: number | undefined
    }
  | { readonly kind: 'not-sent'; readonly reason: 'unreachable' }
  | { readonly kind: 'unknown'; readonly reason: 'timeout' | 'broken' }
  | { readonly kind: 'answer-unreadable'; readonly status: number; readonly reason: 'too-long' | 'encoded' }

const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_ADDRESS_REFUSED',
])
const TLS = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/

/** Sends bytes and reads a bounded answer. Follows no redirect, takes nothing compressed, ends by its deadline. */
export async function guardedPost(dispatcher: Dispatcher, post: GuardedPost): Promise<PostReply> {
  const deadline = AbortSignal.timeout(post.deadlineMs)
  try {
    const { statusCode, headers, body } = await dispatcher.request({
      origin: post.url.origin,
      path: `${post.url.pathname}${post.url.search}`,
      method: 'POST',
      headers: { 'accept-encoding': 'identity', ...post.headers },
      body: post.body,
      signal: deadline,
    })
    const encoding = headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      body.destroy()
      return { kind: 'answer-unreadable', status: statusCode, reason: 'encoded' }
    }
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // Leaving the loop destroys the rest of the answer.
      if (bytes > post.maxBytes) return { kind: 'answer-unreadable', status: statusCode, reason: 'too-long' }
      chunks.push(chunk)
    }
    return {
      kind: 'answer',
      status: statusCode,
      contentType: textOf(headers['content-type']),
      body: Buffer.concat(chunks),
      retryAfterS: retryAfterOf(textOf(headers['retry-after']), Date.parse(textOf(headers['date']))),
    }
  } catch (error) {
    if (deadline.aborted) return { kind: 'unknown', reason: 'timeout' }
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return NOT_SENT.has(code) || TLS.test(code)
      ? { kind: 'not-sent', reason: 'unreachable' }
      : { kind: 'unknown', reason: 'broken' }
  }
}

const textOf = (header: string | string[] | undefined): string => (typeof header === 'string' ? header : '')

const MAX_RETRY_AFTER_S = 86_400

/** Seconds, or a date (RFC 9110 §10.2.3), which is counted from the answer's own date: clocks differ. */
function retryAfterOf(value: string, answeredAt: number): number | undefined {
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value), MAX_RETRY_AFTER_S)
  const at = Date.parse(value)
  if (Number.isNaN(at) || Number.isNaN(answeredAt)) return undefined
  return Math.min(Math.max(Math.ceil((at - answeredAt) / 1000), 0), MAX_RETRY_AFTER_S)
}
