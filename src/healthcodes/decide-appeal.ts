import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { inTx } from '../kernel/tx.ts'
import {
  type Appeal,
  decideAppealRow,
  escalateDue,
  insertAppealEvents,
  readAppeal,
  readAppealEvents,
} from './appeal-store.ts'
import { auditHealth, cityOf, type HealthCaller, UPKEEP } from './caller.ts'
import { healthcodesError } from './errors.ts'
import { orderInForce } from './in-force.ts'
import { insertStates, readSetters, readStates, type StateRow } from './level-store.ts'
import { appealStateAt, changeProblems, isIndependent, rankOf } from './rules.ts'
import { nextRevision } from './setup-store.ts'
import type { Bilingual, EmergencyOrder, EvidenceClass, OrderRule, Party } from './types.ts'
import { markUpdated } from './verification-store.ts'

/** Level that takes the place of a corrected one; without it the person has none of this city. */
export interface Correction {
  readonly reasonCode: string
  readonly evidence: EvidenceClass
  readonly validUntilMs: number
}

export interface Decision {
  readonly result: 'granted' | 'refused'
  readonly reason: Bilingual
  readonly correction?: Correction | undefined
}

/**
 * A person decides an appeal: another one, at another client, than all who set the level or decided on it before, and at
 * another client than filed it. A late decision counts too. A granted appeal corrects the level in the same transaction, so all four cities see it at once.
 */
export async function decideAppeal(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly appealId: string
    readonly decision: Decision
    readonly officer: string
    readonly by: HealthCaller
  },
): Promise<Appeal> {
  const { appealId, decision, officer, by } = command
  const city = cityOf(by)
  const now = deps.clock.now()
  const nowMs = now.getTime()
  const changeNo = await nextRevision(tx)
  const order = await orderInForce(tx, city, nowMs)
  const appeal = await readAppeal(tx, appealId, true)
  if (appeal === undefined || appeal.city !== city || appeal.orderId !== order.orderId) {
    throw healthcodesError('appeal-not-found')
  }
  if (appeal.result !== null) throw healthcodesError('appeal-decided')
  const states = await readStates(tx, appeal.personId, city)
  const appealed = states.find((one) => one.stateId === appeal.stateId)
  const decider = { clientId: by.clientId, officer }
  const first = appeal.firstAppealId === null ? undefined : await readAppeal(tx, appeal.firstAppealId)
  // Only a CDC comes here: where it has filed the appeal for the person, it would grant what it asked for.
  const hasFiled = [appeal, first].some((one) => one?.filedClient === by.clientId)
  if (hasFiled || !isIndependent(decider, await involved(tx, first, appealed))) {
    throw healthcodesError('other-person-needed')
  }

  const rule = correctionRule(order, decision, { appealed, nowMs })
  if (decision.result === 'granted') {
    // A level that was replaced meanwhile is left alone: it has its own ground and its own appeal.
    if (appealed !== undefined && states[0]?.stateId === appealed.stateId) {
      await insertStates(tx, [correctedState({ appeal, appealed, decision, rule, nowMs })], changeNo)
    }
    await markUpdated(tx, appeal.stateId, now)
  }
  const { result, reason } = decision
  await decideAppealRow(tx, appeal, { result, reason, by: decider, at: now })
  const seq = (await readAppealEvents(tx, appeal)).length + 1
  await insertAppealEvents(tx, [{ personId: appeal.personId, appealId, seq, state: result, at: now, by: by.clientId }])
  await auditHealth(deps, tx, by, {
    action: `healthcodes.appeal-${result}`,
    targetType: 'appeal',
    targetId: appealId,
    personId: appeal.personId,
    orderId: order.orderId,
    officer,
    reasonCodes: appealStateAt(appeal, nowMs) === 'overdue' ? ['late'] : undefined,
  })
  return { ...appeal, result, reason, decidedBy: decider, decidedAtMs: nowMs }
}

/** Everybody who has had a hand in the level: proposer and approvers, and who decided on it before. */
async function involved(tx: Tx, first: Appeal | undefined, appealed: StateRow | undefined): Promise<readonly Party[]> {
  const changeId = appealed?.changeId ?? null
  const setters = changeId === null ? [] : await readSetters(tx, changeId)
  const corrected = appealed?.appealId ?? null
  const before = [first, corrected === null ? undefined : await readAppeal(tx, corrected)]
  const deciders = before.flatMap((one) => (one === undefined || one.decidedBy === null ? [] : [one.decidedBy]))
  return [...setters, ...deciders]
}

/** Rule of the level that takes the place; it must be lighter, so that nobody loses by an appeal. */
function correctionRule(
  order: EmergencyOrder,
  { result, correction }: Decision,
  of: { readonly appealed: StateRow | undefined; readonly nowMs: number },
): OrderRule | undefined {
  if (correction === undefined) return undefined
  const { appealed, nowMs } = of
  const before = appealed?.level ?? null
  const rule = order.rules.find((one) => one.reasonCode === correction.reasonCode)
  const problems = [
    ...(result === 'granted' ? [] : [{ pointer: '/correction', detail: 'belongs to a granted appeal' }]),
    ...changeProblems({ ...correction, place: appealed?.place ?? '' }, { order, rule, nowMs }).map((one) => ({
      ...one,
      pointer: `/correction${one.pointer}`,
    })),
    ...(rule !== undefined && before !== null && rankOf(rule.level) >= rankOf(before)
      ? [{ pointer: '/correction/reasonCode', detail: 'must lead to a lighter level' }]
      : []),
  ]
  if (problems.length > 0) throw healthcodesError('appeal-invalid', { errors: problems })
  return rule
}

function correctedState(of: {
  readonly appeal: Appeal
  readonly appealed: StateRow
  readonly decision: Decision
  readonly rule: OrderRule | undefined
  readonly nowMs: number
}): Omit<StateRow, 'versionNo'> {
  const { appeal, appealed, decision, rule, nowMs } = of
  return {
    personId: appeal.personId,
    city: appeal.city,
    stateId: newId(),
    orderId: appeal.orderId,
    changeId: null,
    appealId: appeal.appealId,
    level: rule?.level ?? null,
    reasonCode: rule?.reasonCode ?? appealed.reasonCode,
    evidence: decision.correction?.evidence ?? appealed.evidence,
    place: appealed.place,
    issuerLevel: rule?.issuerLevel ?? null,
    mapVersion: rule?.version ?? null,
    setAtMs: nowMs,
    validUntilMs: decision.correction?.validUntilMs ?? appealed.validUntilMs,
  }
}

const BATCH = 500

/** Raises appeals that are past their time, each once: the event stays in their history, the log names the city. */
export async function escalateAppeals(deps: Pick<Deps, 'db' | 'clock' | 'log'>): Promise<void> {
  for (;;) {
    const now = deps.clock.now()
    const raised = await inTx(deps.db, async (tx) => {
      const appeals = await escalateDue(tx, now, BATCH)
      await insertAppealEvents(
        tx,
        appeals.map(({ personId, appealId }) => ({
          personId,
          appealId,
          // Received is 1; nothing else comes before the first time it is raised.
          seq: 2,
          state: 'overdue' as const,
          at: now,
          by: UPKEEP.clientId,
        })),
      )
      await auditHealth(
        deps,
        tx,
        UPKEEP,
        ...appeals.map(({ personId, appealId, orderId }) => ({
          action: 'healthcodes.appeal-overdue',
          targetType: 'appeal' as const,
          targetId: appealId,
          personId,
          orderId,
        })),
      )
      return appeals
    })
    for (const [city, appeals] of Map.groupBy(raised, (one) => one.city)) {
      const line = { area: 'healthcodes', verb: 'escalate-appeals', city, overdue: appeals.length }
      deps.log.warn(line, 'appeals are past their time without a decision')
    }
    if (raised.length < BATCH) return
  }
}
