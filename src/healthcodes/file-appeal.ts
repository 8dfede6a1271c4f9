import type { CityCode } from '../codes/index.ts'
import { encryptField, type Keyring } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { localDate } from '../kernel/time.ts'
import { type Appeal, type AppealGround, insertAppeal, insertAppealEvents, readAppeal } from './appeal-store.ts'
import { auditHealth, type HealthCaller } from './caller.ts'
import { healthcodesError } from './errors.ts'
import { figureOn } from './in-force.ts'
import { readStates, type StateRow } from './level-store.ts'
import { heaviest, orderStateAt, secondAppealProblem } from './rules.ts'
import { nextRevision, readOrders } from './setup-store.ts'
import type { HealthLevel } from './types.ts'

const HOUR_MS = 3_600_000

/** Where the words of an appeal are stored. */
export const statementPlace = (appealId: string) => ({
  table: 'healthcodes_appeal',
  column: 'statement_encrypted',
  rowId: appealId,
})

interface Filing {
  readonly ground: AppealGround
  readonly statement?: string | undefined
  readonly by: HealthCaller
}

/**
 * Takes in an appeal against a person's level: the heaviest one in force, or that of the city that is named. The receipt
 * with number and due time is the answer.
 */
export async function fileAppeal(
  deps: Pick<Deps, 'clock' | 'keyring'>,
  tx: Tx,
  command: Filing & { readonly personId: string; readonly city?: CityCode | undefined },
): Promise<Appeal> {
  const { personId, city } = command
  const nowMs = deps.clock.now().getTime()
  await nextRevision(tx)
  const levels = await levelsInForce(tx, personId, nowMs)
  const state = heaviest(city === undefined ? levels : levels.filter((one) => one.city === city), nowMs)
  if (state === undefined) throw healthcodesError('not-appealable', { detail: 'The person has no level in force.' })
  return await take(deps, tx, { ...command, state, first: null, nowMs })
}

/** Takes a refused appeal to the second level, where somebody else decides again. */
export async function fileSecondAppeal(
  deps: Pick<Deps, 'clock' | 'keyring'>,
  tx: Tx,
  command: Filing & { readonly appealId: string },
): Promise<Appeal> {
  const { appealId, by } = command
  const nowMs = deps.clock.now().getTime()
  await nextRevision(tx)
  const first = await readAppeal(tx, appealId, true)
  if (first === undefined || !mayRead(first, by)) throw healthcodesError('appeal-not-found')
  const levels = await levelsInForce(tx, first.personId, nowMs)
  const withinDays = (await figureOn(tx, 'appeal-second-within-days', nowMs)).value
  const problem = secondAppealProblem(first, { nowMs, withinDays })
  if (problem !== undefined) throw healthcodesError('not-appealable', { detail: problem })
  const state = levels.find((one) => one.stateId === first.stateId)
  if (state === undefined) {
    throw healthcodesError('not-appealable', { detail: 'The level is not in force any more.' })
  }
  return await take(deps, tx, { ...command, personId: first.personId, state, first, nowMs })
}

/** Who filed an appeal, and the CDC of the city that decides. */
export const mayRead = (appeal: Appeal, by: HealthCaller): boolean =>
  appeal.filedClient === by.clientId || (by.role === 'cdc' && appeal.city === by.city)

type LevelInForce = StateRow & { readonly level: HealthLevel }

/** What each city says of a person now, under its order in force. @throws `healthcodes.dormant` where there is none */
async function levelsInForce(tx: Tx, personId: string, nowMs: number): Promise<readonly LevelInForce[]> {
  const orders = (await readOrders(tx, { open: true })).filter((order) => orderStateAt(order, nowMs) === 'active')
  if (orders.length === 0) throw healthcodesError('dormant')
  const states = await readStates(tx, personId)
  const newest = states.filter((one, index) => states.findIndex((other) => other.city === one.city) === index)
  return newest.flatMap((one) =>
    one.level !== null && one.validUntilMs > nowMs && orders.some((order) => order.orderId === one.orderId)
      ? [{ ...one, level: one.level }]
      : [],
  )
}

async function take(
  deps: Pick<Deps, 'clock'> & { readonly keyring: Keyring },
  tx: Tx,
  of: Filing & {
    readonly personId: string
    readonly state: StateRow
    readonly first: Appeal | null
    readonly nowMs: number
  },
): Promise<Appeal> {
  const { personId, state, first, nowMs, ground, statement, by } = of
  const now = new Date(nowMs)
  const dueH = (await figureOn(tx, 'appeal-due-h', nowMs)).value
  const appealId = newId()
  const appeal: Appeal = {
    personId,
    appealId,
    number: numberOf(appealId, now),
    orderId: state.orderId,
    city: state.city,
    stateId: state.stateId,
    level: first === null ? 1 : 2,
    firstAppealId: first?.appealId ?? null,
    ground,
    statementEncrypted:
      statement === undefined ? null : encryptField(deps.keyring, statement, statementPlace(appealId)),
    filedClient: by.clientId,
    filedAtMs: nowMs,
    dueAtMs: nowMs + dueH * HOUR_MS,
    escalatedAtMs: null,
    result: null,
    reason: null,
    decidedBy: null,
    decidedAtMs: null,
  }
  if (!(await insertAppeal(tx, appeal))) throw healthcodesError('appeal-open')
  await insertAppealEvents(tx, [{ personId, appealId, seq: 1, state: 'received', at: now, by: by.clientId }])
  // Without the ground: the event outlives the appeal.
  await auditHealth(deps, tx, by, {
    action: 'healthcodes.appeal-file',
    targetType: 'appeal',
    targetId: appealId,
    personId,
    orderId: state.orderId,
  })
  return appeal
}

/** A number that can be read out: the day and the random end of the id. */
const numberOf = (appealId: string, now: Date): string =>
  `JK${localDate(now).replaceAll('-', '')}-${appealId.slice(-8).toUpperCase()}`
