/** One laboratory item of the sandbox: codes, unit and the figures its values are drawn from. */
export interface LabItem {
  /** Short name that a laboratory would use; each hospital makes its own local code of it. */
  readonly short: string
  readonly name: string
  /** First the code used for recognition; where that one means a mass, the molar code of the same item follows. */
  readonly loinc: readonly string[]
  /** UCUM. */
  readonly unit: string
  readonly decimals: number
  readonly normal: { readonly male: Bounds; readonly female: Bounds }
  /** What an ill person's value may be; wider than normal on the sides where illness moves it. */
  readonly plausible: Bounds
}

/** Lower and upper bound in units of the last decimal, so that no arithmetic is done on floats. */
type Bounds = readonly [low: number, high: number]

export interface LabPanel {
  readonly short: string
  readonly name: string
  readonly loinc: string | undefined
  readonly specimen: { readonly code: string; readonly name: string }
  readonly items: readonly LabItem[]
}

const both = (low: number, high: number): LabItem['normal'] => ({ male: [low, high], female: [low, high] })

const SERUM = { code: 'SER', name: '血清' }
const BLOOD = { code: 'BLDV', name: '静脉血' }

/** Adult reference ranges as laboratories print them; sample figures of the sandbox, not clinical advice. */
const BIOCHEMISTRY: readonly LabItem[] = [
  {
    short: 'K',
    name: '钾',
    loinc: ['2823-3'],
    unit: 'mmol/L',
    decimals: 2,
    normal: both(350, 530),
    plausible: [290, 600],
  },
  {
    short: 'NA',
    name: '钠',
    loinc: ['2951-2'],
    unit: 'mmol/L',
    decimals: 1,
    normal: both(1370, 1470),
    plausible: [1280, 1520],
  },
  {
    short: 'GLU',
    name: '葡萄糖',
    loinc: ['2345-7', '14749-6'],
    unit: 'mmol/L',
    decimals: 2,
    normal: both(390, 610),
    plausible: [320, 1650],
  },
  {
    short: 'TC',
    name: '总胆固醇',
    loinc: ['2093-3', '14647-2'],
    unit: 'mmol/L',
    decimals: 2,
    normal: both(310, 520),
    plausible: [280, 820],
  },
  {
    short: 'TG',
    name: '甘油三酯',
    loinc: ['2571-8', '14927-8'],
    unit: 'mmol/L',
    decimals: 2,
    normal: both(45, 170),
    plausible: [40, 560],
  },
  {
    short: 'TP',
    name: '总蛋白',
    loinc: ['2885-2'],
    unit: 'g/L',
    decimals: 1,
    normal: both(650, 850),
    plausible: [550, 900],
  },
  {
    short: 'ALB',
    name: '白蛋白',
    loinc: ['1751-7'],
    unit: 'g/L',
    decimals: 1,
    normal: both(400, 550),
    plausible: [280, 560],
  },
  {
    short: 'ALT',
    name: '丙氨酸氨基转移酶',
    loinc: ['1742-6'],
    unit: 'U/L',
    decimals: 0,
    normal: { male: [9, 50], female: [7, 40] },
    plausible: [7, 240],
  },
]

const BLOOD_COUNT: readonly LabItem[] = [
  {
    short: 'WBC',
    name: '白细胞计数',
    loinc: ['6690-2'],
    unit: '10*9/L',
    decimals: 2,
    normal: both(350, 950),
    plausible: [220, 1800],
  },
  {
    short: 'RBC',
    name: '红细胞计数',
    loinc: ['789-8'],
    unit: '10*12/L',
    decimals: 2,
    normal: { male: [430, 580], female: [380, 510] },
    plausible: [280, 620],
  },
  {
    short: 'HGB',
    name: '血红蛋白',
    loinc: ['718-7'],
    unit: 'g/L',
    decimals: 0,
    normal: { male: [130, 175], female: [115, 150] },
    plausible: [70, 185],
  },
  {
    short: 'PLT',
    name: '血小板计数',
    loinc: ['777-3'],
    unit: '10*9/L',
    decimals: 0,
    normal: both(125, 350),
    plausible: [60, 520],
  },
]

const GLYCATED: readonly LabItem[] = [
  {
    short: 'HBA1C',
    name: '糖化血红蛋白A1c',
    loinc: ['4548-4'],
    unit: '%',
    decimals: 1,
    normal: both(40, 60),
    plausible: [42, 118],
  },
]

export const LAB_PANELS: readonly LabPanel[] = [
  { short: 'SHQT', name: '生化常规', loinc: undefined, specimen: SERUM, items: BIOCHEMISTRY },
  { short: 'HBA1C', name: '糖化血红蛋白测定', loinc: '4548-4', specimen: BLOOD, items: GLYCATED },
  { short: 'XCG', name: '血常规', loinc: '58410-2', specimen: BLOOD, items: BLOOD_COUNT },
]
