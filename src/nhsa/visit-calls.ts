import { AppError } from '../kernel/errors.ts'
import { localDate } from '../kernel/time.ts'
import { idsOfPerson, insurancesAt } from '../people/index.ts'
import { visits } from '../settlement/index.ts'
import { type Call, given, rowOf, rowsOf, valueOf } from './call.ts'
import { nhsaError } from './errors.ts'
import { personIdOf } from './person-info.ts'
import type { Input, Row } from './read-input.ts'
import { readTime } from './times.ts'
import { diagnosisOf, feeLineOf, patientOf, senderOf, visitNameOf } from './visit-fields.ts'
import { holderOf, type VoucherDeps } from './voucher.ts'
import type { Output, OutRow } from './write-output.ts'

export type VisitCallDeps = visits.VisitDeps & VoucherDeps

const NOTHING: Output = {}

/** What a code may have been made for where its holder comes: one made for paying shows who comes as well. */
const PRESENT = ['treatment', 'check-in', 'settlement', 'purchase'] as const

/** Whom a verifier named for what was shown; nobody for a number that no verifier knows. */
type Verified = { readonly verified?: { readonly personId: string } }

/**
 * What the envelope and the voucher say must be so of the person of psn_no: insured there on that day, and the holder of what
 * was shown.
 */
export async function checkShown(
  deps: VoucherDeps,
  call: Call,
  row: Row,
  of: {
    readonly begntime: string
    readonly purposes: Parameters<typeof holderOf>[2]['purposes']
    readonly uses?: boolean
  },
): Promise<Verified> {
  const personId = personIdOf(valueOf(row, 'psn_no'))
  const date = localDate(readTime(of.begntime))
  const insurance = (await insurancesAt(deps.db, [personId], date)).get(personId)
  if (insurance !== undefined && insurance.insuredCity !== call.insuredCity) throw nhsaError('insured-elsewhere')
  const type = valueOf(row, 'mdtrt_cert_type')
  const before =
    of.uses === true && type === '01' && call.again ? await visits.paidBefore(deps.db, senderOf(call)) : undefined
  const holder =
    before?.personId ??
    (await holderOf(deps, call, {
      type,
      number: valueOf(row, 'mdtrt_cert_no'),
      cardSn: valueOf(row, 'card_sn'),
      purposes: of.purposes,
      useKey: of.uses === true ? `${call.institution.code}-${call.msgid}` : undefined,
    }))
  if (holder === undefined) return {}
  const group: readonly string[] = await idsOfPerson(deps.db, personId)
  if (!group.includes(holder)) throw nhsaError('person-mismatch')
  return { verified: { personId: holder } }
}

/** 2201 */
export async function callRegister(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  const begntime = valueOf(row, 'begntime')
  const verified = await checkShown(deps, call, row, { begntime, purposes: PRESENT })
  const number = { psn_no: valueOf(row, 'psn_no'), ipt_otp_no: valueOf(row, 'ipt_otp_no') }
  try {
    const made = await visits.register(deps, senderOf(call), {
      ...patientOf(row),
      ...verified,
      begntime,
      iptOtpNo: number.ipt_otp_no,
      atddrNo: given(row, 'atddr_no'),
      deptCode: given(row, 'dept_code'),
      deptName: given(row, 'dept_name'),
      caty: given(row, 'caty'),
    })
    return { data: { ...number, mdtrt_id: made.mdtrtId } }
  } catch (error) {
    const mdtrtId = call.again ? visitOfNumber(error) : undefined
    if (mdtrtId === undefined) throw error
    return { data: { ...number, mdtrt_id: mdtrtId } }
  }
}

/** The visit of the same person that has the number already: what this message made before its answer was lost. */
const visitOfNumber = (error: unknown): string | undefined => {
  const mdtrtId = error instanceof AppError && error.code === 'visit.number-taken' ? error.meta['mdtrt_id'] : undefined
  return typeof mdtrtId === 'string' ? mdtrtId : undefined
}

/** 2202 */
export async function callCancelRegistration(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  await visits.cancelRegistration(deps, senderOf(call), { ...visitNameOf(row), iptOtpNo: valueOf(row, 'ipt_otp_no') })
  return NOTHING
}

/** 2203, 2203A. What a pharmacy sends beside it (the picture of a prescription) is checked and not kept. */
export async function callNoteVisit(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'mdtrtinfo')
  await visits.noteVisit(deps, senderOf(call), {
    ...visitNameOf(row),
    medType: valueOf(row, 'med_type'),
    begntime: valueOf(row, 'begntime'),
    diseCodg: given(row, 'dise_codg'),
    diseinfo: rowsOf(input, 'diseinfo').map(diagnosisOf),
  })
  return NOTHING
}

/** 2204, 2301: every line names the same visit. */
export async function callAddLines(
  deps: VisitCallDeps,
  call: Call,
  input: Input,
  kind: 'outpatient' | 'inpatient',
): Promise<Output> {
  const rows = rowsOf(input, 'feedetail')
  const first = rowOf(input, 'feedetail')
  for (const [at, row] of rows.entries()) {
    for (const name of ['mdtrt_id', 'psn_no']) {
      if (row[name] === first[name]) continue
      throw nhsaError('field-invalid', {
        errors: [{ pointer: `feedetail第${at + 1}行 ${name}`, detail: '应与第1行为同一就诊' }],
      })
    }
  }
  const splits = await visits.addLines(deps, senderOf(call), {
    ...visitNameOf(first),
    kind,
    feedetail: rows.map(feeLineOf),
  })
  return { result: splits.map(splitRow) }
}

export const splitRow = (one: visits.LineSplit): OutRow => ({
  feedetl_sn: one.feedetlSn,
  det_item_fee_sumamt: one.detItemFeeSumamt,
  cnt: one.cnt,
  pric: one.pric,
  pric_uplmt_amt: one.pricUplmtAmt,
  selfpay_prop: one.selfpayProp,
  fulamt_ownpay_amt: one.fulamtOwnpayAmt,
  overlmt_amt: one.overlmtAmt,
  preselfpay_amt: one.preselfpayAmt,
  inscp_scp_amt: one.inscpScpAmt,
  chrgitm_lv: one.chrgitmLv,
  med_chrgitm_type: one.medChrgitmType,
  lmt_used_flag: one.lmtUsedFlag,
})

/** 2205 */
export async function callRemoveBatch(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  await visits.removeLines(deps, senderOf(call), {
    ...visitNameOf(row),
    kind: 'outpatient',
    chrgBchno: valueOf(row, 'chrg_bchno'),
  })
  return NOTHING
}

/** 2302: one line, all ("0000"), or several as rows; rows go one after another, and a repeat finds the first ones gone. */
export async function callRemoveLines(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  for (const row of rowsOf(input, 'data')) {
    await visits.removeLines(deps, senderOf(call), {
      ...visitNameOf(row),
      kind: 'inpatient',
      feedetlSn: valueOf(row, 'feedetl_sn'),
    })
  }
  return NOTHING
}

/** 2401 */
export async function callAdmit(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'mdtrtinfo')
  const begntime = valueOf(row, 'begntime')
  const verified = await checkShown(deps, call, row, { begntime, purposes: PRESENT })
  for (const name of ['insuplc_admdvs', 'mdtrtarea_admvs']) {
    if (valueOf(row, name) !== call.envelope[name]) {
      throw nhsaError('field-invalid', { errors: [{ pointer: `mdtrtinfo ${name}`, detail: '与报文头不一致' }] })
    }
  }
  const { mdtrtId } = await visits.admit(deps, senderOf(call), {
    ...patientOf(row),
    ...verified,
    begntime,
    medType: valueOf(row, 'med_type'),
    iptNo: valueOf(row, 'ipt_no'),
    medrcdno: given(row, 'medrcdno'),
    atddrNo: given(row, 'atddr_no'),
    admDeptCodg: given(row, 'adm_dept_codg'),
    admDeptName: given(row, 'adm_dept_name'),
    admBed: given(row, 'adm_bed'),
    dscgMaindiagCode: given(row, 'dscg_maindiag_code'),
    diseCodg: given(row, 'dise_codg'),
    oprnOprtCode: given(row, 'oprn_oprt_code'),
    diseinfo: rowsOf(input, 'diseinfo').map(diagnosisOf),
  })
  return { result: { mdtrt_id: mdtrtId } }
}

/** 2402 */
export async function callDischarge(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'dscginfo')
  await visits.discharge(deps, senderOf(call), {
    ...visitNameOf(row),
    insutype: valueOf(row, 'insutype'),
    endtime: valueOf(row, 'endtime'),
    dscgWay: valueOf(row, 'dscg_way'),
    dieDate: given(row, 'die_date'),
    dscgDeptCodg: given(row, 'dscg_dept_codg'),
    dscgDeptName: given(row, 'dscg_dept_name'),
    dscgBed: given(row, 'dscg_bed'),
    diseCodg: given(row, 'dise_codg'),
    oprnOprtCode: given(row, 'oprn_oprt_code'),
    diseinfo: rowsOf(input, 'diseinfo').map(diagnosisOf),
  })
  return NOTHING
}

/** 2404 */
export async function callCancelAdmission(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  await visits.cancelAdmission(deps, senderOf(call), visitNameOf(rowOf(input, 'data')))
  return NOTHING
}

/** 2405 */
export async function callCancelDischarge(deps: VisitCallDeps, call: Call, input: Input): Promise<Output> {
  await visits.cancelDischarge(deps, senderOf(call), visitNameOf(rowOf(input, 'data')))
  return NOTHING
}
