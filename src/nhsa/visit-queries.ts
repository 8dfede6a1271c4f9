import type { Deps } from '../kernel/deps.ts'
import { daysBetween, localDate } from '../kernel/time.ts'
import { fromWireId } from '../kernel/wire-id.ts'
import { type FullPerson, insurancesAt, type PersonId, readFullPeople } from '../people/index.ts'
import { visits as of } from '../settlement/index.ts'
import { type Call, given, rowOf, valueOf } from './call.ts'
import { askedBy, personFields } from './person-fields.ts'
import type { Input } from './read-input.ts'
import { readTime } from './times.ts'
import { senderOf } from './visit-fields.ts'
import type { Output, OutRow } from './write-output.ts'

/** 5201 */
export async function callReadVisits(deps: of.VisitDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  const visits = await of.readVisits(deps, senderOf(call), {
    psnNo: valueOf(row, 'psn_no'),
    begntime: valueOf(row, 'begntime'),
    endtime: valueOf(row, 'endtime'),
    medType: given(row, 'med_type'),
    mdtrtId: given(row, 'mdtrt_id'),
  })
  const people = await peopleOf(deps, call, visits)
  const insurances = await insurancesAt(deps.db, [...people.keys()], localDate(call.now))
  return {
    mdtrtinfo: visits.map((visit) => ({
      ...shownRow(visit, people, call),
      cvlserv_flag: insurances.get(personOf(visit))?.cvlservFlag ?? '0',
      // Required, and a visit may last still: then until now.
      endtime: visit.endtime === '' ? valueOf(row, 'endtime') : visit.endtime,
    })),
  }
}

/** 5303 */
export async function callInHospital(deps: of.VisitDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  const visits = await of.inHospital(deps, senderOf(call), {
    psnNo: given(row, 'psn_no'),
    begntime: valueOf(row, 'begntime'),
    endtime: valueOf(row, 'endtime'),
  })
  const people = await peopleOf(deps, call, visits)
  return {
    data: visits.map((visit) => ({
      ...shownRow(visit, people, call),
      begndate: visit.begntime.slice(0, 10),
      out_flag: visit.outFlag,
    })),
  }
}

const personOf = (visit: of.VisitShown): PersonId => fromWireId(visit.psnNo) as PersonId

async function peopleOf(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  call: Call,
  visits: readonly of.VisitShown[],
): Promise<ReadonlyMap<string, FullPerson>> {
  return await readFullPeople(deps, [...new Set(visits.map(personOf))], {
    by: askedBy(call),
    action: 'people.read-full',
    purpose: 'settlement',
  })
}

function shownRow(visit: of.VisitShown, people: ReadonlyMap<string, FullPerson>, call: Call): OutRow {
  const person = people.get(personOf(visit))
  const end = visit.endtime === '' ? localDate(call.now) : visit.endtime.slice(0, 10)
  return {
    ...(person === undefined ? {} : personFields(person, localDate(readTime(visit.begntime)))),
    mdtrt_id: visit.mdtrtId,
    psn_no: visit.psnNo,
    insutype: visit.insutype,
    psn_type: visit.psnType,
    med_type: visit.medType,
    begntime: visit.begntime,
    mdtrt_cert_type: visit.mdtrtCertType,
    ipt_otp_no: visit.iptOtpNo,
    medrcdno: visit.medrcdno,
    atddr_no: visit.atddrNo,
    adm_dept_codg: visit.admDeptCodg,
    adm_dept_name: visit.admDeptName,
    adm_bed: visit.admBed,
    dscg_maindiag_code: visit.dscgMaindiagCode,
    dscg_dept_codg: visit.dscgDeptCodg,
    dscg_dept_name: visit.dscgDeptName,
    dscg_bed: visit.dscgBed,
    dscg_way: visit.dscgWay,
    die_date: visit.dieDate,
    dise_codg: visit.diseCodg,
    oprn_oprt_code: visit.oprnOprtCode,
    inhosp_stas: visit.kind === 'inpatient' ? visit.inhospStas : '',
    ipt_days: visit.kind === 'inpatient' ? Math.max(daysBetween(visit.begntime.slice(0, 10), end), 1) : '',
  }
}
