import type { Sex } from '../codes/index.ts'

// What laboratories write in words for codes that everybody shares. Only whole words that mean one thing; a local code is
// never looked up here.

/** Specimens in HL7 table 0487. */
const SPECIMENS: Readonly<Record<string, string>> = {
  血清: 'SER',
  血浆: 'PLAS',
  静脉血: 'BLDV',
  动脉血: 'BLDA',
  末梢血: 'BLDC',
  毛细血管血: 'BLDC',
  尿: 'UR',
  尿液: 'UR',
  粪便: 'STL',
  脑脊液: 'CSF',
}

/** Conditions of a specimen in HL7 table 0493. */
const CONDITIONS: Readonly<Record<string, string>> = {
  溶血: 'HEM',
  凝血: 'CLOT',
  凝固: 'CLOT',
  有凝块: 'CLOT',
  污染: 'CON',
}

/** Words for a specimen with which nothing should have been measured. */
const UNFIT = new Set(['不合格', '拒收'])

/** Results in words, as codes of v3 ObservationInterpretation. */
const RESULTS: Readonly<Record<string, string>> = {
  阴性: 'NEG',
  '阴性(-)': 'NEG',
  negative: 'NEG',
  neg: 'NEG',
  阳性: 'POS',
  '阳性(+)': 'POS',
  positive: 'POS',
  pos: 'POS',
  未检出: 'ND',
  检出: 'DET',
  无反应性: 'NR',
  有反应性: 'RR',
  不确定: 'IND',
}

/** HL7 table 0001 and GB/T 2261.1; what is neither of the two says nothing. */
const SEXES: Readonly<Record<string, Sex>> = {
  m: 'male',
  f: 'female',
  1: 'male',
  2: 'female',
  男: 'male',
  女: 'female',
}

const at = <T>(table: Readonly<Record<string, T>>, words: string | null): T | undefined => {
  const key = words?.normalize('NFKC').trim().toLowerCase() ?? ''
  return Object.hasOwn(table, key) ? table[key] : undefined
}

export const specimenCodeOf = (words: string | null): string | undefined => at(SPECIMENS, words)
export const isSpecimenCode = (code: string): boolean => Object.values(SPECIMENS).includes(code)
export const conditionCodeOf = (words: string | null): string | undefined => at(CONDITIONS, words)
export const resultCodeOf = (words: string): string | undefined => at(RESULTS, words)
export const isUnfit = (words: string | null): boolean => words !== null && UNFIT.has(words.normalize('NFKC').trim())
export const sexOf = (code: string | undefined): Sex | undefined => at(SEXES, code ?? null)
