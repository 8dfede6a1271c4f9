import { ANY, type ParameterItem, type ParameterRow, type ParameterValue } from './parameters.ts'

/*
 * Sample parameters (示例参数, 未经经办核实): figures of 职工门诊统筹 as public secondary sources quote them. The documents themselves were not
 * read, so every row says verified: false, and every settlement made with one says so too.
 */

const EMPLOYEE = '310'
const OUTPATIENT = '11'
const PHARMACY = '41'
const IN_WORK = '11'
const RETIRED = '12'
const NOTE = '示例参数, 未经经办核实'

/** dedc_hosp_lv: 1 一级及以下, 2 二级, 3 三级. */
const RATIO_BY_LEVEL = [
  { hospLv: '1', inWork: '0.6000', retired: '0.7000' },
  { hospLv: '2', inWork: '0.6000', retired: '0.7000' },
  { hospLv: '3', inWork: '0.5000', retired: '0.6000' },
] as const

const CITIES = [
  { city: '510100', sourceDocument: '成办规〔2022〕4号' },
  { city: '510600', sourceDocument: '德办发〔2022〕56号' },
  { city: '511400', sourceDocument: '眉府办发〔2022〕39号' },
  { city: '512000', sourceDocument: '资府办规〔2022〕2号' },
] as const

/** No filing and no reduction of the ratio among the four cities; the notice that says so was not found. */
const FACTOR_AMONG_FOUR = Object.fromEntries(CITIES.map(({ city }) => [city, '1.0000']))

interface Figure {
  readonly psnType?: string
  readonly medType?: string
  readonly hospLv?: string
  readonly item: ParameterItem
  readonly value: ParameterValue | null
  readonly sourceDocument?: string
  readonly note?: string
}

const open = (ratio: string): ParameterValue => [{ upTo: null, ratio }]

const POOL_FIGURES: readonly Figure[] = [
  { item: 'deductible', psnType: IN_WORK, value: '200.00' },
  { item: 'deductible', psnType: RETIRED, value: '150.00' },
  { item: 'cap', psnType: IN_WORK, value: '2000.00' },
  { item: 'cap', psnType: RETIRED, value: '2500.00' },
  ...RATIO_BY_LEVEL.flatMap(({ hospLv, inWork, retired }): Figure[] => [
    { item: 'ratio', medType: OUTPATIENT, psnType: IN_WORK, hospLv, value: open(inWork) },
    { item: 'ratio', medType: OUTPATIENT, psnType: RETIRED, hospLv, value: open(retired) },
  ]),
  { item: 'ratio', medType: PHARMACY, psnType: IN_WORK, value: open('0.5000') },
  { item: 'ratio', medType: PHARMACY, psnType: RETIRED, value: open('0.6000') },
  {
    item: 'cross_city_factor',
    value: FACTOR_AMONG_FOUR,
    sourceDocument: '未找到',
    note: `${NOTE}; 成德眉资之间不备案不降比例的通知未找到`,
  },
  {
    item: 'acct_scope',
    value: ['overlmt', 'preselfpay', 'inscp'],
    sourceDocument: '未找到',
    note: `${NOTE}; 个人账户支付范围未见文件, 暂按全自费部分不得支付处理`,
  },
  // A provider without a level has a place in the dictionary but no figure in any source: the row is empty and the claim is refused.
  { item: 'ratio', medType: OUTPATIENT, hospLv: '9', value: null, note: '未定级机构的支付比例缺失' },
]

/** Rows for all four cities. Ids are readable and fixed, so that a trace names its policy and seeding twice changes nothing. */
export const SAMPLE_PARAMETERS: readonly ParameterRow[] = CITIES.flatMap(({ city, sourceDocument }) =>
  POOL_FIGURES.map((figure): ParameterRow => {
    const key = { psnType: ANY, medType: ANY, hospLv: ANY, ...figure }
    return {
      id: [city, EMPLOYEE, key.psnType, key.medType, key.hospLv, figure.item, '20230101', 'v1'].join('.'),
      version: 1,
      city,
      insutype: EMPLOYEE,
      psnType: key.psnType,
      medType: key.medType,
      hospLv: key.hospLv,
      item: figure.item,
      value: figure.value,
      effectiveFrom: '2023-01-01',
      effectiveTo: null,
      sourceDocument: figure.sourceDocument ?? sourceDocument,
      verified: false,
      note: figure.note ?? NOTE,
    }
  }),
)
