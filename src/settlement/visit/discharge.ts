import { inTx } from '../../kernel/tx.ts'
import { mergeDiagnoses } from './note-visit.ts'
import { openVisit, type VisitDeps } from './open-visit.ts'
import { assertPast, invalid, readTime } from './read-fields.ts'
import type { DischargeInput, Sender, VisitName } from './types.ts'
import { auditVisit } from './visit-audit.ts'
import { updateVisit } from './visit-store.ts'

/** 2402: ends a stay. */
export async function discharge(deps: VisitDeps, by: Sender, input: DischargeInput): Promise<void> {
  const endedAt = readTime(input.endtime, '/endtime')
  const now = deps.clock.now()
  assertPast(endedAt, now, '/endtime')
  const { dscgWay, dieDate, dscgDeptCodg, dscgDeptName, dscgBed, oprnOprtCode, diseCodg } = input
  await inTx(deps.db, async (tx) => {
    const { visit } = await openVisit(tx, by, input, { kind: 'inpatient', infno: '2402', now, lock: true })
    if (visit.insutype !== input.insutype) throw invalid('/insutype', 'is not that of the admission')
    if (endedAt < visit.begunAt) throw invalid('/endtime', 'is before the admission')
    await updateVisit(tx, visit, {
      endedAt,
      ...(diseCodg === undefined || diseCodg === '' ? {} : { diseCodg }),
      told: {
        ...visit.told,
        dscgWay,
        dieDate,
        dscgDeptCodg,
        dscgDeptName,
        dscgBed,
        oprnOprtCode: oprnOprtCode ?? visit.told.oprnOprtCode,
      },
      diagnoses: mergeDiagnoses(visit.diagnoses, input.diseinfo),
    })
    await auditVisit(tx, deps, by, { action: 'discharge', personId: visit.personId, visitId: visit.id })
  })
}

/** 2405: the stay goes on. */
export async function cancelDischarge(deps: VisitDeps, by: Sender, input: VisitName): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const now = deps.clock.now()
    const { visit } = await openVisit(tx, by, input, { kind: 'inpatient', infno: '2405', now, lock: true })
    const { medrcdno, atddrNo, caty, admDeptCodg, admDeptName, admBed, dscgMaindiagCode, oprnOprtCode } = visit.told
    const told = { medrcdno, atddrNo, caty, admDeptCodg, admDeptName, admBed, dscgMaindiagCode, oprnOprtCode }
    await updateVisit(tx, visit, { endedAt: null, told })
    await auditVisit(tx, deps, by, { action: 'cancel-discharge', personId: visit.personId, visitId: visit.id })
  })
}
