import { localDateTime, systemClock } from '../../kernel/time.ts'
import { fromWireId } from '../../kernel/wire-id.ts'
import type { SettlementInfo } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { Step, Story } from '../facts.ts'

const HOSPITAL = 'hospital-chengdu'
const CHENGDU = '510100'
const MEISHAN = '511400'
const DAY_MS = 86_400_000

/** Bill A of the golden cases: 11,000.00 甲, 8,000.00 乙 with 10 % paid first, 1,000.00 丙. */
const ITEMS = [
  { code: 'XA02BCA159A001010101440', amount: '11000.00' },
  { code: 'XA02BCA159A001010101442', amount: '8000.00' },
  { code: 'XA02BCA159A001010101444', amount: '1000.00' },
] as const

/** Of 18,200.00 in scope 600.00 are the deductible of level three; of the rest Meishan pays its residents 65 % (golden case G3). */
const EXPECTED = {
  medfee_sumamt: '20000.00',
  fulamt_ownpay_amt: '1000.00',
  preselfpay_amt: '800.00',
  inscp_scp_amt: '18200.00',
  act_pay_dedc: '600.00',
  hifp_pay: '11440.00',
  fund_pay_sumamt: '11440.00',
  psn_part_amt: '8560.00',
} as const

/** Answers are read by the names of the interface's document. */
type Output = ReturnType<typeof JSON.parse>

export const settleStay: Step = {
  name: 'settle-stay',
  title: 'A HIS speaks the national interface: a stay of a Meishan resident in Chengdu, from 9001 to 2304',
  titleZh: '国家接口：眉山居民在成都住院直接结算',
  async run(story) {
    const { stack, book } = story
    const { people, personIds, clients } = stack.sandbox
    const at = people.findIndex((one) => one.insuredCity === MEISHAN && one.psnType === '15')
    const person = expectPresent('a resident of Meishan', people[at])
    const institution = expectPresent('the hospital', clients.find((one) => one.clientId === HOSPITAL)?.institution)
    const call = caller(story, institution)

    const { signinoutb } = await call('9001', { signIn: { opter_no: '001', mac: '00-00-00-00-00-00', ip: '10.0.0.1' } })
    const signNo: string = signinoutb.sign_no
    const shown = { mdtrt_cert_type: '02', mdtrt_cert_no: person.idNumber, certno: person.idNumber }
    const insured = await call(
      '1101',
      { data: { ...shown, psn_cert_type: '01', psn_name: person.name, card_sn: '', begntime: '' } },
      { signNo },
    )
    const [enrolled] = insured.insuinfo
    expectSame('1101: insured in', [enrolled.insuplc_admdvs, enrolled.insutype], [MEISHAN, '390'])
    const psnNo: string = insured.baseinfo.psn_no
    expectSame('1101: the person of the index', fromWireId(psnNo), personIds[at])

    const now = systemClock.now()
    const [from, to] = [localDateTime(new Date(now.getTime() - 5 * DAY_MS)), localDateTime(now)]
    const more = { signNo, insuplc: MEISHAN }
    const areas = { insuplc_admdvs: MEISHAN, mdtrtarea_admvs: CHENGDU }
    const diagnosis = {
      psn_no: psnNo,
      diag_type: '1',
      maindiag_flag: '1',
      diag_srt_no: '1',
      diag_code: 'J18.900',
      diag_name: '肺炎',
      diag_dept: '呼吸内科',
      dise_dor_no: 'D510100000001',
      dise_dor_name: '示例医师',
    }
    const admitted = await call(
      '2401',
      {
        mdtrtinfo: {
          ...shown,
          ...areas,
          psn_no: psnNo,
          insutype: '390',
          cert_type: '01',
          begntime: from,
          med_type: '21',
          ipt_no: `demo-${signNo.slice(-12)}`,
          atddr_no: 'D510100000001',
          chfpdr_name: '示例医师',
          adm_diag_dscr: '肺炎',
          adm_dept_codg: 'A03',
          adm_dept_name: '呼吸内科',
          adm_bed: '12',
          dscg_maindiag_code: 'J18.900',
          dscg_maindiag_name: '肺炎',
        },
        diseinfo: [{ ...diagnosis, diag_time: from }],
      },
      more,
    )
    const mdtrtId: string = admitted.result.mdtrt_id
    const lines = ITEMS.map(({ code, amount }, index) => ({
      feedetl_sn: String(index + 1),
      mdtrt_id: mdtrtId,
      psn_no: psnNo,
      med_type: '21',
      fee_ocur_time: from,
      med_list_codg: code,
      medins_list_codg: `L-${code}`,
      det_item_fee_sumamt: amount,
      cnt: '1',
      pric: amount,
      bilg_dept_codg: 'A03',
      bilg_dept_name: '呼吸内科',
      bilg_dr_codg: 'D510100000001',
      bilg_dr_name: '示例医师',
    }))
    await call('2301', { feedetail: lines }, more)
    await call(
      '2402',
      {
        dscginfo: {
          mdtrt_id: mdtrtId,
          psn_no: psnNo,
          insutype: '390',
          endtime: to,
          dscg_dept_codg: 'A03',
          dscg_dept_name: '呼吸内科',
          dscg_way: '1',
        },
        diseinfo: [{ ...diagnosis, mdtrt_id: mdtrtId, diag_time: to }],
      },
      more,
    )
    const bill = {
      ...shown,
      ...areas,
      psn_no: psnNo,
      insutype: '390',
      psn_cert_type: '01',
      psn_type: enrolled.psn_type,
      psn_name: person.name,
      medfee_sumamt: EXPECTED.medfee_sumamt,
      psn_setlway: '01',
      mdtrt_id: mdtrtId,
      acct_used_flag: '0',
      mid_setl_flag: '0',
    }
    const { setlinfo } = await call('2304', { data: bill }, more)
    const came = Object.fromEntries(Object.keys(EXPECTED).map((name) => [name, setlinfo[name]]))
    expectSame('2304: amounts', came, { ...EXPECTED })
    const found = await call('5203', { data: { psn_no: psnNo, setl_id: setlinfo.setl_id, mdtrt_id: mdtrtId } }, more)
    expectSame('5203: the same settlement', found.setlinfo.fund_pay_sumamt, EXPECTED.fund_pay_sumamt)
    await call('9002', { signOut: { sign_no: signNo, opter_no: '001' } }, more)

    book.write(toBook(setlinfo, institution))
    return {
      lines: [
        `9001, 1101, 2401, 2301, 2402, 2304, 5203, 9002 as any HIS sends them: insured in 眉山, stayed in 成都, no filing 免备案`,
        `20000.00: out of scope 全自费 1000.00, paid first 先行自付 800.00, deductible 起付线 600.00, fund 统筹 ${setlinfo.hifp_pay} (65 %), person 个人 ${setlinfo.psn_part_amt}`,
      ],
      figures: came,
    }
  },
}

/** Calls as the hospital's system does: every call has its envelope, and what is refused breaks the story. */
function caller({ api }: Story, institution: string) {
  let sequence = 0
  return async (
    infno: string,
    input: object,
    { signNo = '', insuplc = '' }: { readonly signNo?: string; readonly insuplc?: string } = {},
  ): Promise<Output> => {
    const time = localDateTime(systemClock.now())
    sequence += 1
    const { body } = await api.call<{ infcode: number; err_msg: string; output: Output }>({
      as: HOSPITAL,
      method: 'POST',
      path: '/nhsa',
      body: {
        infno,
        msgid: `${institution}${time.replaceAll(/\D/g, '')}${String(sequence).padStart(4, '0')}`,
        mdtrtarea_admvs: CHENGDU,
        insuplc_admdvs: insuplc,
        recer_sys_code: 'HIS',
        infver: '1.0.0',
        opter_type: '1',
        opter: '001',
        opter_name: '示例收费员',
        inf_time: time,
        fixmedins_code: institution,
        fixmedins_name: '示范医院',
        sign_no: signNo,
        input,
      },
    })
    expectSame(`${infno}: infcode (${body.err_msg})`, body.infcode, 0)
    return body.output
  }
}

/** As the hospital's own book has it, beside what it settled by REST. */
const toBook = (setlinfo: Output, institution: string): SettlementInfo => ({
  ...setlinfo,
  setl_id: expectPresent('the id of the settlement', fromWireId(setlinfo.setl_id)),
  setl_time: new Date(`${setlinfo.setl_time.replace(' ', 'T')}+08:00`).toISOString(),
  fixmedins_code: institution,
  window: setlinfo.setl_time.slice(0, 7),
  insuplc_admdvs: MEISHAN,
  mdtrtarea_admvs: CHENGDU,
})
