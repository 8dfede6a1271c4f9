import { issuerName } from '../issuers/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { auditHealth, cityOf, type HealthCaller } from './caller.ts'
import { healthcodesError } from './errors.ts'
import { figureOn } from './in-force.ts'
import { readIssuers } from './issuer-store.ts'
import { isIndependent, mapLevel, orderProblems, orderStateAt, overlap, rulesProblems } from './rules.ts'
import { approveOrderRow, closeOrderRow, insertOrder, nextRevision, readOrders } from './setup-store.ts'
import type { EmergencyOrder, OrderRule } from './types.ts'

export interface NewOrder extends Pick<EmergencyOrder, 'issuedBy' | 'legalBasis' | 'area' | 'fromMs' | 'toMs'> {
  readonly rules: readonly Omit<OrderRule, 'level'>[]
}

/** Takes in an order of the caller's city. It sleeps until somebody else has approved it. */
export async function registerOrder(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly order: NewOrder; readonly officer: string; readonly by: HealthCaller },
): Promise<EmergencyOrder> {
  const { order, officer, by } = command
  const city = cityOf(by)
  const now = deps.clock.now()
  await nextRevision(tx, { setup: true })
  const maxDays = (await figureOn(tx, 'order-max-days', now.getTime())).value
  const versions = (await readIssuers(tx, { inUse: true })).filter((one) => one.issuer === issuerName(city))
  const atMs = [Math.max(order.fromMs, now.getTime())]
  const levels = order.rules.map(({ version, issuerLevel }) => mapLevel(versions, { version, issuerLevel, atMs }).level)
  const problems = [
    ...orderProblems({ ...order, city }, { nowMs: now.getTime(), maxDays }),
    ...rulesProblems(order.rules, levels),
  ]
  if (problems.length > 0) throw healthcodesError('order-invalid', { errors: problems })
  const registered: EmergencyOrder = {
    ...order,
    orderId: newId(),
    city,
    rules: order.rules.flatMap((rule, index) => {
      const level = levels[index]
      return level === undefined ? [] : [{ ...rule, level }]
    }),
    proposedBy: { clientId: by.clientId, officer },
    approvedBy: null,
    closedBy: null,
    closedAtMs: null,
  }
  await insertOrder(tx, registered, now)
  const { orderId } = registered
  await auditHealth(deps, tx, by, {
    action: 'healthcodes.order-register',
    targetType: 'order',
    targetId: orderId,
    orderId,
    officer,
  })
  return registered
}

/**
 * Approves or refuses an order. Approval needs another client and another officer; refusal is open to all of the city,
 * who registered it included.
 */
export async function decideOrder(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly orderId: string
    readonly decision: 'approve' | 'refuse'
    readonly officer: string
    readonly by: HealthCaller
  },
): Promise<EmergencyOrder> {
  const { orderId, decision, officer, by } = command
  const now = deps.clock.now()
  await nextRevision(tx, { setup: true })
  const city = cityOf(by)
  const [order] = await readOrders(tx, { city, orderId })
  if (order === undefined) throw healthcodesError('order-not-found')
  if (orderStateAt(order, now.getTime()) !== 'proposed') throw healthcodesError('order-decided')
  if (decision === 'refuse') {
    await closeOrderRow(tx, orderId, { by: by.clientId, officer, reason: 'refused', at: now })
  } else {
    if (!isIndependent({ clientId: by.clientId, officer }, [order.proposedBy])) {
      throw healthcodesError('other-person-needed')
    }
    const others = await readOrders(tx, { city, open: true })
    const standing = others.filter((one) => one.approvedBy !== null && orderStateAt(one, now.getTime()) !== 'ended')
    if (standing.some((one) => overlap(one, order))) throw healthcodesError('order-overlaps')
    await approveOrderRow(tx, orderId, { clientId: by.clientId, officer }, now)
  }
  await auditHealth(deps, tx, by, {
    action: `healthcodes.order-${decision}`,
    targetType: 'order',
    targetId: orderId,
    orderId,
    officer,
  })
  return await readAgain(tx, orderId)
}

/** Ends an order before its time; what it held of persons is purged by the next upkeep. */
export async function endOrder(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly orderId: string; readonly officer: string; readonly by: HealthCaller },
): Promise<EmergencyOrder> {
  const { orderId, officer, by } = command
  const now = deps.clock.now()
  await nextRevision(tx, { setup: true })
  const [order] = await readOrders(tx, { city: cityOf(by), orderId })
  if (order === undefined) throw healthcodesError('order-not-found')
  if (order.approvedBy === null || orderStateAt(order, now.getTime()) === 'ended') {
    throw healthcodesError('order-decided')
  }
  await closeOrderRow(tx, orderId, { by: by.clientId, officer, reason: 'ended', at: now })
  await auditHealth(deps, tx, by, {
    action: 'healthcodes.order-end',
    targetType: 'order',
    targetId: orderId,
    orderId,
    officer,
  })
  return await readAgain(tx, orderId)
}

async function readAgain(tx: Tx, orderId: string): Promise<EmergencyOrder> {
  const [order] = await readOrders(tx, { orderId })
  if (order === undefined) throw healthcodesError('order-not-found')
  return order
}
