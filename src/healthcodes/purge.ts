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
import { orderStateAt } from './rules.ts'
import { closeOrderRow, listExpiredOrders, lockRevision, nextRevision, readOrders } from './setup-store.ts'
import type { EmergencyOrder } from './types.ts'

const DAY_MS = 86_400_000

type PurgeDeps = Pick<Deps, 'db' | 'clock' | 'log'>

/** Closes orders whose end has passed and deletes all that closed orders held of persons, with a proof for each class. */
export async function purgeEndedOrders(deps: PurgeDeps): Promise<void> {
  for (const { orderId, city } of await listExpiredOrders(deps.db, deps.clock.now())) {
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
  }
  for (const orderId of await listClosedWithRows(deps.db)) await purgeOrder(deps, orderId, 'order-ended')
}

/** Deletes, of orders in force, what is older than the policy keeps it. */
export async function purgeOld(deps: PurgeDeps): Promise<void> {
  const nowMs = deps.clock.now().getTime()
  const orders = await readOrders(deps.db, { open: true })
  for (const order of orders) {
    if (orderStateAt(order, nowMs) === 'active') await purgeOrder(deps, order.orderId, 'retention')
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
  const days = (await figureOn(tx, 'retention-days', now.getTime())).value
  const cutoff = cause === 'order-ended' ? null : new Date(now.getTime() - days * DAY_MS)
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
  const { approvedBy, orderId, city } = order
  if (rows.length === 0 || approvedBy === null) return
  const now = deps.clock.now()
  const policy = await figureOn(tx, 'retention-days', now.getTime())
  await insertProofs(
    tx,
    rows.map((one) => ({
      ...one,
      proofId: newId(),
      orderId,
      city,
      cause,
      policyName: policy.name,
      policyVersion: policy.version,
      purgedBy: UPKEEP.clientId,
      approvedBy,
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
      officer: approvedBy.officer,
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
