import { isList, isObject } from '../fhir/index.ts'
import { decryptField, decryptFieldBytes } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { PostReply } from '../kernel/guarded-post.ts'
import { deliverToHospital, type Exchange } from '../records/index.ts'
import { type ConsentDeps, stoppedBy, typesIn } from './ask-consent.ts'
import { bodyPlace, secretPlace } from './body-place.ts'
import type { Claimed } from './courier-store.ts'
import type { WebhookDoor } from './post-webhook.ts'
import { readJson } from './read-json.ts'
import { classifyStatus } from './rules.ts'
import { readSubscription } from './subscription-store.ts'
import type { Attempt, Destination } from './types.ts'

export type CourierDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'log' | 'config'> &
  ConsentDeps & {
    readonly exchange: Exchange
    readonly webhooks: WebhookDoor
  }

const final = (reason: string): Attempt => ({ delivered: false, failure: 'final', reason })
const later = (reason: string): Attempt => ({ delivered: false, failure: 'retry', reason })

/** One attempt. Whatever goes wrong is an attempt that failed, with a reason; it never throws. */
export async function sendDelivery(deps: CourierDeps, claimed: Claimed, stored: Buffer | undefined): Promise<Attempt> {
  try {
    const destination = deps.policy.destination(claimed.destination)
    if (destination === undefined) return later('destination-unknown')
    if (claimed.kind === 'message') {
      if (stored === undefined) return final('body-missing')
      return await sendMessage(
        deps,
        claimed,
        destination,
        decryptFieldBytes(deps.keyring, stored, bodyPlace(claimed.messageId)),
      )
    }
    return await sendNotice(deps, claimed, destination)
  } catch (error) {
    deps.log.error(
      { err: error, destination: claimed.destination, message: claimed.messageId },
      'a delivery failed on our side',
    )
    return later('own-fault')
  }
}

async function sendMessage(
  deps: CourierDeps,
  claimed: Claimed,
  destination: Destination,
  body: Buffer,
): Promise<Attempt> {
  const bundle = readJson(body)
  const stopped = await stoppedBy(deps, { ...claimed, types: typesIn(bundle) })
  if (stopped !== undefined) return { delivered: false, failure: 'stopped', reason: stopped }
  if (destination.kind === 'webhook') return await sendToWebhook(deps, claimed, destination, body)
  const { deadlineMs } = deps.policy.channel(claimed.event, deps.clock.now())
  const reply = await deliverToHospital(deps.exchange, destination.code, {
    path: '$process-message',
    body,
    requestId: claimed.messageId,
    deadlineMs,
  })
  if (reply.kind === 'not-registered') return later('hospital-not-registered')
  if (reply.kind === 'no-access') return later(reply.refused ? 'access-refused' : 'no-token')
  return attemptOf(reply, (answer) => judgeAnswer(answer, messageIdIn(bundle)))
}

async function sendToWebhook(
  deps: CourierDeps,
  claimed: Claimed,
  destination: Destination,
  body: Buffer,
): Promise<Attempt> {
  const secret = secretOf(deps, destination)
  if (secret === undefined || destination.url === null) return later('address-missing')
  const reply = await deps.webhooks.post({
    url: destination.url,
    secret,
    id: claimed.messageId,
    body,
    headers: { 'content-type': 'application/fhir+json; charset=utf-8' },
  })
  return attemptOf(reply, ok)
}

/** A notice has no body (R4 subscription.html, rest-hook without payload): whoever gets it asks under /fhir, as itself. */
async function sendNotice(deps: CourierDeps, claimed: Claimed, destination: Destination): Promise<Attempt> {
  const subscription = await readSubscription(deps.db, claimed.destination)
  if (subscription === undefined) return final('subscription-ended')
  const owner = deps.policy.destination(destination.institution)
  const secret = owner === undefined ? undefined : secretOf(deps, owner)
  if (secret === undefined || destination.url === null) return later('address-missing')
  const handshake = claimed.kind === 'handshake'
  const body = Buffer.from(handshake ? JSON.stringify({ type: 'handshake', challenge: subscription.challenge }) : '')
  const reply = await deps.webhooks.post({
    url: destination.url,
    secret,
    id: claimed.messageId,
    body,
    headers: {
      'x-subscription-id': subscription.id,
      ...(handshake ? { 'content-type': 'application/json' } : {}),
    },
  })
  return attemptOf(reply, handshake ? (answer) => judgeHandshake(answer, subscription.challenge) : ok)
}

function secretOf(deps: CourierDeps, owner: Destination): Buffer | undefined {
  if (owner.secret === null) return undefined
  return Buffer.from(decryptField(deps.keyring, owner.secret, secretPlace(owner.code)), 'base64')
}

type Answer = Extract<PostReply, { kind: 'answer' }>

const ok = (answer: Answer): Attempt => ({ delivered: true, status: answer.status })

function attemptOf(reply: PostReply, taken: (answer: Answer) => Attempt): Attempt {
  if (reply.kind === 'not-sent') return later(reply.reason)
  if (reply.kind === 'unknown') return { delivered: false, failure: 'unknown', reason: reply.reason }
  if (reply.kind === 'answer-unreadable') return { ...final(`answer-${reply.reason}`), status: reply.status }
  const { status } = reply
  const verdict = classifyStatus(status)
  if (verdict === 'delivered') return taken(reply)
  const reason = status >= 300 && status < 400 ? 'redirected' : `status-${status}`
  return { delivered: false, failure: verdict, reason, status, retryAfterS: reply.retryAfterS }
}

/**
 * What a hospital says of a message: nothing at all, or a response message that names ours (never by order of arrival).
 * `transient-error` asks for another try, `fatal-error` for none (R4 response-code).
 */
export function judgeAnswer(answer: Pick<Answer, 'status' | 'body'>, messageId: string | undefined): Attempt {
  const { status } = answer
  const text = answer.body.toString('utf8').trim()
  if (text === '') return { delivered: true, status }
  const bundle = readJson(answer.body)
  if (!isObject(bundle) || typeof bundle['resourceType'] !== 'string') return { ...final('answer-not-fhir'), status }
  const entries = isList(bundle['entry']) ? bundle['entry'].filter(isObject) : []
  const header = entries
    .map((entry) => entry['resource'])
    .find((one) => isObject(one) && one['resourceType'] === 'MessageHeader')
  const response = isObject(header) ? header['response'] : undefined
  if (!isObject(response)) return { delivered: true, status }
  if (response['identifier'] !== messageId) return { ...final('answer-to-another'), status }
  if (response['code'] === 'transient-error') return { ...later('transient-error'), status }
  if (response['code'] === 'fatal-error') return { ...final('fatal-error'), status }
  return { delivered: true, status }
}

function judgeHandshake(answer: Answer, challenge: string): Attempt {
  const said = readJson(answer.body)
  if (isObject(said) && said['challenge'] === challenge) return { delivered: true, status: answer.status }
  return { ...final('handshake-not-answered'), status: answer.status }
}

/** Read back from the bytes that are sent: the name under which the receiver knows the message. */
function messageIdIn(bundle: unknown): string | undefined {
  const first = isObject(bundle) && isList(bundle['entry']) ? bundle['entry'][0] : undefined
  const header = isObject(first) ? first['resource'] : undefined
  const id = isObject(header) ? header['id'] : undefined
  return typeof id === 'string' ? id : undefined
}
