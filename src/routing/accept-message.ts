import type { OperationOutcome } from 'fhir/r4.js'
import { appendAudit } from '../audit/index.ts'
import { outcomeOfIssues, validateResource } from '../fhir/index.ts'
import { encryptField } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import type { IdentifierType } from '../people/index.ts'
import type { Exchange } from '../records/index.ts'
import type { AcceptDesk } from './accept-desk.ts'
import { insertRefused } from './accept-store.ts'
import { writeAnswer } from './answer.ts'
import { bodyPlace } from './body-place.ts'
import { routingError } from './errors.ts'
import { idAt } from './id-at.ts'
import type { RoutingPolicy } from './open-policy.ts'
import { digestOf, type ReadContext, readMessage } from './read-message.ts'
import { isAhead, isForgotten, routesOf } from './rules.ts'
import { subjectOf } from './subject.ts'
import { type MessageFacts, RESULT_AVAILABLE, RESULT_CORRECTED } from './types.ts'

export type AcceptDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'config' | 'log'> & {
  readonly exchange: Exchange
  readonly policy: RoutingPolicy
  readonly desk: AcceptDesk
}

/** Whose token it is. */
export interface SentBy {
  readonly clientId: string
  readonly institution: string
  readonly requestId: string
  readonly sourceAddress: string | undefined
}

export interface ReceivedMessage {
  /** As it arrived: these bytes are kept and delivered. */
  readonly bytes: Buffer
  readonly bundle: unknown
}

export type MessageAnswer =
  /** Durable: the response message, as it was first given. */
  | { readonly status: 200; readonly text: string }
  /** Being written; the sender asks again with the same message. */
  | { readonly status: 202 }
  | { readonly status: 422; readonly outcome: OperationOutcome }

/** Longest wait for the disk before the sender is told to ask again. */
const WAIT_MS = 5_000
const NOTICES: ReadonlySet<string> = new Set([RESULT_AVAILABLE, RESULT_CORRECTED])

/**
 * Takes a message: everything that can refuse it comes first, then it is stored, and only then answered. What is refused
 * leaves its metadata in the log.
 */
export async function acceptMessage(deps: AcceptDeps, by: SentBy, received: ReceivedMessage): Promise<MessageAnswer> {
  let facts: MessageFacts | undefined
  try {
    const read = readMessage(received.bundle, contextOf(deps, by))
    if ('complaints' in read) throw routingError('not-a-message', { errors: read.complaints })
    facts = read.facts
    const issues = validateResource(received.bundle)
    if (issues.length > 0) {
      await logRefused(deps, by, { facts, bytes: received.bytes.length, reason: 'structure' })
      return { status: 422, outcome: outcomeOfIssues(issues) }
    }
    return await submit(deps, by, facts, received)
  } catch (error) {
    if (error instanceof AppError && error.status < 500) {
      await logRefused(deps, by, { facts, bytes: received.bytes.length, reason: error.code })
    }
    throw error
  }
}

async function submit(
  deps: AcceptDeps,
  by: SentBy,
  facts: MessageFacts,
  { bytes, bundle }: ReceivedMessage,
): Promise<MessageAnswer> {
  const now = deps.clock.now()
  const channel = deps.policy.channel(facts.event, now)
  if (bytes.length > channel.maxBodyBytes) {
    throw routingError('too-long', { detail: `Messages of this event may have ${channel.maxBodyBytes} bytes.` })
  }
  if (isForgotten(facts.sentAt, channel, now)) {
    throw routingError('too-old', {
      detail: `A message may be sent again for ${channel.logDays - 1} days; after that nobody knows whether it was taken.`,
      errors: [{ pointer: 'Bundle.timestamp', detail: 'lies too far back' }],
    })
  }
  const notice = NOTICES.has(facts.event)
  const routes = routesOf(
    { event: facts.event, sender: by.institution, rank: facts.rank },
    checkDestinations(deps, by, facts, { notice, now }),
    deps.policy.rules(),
    localDate(now),
  )
  if (routes.length === 0 && !notice) {
    throw routingError('no-destination', {
      detail: 'The header names no destination and no rule has one for this event.',
      errors: [{ pointer: 'Bundle.entry[0].resource.destination', detail: 'is needed' }],
    })
  }
  const id = idAt(now)
  const { messageId, bundleId, event, sentAt } = facts
  const answer = writeAnswer({ rowId: id, messageId, event, at: now, base: `${deps.config.publicUrl}/fhir` })
  const accepted = deps.desk.submit({
    message: {
      id,
      sender: by.institution,
      clientId: by.clientId,
      messageId,
      bundleId,
      event,
      digest: digestOf(bundle as Readonly<Record<string, unknown>>),
      receivedAt: now,
      sentAt,
      bytes: bytes.length,
      answer,
      requestId: by.requestId,
    },
    encrypted: encryptField(deps.keyring, bytes, bodyPlace(id)),
    subject: subjectOf(deps.keyring, { rowId: id, sender: by.institution, patient: facts.patient }),
    patient: facts.patient,
    routes,
    notice: notice ? { corrected: event === RESULT_CORRECTED, focus: facts.focus } : undefined,
    sourceAddress: by.sourceAddress,
  })
  const acceptance = await within(WAIT_MS, accepted, (error) =>
    deps.log.error({ err: error }, 'a message was not stored after its sender had gone'),
  )
  if (acceptance === undefined) return { status: 202 }
  if (acceptance.kind === 'id-reused') {
    throw routingError('id-reused', {
      detail:
        'A message with this MessageHeader.id was taken before, with another content. Take a new id for new content.',
    })
  }
  if (acceptance.kind === 'bundle-known') {
    throw routingError('bundle-known', {
      detail: 'A bundle with this Bundle.id was taken before, with another MessageHeader.id.',
      meta: { issueCode: 'duplicate' },
    })
  }
  return { status: 200, text: acceptance.answer }
}

/** The destinations of the header; all that is wrong with the message's own claims is said at once. */
function checkDestinations(
  deps: AcceptDeps,
  by: SentBy,
  facts: MessageFacts,
  { notice, now }: { readonly notice: boolean; readonly now: Date },
): readonly string[] {
  if (facts.sender !== undefined && facts.sender !== by.institution) {
    throw routingError('sender-mismatch', {
      detail: 'A message is sent by the institution of the token.',
      errors: [{ pointer: 'Bundle.entry[0].resource.sender', detail: 'is not your institution' }],
    })
  }
  const errors = facts.destinations.flatMap((code, index) => {
    const pointer = `Bundle.entry[0].resource.destination[${index}]`
    if (code === by.institution) return [{ pointer, detail: 'is the sender itself' }]
    if (code !== undefined && isRegistered(deps, code)) return []
    return [{ pointer, detail: 'is no institution that is registered here for messages' }]
  })
  if (errors.length > 0) {
    throw routingError('destination-unknown', {
      detail:
        'Name registered institutions: receiver.identifier with the code, or urn:yimatong:institution:CODE as endpoint.',
      errors,
    })
  }
  const more = [
    ...(isAhead(facts.sentAt, now) ? [{ pointer: 'Bundle.timestamp', detail: 'lies in the future' }] : []),
    ...(notice && facts.patient === undefined
      ? [{ pointer: 'Bundle.entry', detail: 'a notice of results names their patient' }]
      : []),
    ...(notice && !facts.focus.some((one) => one.type !== '')
      ? [{ pointer: 'Bundle.entry[0].resource.focus', detail: 'a notice of results names them' }]
      : []),
  ]
  if (more.length > 0) throw routingError('message-invalid', { errors: more })
  return facts.destinations.filter((code) => code !== undefined)
}

/** Whether messages can be delivered there. */
export function isRegistered(deps: Pick<AcceptDeps, 'policy' | 'exchange'>, code: string): boolean {
  const destination = deps.policy.destination(code)
  if (destination?.kind === 'webhook') return true
  return deps.exchange.get(code)?.hospital.enabled === true
}

const RESIDENT_ID = 'urn:oid:2.16.156.10011.1.3'

function contextOf(deps: AcceptDeps, by: SentBy): ReadContext {
  const own = deps.exchange.get(by.institution)?.hospital.identifierSystems ?? {}
  const systems = Object.entries(own).map(([type, system]) => [system, type as IdentifierType] as const)
  return {
    identifierSystems: new Map([[RESIDENT_ID, 'resident-id' as const], ...systems]),
    base: `${deps.config.publicUrl}/fhir`,
    institutionAt: (endpoint) =>
      deps.exchange.connections().find((one) => one.hospital.baseUrl === endpoint)?.hospital.institution,
  }
}

export interface Refused {
  readonly facts?: MessageFacts | undefined
  readonly bytes: number
  readonly reason: string
}

/** Also of what could not even be read: who sent how much, and why it was not taken. */
export async function logRefused(
  deps: Pick<Deps, 'db' | 'clock'>,
  by: SentBy,
  { facts, bytes, reason }: Refused,
): Promise<void> {
  const receivedAt = deps.clock.now()
  const id = idAt(receivedAt)
  await inTx(deps.db, async (tx) => {
    await insertRefused(tx, {
      id,
      sender: by.institution,
      clientId: by.clientId,
      messageId: facts?.messageId ?? null,
      bundleId: facts?.bundleId ?? null,
      event: facts?.event ?? '',
      receivedAt,
      bytes,
      reason,
      requestId: by.requestId,
    })
    await appendAudit(
      tx,
      {
        actor: by.clientId,
        actorOrg: by.institution,
        role: 'hospital',
        action: 'routing.accept',
        targetType: 'message',
        targetId: id,
        purpose: 'treatment',
        basis: 'treatment',
        result: 'refused',
        reasonCodes: [reason],
        sourceAddress: by.sourceAddress,
        requestId: by.requestId,
      },
      deps.clock,
    )
  })
}

/** Undefined where the work takes longer; it goes on, and a fault of it is told to `late`. */
async function within<T>(ms: number, work: Promise<T>, late: (error: unknown) => void): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      work.catch(late)
      resolve(undefined)
    }, ms)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
  }
}
