import { guardedPost, type PostReply } from '../kernel/guarded-post.ts'
import type { Exchange } from './open-exchange.ts'

export interface HospitalPost {
  /** Below the hospital's FHIR base, without a slash before it. */
  readonly path: '$process-message'
  /** Sent as it is. */
  readonly body: Uint8Array
  readonly requestId: string
  readonly deadlineMs: number
}

/** What became of a message that was posted to a hospital. `no-access`: the hospital gave the hub no token. */
export type DeliveryReply =
  | PostReply
  | { readonly kind: 'not-registered' }
  | { readonly kind: 'no-access'; readonly refused: boolean }

/** An answer to a message is a bundle with a header: far below this. */
const ANSWER_BYTES = 65_536

/**
 * Posts to a registered hospital over its own sockets and with its own token. A token that the hospital forgot (it was
 * restarted) is replaced once. Whether to send again is the caller's business: only it knows what a repeat does.
 */
export async function deliverToHospital(
  exchange: Exchange,
  institution: string,
  post: HospitalPost,
): Promise<DeliveryReply> {
  const connection = exchange.get(institution)
  if (connection === undefined || !connection.hospital.enabled) return { kind: 'not-registered' }
  const { hospital, agent, tokens } = connection
  for (let mayRenew = tokens !== undefined; ; mayRenew = false) {
    const token = tokens === undefined ? undefined : await tokens.get()
    if (token !== undefined && 'failure' in token)
      return { kind: 'no-access', refused: token.failure.code === 'forbidden' }
    const reply = await guardedPost(agent, {
      url: new URL(`${hospital.baseUrl}/${post.path}`),
      headers: {
        'content-type': 'application/fhir+json; charset=utf-8',
        accept: 'application/fhir+json',
        'x-request-id': post.requestId,
        ...(token === undefined ? {} : { authorization: `Bearer ${token.token}` }),
      },
      body: post.body,
      deadlineMs: post.deadlineMs,
      maxBytes: ANSWER_BYTES,
    })
    if (reply.kind !== 'answer' || reply.status !== 401 || !mayRenew) return reply
    tokens?.drop()
  }
}
