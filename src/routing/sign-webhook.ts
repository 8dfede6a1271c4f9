import { createHmac } from 'node:crypto'

export interface SignedHeaders {
  readonly 'webhook-id': string
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

const PREFIX = 'whsec_'

export const secretText = (secret: Uint8Array): string => `${PREFIX}${Buffer.from(secret).toString('base64')}`

/**
 * HMAC-SHA256 over `id.timestamp.body`, in the headers of the Standard Webhooks specification, so that receivers can check it
 * with a kept library. The id is the same on every attempt; the time is that of the attempt, so that an old request cannot
 * be played again.
 */
export function signWebhook(
  secret: Uint8Array,
  of: { readonly id: string; readonly at: Date; readonly body: Uint8Array },
): SignedHeaders {
  const timestamp = String(Math.floor(of.at.getTime() / 1000))
  const mac = createHmac('sha256', secret).update(`${of.id}.${timestamp}.`).update(of.body).digest('base64')
  return { 'webhook-id': of.id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` }
}
