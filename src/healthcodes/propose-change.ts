import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { knownPeople } from '../people/index.ts'
import { auditHealth, cityOf, type HealthCaller } from './caller.ts'
import { healthcodesError } from './errors.ts'
import { figureOn, orderInForce } from './in-force.ts'
import {
  type Change,
  countProposed,
  decideChange,
  insertApproval,
  insertChange,
  insertStates,
  readChangePeople,
  readChanges,
  readStates,
} from './level-store.ts'
import { currentOf } from './person-level.ts'
import { approvalsNeeded, changeProblems, isIndependent } from './rules.ts'
import { nextRevision } from './setup-store.ts'
import type { EmergencyOrder, EvidenceClass, HealthLevel, OrderRule } from './types.ts'

const HOUR_MS = 3_600_000

export interface NewChange {
  readonly personIds: readonly string[]
  readonly reasonCode: string
  readonly evidence: EvidenceClass
  readonly place: string
  readonly validUntilMs: number
}

/**
 * Proposes a level for people, on a ground of the order in force. Red waits for a named approver, many people for two;
 * only what the rule lets one person do is done at once, and that never makes a person's level lighter.
 */
export async function proposeChange(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly change: NewChange; readonly officer: string; readonly by: HealthCaller },
): Promise<Change> {
  const { change, officer, by } = command
  const city = cityOf(by)
  const now = deps.clock.now()
  const nowMs = now.getTime()
  // Held until the commit: two proposals at the same time count each other.
  const changeNo = await nextRevision(tx)
  const order = await orderInForce(tx, city, nowMs)
  const rule = ruleOf(order, change, nowMs)
  const personIds = [...new Set(change.personIds)].sort()
  const known = await knownPeople(tx, personIds)
  if (known.size < personIds.length) {
    throw healthcodesError('person-not-found', { detail: 'One or more of the people are not registered.' })
  }
  const needed = approvalsNeeded({
    level: rule.level,
    direct: rule.direct,
    people: personIds.length,
    present: await presentLevel(tx, { personIds, order, nowMs }),
    recent: await countProposed(tx, by.clientId, new Date(nowMs - HOUR_MS)),
    singlesAnHour: (await figureOn(tx, 'single-changes-an-hour', nowMs)).value,
  })
  const proposed: Change = {
    changeId: newId(),
    orderId: order.orderId,
    city,
    reasonCode: rule.reasonCode,
    evidence: change.evidence,
    place: change.place,
    validUntilMs: change.validUntilMs,
    people: personIds.length,
    approvalsNeeded: needed,
    proposedBy: { clientId: by.clientId, officer },
    proposedAtMs: nowMs,
    state: needed === 0 ? 'applied' : 'waiting',
    approvals: [],
  }
  await insertChange(tx, proposed, personIds)
  if (needed === 0) await apply(tx, { change: proposed, rule, personIds, nowMs, changeNo })
  await auditPeople(deps, tx, by, { change: proposed, personIds, officer, verb: needed === 0 ? 'set' : 'propose' })
  return proposed
}

/**
 * Approves or refuses a waiting change. Each approver differs, as client and as officer, from who proposed and from who
 * approved before; the last one needed puts it into force.
 */
export async function decideOnChange(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly changeId: string
    readonly decision: 'approve' | 'refuse'
    readonly officer: string
    readonly by: HealthCaller
  },
): Promise<Change> {
  const { changeId, decision, officer, by } = command
  const city = cityOf(by)
  const now = deps.clock.now()
  const nowMs = now.getTime()
  const changeNo = await nextRevision(tx)
  const order = await orderInForce(tx, city, nowMs)
  const [change] = await readChanges(tx, { city, changeId, lock: true })
  // A change of an earlier order fell with it.
  if (change === undefined || change.orderId !== order.orderId) throw healthcodesError('change-not-found')
  if (change.state !== 'waiting') throw healthcodesError('change-decided')
  const personIds = await readChangePeople(tx, changeId)
  if (decision === 'refuse') {
    await decideChange(tx, changeId, 'refused', now)
    await auditPeople(deps, tx, by, { change, personIds, officer, verb: 'refuse' })
    return { ...change, state: 'refused' }
  }
  const approver = { clientId: by.clientId, officer }
  if (!isIndependent(approver, [change.proposedBy, ...change.approvals])) {
    throw healthcodesError('other-person-needed')
  }
  const rule = ruleOf(order, change, nowMs)
  await insertApproval(tx, changeId, approver, now)
  const approvals = [...change.approvals, approver]
  const complete = approvals.length >= change.approvalsNeeded
  if (complete) {
    await decideChange(tx, changeId, 'applied', now)
    await apply(tx, { change, rule, personIds, nowMs, changeNo })
  }
  await auditPeople(deps, tx, by, { change, personIds, officer, verb: complete ? 'set' : 'approve' })
  return { ...change, approvals, state: complete ? 'applied' : 'waiting' }
}

/** The rule that allows the change now. @throws `healthcodes.change-invalid` */
function ruleOf(
  order: EmergencyOrder,
  change: Pick<NewChange, 'reasonCode' | 'evidence' | 'place' | 'validUntilMs'>,
  nowMs: number,
): OrderRule {
  const rule = order.rules.find((one) => one.reasonCode === change.reasonCode)
  const problems = changeProblems(change, { order, rule, nowMs })
  if (rule === undefined || problems.length > 0) throw healthcodesError('change-invalid', { errors: problems })
  return rule
}

/** What the city says of the person now; of several people it is not asked, since they need two approvers anyway. */
async function presentLevel(
  tx: Tx,
  of: { readonly personIds: readonly string[]; readonly order: EmergencyOrder; readonly nowMs: number },
): Promise<HealthLevel | undefined> {
  const { order, nowMs } = of
  const [personId, another] = of.personIds
  if (personId === undefined || another !== undefined) return undefined
  const states = await readStates(tx, personId, order.city)
  const history = states.filter((one) => one.orderId === order.orderId)
  return currentOf(order, history, nowMs)?.state.level ?? undefined
}

async function apply(
  tx: Tx,
  of: {
    readonly change: Change
    readonly rule: OrderRule
    readonly personIds: readonly string[]
    readonly nowMs: number
    readonly changeNo: bigint
  },
): Promise<void> {
  const { change, rule, personIds, nowMs, changeNo } = of
  await insertStates(
    tx,
    personIds.map((personId) => ({
      personId,
      city: change.city,
      stateId: newId(),
      orderId: change.orderId,
      changeId: change.changeId,
      appealId: null,
      level: rule.level,
      reasonCode: rule.reasonCode,
      evidence: change.evidence,
      place: change.place,
      issuerLevel: rule.issuerLevel,
      mapVersion: rule.version,
      setAtMs: nowMs,
      validUntilMs: change.validUntilMs,
    })),
    changeNo,
  )
}

/** The ground is left out: events outlive the purge, and with a person's id it would be a diagnosis. The change has it. */
async function auditPeople(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  by: HealthCaller,
  of: {
    readonly change: Change
    readonly personIds: readonly string[]
    readonly officer: string
    readonly verb: 'set' | 'propose' | 'approve' | 'refuse'
  },
): Promise<void> {
  const { change, personIds, officer, verb } = of
  await auditHealth(
    deps,
    tx,
    by,
    ...personIds.map((personId) => ({
      action: `healthcodes.level-${verb}`,
      targetType: 'change' as const,
      targetId: change.changeId,
      personId,
      orderId: change.orderId,
      officer,
    })),
  )
}
