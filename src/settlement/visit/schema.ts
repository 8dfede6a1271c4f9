import { type TObject, Type } from 'typebox'
import { SHARE_FIELDS } from '../compact.ts'

/*
 * Bodies of the REST form of the interface: its names, its lengths. What a field may hold beyond its length is checked by the
 * verbs, in one place for both forms.
 */

const text = (most: number, description = '') =>
  Type.String({ maxLength: most, ...(description === '' ? {} : { description }) })
const some = (most: number, description = '') =>
  Type.String({ minLength: 1, maxLength: most, ...(description === '' ? {} : { description }) })
const maybe = (most: number) => Type.Optional(text(most))

const strict = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Object(properties, { additionalProperties: false })

const time = (description: string) =>
  Type.String({ maxLength: 19, description: `${description}, in the time of China`, examples: ['2026-11-24 15:00:00'] })
const amount = (description: string) => Type.String({ maxLength: 18, description, examples: ['150.00'] })

const Person = {
  psn_no: some(30, '人员编号: 26 letters, from 1101'),
  psn_cert_type: some(6, '人员证件类型: 01 居民身份证'),
  certno: some(50, '证件号码: compared with the person index, not kept'),
  psn_name: maybe(50),
  insutype: some(6, '险种类型'),
  psn_type: maybe(6),
  mdtrt_cert_type: some(3, '就诊凭证类型: 01 e-credential, 02 identity number, 03 social-security card'),
  mdtrt_cert_no: maybe(4000),
  card_sn: maybe(32),
}

const Diagnoses = Type.Array(
  strict({
    diag_type: some(3),
    diag_srt_no: some(4),
    diag_code: some(30),
    maindiag_flag: maybe(3),
    diag_dept: maybe(50),
    dise_dor_no: maybe(30),
    diag_time: maybe(19),
    vali_flag: Type.Optional(text(3, '0 voids it')),
  }),
  { maxItems: 100 },
)

export const RegisterBody = strict({
  ...Person,
  begntime: time('挂号时间'),
  ipt_otp_no: some(30, '门诊号, unique in the institution'),
  atddr_no: maybe(30),
  dept_code: maybe(30),
  dept_name: maybe(100),
  caty: maybe(10),
})

export const AdmitBody = strict({
  ...Person,
  begntime: time('入院时间'),
  med_type: some(6, '医疗类别: 21'),
  ipt_no: some(30, '住院号, unique in the institution'),
  medrcdno: maybe(30),
  atddr_no: maybe(30),
  adm_dept_codg: maybe(30),
  adm_dept_name: maybe(100),
  adm_bed: maybe(30),
  dscg_maindiag_code: maybe(20),
  dise_codg: maybe(30),
  oprn_oprt_code: maybe(30),
  diseinfo: Diagnoses,
})

export const VisitParams = strict({ id: some(30, 'mdtrt_id') })

const Named = { psn_no: some(30, '人员编号') }
export const NamedBody = strict(Named)
export const CancelRegistrationBody = strict({ ...Named, ipt_otp_no: some(30) })

export const NotesBody = strict({
  ...Named,
  med_type: some(6, '医疗类别: 11, 14'),
  begntime: time('就诊时间'),
  dise_codg: maybe(30),
  diseinfo: Diagnoses,
})

const Line = {
  feedetl_sn: some(30, '费用明细流水号'),
  chrg_bchno: maybe(30),
  init_feedetl_sn: maybe(30),
  dise_codg: maybe(30),
  fee_ocur_time: time('费用发生时间'),
  med_list_codg: some(50, '医疗目录编码'),
  medins_list_codg: some(150, '医药机构目录编码'),
  det_item_fee_sumamt: amount('明细项目费用总额: cnt times pric, to within 0.01'),
  cnt: Type.String({ maxLength: 18, examples: ['1'] }),
  pric: Type.String({ maxLength: 18, examples: ['150.00'] }),
  hosp_appr_flag: maybe(3),
  rxno: maybe(30),
  rx_circ_flag: maybe(3),
  bilg_dept_codg: maybe(30),
  bilg_dr_codg: maybe(30),
  drug_trac_codg: Type.Optional(Type.Array(some(100), { maxItems: 50 })),
}
const Lines = Type.Array(strict(Line), { minItems: 1, maxItems: 1000 })

const kind = <const K extends readonly string[]>(kinds: K) => Type.Enum([...kinds] as never)
const Kind = kind(['outpatient', 'inpatient'])

export const LinesBody = strict({ ...Named, kind: Kind, feedetail: Lines })

export const RemoveBody = Type.Union([
  strict({ ...Named, kind: Type.Literal('outpatient'), chrg_bchno: some(30, '收费批次号; 0000 = all unsettled') }),
  strict({ ...Named, kind: Type.Literal('inpatient'), feedetl_sn: some(30, '费用明细流水号; 0000 = all unsettled') }),
])

export const DischargeBody = strict({
  ...Named,
  insutype: some(6),
  endtime: time('出院时间'),
  dscg_way: some(3),
  die_date: maybe(10),
  dscg_dept_codg: maybe(30),
  dscg_dept_name: maybe(100),
  dscg_bed: maybe(30),
  dise_codg: maybe(30),
  oprn_oprt_code: maybe(30),
  diseinfo: Diagnoses,
})

const Bill = {
  ...Person,
  medfee_sumamt: amount('医疗费总额: the sum of the lines'),
  acct_used_flag: Type.Optional(text(1, '0 not, 1 own account, 2 family')),
  psn_setlway: maybe(6),
  fulamt_ownpay_amt: Type.Optional(amount('全自费金额')),
  overlmt_selfpay: Type.Optional(amount('超限价金额')),
  preselfpay_amt: Type.Optional(amount('先行自付金额')),
  inscp_scp_amt: Type.Optional(amount('符合政策范围金额')),
  invono: maybe(20),
}

export const SettleBody = Type.Union([
  strict({ ...Bill, kind: Type.Literal('outpatient'), med_type: some(6), chrg_bchno: some(30, '收费批次号') }),
  strict({ ...Bill, kind: Type.Literal('inpatient'), mid_setl_flag: some(3, '1 中途结算'), dscgTime: maybe(19) }),
])

export const UndoParams = strict({ id: some(30, 'mdtrt_id'), setl: some(36, 'setl_id, or the key of the call') })
export const UndoBody = strict({ ...Named, kind: kind(['outpatient', 'inpatient', 'pharmacy']) })

export const PharmacyBody = strict({
  ...Person,
  begntime: time('购药时间'),
  med_type: some(6, '医疗类别: 41'),
  medfee_sumamt: amount('医疗费总额: the sum of the lines'),
  acct_used_flag: maybe(1),
  dise_codg: maybe(30),
  invono: maybe(20),
  drugdetail: Lines,
})

export const CompensateBody = strict({
  ...Named,
  omsgid: some(36, '原发送方报文ID: the Idempotency-Key or msgid of the call'),
  oinfno: some(4, '2102, 2207, 2304, 2401'),
})

export const FindQuery = strict({
  psn_no: some(30),
  begntime: time('开始时间'),
  endtime: time('结束时间'),
  med_type: maybe(6),
  mdtrt_id: maybe(30),
})
export const InHospitalQuery = strict({
  psn_no: maybe(30),
  begntime: time('入院时间, from'),
  endtime: time('入院时间, to'),
})
export const SettlementQuery = strict(Named)

const names = (...list: readonly string[]): TObject =>
  strict(Object.fromEntries(list.map((name) => [name, Type.String({ maxLength: 4000 })])))

export const Registered = names('psn_no', 'mdtrt_id', 'ipt_otp_no')
export const Admitted = names('mdtrt_id')
export const Done = strict({ done: Type.Literal(true) })

const SPLIT = [
  'feedetl_sn',
  'det_item_fee_sumamt',
  'cnt',
  'pric',
  'pric_uplmt_amt',
  'selfpay_prop',
  'fulamt_ownpay_amt',
]
const Split = names(
  ...SPLIT,
  'overlmt_amt',
  'preselfpay_amt',
  'inscp_scp_amt',
  'chrgitm_lv',
  'med_chrgitm_type',
  'lmt_used_flag',
)
export const Splits = strict({ result: Type.Array(Split, { maxItems: 1000 }) })

const SHARES = SHARE_FIELDS.map((field) => field.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`))
const FACTS = ['mdtrt_id', 'setl_id', 'psn_no', 'insutype', 'psn_type', 'setl_time', 'mdtrt_cert_type', 'med_type']
const PLACES = ['medins_setl_id', 'clr_type', 'clr_optins', 'insuplc_admdvs', 'mdtrtarea_admvs', 'fixmedins_code']

export const Outcome = strict({
  state: Type.Enum(['settled', 'refused', 'unknown']),
  reasons: Type.Optional(
    Type.Array(
      strict({
        code: text(80),
        detail: text(400),
        detailZh: text(400),
        meta: Type.Optional(Type.Record(text(40), text(100))),
      }),
      { maxItems: 20 },
    ),
  ),
  setlinfo: Type.Optional(
    strict({
      ...names(...FACTS, ...PLACES, 'begndate', 'enddate', 'invono', 'dise_codg', 'year', 'refd_setl_flag', ...SHARES)
        .properties,
      policy_verified: Type.Boolean({
        description: 'False while a figure of policy behind it is an unverified sample',
      }),
    }),
  ),
  setldetail: Type.Optional(
    Type.Array(names('fund_pay_type', 'inscp_scp_amt', 'crt_payb_lmt_amt', 'fund_payamt', 'setl_proc_info'), {
      maxItems: 20,
    }),
  ),
  detlcutinfo: Type.Optional(Type.Array(Split, { maxItems: 1000 })),
  mdtrt_id: Type.Optional(text(30)),
  msgid: Type.Optional(text(30)),
  detail: Type.Optional(text(400)),
  detail_zh: Type.Optional(text(400)),
})

const TOLD = ['medrcdno', 'atddr_no', 'adm_dept_codg', 'adm_dept_name', 'adm_bed', 'dscg_maindiag_code']
const ENDED = ['dscg_dept_codg', 'dscg_dept_name', 'dscg_bed', 'dscg_way', 'die_date', 'dise_codg', 'oprn_oprt_code']
const VISIT = [
  'mdtrt_id',
  'psn_no',
  'kind',
  'insutype',
  'psn_type',
  'med_type',
  'begntime',
  'endtime',
  'mdtrt_cert_type',
]
export const Visits = strict({
  visits: Type.Array(
    strict({
      ...names(...VISIT, 'ipt_otp_no', ...TOLD, ...ENDED, 'inhosp_stas', 'out_flag').properties,
      settlements: Type.Array(names('setl_id', 'medins_setl_id', 'state', 'chrg_bchno'), { maxItems: 1000 }),
    }),
    { maxItems: 5000 },
  ),
})
