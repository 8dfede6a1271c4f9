import type { CityCode } from '../codes/index.ts'
import type { Db } from '../kernel/db.ts'
import { healthcodesError } from './errors.ts'
import { orderStateAt, policyAt } from './rules.ts'
import { readOrders, readPolicy } from './setup-store.ts'
import type { EmergencyOrder, PolicyName, PolicyRow } from './types.ts'

/** The order in force of a city, from the database: what is written must not rest on memory. @throws `healthcodes.dormant` */
export async function orderInForce(db: Db, city: CityCode, nowMs: number): Promise<EmergencyOrder> {
  const orders = await readOrders(db, { city, open: true })
  const active = orders.find((order) => orderStateAt(order, nowMs) === 'active')
  if (active === undefined) throw healthcodesError('dormant')
  return active
}

/** Refuses while no city has an order in force. @throws `healthcodes.dormant` */
export async function anyOrderInForce(db: Db, nowMs: number): Promise<void> {
  const orders = await readOrders(db, { open: true })
  if (!orders.some((order) => orderStateAt(order, nowMs) === 'active')) throw healthcodesError('dormant')
}

/** A figure of policy on a day. @throws `healthcodes.policy-missing`: nothing is done on a figure that is not there */
export async function figureOn(db: Db, name: PolicyName, nowMs: number): Promise<PolicyRow> {
  const row = policyAt(await readPolicy(db), name, nowMs)
  if (row === undefined) throw healthcodesError('policy-missing', { detail: `There is no figure for ${name}.` })
  return row
}
