import { parsePrice, parseRatio } from '../kernel/money.ts'
import { type Area, type ItemRow, type LimitRow, PRICE_LEVELS, PROVINCE } from './types.ts'

/*
 * First figures for a sandbox: invented codes of the right shape, common names, invented classes and prices. None of it was
 * taken from a catalogue in force, and none is verified. Where the cities differ, they differ on purpose, so that there
 * is something to see in the report of differences.
 */

const SOURCE = '示例目录（虚构，未经核实）'
const FROM = '2020-01-01'

/** list_type and med_chrgitm_type. */
const DRUG = ['101', '09'] as const
const PATENT = ['101', '11'] as const
const PIECES = ['102', '10'] as const
const MATERIAL = ['301', '08'] as const
const service = (type: string) => ['201', type] as const

type Kind = readonly [listType: string, medChrgitmType: string]
/** The part of a 乙 item that is paid first; 甲 and 丙 have no choice. */
type Class = '01' | '03' | readonly ['02', string]
/** Unit prices at hospitals of level 1, 2 and 3, or one for all. */
type Prices = string | readonly [string, string, string]

interface Sample {
  readonly code: string
  readonly name: string
  readonly kind: Kind
  readonly class: Class
  readonly prices?: Prices
  /** What a restricted item is restricted to. */
  readonly only?: string
  readonly area?: Area
}

const SAMPLES: readonly Sample[] = [
  { code: 'XA02BCA159A001010101440', name: '示例奥美拉唑肠溶胶囊', kind: DRUG, class: '01' },
  { code: 'XA02BCA159A001010101441', name: '示例法莫替丁片', kind: DRUG, class: '01' },
  { code: 'XA02BCA159A001010101442', name: '示例雷贝拉唑钠肠溶片', kind: DRUG, class: ['02', '0.1'] },
  { code: 'XA02BCA159A001010101443', name: '示例铝碳酸镁咀嚼片', kind: DRUG, class: '01' },
  { code: 'XA02BCA159A001010101444', name: '示例复方消化酶胶囊', kind: DRUG, class: '03' },
  { code: 'XA02BCA159A001010101445', name: '示例多潘立酮片', kind: DRUG, class: '01' },
  { code: 'XA02BCA159A001010101446', name: '示例蒙脱石散', kind: DRUG, class: '01' },
  { code: 'XA02BCA159A001010101447', name: '示例莫沙必利片', kind: DRUG, class: ['02', '0.1'] },
  { code: 'XA02BCA159A001010101448', name: '示例口服补液盐散', kind: DRUG, class: '01' },
  { code: 'XA02BCA159A001010101449', name: '示例益生菌冲剂', kind: DRUG, class: '03' },
  { code: 'XJ01CAA040E001010100001', name: '示例阿莫西林胶囊', kind: DRUG, class: '01', prices: '0.62' },
  { code: 'XJ01DDT029B001010100002', name: '示例头孢曲松注射剂', kind: DRUG, class: ['02', '0.1'], prices: '9.8' },
  { code: 'XC09AAY022A001010100003', name: '示例依那普利片', kind: DRUG, class: '01', prices: '0.318' },
  { code: 'XC08CAA259A001010100004', name: '示例氨氯地平片', kind: DRUG, class: '01', prices: '0.075' },
  { code: 'XA10BAE050A001010100005', name: '示例二甲双胍片', kind: DRUG, class: '01', prices: '0.086667' },
  {
    code: 'XA10ABG061B001010100006',
    name: '示例甘精胰岛素注射液',
    kind: DRUG,
    class: ['02', '0.1'],
    prices: '69.5',
    only: '限口服降糖药控制不佳的糖尿病患者',
  },
  {
    code: 'XL01XCQ050B001010100007',
    name: '示例曲妥珠单抗注射剂',
    kind: DRUG,
    class: ['02', '0.3'],
    prices: '5500',
    only: '限HER2阳性的乳腺癌患者，二级及以上医疗机构',
  },
  { code: 'XB05XAL118B001010100008', name: '示例氯化钠注射液', kind: DRUG, class: '01', prices: '3.2' },
  { code: 'XN02BEB160A001010100009', name: '示例布洛芬缓释胶囊', kind: DRUG, class: ['02', '0.05'] },
  { code: 'ZA01AAY0032010100010', name: '示例银翘解毒颗粒', kind: PATENT, class: '01' },
  { code: 'ZA12HAX0080010100011', name: '示例心脉通滴丸', kind: PATENT, class: ['02', '0.1'] },
  { code: 'T000100012', name: '示例黄芪饮片', kind: PIECES, class: '01' },
  { code: 'T000100013', name: '示例西红花饮片', kind: PIECES, class: '03' },
  { code: '002101030160000', name: '示例全科诊疗', kind: service('02'), class: '01' },
  { code: '001102000010000', name: '示例普通门诊诊察费', kind: service('02'), class: '01', prices: ['6', '8', '12'] },
  { code: '001102000050000', name: '示例住院诊察费', kind: service('02'), class: '01', prices: ['9', '12', '18'] },
  { code: '001109000010000', name: '示例普通床位费', kind: service('01'), class: '01', prices: ['22', '30', '45'] },
  { code: '001201000030000', name: '示例二级护理', kind: service('07'), class: '01', prices: ['9', '12', '15'] },
  { code: '002501010150000', name: '示例血细胞分析', kind: service('04'), class: '01', prices: ['15', '18', '20'] },
  { code: '002503020010000', name: '示例葡萄糖测定', kind: service('04'), class: '01', prices: ['4', '5', '6'] },
  {
    code: '002103000010000',
    name: '示例CT平扫',
    kind: service('03'),
    class: ['02', '0.1'],
    prices: ['160', '190', '230'],
  },
  {
    code: '002102000010000',
    name: '示例磁共振平扫',
    kind: service('03'),
    class: ['02', '0.2'],
    prices: ['380', '430', '520'],
  },
  { code: '003106050010000', name: '示例纤维支气管镜检查', kind: service('05'), class: ['02', '0.1'] },
  {
    code: '003310080010000',
    name: '示例腹腔镜胆囊切除术',
    kind: service('06'),
    class: '01',
    prices: ['1600', '1900', '2300'],
  },
  { code: '003401000230600', name: '示例理疗', kind: service('05'), class: ['02', '0.1'] },
  { code: '003300000090000', name: '示例特需手术加收', kind: service('14'), class: '03' },
  { code: 'C0101010010000000001', name: '示例一次性输液器', kind: MATERIAL, class: '01', prices: '2.4' },
  { code: 'C0201010020000000002', name: '示例冠脉药物支架', kind: MATERIAL, class: ['02', '0.2'], prices: '848' },
  { code: 'C0301010030000000003', name: '示例人工髋关节', kind: MATERIAL, class: ['02', '0.3'], prices: '7600' },
  { code: 'C1401010040000000004', name: '示例防粘连膜', kind: MATERIAL, class: '03' },
]

/** What single cities say otherwise, and what only one of them has. */
const OF_CITIES: readonly Sample[] = [
  {
    code: '002102000010000',
    name: '示例磁共振平扫',
    kind: service('03'),
    class: ['02', '0.1'],
    area: '510100',
    prices: ['400', '450', '560'],
  },
  { code: 'XN02BEB160A001010100009', name: '示例布洛芬缓释胶囊', kind: DRUG, class: '01', area: '510600' },
  { code: 'T000100013', name: '示例西红花饮片', kind: PIECES, class: ['02', '0.5'], area: '511400' },
  {
    code: 'XJ01DDT029B001010100002',
    name: '示例头孢曲松注射剂',
    kind: DRUG,
    class: ['02', '0.1'],
    only: '限二级及以上医疗机构',
    area: '512000',
  },
  {
    code: '003401000230600',
    name: '示例理疗',
    kind: service('05'),
    class: ['02', '0.1'],
    area: '512000',
    prices: ['18', '22', '26'],
  },
  {
    code: '004700000010000',
    name: '示例蜀医外治',
    kind: service('05'),
    class: ['02', '0.2'],
    area: '510100',
    prices: ['30', '36', '40'],
  },
]

function toItem(sample: Sample): ItemRow {
  const [chrgitmLv, share] =
    typeof sample.class === 'string' ? [sample.class, sample.class === '01' ? '0' : '1'] : sample.class
  const [listType, medChrgitmType] = sample.kind
  return {
    insuAdmdvs: sample.area ?? PROVINCE,
    hilistCode: sample.code,
    hilistName: sample.name,
    begndate: FROM,
    enddate: null,
    listType,
    medChrgitmType,
    chrgitmLv,
    selfpayProp: parseRatio(share),
    lmtUsedFlag: sample.only === undefined ? '0' : '1',
    lmtUsedCond: sample.only ?? null,
    medUseFlag: '1',
    matnUsedFlag: '0',
    hilistUseType: '1',
    lmtCpndType: '0',
    pinyin: null,
    wubi: null,
    memo: null,
    valiFlag: '1',
    sourceDocument: SOURCE,
    verified: false,
  }
}

function toLimits(sample: Sample): readonly LimitRow[] {
  const { prices } = sample
  if (prices === undefined) return []
  return PRICE_LEVELS.map(
    (priceLevel, at): LimitRow => ({
      insuAdmdvs: sample.area ?? PROVINCE,
      hilistCode: sample.code,
      priceLevel,
      // The interface gives no list of these types; here they name the level.
      hilistLmtpricType: priceLevel,
      overlmtDspoWay: '1',
      begndate: FROM,
      enddate: null,
      hilistPricUplmtAmt: parsePrice(typeof prices === 'string' ? prices : (prices[at] as string)),
      tabname: null,
      valiFlag: '1',
      sourceDocument: SOURCE,
      verified: false,
    }),
  )
}

const ALL = [...SAMPLES, ...OF_CITIES]

export const SAMPLE_CATALOGUE: { readonly items: readonly ItemRow[]; readonly limits: readonly LimitRow[] } = {
  items: ALL.map(toItem),
  limits: ALL.flatMap(toLimits),
}
