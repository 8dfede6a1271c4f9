import { chinaTime, type His } from './client.ts'
import { checkTreatment, type Enrolled, personFields } from './patient.ts'

/** One line of a bill as the hospital books it. */
export interface Item {
  readonly code: string
  readonly cnt: string
  readonly pric: string
  readonly amt: string
}

type Say = (line: string) => void
/** setlinfo and what else came, read by the names of the document. */
type Answer = ReturnType<typeof JSON.parse>

let serial = 0
/** Numbers of visits and lines: the hospital's own, new each time. */
const nextNo = (): string => String(1_000_000 + ++serial)

const diagnosis = (time: string) => ({
  diag_type: '1',
  diag_srt_no: '1',
  diag_code: 'J06.900',
  diag_name: '急性上呼吸道感染',
  diag_dept: '全科',
  dise_dor_no: 'D510100000001',
  dise_dor_name: '医师甲',
  diag_time: time,
})

const sum = (items: readonly Item[]): string =>
  (items.reduce((total, one) => total + Math.round(Number(one.amt) * 100), 0) / 100).toFixed(2)

const totalOf = (rows: readonly Record<string, string>[], field: string): string =>
  (rows.reduce((total, row) => total + Math.round(Number(row[field]) * 100), 0) / 100).toFixed(2)

function feeLines(of: Enrolled, mdtrtId: string, items: readonly Item[], time: string, more: object) {
  return items.map((item) => ({
    feedetl_sn: nextNo(),
    mdtrt_id: mdtrtId,
    psn_no: of.psnNo,
    fee_ocur_time: time,
    med_list_codg: item.code,
    medins_list_codg: `L-${item.code}`,
    det_item_fee_sumamt: item.amt,
    cnt: item.cnt,
    pric: item.pric,
    bilg_dept_codg: 'A01',
    bilg_dept_name: '全科',
    bilg_dr_codg: 'D510100000001',
    bilg_dr_name: '医师甲',
    hosp_appr_flag: '1',
    ...more,
  }))
}

/** Outpatient: 2001, 2201, 2203, 2204, 2206, 2207. */
export async function outpatient(his: His, of: Enrolled, items: readonly Item[], say: Say): Promise<Answer> {
  const insured = { insuplcAdmdvs: of.insuplcAdmdvs }
  const time = chinaTime(his.config.now())
  say(`2001 funds: ${(await checkTreatment(his, of, '11', time)).join(' ')}`)
  const { data } = await his.call(
    '2201',
    {
      data: {
        ...personFields(of),
        begntime: time,
        ipt_otp_no: nextNo(),
        atddr_no: 'D510100000001',
        dr_name: '医师甲',
        dept_code: 'A01',
        dept_name: '全科',
        caty: 'A02',
        exp_content: '',
      },
    },
    insured,
  )
  const visit = { mdtrt_id: data.mdtrt_id, psn_no: of.psnNo }
  say(`2201 visit ${data.mdtrt_id}`)
  await his.call(
    '2203',
    {
      mdtrtinfo: {
        ...visit,
        med_type: '11',
        begntime: time,
        main_cond_dscr: '',
        dise_type_code: '',
        dise_codg: 'J06.900',
        dise_name: '急性上呼吸道感染',
        birctrl_type: '',
        birctrl_matn_date: '',
        exp_content: '',
      },
      diseinfo: [{ ...diagnosis(time), vali_flag: '1' }],
    },
    insured,
  )
  const batch = nextNo()
  const lines = feeLines(of, data.mdtrt_id, items, time, { chrg_bchno: batch, rx_circ_flag: '0', rxno: '1' })
  const { result } = await his.call('2204', { feedetail: lines }, insured)
  const bill = {
    ...personFields(of),
    med_type: '11',
    medfee_sumamt: sum(items),
    psn_setlway: '01',
    mdtrt_id: data.mdtrt_id,
    chrg_bchno: batch,
    acct_used_flag: '0',
    exp_content: '',
    pub_hosp_rfom_flag: '',
  }
  const trial = await his.call('2206', { data: bill }, insured)
  say(`2206 trial: fund ${trial.setlinfo.fund_pay_sumamt}, person ${trial.setlinfo.psn_part_amt}`)
  const settled = await his.call(
    '2207',
    {
      data: {
        ...bill,
        invono: '',
        fulamt_ownpay_amt: totalOf(result, 'fulamt_ownpay_amt'),
        overlmt_selfpay: totalOf(result, 'overlmt_amt'),
        preselfpay_amt: totalOf(result, 'preselfpay_amt'),
        inscp_scp_amt: totalOf(result, 'inscp_scp_amt'),
      },
    },
    insured,
  )
  say(
    `2207 settled ${settled.setlinfo.setl_id}: fund ${settled.setlinfo.fund_pay_sumamt}, cash ${settled.setlinfo.psn_cash_pay}`,
  )
  return { ...settled, trial: trial.setlinfo, lines: result, batch }
}

/** 2208, 2205, 2202: everything that `outpatient` did is taken back. */
export async function undoOutpatient(his: His, of: Enrolled, settled: Answer, iptOtpNo: string): Promise<Answer> {
  const insured = { insuplcAdmdvs: of.insuplcAdmdvs }
  const { mdtrt_id, setl_id } = settled.setlinfo
  const undone = await his.call('2208', { data: { setl_id, mdtrt_id, psn_no: of.psnNo, exp_content: '' } }, insured)
  await his.call('2205', { data: { mdtrt_id, chrg_bchno: '0000', psn_no: of.psnNo, exp_content: '' } }, insured)
  await his.call('2202', { data: { mdtrt_id, psn_no: of.psnNo, ipt_otp_no: iptOtpNo, exp_content: '' } }, insured)
  return undone
}

/** Inpatient: 2001, 2401, 2301, 2303, 2402, 2304. */
export async function inpatient(
  his: His,
  of: Enrolled,
  items: readonly Item[],
  stay: { readonly from: string; readonly to: string },
  say: Say,
): Promise<Answer> {
  const insured = { insuplcAdmdvs: of.insuplcAdmdvs }
  const areas = { insuplc_admdvs: of.insuplcAdmdvs, mdtrtarea_admvs: his.config.mdtrtareaAdmvs }
  say(`2001 funds: ${(await checkTreatment(his, of, '21', stay.from)).join(' ')}`)
  const { psn_cert_type, ...person } = personFields(of)
  const { result } = await his.call(
    '2401',
    {
      mdtrtinfo: {
        ...person,
        cert_type: psn_cert_type,
        begntime: stay.from,
        med_type: '21',
        ipt_no: nextNo(),
        atddr_no: 'D510100000001',
        chfpdr_name: '医师甲',
        adm_diag_dscr: '肺炎',
        adm_dept_codg: 'A03',
        adm_dept_name: '呼吸内科',
        adm_bed: '12',
        dscg_maindiag_code: 'J18.900',
        dscg_maindiag_name: '肺炎',
        ...areas,
      },
      diseinfo: [{ ...diagnosis(stay.from), psn_no: of.psnNo, maindiag_flag: '1' }],
    },
    insured,
  )
  const mdtrtId = result.mdtrt_id
  say(`2401 admitted ${mdtrtId}`)
  const lines = feeLines(of, mdtrtId, items, stay.from, { med_type: '21' })
  await his.call('2301', { feedetail: lines }, insured)
  const bill = {
    ...personFields(of),
    medfee_sumamt: sum(items),
    psn_setlway: '01',
    mdtrt_id: mdtrtId,
    acct_used_flag: '0',
    mid_setl_flag: '0',
    ...areas,
    dscgTime: stay.to.slice(0, 10),
    exp_content: '',
  }
  const trial = await his.call('2303', { data: bill }, insured)
  say(`2303 trial: fund ${trial.setlinfo.fund_pay_sumamt}, person ${trial.setlinfo.psn_part_amt}`)
  await his.call(
    '2402',
    {
      dscginfo: {
        mdtrt_id: mdtrtId,
        psn_no: of.psnNo,
        insutype: of.insutype,
        endtime: stay.to,
        dscg_dept_codg: 'A03',
        dscg_dept_name: '呼吸内科',
        dscg_bed: '12',
        dscg_way: '1',
      },
      diseinfo: [{ ...diagnosis(stay.to), mdtrt_id: mdtrtId, psn_no: of.psnNo, maindiag_flag: '1' }],
    },
    insured,
  )
  const settled = await his.call('2304', { data: { ...bill, invono: '' } }, insured)
  say(
    `2304 settled ${settled.setlinfo.setl_id}: fund ${settled.setlinfo.fund_pay_sumamt}, cash ${settled.setlinfo.psn_cash_pay}`,
  )
  return { ...settled, trial: trial.setlinfo }
}

/** 2305, 2405, 2302, 2404. */
export async function undoInpatient(his: His, of: Enrolled, settled: Answer): Promise<Answer> {
  const insured = { insuplcAdmdvs: of.insuplcAdmdvs }
  const { mdtrt_id, setl_id } = settled.setlinfo
  const visit = { mdtrt_id, psn_no: of.psnNo, exp_content: '' }
  const undone = await his.call('2305', { data: { ...visit, setl_id } }, insured)
  await his.call('2405', { data: visit }, insured)
  await his.call('2302', { data: { ...visit, feedetl_sn: '0000' } }, insured)
  await his.call('2404', { data: visit }, insured)
  return undone
}

/** Pharmacy: 2101, 2102. */
export async function pharmacy(his: His, of: Enrolled, items: readonly Item[], say: Say): Promise<Answer> {
  const insured = { insuplcAdmdvs: of.insuplcAdmdvs }
  const time = chinaTime(his.config.now())
  const druginfo = {
    ...personFields(of),
    begntime: time,
    medfee_sumamt: sum(items),
    dise_codg: '',
    dise_name: '',
    acct_used_flag: '0',
    med_type: '41',
    exp_content: '',
  }
  const drugdetail = items.map((item) => ({
    feedetl_sn: nextNo(),
    rxno: '',
    rx_circ_flag: '0',
    fee_ocur_time: time,
    med_list_codg: item.code,
    medins_list_codg: `L-${item.code}`,
    det_item_fee_sumamt: item.amt,
    cnt: item.cnt,
    pric: item.pric,
  }))
  const trial = await his.call('2101', { druginfo, drugdetail }, insured)
  say(`2101 trial: fund ${trial.setlinfo.fund_pay_sumamt}`)
  const settled = await his.call('2102', { druginfo: { ...druginfo, invono: '' }, drugdetail }, insured)
  say(
    `2102 settled ${settled.setlinfo.setl_id}: fund ${settled.setlinfo.fund_pay_sumamt}, cash ${settled.setlinfo.psn_cash_pay}`,
  )
  return { ...settled, trial: trial.setlinfo }
}

/** 2103 */
export async function undoPharmacy(his: His, of: Enrolled, settled: Answer): Promise<Answer> {
  const { mdtrt_id, setl_id } = settled.setlinfo
  return await his.call(
    '2103',
    { data: { setl_id, mdtrt_id, psn_no: of.psnNo, exp_content: '' } },
    { insuplcAdmdvs: of.insuplcAdmdvs },
  )
}

/** 5203 */
export async function querySettlement(his: His, of: Enrolled, settled: Answer): Promise<Answer> {
  const { mdtrt_id, setl_id } = settled.setlinfo
  return await his.call('5203', { data: { psn_no: of.psnNo, setl_id, mdtrt_id } }, { insuplcAdmdvs: of.insuplcAdmdvs })
}
