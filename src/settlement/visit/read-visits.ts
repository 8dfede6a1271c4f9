import { appendAudits } from '../../audit/index.ts'
import { localDateTime } from '../../kernel/time.ts'
import { fromWireId, toWireId } from '../../kernel/wire-id.ts'
import { idsOfPerson } from '../../people/index.ts'
import { readPsnNo } from './check-patient.ts'
import { type KnownClaim, readVisitClaims } from './line-store.ts'
import type { VisitDeps } from './open-visit.ts'
import { invalid, readTime } from './read-fields.ts'
import type { InHospitalInput, ReadVisitsInput, Sender, VisitShown } from './types.ts'
import { auditVisit, visitEvent } from './visit-audit.ts'
import { findInHospital, findVisits, type VisitRow } from './visit-store.ts'

/** 5201: visits of a person at the sender's institution that began in a time, with what became of their settlements. */
export async function readVisits(deps: VisitDeps, by: Sender, input: ReadVisitsInput): Promise<readonly VisitShown[]> {
  const asked = readPsnNo(input.psnNo)
  const range = readRange(input)
  const visitId = input.mdtrtId === undefined || input.mdtrtId === '' ? undefined : fromWireId(input.mdtrtId)
  const isNothing = input.mdtrtId !== undefined && input.mdtrtId !== '' && visitId === undefined
  const personIds = await idsOfPerson(deps.db, asked)
  await auditVisit(deps.db, deps, by, { action: 'read', personId: personIds[0] ?? asked })
  if (isNothing) return []
  const medType = input.medType === '' ? undefined : input.medType
  const visits = await findVisits(deps.db, { personIds, institution: by.institution, ...range, medType, visitId })
  return await show(deps, visits)
}

/** 5303: who is in hospital at the sender's institution, by the time of admission. Each of them is audited. */
export async function inHospital(deps: VisitDeps, by: Sender, input: InHospitalInput): Promise<readonly VisitShown[]> {
  const range = readRange(input)
  const personIds =
    input.psnNo === undefined || input.psnNo === '' ? undefined : await idsOfPerson(deps.db, readPsnNo(input.psnNo))
  const visits = await findInHospital(deps.db, { personIds, institution: by.institution, ...range })
  const what = { action: 'read-in-hospital' }
  await appendAudits(
    deps.db,
    visits.length === 0
      ? [visitEvent(by, what)]
      : visits.map((one) => visitEvent(by, { ...what, personId: one.personId, visitId: one.id })),
    deps.clock,
  )
  return await show(deps, visits)
}

function readRange(input: { readonly begntime: string; readonly endtime: string }): { from: Date; to: Date } {
  const from = readTime(input.begntime, '/begntime')
  const to = readTime(input.endtime, '/endtime')
  if (to < from) throw invalid('/endtime', 'is before begntime')
  return { from, to }
}

async function show(deps: VisitDeps, visits: readonly VisitRow[]): Promise<readonly VisitShown[]> {
  const claims = Map.groupBy(await readVisitClaims(deps.db, visits), (claim) => claim.visitId)
  return visits.map((visit) => showVisit(visit, claims.get(visit.id) ?? []))
}

const showVisit = (visit: VisitRow, claims: readonly KnownClaim[]): VisitShown => ({
  mdtrtId: toWireId(visit.id),
  psnNo: toWireId(visit.personId),
  kind: visit.kind,
  insutype: visit.insutype,
  psnType: visit.psnType,
  medType: visit.medType ?? '',
  begntime: localDateTime(visit.begunAt),
  endtime: visit.endedAt === null ? '' : localDateTime(visit.endedAt),
  mdtrtCertType: visit.mdtrtCertType,
  iptOtpNo: visit.iptOtpNo ?? '',
  medrcdno: visit.told.medrcdno ?? '',
  atddrNo: visit.told.atddrNo ?? '',
  admDeptCodg: visit.told.admDeptCodg ?? '',
  admDeptName: visit.told.admDeptName ?? '',
  admBed: visit.told.admBed ?? '',
  dscgMaindiagCode: visit.told.dscgMaindiagCode ?? '',
  dscgDeptCodg: visit.told.dscgDeptCodg ?? '',
  dscgDeptName: visit.told.dscgDeptName ?? '',
  dscgBed: visit.told.dscgBed ?? '',
  dscgWay: visit.told.dscgWay ?? '',
  dieDate: visit.told.dieDate ?? '',
  diseCodg: visit.diseCodg ?? '',
  oprnOprtCode: visit.told.oprnOprtCode ?? '',
  inhospStas: visit.kind === 'inpatient' && visit.endedAt === null ? '1' : '0',
  outFlag: visit.insuredCity === visit.treatmentCity ? '0' : '1',
  settlements: claims.map((claim) => ({
    setlId: claim.setlId === null ? '' : toWireId(claim.setlId),
    medinsSetlId: claim.msgid,
    state: claim.state,
    chrgBchno: claim.chrgBchno ?? '',
  })),
})
