import { beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { chinaTime, type His } from './his/client.ts'
import { type Enrolled, personFields, readPerson } from './his/patient.ts'
import { useNhsaHub } from './hub.ts'

// What another author's system may send by the document, and this project's own (his/) does not.

const database = useDatabase()
const stage = useNhsaHub(database)
const insured = { insuplcAdmdvs: '510100' }
let his: His
let of: Enrolled
let time: string
let from: string

beforeAll(async () => {
  his = await stage.his('510600')
  await his.signIn()
  of = await readPerson(his, await stage.person('510100'))
  time = chinaTime(his.config.now())
  from = chinaTime(new Date(his.config.now().getTime() - 5 * 86_400_000))
})

let number = 0
const nextNo = (): string => String(500_000 + ++number)

const registration = (who: Enrolled) => ({
  data: {
    ...personFields(who),
    begntime: time,
    ipt_otp_no: `MZ-${nextNo()}`,
    dept_code: 'A01',
    dept_name: '全科',
    caty: 'A02',
  },
})

const register = async (who: Enrolled) => (await his.call('2201', registration(who), insured)).data.mdtrt_id as string

const noted = (mdtrtId: string) => ({
  mdtrtinfo: {
    mdtrt_id: mdtrtId,
    psn_no: of.psnNo,
    med_type: '11',
    begntime: time,
    dise_codg: 'J06.900',
    dise_name: '急性上呼吸道感染',
  },
  diseinfo: [{ ...diagnosis(), vali_flag: '1' }],
})

const diagnosis = () => ({
  diag_type: '1',
  diag_srt_no: 1,
  diag_code: 'J06.900',
  diag_name: '急性上呼吸道感染',
  diag_dept: '全科',
  dise_dor_no: 'D1',
  dise_dor_name: '医师甲',
  diag_time: time,
})

const line = (mdtrtId: string, more: object = {}) => ({
  feedetl_sn: nextNo(),
  mdtrt_id: mdtrtId,
  psn_no: of.psnNo,
  chrg_bchno: 'B1',
  rx_circ_flag: '0',
  fee_ocur_time: time,
  med_list_codg: 'XB02',
  medins_list_codg: 'L1',
  det_item_fee_sumamt: '500.00',
  cnt: '10',
  pric: '50',
  bilg_dept_codg: 'A01',
  bilg_dept_name: '全科',
  bilg_dr_codg: 'D1',
  bilg_dr_name: '医师甲',
  hosp_appr_flag: '1',
  ...more,
})

const bill = (mdtrtId: string, more: object = {}) => ({
  ...personFields(of),
  med_type: '11',
  medfee_sumamt: '500.00',
  psn_setlway: '01',
  mdtrt_id: mdtrtId,
  chrg_bchno: 'B1',
  acct_used_flag: '0',
  ...more,
})

async function admit(who: His, medType: string) {
  const { psn_cert_type, ...said } = personFields(of)
  const areas = { insuplc_admdvs: '510100', mdtrtarea_admvs: who.config.mdtrtareaAdmvs }
  const { result } = await who.call(
    '2401',
    {
      mdtrtinfo: {
        ...said,
        cert_type: psn_cert_type,
        begntime: from,
        med_type: medType,
        ipt_no: `ZY-${nextNo()}`,
        atddr_no: 'D1',
        chfpdr_name: '医师甲',
        adm_diag_dscr: '肺炎',
        adm_dept_codg: 'A03',
        adm_dept_name: '呼吸内科',
        adm_bed: '1',
        dscg_maindiag_code: 'J18.900',
        dscg_maindiag_name: '肺炎',
        medrcdno: of.idNumber,
        // Empty numbers (section 2).
        geso_val: '0',
        fetts: 0,
        fetus_cnt: '0',
        ...areas,
      },
      diseinfo: [{ ...diagnosis(), psn_no: of.psnNo, maindiag_flag: '1' }],
    },
    insured,
  )
  const mdtrtId = result.mdtrt_id as string
  const { chrg_bchno: _batch, rx_circ_flag: _rx, ...charge } = line(mdtrtId, { med_type: medType })
  await who.call('2301', { feedetail: [charge] }, insured)
  const ofStay = (more: object = {}) => ({
    data: bill(mdtrtId, { mid_setl_flag: '0', dscgTime: '', ...areas, ...more }),
  })
  const discharge = {
    dscginfo: {
      mdtrt_id: mdtrtId,
      psn_no: of.psnNo,
      insutype: of.insutype,
      endtime: time,
      dscg_dept_codg: 'A03',
      dscg_dept_name: '呼吸内科',
      dscg_way: '1',
    },
    diseinfo: [{ ...diagnosis(), mdtrt_id: mdtrtId, psn_no: of.psnNo, maindiag_flag: '1' }],
  }
  return { mdtrtId, ofStay, discharge }
}

describe('another author’s system', () => {
  it('registers a pupil with the psn_type that 1101 gave, longer than the C(3) of 2201', async () => {
    const pupil = await readPerson(his, await stage.person('510100', { insutype: '390', psnType: '1403' }))
    expect(pupil.psnType).toBe('1403')
    expect(await register(pupil)).toMatch(/^[0-9A-Z]{26}$/)
  })

  it('is told psn_cert_type 01 of a resident’s identity number', async () => {
    const { baseinfo } = await his.call('1101', {
      data: {
        mdtrt_cert_type: '02',
        mdtrt_cert_no: of.idNumber,
        psn_cert_type: '01',
        certno: of.idNumber,
        psn_name: of.name,
      },
    })
    expect(baseinfo).toMatchObject({ psn_cert_type: '01', certno: of.idNumber })
  })

  it('may write the empty numbers of 2303 as "0", and numbers as numbers; a zero of 2207 is a zero', async () => {
    const { ofStay } = await admit(his, '21')
    const zero = { fulamt_ownpay_amt: '0', overlmt_selfpay: 0, preselfpay_amt: '0.00', inscp_scp_amt: '0' }
    const trial = await his.call('2303', ofStay({ ...zero, medfee_sumamt: 500 }), insured)
    expect(trial.setlinfo).toMatchObject({ preselfpay_amt: '50.00', inscp_scp_amt: '450.00' })
    const wrong = await his.ask('2303', ofStay({ ...zero, inscp_scp_amt: '449.99' }), insured)
    expect(wrong.body.err_msg).toBe('合计金额与费用明细不一致（inscp_scp_amt）')
    const visit = await register(of)
    await his.call('2203', noted(visit), insured)
    await his.call('2204', { feedetail: [line(visit, { det_item_fee_sumamt: 500, cnt: 10, pric: 50 })] }, insured)
    const said = await his.ask('2207', { data: bill(visit, zero) }, insured)
    expect(said.body.err_msg).toBe('合计金额与费用明细不一致（preselfpay_amt、inscp_scp_amt）')
  })

  it('gets every required field of a trial at a pharmacy, also the id of a visit that there is not', async () => {
    const shop = await stage.his('510600', 'pharmacy')
    await shop.signIn()
    const { mdtrt_id: _visit, chrg_bchno: _batch, ...sold } = line('', {})
    const { setlinfo } = await shop.call(
      '2101',
      {
        druginfo: { ...personFields(of), begntime: time, medfee_sumamt: '500.00', acct_used_flag: '0', med_type: '41' },
        drugdetail: [sold],
      },
      insured,
    )
    expect(setlinfo.mdtrt_id).toMatch(/^[0-9A-Z]{26}$/)
  })

  it('finds the visit of a registration whose answer was lost in a crash by the same message', async () => {
    const envelope = his.envelope('2201', registration(of), insured)
    const send = () => his.send(envelope, his.headers('2201'))
    const first = await send()
    expect(first.body.infcode, first.body.err_msg).toBe(0)
    await database.db
      .updateTable('nhsa_message')
      .set({ answer_encrypted: null, worker: null, busy_until: null })
      .where('msgid', '=', String(envelope['msgid']))
      .execute()
    expect((await send()).body.output).toEqual(first.body.output)
    // Another message under the number of the visit is refused as ever.
    const other = await his.ask('2201', envelope['input'] as object, insured)
    expect(other.body.err_msg).toBe('住院/门诊号已被使用（ipt_otp_no）')
  })
})

describe('a refusal', () => {
  it('of a call out of order names the transaction that is missing', async () => {
    const visit = await register(of)
    const parts = { fulamt_ownpay_amt: '0', overlmt_selfpay: '0', preselfpay_amt: '50.00', inscp_scp_amt: '450.00' }
    const name = { mdtrt_id: visit, psn_no: of.psnNo }
    const missing = async (infno: string, input: object) => (await his.ask(infno, input, insured)).body.err_msg
    expect(await missing('2204', { feedetail: [line(visit)] })).toMatch(/；须先完成交易2203$/)
    await his.call('2203', noted(visit), insured)
    expect(await missing('2206', { data: bill(visit) })).toMatch(/；须先完成交易2204$/)
    expect(await missing('2207', { data: bill(visit, parts) })).toMatch(/；须先完成交易2204$/)
    expect(await missing('2208', { data: { ...name, setl_id: visit } })).toMatch(/；须先完成交易2207$/)
    await his.call('2204', { feedetail: [line(visit)] }, insured)
    const { ofStay, mdtrtId } = await admit(his, '21')
    expect(await missing('2304', ofStay({ invono: '' }))).toMatch(/；须先完成交易2402$/)
    expect(await missing('2404', { data: { mdtrt_id: mdtrtId, psn_no: of.psnNo } })).toMatch(/；须先完成交易2302$/)
  })

  it('of a fee line says which row, and of a way to settle that there is none', async () => {
    const visit = await register(of)
    await his.call('2203', noted(visit), insured)
    const lines = [line(visit), line(visit, { det_item_fee_sumamt: '499.00' })]
    expect((await his.ask('2204', { feedetail: lines }, insured)).body.err_msg).toBe(
      '字段不合法（feedetail第2行 det_item_fee_sumamt）',
    )
    const unknown = [line(visit, { med_list_codg: 'NONE1' }), line(visit), line(visit, { med_list_codg: 'NONE2' })]
    expect((await his.ask('2204', { feedetail: unknown }, insured)).body.err_msg).toBe(
      '就医地目录无此项目（feedetail第1行 med_list_codg、feedetail第3行 med_list_codg）',
    )
    await his.call('2204', { feedetail: [line(visit)] }, insured)
    const byQuota = await his.ask('2206', { data: bill(visit, { psn_setlway: '02' }) }, insured)
    expect(byQuota.body.err_msg).toBe('字段不合法（psn_setlway）')
  })

  it('of a kind of care that nobody settles here is told by 2001 for every fund', async () => {
    const { trtinfo } = await his.call(
      '2001',
      {
        data: {
          psn_no: of.psnNo,
          insutype: of.insutype,
          fixmedins_code: his.config.fixmedinsCode,
          med_type: '12',
          begntime: time,
        },
      },
      insured,
    )
    expect(trtinfo.length).toBeGreaterThan(2)
    for (const fund of trtinfo) {
      expect(fund.trt_enjymnt_flag).toBe('0')
      expect(fund.trt_chk_rslt).toContain('本平台不结算此医疗类别')
    }
  })
})

describe('an area with codes of its own', () => {
  it('admits, settles, asks and takes back by them, while settlement knows the national ones', async () => {
    await database.db
      .insertInto('nhsa_area')
      .values({ admdvs: '512000', from_date: '2021-01-01', profile: 'hunan', source_document: 'test', verified: false })
      .execute()
    await stage.hub.live.nhsa.refresh()
    const ziyang = await stage.his('512000')
    await ziyang.signIn()
    const { mdtrtId, ofStay, discharge } = await admit(ziyang, '2101')
    const asked = { data: { psn_no: of.psnNo, begntime: from, endtime: time } }
    expect((await ziyang.call('5303', asked, insured)).data).toMatchObject([{ mdtrt_id: mdtrtId, med_type: '2101' }])
    await ziyang.call('2402', discharge, insured)
    const { setlinfo } = await ziyang.call('2304', ofStay({ invono: '' }), insured)
    expect(setlinfo).toMatchObject({ med_type: '2101', clr_type: '21', psn_type: '11', medfee_sumamt: '500.00' })
    const visits = async (medType: string) =>
      await ziyang.ask('5201', { data: { ...asked.data, med_type: medType, mdtrt_id: '' } }, insured)
    const { mdtrtinfo } = (await visits('2101')).body.output
    expect(mdtrtinfo).toMatchObject([{ mdtrt_id: mdtrtId, med_type: '2101', inhosp_stas: '0' }])
    expect((await visits('21')).body.err_msg).toBe('data med_type（医疗类别）不在字典中')
    const stored = await database.db
      .selectFrom('settlement_visit')
      .select(['med_type', 'psn_type'])
      .where('institution', '=', ziyang.config.fixmedinsCode)
      .execute()
    expect(stored).toEqual([{ med_type: '21', psn_type: '11' }])
    const undo = { data: { mdtrt_id: mdtrtId, setl_id: setlinfo.setl_id, psn_no: of.psnNo } }
    expect((await ziyang.call('2305', undo, insured)).setlinfo.medfee_sumamt).toBe('-500.00')
  })
})

describe('what is kept of a visit', () => {
  it('is no identity number, also where a hospital numbers its records by them', async () => {
    const { mdtrtId } = await admit(his, '21')
    const rows = await database.db.selectFrom('settlement_visit').selectAll().execute()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(of.idNumber)
    const { mdtrtinfo } = await his.call(
      '5201',
      { data: { psn_no: of.psnNo, begntime: from, endtime: time, med_type: '21', mdtrt_id: mdtrtId } },
      insured,
    )
    expect(mdtrtinfo).toMatchObject([{ mdtrt_id: mdtrtId, medrcdno: '' }])
  })
})
