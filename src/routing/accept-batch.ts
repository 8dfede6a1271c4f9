import { type AuditEvent, appendAudits, auditTerms } from '../audit/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { again, inTx } from '../kernel/tx.ts'
import { personIdsOf } from '../people/index.ts'
import { noteHoldings, RESULT_CHANGED } from '../records/index.ts'
import {
  INSERTED_ONLY,
  insertDeliveries,
  insertMessages,
  type KnownMessage,
  type NewDelivery,
  type NewMessage,
  readKnown,
} from './accept-store.ts'
import { MESSAGES_ACCEPTED } from './jobs.ts'
import type { RoutingPolicy } from './open-policy.ts'
import { ensureHospitals } from './policy-store.ts'
import type { Routed } from './rules.ts'
import { findSubscribers } from './subscription-store.ts'
import { HUB, type MessageFacts, type PatientNamed, ROUTINE } from './types.ts'

/** A message with everything that accepting it needs; the body is encrypted already. */
export interface Submission {
  readonly message: Omit<NewMessage, 'personId'>
  readonly encrypted: Buffer
  readonly subject: string
  readonly patient: PatientNamed | undefined
  readonly routes: readonly Routed[]
  /** What the sender says it holds for the patient, where the message is a notice of that. */
  readonly notice: Notice | undefined
  readonly sourceAddress: string | undefined
}

export interface Notice {
  readonly focus: MessageFacts['focus']
  /** These results were there before, and have changed. */
  readonly corrected: boolean
}

export type Acceptance =
  | { readonly kind: 'accepted' | 'repeated'; readonly answer: string }
  | { readonly kind: 'id-reused' }
  | { readonly kind: 'bundle-known' }

export type DeskDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'log' | 'outbox'> & { readonly policy: RoutingPolicy }

/**
 * One event wakes the couriers for all messages of this time: each costs a row and a job. What comes after the couriers have
 * gone home is due, and found by their next tick.
 */
const WAKE_EVERY_MS = 100

export type BatchDeps = DeskDeps & {
  /** When the couriers of a destination were last woken, on a clock that nobody sets. */
  readonly wakes: Map<string, number>
}

/**
 * A batch of messages that nobody else has to hear of is one statement, which commits itself. First messages to a hospital,
 * notices and the event that wakes the couriers take a transaction around it.
 */
export async function acceptBatch(deps: BatchDeps, batch: readonly Submission[]): Promise<readonly Acceptance[]> {
  const now = deps.clock.now()
  const people = await personIdsOf(
    deps.db,
    deps.keyring,
    batch.map(({ patient }) => patient?.identifiers ?? []),
    now,
  )
  const messages = batch.map(
    ({ message, patient }, index): NewMessage => ({ ...message, personId: people[index] ?? patient?.personId ?? null }),
  )
  const deliveries = batch.flatMap((submission) => submission.routes.map((route) => deliveryOf(submission, route)))
  const destinations = [...new Set(deliveries.map((one) => one.destination))]
  const strangers = destinations.filter((code) => deps.policy.destination(code) === undefined)
  const notices = batch.some((one) => one.notice !== undefined)
  const asleep = fallenAsleep(deps, destinations)
  const write = (db: Db): Promise<Written> => writeBatch(db, deps, { batch, messages, deliveries, now })
  if (strangers.length === 0 && !notices && asleep.length === 0) {
    return (await again(() => write(deps.db))).acceptances
  }
  const { acceptances, appended } = await inTx(deps.db, async (tx) => {
    // A hospital's first message makes its row among the destinations.
    if (strangers.length > 0) await ensureHospitals(tx, strangers, now)
    const { acceptances, accepted } = await write(tx)
    const told = await writeNotices(tx, deps, accepted, now)
    await insertDeliveries(tx, told, now)
    const toWake = [
      ...new Set([
        ...asleep,
        ...fallenAsleep(
          deps,
          told.map((one) => one.destination),
        ),
      ]),
    ]
    if (accepted.length > 0) await wakeCouriers(tx, deps, toWake)
    const corrected = accepted.some((one) => one.submission.notice?.corrected === true)
    return { acceptances, appended: (accepted.length > 0 && toWake.length > 0) || corrected }
  })
  // A look at the outbox is a transaction: none where there is nothing to see.
  if (appended) deps.outbox.wake()
  return acceptances
}

interface Written {
  readonly acceptances: readonly Acceptance[]
  readonly accepted: readonly { readonly submission: Submission; readonly message: NewMessage }[]
}

/** Log, bodies, deliveries and audit events of what is new; then, rarely, what is known of the rest. */
async function writeBatch(
  db: Db,
  deps: Pick<DeskDeps, 'clock'>,
  of: {
    readonly batch: readonly Submission[]
    readonly messages: readonly NewMessage[]
    readonly deliveries: readonly NewDelivery[]
    readonly now: Date
  },
): Promise<Written> {
  const { batch, messages, deliveries, now } = of
  const inserted = await insertMessages(db, {
    messages,
    bodies: batch.map((one) => one.encrypted),
    deliveries,
    audits: auditTerms(
      batch.map((one, index) => auditOf(one, messages[index] as NewMessage, 'accepted')),
      deps.clock,
      INSERTED_ONLY,
    ),
    at: now,
  })
  const others = messages.filter((one) => !inserted.has(one.id))
  const known = others.length === 0 ? [] : await readKnown(db, others)
  const acceptances = messages.map(
    (one): Acceptance => (inserted.has(one.id) ? { kind: 'accepted', answer: one.answer } : judgeKnown(one, known)),
  )
  const accepted: { submission: Submission; message: NewMessage }[] = []
  const audits: AuditEvent[] = []
  batch.forEach((submission, index) => {
    const message = messages[index] as NewMessage
    const { kind } = acceptances[index] as Acceptance
    if (kind === 'accepted') accepted.push({ submission, message })
    else audits.push(auditOf(submission, message, kind))
  })
  await appendAudits(db, audits, deps.clock)
  return { acceptances, accepted }
}

function deliveryOf({ message, subject }: Submission, { code, rank }: Routed): NewDelivery {
  return { destination: code, messageId: message.id, kind: 'message', subject, event: message.event, rank }
}

/** Destinations whose couriers nobody has woken for a while. */
function fallenAsleep(deps: BatchDeps, destinations: readonly string[]): readonly string[] {
  const at = performance.now()
  return destinations.filter((code) => at - (deps.wakes.get(code) ?? -WAKE_EVERY_MS) >= WAKE_EVERY_MS)
}

async function wakeCouriers(tx: Tx, deps: BatchDeps, destinations: readonly string[]): Promise<void> {
  if (destinations.length === 0) return
  await deps.outbox.append(tx, { topic: MESSAGES_ACCEPTED, payload: { destinations: destinations.join(' ') } })
  const at = performance.now()
  for (const code of destinations) deps.wakes.set(code, at)
}

/** Feeds the locator, tells those who used a result that it changed, and gives the deliveries to subscribers. */
async function writeNotices(
  tx: Tx,
  deps: DeskDeps,
  accepted: readonly { readonly submission: Submission; readonly message: NewMessage }[],
  now: Date,
): Promise<readonly NewDelivery[]> {
  const notices = accepted.flatMap(({ submission, message }) => {
    const { personId, sender } = message
    if (submission.notice === undefined || personId === null) return []
    const holds = [...new Set(submission.notice.focus.map((one) => one.type).filter((type) => type !== ''))]
    return [{ ...submission.notice, messageId: message.id, event: message.event, personId, sender, holds }]
  })
  if (notices.length === 0) return []
  await noteHoldings(
    tx,
    notices.map(({ personId, sender, holds }) => ({ personId, institution: sender, types: holds, seenAt: now })),
  )
  for (const { corrected, focus, personId, sender } of notices) {
    for (const { type, id } of corrected ? focus : []) {
      if (id === undefined || type === '') continue
      const payload = { personId, institution: sender, resourceType: type, resourceId: id }
      await deps.outbox.append(tx, { topic: RESULT_CHANGED, payload })
    }
  }
  const subscribers = await findSubscribers(tx, notices, now)
  return subscribers.map((one) => ({ ...one, kind: 'notice', subject: 'notices', rank: ROUTINE }))
}

/** The table of de-duplication: same id and content, the stored answer; another content or a bundle's id of another, refused. */
function judgeKnown(message: NewMessage, known: readonly KnownMessage[]): Acceptance {
  const own = known.find((one) => one.sender === message.sender && one.messageId === message.messageId)
  if (own === undefined) return { kind: 'bundle-known' }
  return own.digest.equals(message.digest) ? { kind: 'repeated', answer: own.answer } : { kind: 'id-reused' }
}

const REASONS: Readonly<Record<Acceptance['kind'], readonly string[]>> = {
  accepted: ['accepted'],
  repeated: ['repeated'],
  'id-reused': ['id-reused'],
  'bundle-known': ['bundle-known'],
}

function auditOf({ sourceAddress }: Submission, message: NewMessage, kind: Acceptance['kind']): AuditEvent {
  return {
    actor: message.clientId,
    actorOrg: message.sender,
    role: message.sender === HUB ? 'system' : 'hospital',
    action: 'routing.accept',
    targetType: 'message',
    targetId: message.id,
    personRef: message.personId ?? undefined,
    purpose: 'treatment',
    basis: 'treatment',
    result: kind === 'accepted' || kind === 'repeated' ? 'allowed' : 'refused',
    reasonCodes: REASONS[kind],
    sourceAddress,
    requestId: message.requestId,
  }
}
