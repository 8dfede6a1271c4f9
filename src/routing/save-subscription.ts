import { randomBytes } from 'node:crypto'
import type { Subscription } from 'fhir/r4.js'
import { appendAudit } from '../audit/index.ts'
import { isList, isObject } from '../fhir/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { inTx } from '../kernel/tx.ts'
import { insertDeliveries } from './accept-store.ts'
import { readCriteria } from './criteria.ts'
import { routingError } from './errors.ts'
import { idAt } from './id-at.ts'
import { MESSAGES_ACCEPTED } from './jobs.ts'
import { ROUTING_CHANGED, type RoutingPolicy } from './open-policy.ts'
import { deleteDestination, nextChangeNo, upsertDestination } from './policy-store.ts'
import { cancelOpen } from './rerun-store.ts'
import {
  countSubscriptions,
  deleteSubscription,
  findSubscription,
  insertSubscription,
  readSubscription,
  type SubscriptionRow,
} from './subscription-store.ts'
import { ROUTINE } from './types.ts'

export interface Subscriber {
  readonly clientId: string
  readonly institution: string
  readonly requestId: string
  readonly sourceAddress: string | undefined
}

export type SaveDeps = Pick<Deps, 'db' | 'clock' | 'outbox'> & { readonly policy: RoutingPolicy }

export const MOST_OF_ONE = 1_000
/** Subscriptions without an end of their own end after a year: forgotten ones would tell for ever. */
const LONGEST_MS = 366 * 86_400_000

/**
 * Makes a subscription of the caller's institution. Its address must lie under the one that the operator has registered for
 * the institution, and hears a handshake before anything else.
 */
export async function saveSubscription(
  deps: SaveDeps,
  by: Subscriber,
  resource: unknown,
): Promise<{ readonly row: SubscriptionRow; readonly created: boolean }> {
  const now = deps.clock.now()
  const wish = readWish(resource, now)
  if ('errors' in wish) throw routingError('subscription-invalid', { errors: wish.errors })
  const registered = deps.policy.destination(by.institution)
  if (registered?.url === undefined || registered.url === null || !isUnder(wish.endpoint, registered.url)) {
    throw routingError('subscription-invalid', {
      detail: 'Notices go to addresses only that the operator has registered for your institution.',
      errors: [{ pointer: 'Subscription.channel.endpoint', detail: 'does not lie at your registered address' }],
    })
  }
  const id = idAt(now)
  const row: SubscriptionRow = {
    id,
    institution: by.institution,
    resourceType: wish.resourceType,
    personId: wish.personId,
    criteria: wish.criteria,
    endpoint: wish.endpoint,
    reason: wish.reason,
    status: 'requested',
    error: null,
    challenge: randomBytes(24).toString('base64url'),
    endsAt: wish.endsAt,
    createdAt: now,
    createdBy: by.clientId,
  }
  const saved = await inTx(deps.db, async (tx) => {
    const changeNo = await nextChangeNo(tx)
    if (!(await insertSubscription(tx, row))) {
      const known = await findSubscription(tx, row)
      if (known === undefined) throw new Error('a subscription that could not be inserted is there')
      return { row: known, created: false }
    }
    if ((await countSubscriptions(tx, by.institution)) > MOST_OF_ONE) {
      throw routingError('subscription-invalid', { detail: `An institution may have ${MOST_OF_ONE} subscriptions.` })
    }
    await upsertDestination(
      tx,
      { code: id, kind: 'subscription', institution: by.institution, url: wish.endpoint, secret: null, concurrency: 1 },
      { changeNo, by: by.clientId, at: now },
    )
    await insertDeliveries(
      tx,
      [{ destination: id, messageId: id, kind: 'handshake', subject: 'notices', event: 'handshake', rank: ROUTINE }],
      now,
    )
    await deps.outbox.append(tx, { topic: MESSAGES_ACCEPTED, payload: { destinations: id } })
    await audit(deps, tx, by, row, 'routing.subscribe')
    await announce(tx, ROUTING_CHANGED)
    return { row, created: true }
  })
  if (saved.created) deps.outbox.wake()
  return saved
}

/** @throws `routing.subscription-unknown`, also for one of another institution */
export async function ownSubscription(db: Deps['db'], by: Subscriber, id: string): Promise<SubscriptionRow> {
  const row = await readSubscription(db, id)
  if (row === undefined || row.institution !== by.institution) throw routingError('subscription-unknown')
  return row
}

/** Ends a subscription; what was to be told to it is cancelled. */
export async function removeSubscription(deps: SaveDeps, by: Subscriber, id: string): Promise<void> {
  const row = await ownSubscription(deps.db, by, id)
  await inTx(deps.db, async (tx) => {
    await deleteSubscription(tx, id)
    await cancelOpen(tx, id, deps.clock.now())
    await deleteDestination(tx, id)
    await audit(deps, tx, by, row, 'routing.unsubscribe')
    await announce(tx, ROUTING_CHANGED)
  })
}

async function audit(
  deps: Pick<Deps, 'clock'>,
  tx: Parameters<typeof appendAudit>[0],
  by: Subscriber,
  row: SubscriptionRow,
  action: string,
): Promise<void> {
  await appendAudit(
    tx,
    {
      actor: by.clientId,
      actorOrg: by.institution,
      role: 'hospital',
      action,
      targetType: 'subscription',
      targetId: row.id,
      personRef: row.personId,
      purpose: 'treatment',
      basis: 'treatment',
      result: 'allowed',
      requestId: by.requestId,
      sourceAddress: by.sourceAddress,
    },
    deps.clock,
  )
}

interface Wish {
  readonly resourceType: string
  readonly personId: string
  readonly criteria: string
  readonly endpoint: string
  readonly reason: string
  readonly endsAt: Date
}

function readWish(resource: unknown, now: Date): Wish | { readonly errors: readonly FieldError[] } {
  if (!isObject(resource) || resource['resourceType'] !== 'Subscription') {
    return { errors: [{ pointer: 'Subscription', detail: 'a Subscription is expected' }] }
  }
  const errors: FieldError[] = []
  const complain = (pointer: string, detail: string): void =>
    void errors.push({ pointer: `Subscription${pointer}`, detail })
  const { status, reason, criteria, end } = resource
  const channel = isObject(resource['channel']) ? resource['channel'] : {}
  if (status !== 'requested') complain('.status', 'a client asks with `requested`; the server does the rest')
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > 200)
    complain('.reason', 'is needed, up to 200 characters')
  const read = readCriteria(typeof criteria === 'string' && criteria.length <= 200 ? criteria : '')
  if ('pointer' in read) errors.push(read)
  if (channel['type'] !== 'rest-hook') complain('.channel.type', 'only rest-hook is served')
  if (channel['payload'] !== undefined)
    complain('.channel.payload', 'no payload is sent: ask for the records under /fhir')
  if (isList(channel['header']) && channel['header'].length > 0)
    complain('.channel.header', 'no headers are sent but ours, which are signed')
  const endpoint = channel['endpoint']
  if (typeof endpoint !== 'string' || endpoint.length > 300 || !URL.canParse(endpoint))
    complain('.channel.endpoint', 'an address is needed')
  const latest = now.getTime() + LONGEST_MS
  const endMs = end === undefined ? latest : typeof end === 'string' ? Date.parse(end) : Number.NaN
  if (!(endMs > now.getTime() && endMs <= latest)) complain('.end', 'must lie in the future, within a year')
  if (errors.length > 0 || 'pointer' in read) return { errors }
  return {
    resourceType: read.resourceType,
    personId: read.personId,
    criteria: read.normal,
    endpoint: new URL(endpoint as string).href,
    reason: (reason as string).trim(),
    endsAt: new Date(endMs),
  }
}

/** The registered address itself, or below it. */
function isUnder(endpoint: string, registered: string): boolean {
  const url = new URL(endpoint)
  const base = new URL(registered)
  return (
    url.origin === base.origin &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '' &&
    (url.pathname === base.pathname || url.pathname.startsWith(`${base.pathname.replace(/\/$/, '')}/`))
  )
}

export function subscriptionResource(row: SubscriptionRow): Subscription {
  return {
    resourceType: 'Subscription',
    id: row.id,
    status: row.status,
    ...(row.endsAt === null ? {} : { end: row.endsAt.toISOString() }),
    reason: row.reason,
    criteria: row.criteria,
    ...(row.error === null ? {} : { error: row.error }),
    channel: { type: 'rest-hook', endpoint: row.endpoint },
  }
}
