import { Agent } from 'undici'
import type { Config } from '../kernel/config.ts'
import { guardedPost, type PostReply } from '../kernel/guarded-post.ts'
import type { Clock } from '../kernel/time.ts'
import { bareHost, isPrivateAddress, publicLookup } from './private-address.ts'
import { signWebhook } from './sign-webhook.ts'

/** The way out to registered webhook addresses. */
export interface WebhookDoor {
  post(of: WebhookPost): Promise<PostReply>
  close(): Promise<void>
}

export interface WebhookPost {
  readonly url: string
  readonly secret: Uint8Array
  /** The same on every attempt. */
  readonly id: string
  readonly body: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** A receiver notes the message and answers; work of its own comes after. */
const ANSWER_MS = 4_000
const ANSWER_BYTES = 16_384

/** Whether the keys are those of a trial on one machine; then receivers may run on it as well. */
export const isTrial = (config: Config): boolean => config.keyringFile === undefined

/**
 * True for an address that may be registered: https to a public host. In a trial also what runs on the own machine, where no
 * certificate can be had.
 */
export function isWebhookAddress(config: Config, text: string): boolean {
  if (text.length > 300 || !URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false
  const host = bareHost(url.hostname)
  if (isTrial(config) && (url.protocol === 'https:' || host === '127.0.0.1' || host === '::1')) return true
  if (url.protocol !== 'https:' || host === 'localhost' || host.endsWith('.localhost')) return false
  return !/^[\d.]+$|:/.test(host) || !isPrivateAddress(host)
}

export function openWebhooks(deps: { readonly config: Config; readonly clock: Clock }): WebhookDoor {
  const trial = isTrial(deps.config)
  const agent = new Agent({
    connections: 8,
    pipelining: 1,
    connect: { timeout: 2_000, ...(trial ? {} : { lookup: publicLookup }) },
    keepAliveTimeout: 10_000,
  })
  return {
    async post({ url, secret, id, body, headers }) {
      const target = new URL(url)
      // An address in digits is connected to without a look-up.
      const host = bareHost(target.hostname)
      if (!trial && (target.protocol !== 'https:' || (/^[\d.]+$|:/.test(host) && isPrivateAddress(host)))) {
        return { kind: 'not-sent', reason: 'unreachable' }
      }
      return await guardedPost(agent, {
        url: target,
        headers: { ...headers, ...signWebhook(secret, { id, at: deps.clock.now(), body }) },
        body,
        deadlineMs: ANSWER_MS,
        maxBytes: ANSWER_BYTES,
      })
    },
    close: () => agent.destroy(),
  }
}
