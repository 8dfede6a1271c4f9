import type { Tx } from '../../kernel/db.ts'
import { hashRequest } from '../../kernel/idempotency.ts'
import { newId } from '../../kernel/ids.ts'
import { localDate } from '../../kernel/time.ts'
import { inTx } from '../../kernel/tx.ts'
import { toWireId } from '../../kernel/wire-id.ts'
import { beginVisit, factsOfSender } from './begin-visit.ts'
import { checkPatient } from './check-patient.ts'
import { claimMessage } from './claim-message.ts'
import { assertMedType, mergeDiagnoses } from './note-visit.ts'
import { openVisit, type VisitDeps } from './open-visit.ts'
import { assertPast, impersonal, readTime } from './read-fields.ts'
import type { AdmitInput, Admitted, Sender, VisitName } from './types.ts'
import { auditVisit } from './visit-audit.ts'
import { freeNumber, updateVisit } from './visit-store.ts'

/** 2401: begins a stay. @throws `visit.number-taken` while another visit has ipt_no */
export async function admit(deps: VisitDeps, by: Sender, input: AdmitInput): Promise<Admitted> {
  assertMedType('inpatient', input.medType)
  const begunAt = readTime(input.begntime, '/begntime')
  assertPast(begunAt, deps.clock.now(), '/begntime')
  factsOfSender(deps, by)
  const patient = await checkPatient(deps, by, input, localDate(begunAt))
  const { atddrNo, admDeptCodg, admDeptName, admBed, dscgMaindiagCode, oprnOprtCode } = input
  const medrcdno = impersonal(input.medrcdno, deps.clock.now())
  const { personId } = patient
  const id: string = newId<'visit'>()
  const requestHash = hashRequest('2401', input.psnNo, input.iptNo, input.begntime, input.medType, input.insutype)
  return await inTx(deps.db, async (tx) => {
    const earlier = await claimMessage(tx, by, { infno: '2401', personId, visitId: id, requestHash }, deps.clock.now())
    if (earlier !== undefined) return { mdtrtId: toWireId(earlier.visitId) }
    await beginVisit(tx, deps, by, {
      id,
      kind: 'inpatient',
      patient,
      begunAt,
      number: { value: input.iptNo, field: 'ipt_no' },
      medType: input.medType,
      diseCodg: input.diseCodg === undefined || input.diseCodg === '' ? null : input.diseCodg,
      mdtrtCertType: input.mdtrtCertType,
      told: { medrcdno, atddrNo, admDeptCodg, admDeptName, admBed, dscgMaindiagCode, oprnOprtCode },
      diagnoses: mergeDiagnoses([], input.diseinfo),
    })
    await auditVisit(tx, deps, by, { action: 'admit', personId, visitId: id })
    return { mdtrtId: toWireId(id) }
  })
}

/** 2404: takes an admission back; its number is free again. */
export async function cancelAdmission(deps: VisitDeps, by: Sender, input: VisitName): Promise<void> {
  await inTx(deps.db, async (tx) => await cancelAdmissionIn(tx, deps, by, input))
}

/** The same in the caller's transaction. */
export async function cancelAdmissionIn(tx: Tx, deps: VisitDeps, by: Sender, input: VisitName): Promise<void> {
  const now = deps.clock.now()
  const { visit } = await openVisit(tx, by, input, { kind: 'inpatient', infno: '2404', now, lock: true })
  await updateVisit(tx, visit, { cancelledAt: now })
  if (visit.iptOtpNo !== null) await freeNumber(tx, by.institution, visit.iptOtpNo)
  await auditVisit(tx, deps, by, { action: 'cancel', personId: visit.personId, visitId: visit.id })
}
