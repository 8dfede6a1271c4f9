import { localDate } from '../../kernel/time.ts'
import { inTx } from '../../kernel/tx.ts'
import { toWireId } from '../../kernel/wire-id.ts'
import { beginVisit, factsOfSender } from './begin-visit.ts'
import { checkPatient } from './check-patient.ts'
import { openVisit, type VisitDeps } from './open-visit.ts'
import { assertPast, invalid, readTime } from './read-fields.ts'
import type { CancelRegistrationInput, Registered, RegisterInput, Sender } from './types.ts'
import { auditVisit } from './visit-audit.ts'
import { freeNumber, updateVisit } from './visit-store.ts'

/** 2201: begins an outpatient visit. @throws `visit.number-taken` while another visit has ipt_otp_no */
export async function register(deps: VisitDeps, by: Sender, input: RegisterInput): Promise<Registered> {
  const begunAt = readTime(input.begntime, '/begntime')
  assertPast(begunAt, deps.clock.now(), '/begntime')
  factsOfSender(deps, by)
  const patient = await checkPatient(deps, by, input, localDate(begunAt))
  const { iptOtpNo, atddrNo, caty } = input
  return await inTx(deps.db, async (tx) => {
    const visitId = await beginVisit(tx, deps, by, {
      kind: 'outpatient',
      patient,
      begunAt,
      number: { value: iptOtpNo, field: 'ipt_otp_no' },
      medType: null,
      diseCodg: null,
      mdtrtCertType: input.mdtrtCertType,
      told: { atddrNo, caty, admDeptCodg: input.deptCode, admDeptName: input.deptName },
      diagnoses: [],
    })
    await auditVisit(tx, deps, by, { action: 'register', personId: patient.personId, visitId })
    return { psnNo: toWireId(patient.personId), mdtrtId: toWireId(visitId), iptOtpNo }
  })
}

/** 2202: takes a registration back; its number is free again. */
export async function cancelRegistration(deps: VisitDeps, by: Sender, input: CancelRegistrationInput): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const now = deps.clock.now()
    const { visit } = await openVisit(tx, by, input, { kind: 'outpatient', infno: '2202', now, lock: true })
    if (visit.iptOtpNo !== input.iptOtpNo) throw invalid('/ipt_otp_no', 'is not the number of this visit')
    await updateVisit(tx, visit, { cancelledAt: now })
    await freeNumber(tx, by.institution, input.iptOtpNo)
    await auditVisit(tx, deps, by, { action: 'cancel', personId: visit.personId, visitId: visit.id })
  })
}
