import { formatRatio, parseRatio, ratio } from '../kernel/money.ts'
import type { ParameterRow, ParameterValue } from './parameters.ts'
import {
  ACCOUNT_SCOPE,
  type ByCity,
  type ByLevel,
  empty,
  FACTOR_AMONG_FOUR,
  type Figure,
  LATER_STAY,
  LEVELS,
  NO_DOCUMENT,
  note,
  open,
  rowsOf,
  SAMPLE_CITIES,
  type SampleCity,
} from './sample-figures.ts'

const IN_WORK = '11'
const RETIRED = '12'

/** 职工门诊统筹: one set of figures in four documents. */
const OUTPATIENT_DOCUMENT: ByCity<string> = {
  '510100': '成办规〔2022〕4号',
  '510600': '德办发〔2022〕56号',
  '511400': '眉府办发〔2022〕39号',
  '512000': '资府办规〔2022〕2号',
}

const outpatientRatios = (medType: string, hospLv: string, inWork: string, retired: string): readonly Figure[] => [
  { item: 'ratio', medType, psnType: IN_WORK, hospLv, value: open(inWork) },
  { item: 'ratio', medType, psnType: RETIRED, hospLv, value: open(retired) },
]

const OUTPATIENT: readonly Figure[] = [
  { item: 'deductible', psnType: IN_WORK, value: '200.00' },
  { item: 'deductible', psnType: RETIRED, value: '150.00' },
  { item: 'cap', psnType: IN_WORK, value: '2000.00' },
  { item: 'cap', psnType: RETIRED, value: '2500.00' },
  ...outpatientRatios('11', '1', '0.6000', '0.7000'),
  ...outpatientRatios('11', '2', '0.6000', '0.7000'),
  ...outpatientRatios('11', '3', '0.5000', '0.6000'),
  { item: 'ratio', medType: '41', psnType: IN_WORK, value: open('0.5000') },
  { item: 'ratio', medType: '41', psnType: RETIRED, value: open('0.6000') },
  FACTOR_AMONG_FOUR,
  ACCOUNT_SCOPE,
  // A provider without a level has a place in the dictionary but no figure in any source: the row is empty and the claim is refused.
  { item: 'ratio', medType: '11', hospLv: '9', value: null, note: '未定级机构的支付比例缺失' },
  ...outpatientRatios('11', 'community', '0.6000', '0.7000'),
  ...outpatientRatios('11', 'pharmacy', '0.5000', '0.6000'),
]

const QUOTE = '引文与数据不一, 取引文; 数据为二级 450, 三级 750'

/** 住院起付标准, in whole yuan. */
const STAY_DEDUCTIBLE: ByCity<{ readonly levels: ByLevel<string | null>; readonly disputed?: string }> = {
  '510100': { levels: ['160.00', '200.00', '400.00', '800.00'] },
  '510600': { levels: ['200.00', '200.00', '400.00', '800.00'], disputed: QUOTE },
  '511400': { levels: ['200.00', '200.00', '400.00', '800.00'] },
  '512000': { levels: [null, '200.00', '400.00', '800.00'], disputed: QUOTE },
}

/** 住院支付比例 in work. Who is retired has 3 points more at each level. */
const STAY_RATIO: ByCity<{ readonly levels: ByLevel<string>; readonly disputed?: string }> = {
  '510100': { levels: ['0.9500', '0.9200', '0.8900', '0.8500'], disputed: '另有记忆二级为 90 %' },
  '510600': { levels: ['0.9200', '0.9200', '0.8800', '0.8400'] },
  '511400': { levels: ['0.9200', '0.9200', '0.8800', '0.8400'] },
  '512000': { levels: ['0.9200', '0.9200', '0.8800', '0.8400'] },
}
const RETIRED_BONUS = parseRatio('0.0300')
const RETIRED_NOTE: Partial<ByCity<string>> = {
  '510100': '退休加 3 点; 另有记忆按年龄 50 岁起 2, 60 岁起 4, 70 岁起 6, 80 岁起 8, 90 岁起 10 点',
}

const STAY_CAP: ByCity<string> = {
  '510100': '450000.00',
  '510600': '500000.00',
  '511400': '500000.00',
  '512000': '500000.00',
}

/** 大额: of the in-scope amount above the cap. */
const FORM_DISPUTED = '档次形似居民大病, 有争议'
const TIERS: ParameterValue = [
  { upTo: '12000.00', ratio: '0.0000' },
  { upTo: '50000.00', ratio: '0.7000' },
  { upTo: '100000.00', ratio: '0.8000' },
  { upTo: null, ratio: '0.8500' },
]
const LARGE_AMOUNT: ByCity<{ readonly ratio: ParameterValue; readonly cap: string; readonly note: string }> = {
  '510100': {
    ratio: open('0.9000'),
    cap: 'none',
    note: '读作封顶线以上政策范围内费用的 90 %, 另一读法为基本医保未付部分; 来源未列限额',
  },
  '510600': { ratio: TIERS, cap: '400000.00', note: FORM_DISPUTED },
  '511400': { ratio: TIERS, cap: '400000.00', note: FORM_DISPUTED },
  '512000': { ratio: TIERS, cap: '400000.00', note: FORM_DISPUTED },
}

/** The rows of stays name the person: the outpatient rows without med_type would stand before a row that does not. */
const stayFigures = (city: SampleCity, psnType: string): readonly Figure[] => {
  const of = { psnType, medType: '21', sourceDocument: NO_DOCUMENT }
  const { levels: deductibles, disputed } = STAY_DEDUCTIBLE[city]
  const ratios = STAY_RATIO[city]
  const large = LARGE_AMOUNT[city]
  const ratioNote = [ratios.disputed, psnType === RETIRED ? RETIRED_NOTE[city] : undefined].filter(Boolean).join('; ')
  return [
    ...LEVELS.flatMap((hospLv, at): Figure[] => {
      const deductible = deductibles[at] ?? null
      return [
        {
          ...of,
          hospLv,
          item: 'deductible',
          value: deductible,
          ...noted(deductible === null ? '引文只列一至三级, 社区起付标准缺失' : disputed),
        },
        {
          ...of,
          hospLv,
          item: 'ratio',
          value: open(ratioFor(psnType, ratios.levels[at] as string)),
          ...noted(ratioNote),
        },
      ]
    }),
    { ...of, item: 'cap', value: STAY_CAP[city], ...noted(city === '510100' ? '社会平均工资的 6 倍' : undefined) },
    { ...of, item: 'hifob_ratio', value: large.ratio, note: note(large.note) },
    { ...of, item: 'hifob_cap', value: large.cap, note: note(large.note) },
  ]
}

const noted = (more: string | undefined): { readonly note?: string } =>
  more === undefined || more === '' ? {} : { note: note(more) }

const ratioFor = (psnType: string, inWork: string): string =>
  psnType === RETIRED ? formatRatio(ratio(parseRatio(inWork) + RETIRED_BONUS)) : inWork

/** 门诊慢特病: lists, quotas and deductibles were not available. */
const chronicFigures = (psnType: string): readonly Figure[] =>
  (['deductible', 'ratio', 'cap'] as const).map((item) =>
    empty(item, '门诊慢特病的病种, 定额和起付标准缺失', { psnType, medType: '14' }),
  )

export const MISSING_FUNDS: readonly Figure[] = [
  empty('cvlserv_ratio', '公务员医疗补助规则缺失'),
  empty('cvlserv_cap', '公务员医疗补助规则缺失'),
  empty('hifes_ratio', '企业补充医疗保险规则缺失'),
  empty('hifes_cap', '企业补充医疗保险规则缺失'),
  empty('maf_deductible', '医疗救助规则缺失'),
  empty('maf_ratio', '医疗救助规则缺失'),
  empty('maf_cap', '医疗救助规则缺失'),
]

/** Filed, unfiled emergency, unfiled: outside the four cities, where nothing is settled here. */
const OUTSIDE: Figure = {
  item: 'outside_factor',
  value: { filed: '0.9000', emergency: '0.9000', unfiled: '0.7000' },
  sourceDocument: NO_DOCUMENT,
  note: note('四市以外就医, 此处不结算'),
}

export const SAMPLE_EMPLOYEES: readonly ParameterRow[] = SAMPLE_CITIES.flatMap((city) =>
  rowsOf({ city, insutype: '310', sourceDocument: OUTPATIENT_DOCUMENT[city] }, [
    ...OUTPATIENT,
    ...stayFigures(city, IN_WORK),
    ...stayFigures(city, RETIRED),
    { item: 'later_stay', medType: '21', value: LATER_STAY[city], sourceDocument: NO_DOCUMENT },
    ...chronicFigures(IN_WORK),
    ...chronicFigures(RETIRED),
    ...MISSING_FUNDS,
    OUTSIDE,
  ]),
)
