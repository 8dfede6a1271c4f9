import type { Item, Panel } from './types.ts'

const HUBEI = '参考时限 published by a hospital of another province under 国卫医发〔2022〕6号 and 鄂卫通〔2023〕56号'
const PROPOSED = 'start value of this project; no published limit was found'
const BASIS = '国卫医发〔2022〕6号; 川渝 notice of 2025-06 (222 items)'
const EQA_MAX_MONTHS = 15

type Row = readonly [
  code: string,
  name: string,
  nameEn: string,
  loinc: readonly string[],
  specimen: string | null,
  ucum: string | null,
  validityDays: number,
  source: string,
]

/**
 * A small catalogue for the sandbox. No Sichuan list with limits was found: every limit is marked as not verified and
 * has to be replaced by the list in force before real use.
 */
const ROWS: readonly Row[] = [
  ['TP', '总蛋白', 'Total protein', ['2885-2'], 'SER', 'g/L', 30, HUBEI],
  ['ALB', '白蛋白', 'Albumin', ['1751-7'], 'SER', 'g/L', 30, HUBEI],
  ['GLU', '葡萄糖', 'Glucose', ['2345-7', '14749-6'], 'SER', 'mmol/L', 30, HUBEI],
  ['TC', '总胆固醇', 'Total cholesterol', ['2093-3', '14647-2'], 'SER', 'mmol/L', 30, HUBEI],
  ['TG', '甘油三酯', 'Triglycerides', ['2571-8', '14927-8'], 'SER', 'mmol/L', 30, HUBEI],
  ['TBIL', '总胆红素', 'Total bilirubin', ['1975-2', '14631-6'], 'SER', 'umol/L', 30, HUBEI],
  ['HBA1C', '糖化血红蛋白A1c', 'Haemoglobin A1c', ['4548-4'], 'BLDV', '%', 60, HUBEI],
  ['K', '钾', 'Potassium', ['2823-3'], 'SER', 'mmol/L', 7, HUBEI],
  ['NA', '钠', 'Sodium', ['2951-2'], 'SER', 'mmol/L', 7, HUBEI],
  ['CL', '氯', 'Chloride', ['2075-0'], 'SER', 'mmol/L', 7, HUBEI],
  ['ALT', '丙氨酸氨基转移酶', 'Alanine aminotransferase', ['1742-6'], 'SER', 'U/L', 7, PROPOSED],
  ['WBC', '白细胞计数', 'White cell count', ['6690-2'], 'BLDV', '10*9/L', 7, PROPOSED],
  ['RBC', '红细胞计数', 'Red cell count', ['789-8'], 'BLDV', '10*12/L', 7, PROPOSED],
  ['HGB', '血红蛋白', 'Haemoglobin', ['718-7'], 'BLDV', 'g/L', 7, PROPOSED],
  ['PLT', '血小板计数', 'Platelet count', ['777-3'], 'BLDV', '10*9/L', 7, PROPOSED],
  ['CT-CHEST', '胸部CT', 'Chest CT', ['24627-2'], null, null, 90, PROPOSED],
]

export const SAMPLE_ITEMS: readonly Item[] = ROWS.map(
  ([code, name, nameEn, loinc, specimen, ucum, validityDays, source]) => ({
    code,
    version: 1,
    name,
    nameEn,
    kind: specimen === null ? 'imaging' : 'laboratory',
    loinc,
    specimen,
    ucum,
    validityDays,
    fastDays: null,
    eqaMaxMonths: specimen === null ? null : EQA_MAX_MONTHS,
    negative: false,
    scope: ['CN'],
    basis: BASIS,
    source,
    verified: false,
    from: '2025-07-01',
    to: null,
  }),
)

const PANEL = { version: 1, source: PROPOSED, verified: false, from: '2025-07-01', to: null } as const

export const SAMPLE_PANELS: readonly Panel[] = [
  { ...PANEL, code: 'SHQT', name: '生化常规', members: ['K', 'NA', 'GLU', 'TC', 'TG', 'TP', 'ALB', 'ALT'] },
  { ...PANEL, code: 'XCG', name: '血常规', members: ['WBC', 'RBC', 'HGB', 'PLT'] },
]
