import type { ParameterRow, ParameterValue } from './parameters.ts'
import { MISSING_FUNDS } from './sample-employees.ts'
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

interface StayFigures {
  readonly deductible: ByLevel<string | null>
  readonly deductibleNote: string | null
  readonly ratio: ByLevel<string | null>
  readonly ratioNote: string
  readonly cap: string
}

const UPPER_TIER = '缴费高档'
const NO_COMMUNITY = '引文只列一至三级, 社区缺失'

/** 居民住院. Where a source lists three levels the community's figure is missing. */
const STAY: ByCity<StayFigures> = {
  '510100': {
    deductible: ['100.00', '100.00', '200.00', '500.00'],
    deductibleNote: '较新版本为一级 200, 二级 400, 三级 800',
    ratio: ['0.9500', '0.8700', '0.8200', '0.6800'],
    ratioNote: UPPER_TIER,
    cap: '240000.00',
  },
  '510600': {
    deductible: [null, '100.00', '200.00', '600.00'],
    deductibleNote: '引文与数据不一, 取引文; 数据为 150/350/650',
    ratio: [null, '0.8500', '0.7800', '0.6500'],
    ratioNote: `${UPPER_TIER}; 引文与数据不一, 取引文; 数据为 90/80/70`,
    cap: '280000.00',
  },
  '511400': {
    deductible: ['100.00', '100.00', '250.00', '600.00'],
    deductibleNote: null,
    ratio: ['0.8500', '0.8500', '0.7800', '0.6500'],
    ratioNote: UPPER_TIER,
    cap: '250000.00',
  },
  '512000': {
    deductible: [null, '100.00', '250.00', '600.00'],
    deductibleNote: '引文与数据不一, 取引文; 数据为 150/350/650',
    ratio: [null, '0.8500', '0.7800', '0.6500'],
    ratioNote: `${UPPER_TIER}; 引文与数据不一, 取引文; 数据为 85/75/65`,
    cap: '220000.00',
  },
}

/** 大病: bounds are bounds of the yearly burden. */
interface SeriousIllness {
  readonly deductible: string
  readonly tiers: ParameterValue
  readonly cap: string
}

const tiers = (first: string, second: string, ...ratios: readonly [string, string, string]): ParameterValue => [
  { upTo: first, ratio: ratios[0] },
  { upTo: second, ratio: ratios[1] },
  { upTo: null, ratio: ratios[2] },
]

const AS_MEISHAN: SeriousIllness = {
  deductible: '13000.00',
  tiers: tiers('30000.00', '100000.00', '0.6000', '0.6500', '0.7500'),
  cap: '300000.00',
}
const SERIOUS_ILLNESS: ByCity<SeriousIllness> = {
  '510100': {
    deductible: '18000.00',
    tiers: tiers('68000.00', '118000.00', '0.6000', '0.7000', '0.8000'),
    cap: 'none',
  },
  '510600': {
    deductible: '12000.00',
    tiers: tiers('50000.00', '100000.00', '0.6000', '0.7000', '0.8000'),
    cap: '350000.00',
  },
  '511400': AS_MEISHAN,
  '512000': AS_MEISHAN,
}

const stayFigures = (city: SampleCity): readonly Figure[] => {
  const { deductible, deductibleNote, ratio, ratioNote, cap } = STAY[city]
  return [
    ...LEVELS.flatMap((hospLv, at): Figure[] => {
      const [open_, share] = [deductible[at] ?? null, ratio[at] ?? null]
      return [
        open_ === null
          ? empty('deductible', NO_COMMUNITY, { medType: '21', hospLv })
          : { item: 'deductible', medType: '21', hospLv, value: open_, ...noted(deductibleNote) },
        share === null
          ? empty('ratio', NO_COMMUNITY, { medType: '21', hospLv })
          : { item: 'ratio', medType: '21', hospLv, value: open(share), ...noted(ratioNote) },
      ]
    }),
    { item: 'cap', medType: '21', value: cap },
    { item: 'later_stay', medType: '21', value: LATER_STAY[city] },
  ]
}

const noted = (more: string | null): { readonly note?: string } => (more === null ? {} : { note: note(more) })

/** 居民门诊统筹: 60 % at the 基层, up to 200 a year. The source names no deductible and no figure for other levels. */
const OUTPATIENT: readonly Figure[] = [
  { item: 'deductible', medType: '11', value: '0.00', note: note('来源对居民门诊统筹未列起付标准, 按不设起付线读') },
  { item: 'cap', medType: '11', value: '200.00' },
  { item: 'ratio', medType: '11', hospLv: 'community', value: open('0.6000') },
  { item: 'ratio', medType: '11', hospLv: '1', value: open('0.6000'), note: note('基层读作一级及以下') },
  empty('ratio', '居民门诊统筹只列基层, 其他级别的支付比例缺失', { medType: '11' }),
]

const CHRONIC: readonly Figure[] = (['deductible', 'ratio', 'cap'] as const).map((item) =>
  empty(item, '门诊慢特病的病种, 定额和起付标准缺失', { medType: '14' }),
)

const seriousIllness = (city: SampleCity): readonly Figure[] => {
  const figures = SERIOUS_ILLNESS[city]
  const more = figures.cap === 'none' ? { note: note('来源未列封顶线') } : {}
  return [
    { item: 'hifmi_deductible', value: figures.deductible },
    { item: 'hifmi_ratio', value: figures.tiers, note: note('分段界限读作年度累计负担') },
    { item: 'hifmi_cap', value: figures.cap, ...more },
  ]
}

const outside = (city: SampleCity): Figure => ({
  item: 'outside_factor',
  value:
    city === '510100'
      ? { filed: '0.9000', emergency: '0.9000', unfiled: '0.7000' }
      : { filed: '0.8500', emergency: '0.8500', unfiled: '0.6000' },
  note: note('四市以外就医, 此处不结算'),
})

export const SAMPLE_RESIDENTS: readonly ParameterRow[] = SAMPLE_CITIES.flatMap((city) =>
  rowsOf({ city, insutype: '390', sourceDocument: NO_DOCUMENT }, [
    ...OUTPATIENT,
    ...stayFigures(city),
    ...CHRONIC,
    ...seriousIllness(city),
    ...MISSING_FUNDS,
    FACTOR_AMONG_FOUR,
    ACCOUNT_SCOPE,
    outside(city),
  ]),
)
