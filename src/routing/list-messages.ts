import type { Database } from '../kernel/db.ts'
import { routingError } from './errors.ts'
import {
  type DeadRow,
  type DeliveryRow,
  listDead,
  listMessages,
  type MessageFilter,
  type MessageRow,
  readDeliveries,
  readMessage,
} from './log-store.ts'

/** Who looks: an institution at what it sent or got, the operator at everything but whose it is. */
export interface Viewer {
  readonly institution: string | undefined
}

const PRIORITIES = ['urgent', 'soon', 'routine'] as const
export type Priority = (typeof PRIORITIES)[number]
export const priorityOf = (rank: number): Priority => PRIORITIES[rank] ?? 'routine'
export const rankOfPriority = (priority: Priority): 0 | 1 | 2 => PRIORITIES.indexOf(priority) as 0 | 1 | 2

export async function listForViewer(
  db: Database,
  viewer: Viewer,
  ask: { readonly filter: MessageFilter; readonly cursor: string | undefined; readonly count: number },
) {
  const before = ask.cursor === undefined ? undefined : readCursor(ask.cursor, UUID)
  const rows = await listMessages(db, {
    institution: viewer.institution,
    filter: ask.filter,
    before,
    limit: ask.count + 1,
  })
  const page = rows.slice(0, ask.count)
  const deliveries = Map.groupBy(
    await readDeliveries(
      db,
      page.map((row) => row.id),
    ),
    (row) => row.messageId,
  )
  const last = page.at(-1)
  return {
    messages: page.map((row) => present(viewer, row, deliveries.get(row.id) ?? [])),
    ...(rows.length > ask.count && last !== undefined ? { next: cursorOf(last.id) } : {}),
  }
}

/** @throws `routing.message-unknown`, also for one in which the viewer has no part */
export async function showMessage(db: Database, viewer: Viewer, id: string) {
  const row = await readMessage(db, id)
  const deliveries = row === undefined ? [] : await readDeliveries(db, [id])
  const { institution } = viewer
  const concerned =
    institution === undefined ||
    row?.sender === institution ||
    deliveries.some((one) => one.kind === 'message' && one.destination === institution)
  if (row === undefined || !concerned) throw routingError('message-unknown')
  return present(viewer, row, deliveries)
}

function present(viewer: Viewer, row: MessageRow, deliveries: readonly DeliveryRow[]) {
  const { institution } = viewer
  const { personId, receivedAt, sentAt, ...rest } = row
  return {
    ...rest,
    ...(institution === undefined ? {} : { personId }),
    receivedAt: receivedAt.toISOString(),
    sentAt: iso(sentAt),
    deliveries: deliveries.filter((one) => isShown(viewer, row, one)).map(presentDelivery),
  }
}

/** Who else got a message is its sender's business; who has subscribed is nobody's but the operator's. */
function isShown({ institution }: Viewer, message: MessageRow, delivery: DeliveryRow): boolean {
  if (institution === undefined) return true
  return delivery.kind === 'message' && (message.sender === institution || delivery.destination === institution)
}

function presentDelivery(row: DeliveryRow) {
  const { destination, kind, state, attempts, reason, status } = row
  return {
    destination,
    kind,
    priority: priorityOf(row.rank),
    state,
    attempts,
    firstAt: iso(row.firstAt),
    lastAt: iso(row.lastAt),
    nextAt: iso(row.nextAt),
    endedAt: iso(row.endedAt),
    reason,
    status,
  }
}

export async function listDeadLetters(
  db: Database,
  viewer: Viewer,
  ask: { readonly destination: string | undefined; readonly cursor: string | undefined; readonly count: number },
) {
  const rows = await listDead(db, {
    sender: viewer.institution,
    destination: ask.destination,
    after: ask.cursor === undefined ? undefined : readCursor(ask.cursor, DEAD_PLACE),
    limit: ask.count + 1,
  })
  const page = rows.slice(0, ask.count)
  const last = page.at(-1)
  return {
    deadLetters: page.map(presentDead),
    ...(rows.length > ask.count && last !== undefined
      ? { next: cursorOf(`${last.destination} ${last.messageId}`) }
      : {}),
  }
}

function presentDead(row: DeadRow) {
  const { sender, destination, event, reason, status, attempts } = row
  return {
    id: row.messageId,
    sender,
    destination,
    event,
    reason,
    status,
    attempts,
    firstAt: iso(row.firstAt),
    lastAt: iso(row.lastAt),
    parks: Number(row.behind),
    // Nothing happens by itself any more.
    nextAction: 'rerun or cancel',
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const DEAD_PLACE = /^[A-Za-z0-9-]{1,36} [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const cursorOf = (place: string): string => Buffer.from(place).toString('base64url')

function readCursor(cursor: string, form: RegExp): string {
  const place = Buffer.from(cursor, 'base64url').toString('latin1')
  if (!form.test(place)) {
    throw routingError('cursor-invalid', { errors: [{ pointer: 'querystring/cursor', detail: 'is none of ours' }] })
  }
  return place
}
