import type { IssuerKeys } from '../issuers/index.ts'
import { issuerName } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { knownPeople } from '../people/index.ts'
import { auditHealth, cityOf, type HealthCaller } from './caller.ts'
import { healthcodesError } from './errors.ts'
import { figureOn, orderInForce } from './in-force.ts'
import { readStates, type StateRow } from './level-store.ts'
import { HEALTH_CODE_TYPE } from './read-code.ts'
import type { EmergencyOrder, OrderRule } from './types.ts'

export interface PersonLevel {
  readonly personId: string
  readonly order: EmergencyOrder
  /** What the city says now; undefined: no level. */
  readonly current: { readonly state: StateRow; readonly rule: OrderRule } | undefined
  /** The newest first. */
  readonly history: readonly StateRow[]
}

/** A person's level of the caller's city, with its versions. The audit event is committed before anything is shown. */
export async function readPersonLevel(
  deps: Pick<Deps, 'db' | 'clock'>,
  personId: string,
  by: HealthCaller,
): Promise<PersonLevel> {
  const city = cityOf(by)
  const nowMs = deps.clock.now().getTime()
  const order = await orderInForce(deps.db, city, nowMs)
  if ((await knownPeople(deps.db, [personId])).size === 0) throw healthcodesError('person-not-found')
  const states = await readStates(deps.db, personId, city)
  const history = states.filter((one) => one.orderId === order.orderId)
  await auditHealth(deps, deps.db, by, {
    action: 'healthcodes.level-read',
    targetType: 'level',
    personId,
    orderId: order.orderId,
  })
  return { personId, order, current: currentOf(order, history, nowMs), history }
}

/** The newest version, where it is a level that has not run out. */
export function currentOf(order: EmergencyOrder, history: readonly StateRow[], nowMs: number): PersonLevel['current'] {
  const [state] = history
  const rule = order.rules.find((one) => one.reasonCode === state?.reasonCode)
  if (state === undefined || rule === undefined || state.level === null || state.validUntilMs <= nowMs) return undefined
  return { state, rule }
}

export interface HealthCode {
  readonly code: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

/**
 * A signed code of the person's level, for the holder's screen or paper. It names a version of a level, not a person; its
 * end is that of the level and of the order at the latest.
 */
export async function makeHealthCode(
  deps: Pick<Deps, 'db' | 'clock'> & { readonly issuerKeys: Pick<IssuerKeys, 'sign'> },
  personId: string,
  by: HealthCaller,
): Promise<HealthCode> {
  const city = cityOf(by)
  const nowMs = deps.clock.now().getTime()
  const order = await orderInForce(deps.db, city, nowMs)
  const history = await readStates(deps.db, personId, city)
  const current = currentOf(
    order,
    history.filter((one) => one.orderId === order.orderId),
    nowMs,
  )
  if (current === undefined) throw healthcodesError('no-level')
  const { state } = current
  const lifeS = (await figureOn(deps.db, 'code-life-s', nowMs)).value
  const iat = Math.floor(nowMs / 1000)
  const exp = Math.min(iat + lifeS, Math.floor(Math.min(state.validUntilMs, order.toMs) / 1000))
  const { token } = await deps.issuerKeys.sign({
    city,
    use: 'health',
    typ: HEALTH_CODE_TYPE,
    payload: { iss: issuerName(city), sub: state.stateId, lvl: state.issuerLevel, ver: state.mapVersion, iat, exp },
  })
  await auditHealth(deps, deps.db, by, {
    action: 'healthcodes.code-make',
    targetType: 'code',
    targetId: state.stateId,
    personId,
    orderId: order.orderId,
  })
  return { code: token, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000 }
}
