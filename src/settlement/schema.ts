import { type Static, Type } from 'typebox'
import { FEN_PATTERN, PRICE_PATTERN, QUANTITY_PATTERN } from '../kernel/money.ts'

/*
 * Fields carry the names of the national interface (2206, 2207, 2204 and setlinfo); amounts are decimal strings.
 */

const amount = (description: string, example = '0.00') =>
  Type.String({ pattern: FEN_PATTERN, maxLength: 18, description, examples: [example] })

/**
 * Never negative on the way in: a refund reverses the whole settlement. At most 8 digits before the point: no visit
 * costs more, and a year of the largest amounts stays far inside a bigint of fen.
 */
const charge = (description: string, example: string) =>
  Type.String({
    pattern: '^(0|[1-9][0-9]{0,7})(\\.[0-9]{1,2})?$',
    maxLength: 11,
    description,
    examples: [example],
  })

const uuid = (description: string) =>
  Type.String({ format: 'uuid', maxLength: 36, description, examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })

const instant = (description: string) =>
  Type.String({ format: 'date-time', maxLength: 40, description, examples: ['2026-11-24T07:00:00.000Z'] })

const LineBody = Type.Object(
  {
    feedetl_sn: Type.String({
      minLength: 1,
      maxLength: 30,
      pattern: '^[A-Za-z0-9_-]+$',
      description: '费用明细流水号',
      examples: ['1'],
    }),
    med_list_codg: Type.String({
      minLength: 1,
      maxLength: 50,
      pattern: '^[A-Za-z0-9.-]+$',
      description: '医疗目录编码',
      examples: ['XA02BCA159A001010101445'],
    }),
    chrgitm_lv: Type.Optional(
      Type.Enum(['01', '02', '03'], {
        description:
          '收费项目等级: 01 甲, 02 乙, 03 丙; the catalogue decides, and what is said here must be what it says',
        examples: ['01'],
      }),
    ),
    det_item_fee_sumamt: charge('明细项目费用总额: cnt times pric, to within 0.01', '150.00'),
    cnt: Type.String({
      pattern: QUANTITY_PATTERN.replace('^-?', '^'),
      maxLength: 17,
      description: '数量',
      examples: ['1'],
    }),
    pric: Type.String({ pattern: PRICE_PATTERN, maxLength: 17, description: '单价', examples: ['150.00'] }),
    selfpay_prop: Type.Optional(
      Type.String({
        pattern: '^(0(\\.[0-9]{1,4})?|1(\\.0{1,4})?)$',
        maxLength: 6,
        description: '先自付比例, 0 to 1',
        examples: ['0.1000'],
      }),
    ),
    pric_uplmt_amt: Type.Optional(
      Type.String({ pattern: PRICE_PATTERN, maxLength: 17, description: '限价; 0 = none', examples: ['0'] }),
    ),
    lmt_used_flag: Type.Optional(Type.Enum(['0', '1'], { description: '限制使用标志', examples: ['0'] })),
    hosp_appr_flag: Type.Optional(Type.Enum(['0', '1', '2'], { description: '医院审批标志', examples: ['0'] })),
  },
  { additionalProperties: false },
)

export const BillBody = Type.Object(
  {
    person_id: uuid('The hub’s own id of the person, from a verification; never an identity number'),
    med_type: Type.Enum(['11', '14', '21', '41'], {
      description: '医疗类别: 11 普通门诊, 14 门诊慢特病, 21 住院, 41 定点药店购药',
      examples: ['11'],
    }),
    dise_codg: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 30,
        pattern: '^[A-Za-z0-9.+-]+$',
        description: '病种编码, of med_type 14',
      }),
    ),
    shown: Type.Optional(
      Type.Union(
        [
          Type.Object(
            { kind: Type.Literal('code'), code: Type.String({ minLength: 1, maxLength: 8192 }) },
            { additionalProperties: false },
          ),
          Type.Object(
            {
              kind: Type.Enum(['social-security-card', 'insurance-voucher']),
              number: Type.String({ minLength: 1, maxLength: 64 }),
            },
            { additionalProperties: false },
          ),
        ],
        {
          description:
            '就诊凭证: what the patient showed. It is verified as /cards/verify and /cards/verify-carrier do for a settlement; what is revoked or of somebody else refuses the claim.',
        },
      ),
    ),
    stay: Type.Optional(
      Type.Object(
        { begin: instant('入院时间'), end: instant('出院时间') },
        { additionalProperties: false, description: 'Of med_type 21; it is one bill, of the day of discharge' },
      ),
    ),
    setl_time: Type.Optional(
      instant('结算时间; left out = now. Not in the future, and back only as far as policy allows (sample: 24 hours)'),
    ),
    acct_used_flag: Type.Optional(
      Type.Enum(['0', '1', '2'], {
        description: '个人账户使用标志: 0 not, 1 own, 2 family; left out = 0',
        examples: ['0'],
      }),
    ),
    medfee_sumamt: charge('医疗费总额: the sum of the lines', '150.00'),
    lines: Type.Array(LineBody, { minItems: 1, maxItems: 200 }),
  },
  { additionalProperties: false },
)
export type BillBody = Static<typeof BillBody>

const Reason = Type.Object(
  {
    code: Type.String({ maxLength: 80, examples: ['person-not-insured'] }),
    detail: Type.String({ maxLength: 400 }),
    detailZh: Type.String({ maxLength: 400 }),
    meta: Type.Optional(Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 100 }))),
  },
  { additionalProperties: false },
)

const Amounts = {
  medfee_sumamt: amount('医疗费总额', '300.00'),
  fulamt_ownpay_amt: amount('全自费金额'),
  overlmt_selfpay: amount('超限价自费费用'),
  preselfpay_amt: amount('先行自付金额'),
  inscp_scp_amt: amount('符合政策范围金额', '300.00'),
  act_pay_dedc: amount('实际支付起付线', '50.00'),
  hifp_pay: amount('基本医疗保险统筹基金支出', '125.00'),
  pool_prop_selfpay: Type.String({ maxLength: 8, description: '基本医疗保险统筹基金支付比例', examples: ['0.5000'] }),
  cvlserv_pay: amount('公务员医疗补助资金支出'),
  hifes_pay: amount('企业补充医疗保险基金支出'),
  hifmi_pay: amount('居民大病保险资金支出'),
  hifob_pay: amount('职工大额医疗费用补助基金支出'),
  maf_pay: amount('医疗救助基金支出'),
  oth_pay: amount('其他支出'),
  fund_pay_sumamt: amount('基金支付总额', '125.00'),
  psn_part_amt: amount('个人负担总金额', '175.00'),
  acct_pay: amount('个人账户支出'),
  acct_mulaid_pay: amount('个人账户共济支付金额'),
  psn_cash_pay: amount('个人现金支出', '175.00'),
  hosp_part_amt: amount('医院负担金额'),
  balc: amount('余额'),
}

const Details = Type.Array(
  Type.Object(
    {
      fund_pay_type: Type.String({ maxLength: 6, examples: ['310102'] }),
      inscp_scp_amt: amount('符合政策范围金额'),
      crt_payb_lmt_amt: amount('本次可支付限额金额'),
      fund_payamt: amount('基金支付金额'),
    },
    { additionalProperties: false },
  ),
  { maxItems: 20 },
)

const Lines = Type.Array(
  Type.Object(
    {
      feedetl_sn: Type.String({ maxLength: 30 }),
      det_item_fee_sumamt: amount('明细项目费用总额'),
      fulamt_ownpay_amt: amount('全自费金额'),
      overlmt_amt: amount('超限价金额'),
      preselfpay_amt: amount('先行自付金额'),
      inscp_scp_amt: amount('符合政策范围金额'),
    },
    { additionalProperties: false },
  ),
  { maxItems: 200 },
)

const Places = {
  insuplc_admdvs: Type.String({ maxLength: 6, description: '参保地', examples: ['510600'] }),
  mdtrtarea_admvs: Type.String({ maxLength: 6, description: '就医地', examples: ['510100'] }),
  insutype: Type.String({ maxLength: 6, examples: ['310'] }),
  psn_type: Type.String({ maxLength: 6, examples: ['11'] }),
}

const Outcome = {
  ...Places,
  ...Amounts,
  /** False as long as a figure of policy behind it is an unverified sample. */
  policy_verified: Type.Boolean(),
  /** Care in another of the four cities: nobody asks for a filing (异地就医备案). */
  filing_waived: Type.Boolean(),
  setldetail: Details,
  lines: Lines,
}

export const TrialBody = Type.Object(
  {
    state: Type.Enum(['trial', 'refused']),
    reasons: Type.Array(Reason, { maxItems: 50 }),
    setlinfo: Type.Optional(Type.Object(Outcome, { additionalProperties: false })),
  },
  { additionalProperties: false },
)

const SettlementInfo = Type.Object(
  {
    setl_id: uuid('结算ID'),
    setl_time: instant('结算时间'),
    fixmedins_code: Type.String({ maxLength: 12 }),
    med_type: Type.String({ maxLength: 6 }),
    clr_type: Type.String({ maxLength: 6 }),
    window: Type.String({ maxLength: 7, description: 'Accounting month', examples: ['2026-11'] }),
    identified: Type.Optional(
      Type.Object(
        { type: Type.String({ maxLength: 10 }), by: Type.Enum(['verifier', 'institution']) },
        { additionalProperties: false, description: 'How the patient was known' },
      ),
    ),
    ...Outcome,
  },
  { additionalProperties: false },
)

const claimFields = {
  claim_id: uuid('Where to ask: /settlement/claims/{claim_id}'),
  person_id: uuid('The person'),
  state: Type.Enum(['pending', 'settled', 'refused']),
  reasons: Type.Array(Reason, { maxItems: 50, description: 'Every reason of a refusal; empty otherwise' }),
  setlinfo: Type.Optional(SettlementInfo),
}

/** The answer as it was given; a repeat of the key gets it again. */
export const ClaimBody = Type.Object(claimFields, { additionalProperties: false })

/** The claim with what happened to it since. */
export const ClaimNowBody = Type.Object(
  {
    ...claimFields,
    reversal: Type.Optional(
      Type.Object(
        { setl_id: uuid('Of the reversal'), setl_time: instant('Of the reversal') },
        { additionalProperties: false },
      ),
    ),
    needs_resettle: Type.Optional(
      Type.Object(
        {
          overpaid_amt: amount('Paid by the funds above what is due now; negative where they paid too little', '75.00'),
          because_of: uuid('The reversal that returned the accumulators'),
          flagged_at: instant('When'),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)

export const ReversalBody = Type.Object(
  { claim_id: uuid('The claim'), init_setl_id: uuid('The settlement taken back'), setlinfo: SettlementInfo },
  { additionalProperties: false },
)

export const TraceBody = Type.Object(
  {
    setl_id: uuid('结算ID'),
    trace: Type.Unsafe<unknown>({ description: 'Input, policy rows, steps and result of the calculation' }),
  },
  { additionalProperties: false },
)

export const EntriesBody = Type.Object(
  {
    book: Type.String({ maxLength: 6, description: 'The city whose book this is', examples: ['510600'] }),
    journals: Type.Array(
      Type.Object(
        {
          setl_id: uuid('结算ID'),
          kind: Type.Enum(['settlement', 'reversal']),
          window: Type.String({ maxLength: 7, description: 'Accounting month', examples: ['2026-11'] }),
          entries: Type.Array(
            Type.Object(
              {
                account: Type.String({ maxLength: 80, examples: ['due_to/510600/510100/2026-11'] }),
                amount: amount('Debit positive, credit negative; a journal sums to zero in each book', '-125.00'),
              },
              { additionalProperties: false },
            ),
            { maxItems: 50 },
          ),
        },
        { additionalProperties: false },
      ),
      { maxItems: 2, description: 'The settlement and its reversal; amounts of zero leave no entry' },
    ),
  },
  { additionalProperties: false },
)

const day = (description: string) =>
  Type.String({ format: 'date', maxLength: 10, description, examples: ['2026-01-01'] })

export const FamilyBody = Type.Object(
  {
    member_id: uuid('Who may use the account'),
    holder_id: uuid('Whose personal account it is'),
    from_date: day('First day'),
    to_date: Type.Optional(day('Last day; left out = open')),
  },
  { additionalProperties: false },
)

export const ClaimParams = Type.Object(
  { id: Type.String({ format: 'uuid', maxLength: 36 }) },
  { additionalProperties: false },
)
