import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { inTx } from '../kernel/tx.ts'
import { auditHealth, cityOf, type HealthCaller, UPKEEP } from './caller.ts'
import { healthcodesError } from './errors.ts'
import { figureOn } from './in-force.ts'
import {
  countRows,
  deleteClass,
  type Hold,
  insertHold,
  insertProofs,
  listClosedWithRows,
  PURGE_CLASSES,
  type PurgeCause,
  type PurgeClass,
  type Purged,
  releaseHoldRow,
} from './purge-store.ts'
import { orderStateAt, policyAt } from './rules.ts'
import { closeOrderRow, listExpiredOrders, lockRevision, nextRevision, readOrders, readPolicy } from './setup-store.ts'
import type { EmergencyOrder } from './types.ts'

const DAY_MS = 86_400_000

type PurgeDeps = Pick<Deps, 'db' | 'clock' | 'log'>

/** Closes orders whose end has passed and deletes all that closed orders held of persons, with a proof for each class. */
export async function purgeEndedOrders(deps: PurgeDeps): Promise<void> {
  const expired = await listExpiredOrders(deps.db, deps.clock.now())
  await eachOrder(deps, expired, async ({ orderId, city }) => {
    await inTx(deps.db, async (tx) => {
      await nextRevision(tx, { setup: true })
      const at = deps.clock.now()
      await closeOrderRow(tx, orderId, { by: UPKEEP.clientId, reason: 'expired', at })
      await auditHealth(deps, tx, UPKEEP, {
        action: 'healthcodes.order-expire',
        targetType: 'order',
        targetId: orderId,
        orderId,
      })
    })
    deps.log.info({ area: 'healthcodes', verb: 'close-order', city, orderId }, 'an emergency order has ended')
  })
  const closed = (await listClosedWithRows(deps.db)).map((orderId) => ({ orderId }))
  await eachOrder(deps, closed, async ({ orderId }) => await purgeOrder(deps, orderId, 'order-ended'))
}

/** Deletes, of orders in force, what is older than the policy keeps it. */
export async function purgeOld(deps: PurgeDeps): Promise<void> {
  const nowMs = deps.clock.now().getTime()
  const orders = await readOrders(deps.db, { open: true })
  const active = orders.filter((order) => orderStateAt(order, nowMs) === 'active')
  await eachOrder(deps, active, async ({ orderId }) => await purgeOrder(deps, orderId, 'retention'))
}

/** One order that cannot be done now must not keep the rows of the others: it is reported, and comes again at the next tick. */
async function eachOrder<T extends { readonly orderId: string }>(
  deps: Pick<Deps, 'log'>,
  orders: readonly T[],
  work: (order: T) => Promise<void>,
): Promise<void> {
  for (const order of orders) {
    try {
      await work(order)
    } catch (error) {
      const line = { err: error, area: 'healthcodes', verb: 'purge', orderId: order.orderId }
      deps.log.error(line, 'an emergency order could not be closed or purged')
    }
  }
}

async function purgeOrder(deps: PurgeDeps, orderId: string, cause: PurgeCause): Promise<void> {
  const purged = await inTx(deps.db, async (tx) => {
    await lockRevision(tx)
    const [order] = await readOrders(tx, { orderId })
    if (order === undefined) return []
    const rows = await deleteRows(deps, tx, orderId, cause)
    if (rows.length > 0) await nextRevision(tx, { purged: true })
    await prove(deps, tx, { order, cause, rows })
    return rows
  })
  for (const { class: name, count } of purged) {
    deps.log.info({ area: 'healthcodes', verb: 'purge', orderId, class: name, count, cause }, 'rows were purged')
  }
}

async function deleteRows(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  orderId: string,
  cause: PurgeCause,
): Promise<readonly Purged[]> {
  const now = deps.clock.now()
  const cutoff =
    cause === 'order-ended'
      ? null
      : new Date(now.getTime() - (await figureOn(tx, 'retention-days', now.getTime())).value * DAY_MS)
  const purged: Purged[] = []
  for (const name of PURGE_CLASSES) {
    const rows = await deleteClass(tx, name, { orderId, now, cutoff })
    if (rows !== undefined) purged.push(rows)
  }
  return purged
}

async function prove(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  of: { readonly order: EmergencyOrder; readonly cause: PurgeCause; readonly rows: readonly Purged[] },
): Promise<void> {
  const { order, cause, rows } = of
  // Nothing can be set under an order that nobody approved, so it has nothing to delete.
  const { approvedBy, closedBy: endedBy, orderId, city } = order
  if (rows.length === 0 || approvedBy === null) return
  const now = deps.clock.now()
  const policy = policyAt(await readPolicy(tx), 'retention-days', now.getTime())
  await insertProofs(
    tx,
    rows.map((one) => ({
      ...one,
      proofId: newId(),
      orderId,
      city,
      cause,
      policy: policy === undefined ? null : { name: policy.name, version: policy.version },
      purgedBy: UPKEEP.clientId,
      approvedBy,
      endedBy,
      at: now,
    })),
  )
  await auditHealth(
    deps,
    tx,
    UPKEEP,
    ...rows.map((one) => ({
      action: 'healthcodes.purge',
      targetType: 'purge' as const,
      targetId: orderId,
      orderId,
      officer: (endedBy ?? approvedBy).officer,
      reasonCodes: [one.class, cause],
    })),
  )
}

export interface PurgePreview {
  readonly orderId: string
  readonly classes: readonly {
    readonly class: PurgeClass
    readonly wouldGo: Purged | undefined
    readonly held: number
  }[]
}

/**
 * Dry run of the deletion at an order's end: does it in a transaction that is rolled back, so that its figures are those
 * that the proof would have.
 */
export async function previewPurge(
  deps: Pick<Deps, 'db' | 'clock'>,
  orderId: string,
  by: HealthCaller,
): Promise<PurgePreview> {
  const [order] = await readOrders(deps.db, { orderId })
  if (order === undefined || (by.role === 'cdc' && order.city !== by.city)) throw healthcodesError('order-not-found')
  const attempt = await deps.db.startTransaction().execute()
  try {
    await lockRevision(attempt)
    const rows = await deleteRows(deps, attempt, orderId, 'order-ended')
    const left = await countRows(attempt, orderId)
    return {
      orderId,
      classes: PURGE_CLASSES.map((name) => ({
        class: name,
        wouldGo: rows.find((one) => one.class === name),
        held: left.get(name) ?? 0,
      })),
    }
  } finally {
    await attempt.rollback().execute()
  }
}

/** Keeps rows of an order, or of one person under it, from deletion; for a time that the policy bounds. */
export async function setHold(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly orderId: string
    readonly personId: string | null
    readonly reason: string
    readonly until: Date
    readonly officer: string
    readonly by: HealthCaller
  },
): Promise<Hold> {
  const { orderId, personId, reason, until, officer, by } = command
  const city = cityOf(by)
  const now = deps.clock.now()
  // The purge waits for this, or this for the purge: no hold is set on rows that are going.
  await nextRevision(tx)
  const [order] = await readOrders(tx, { city, orderId })
  if (order === undefined) throw healthcodesError('order-not-found')
  if (order.approvedBy === null) {
    const detail = 'nobody has approved the order: there is nothing to keep'
    throw healthcodesError('hold-invalid', { errors: [{ pointer: '/orderId', detail }] })
  }
  const days = (await figureOn(tx, 'hold-max-days', now.getTime())).value
  if (until <= now || until.getTime() > now.getTime() + days * DAY_MS) {
    const detail = `must lie in the next ${days} days; a longer hold is set anew`
    throw healthcodesError('hold-invalid', { errors: [{ pointer: '/until', detail }] })
  }
  const setBy = { clientId: by.clientId, officer }
  const hold: Hold = { holdId: newId(), orderId, city, personId, reason, setBy, setAt: now, until, releasedAt: null }
  await insertHold(tx, hold)
  await auditHealth(deps, tx, by, {
    action: 'healthcodes.hold-set',
    targetType: 'hold',
    targetId: hold.holdId,
    personId: personId ?? undefined,
    orderId,
    officer,
  })
  return hold
}

export async function releaseHold(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly holdId: string; readonly officer: string; readonly by: HealthCaller },
): Promise<void> {
  const { holdId, officer, by } = command
  await nextRevision(tx)
  if (!(await releaseHoldRow(tx, holdId, cityOf(by), deps.clock.now()))) throw healthcodesError('hold-not-found')
  await auditHealth(deps, tx, by, {
    action: 'healthcodes.hold-release',
    targetType: 'hold',
    targetId: holdId,
    officer,
  })
}
