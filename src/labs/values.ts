import type { Comparator, LabRange, LabValue } from './types.ts'

const COMPARATORS: Readonly<Record<string, Comparator>> = {
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  '≤': '<=',
  '≥': '>=',
  '＜': '<',
  '＞': '>',
}

const NUMBER = '[+-]?\\d{1,18}(?:\\.\\d{1,12})?'
const COMPARED = new RegExp(`^(<=|>=|[<>≤≥＜＞])?\\s*(${NUMBER})$`)
const TITRE = /^(1)\s*[:：]\s*(\d{1,9})$/

/** A code as FHIR writes one: no blanks around it, and single ones within. */
export const plainCode = (text: string): string => text.trim().replaceAll(/\s+/g, ' ')

/** A number with or without a comparator (`<0.5`), a titre (`1:128`), or words. */
export function readValue(text: string): LabValue {
  const value = text.trim()
  const compared = COMPARED.exec(value)
  if (compared !== null) {
    const [, sign, number = ''] = compared
    return { kind: 'number', number: plain(number), comparator: sign === undefined ? null : comparatorOf(sign) }
  }
  const titre = TITRE.exec(value)
  if (titre !== null) return { kind: 'titre', numerator: titre[1] ?? '', denominator: titre[2] ?? '' }
  return value === '' ? { kind: 'none' } : { kind: 'text', text: value }
}

export const comparatorOf = (sign: string): Comparator | null => COMPARATORS[sign] ?? null

/** As JSON spells a number: no plus sign and no zeros in front; those behind say how exact it is and stay. */
function plain(number: string): string {
  const [, sign = '', digits = ''] = /^([+-]?)0*(\d.*)$/.exec(number) ?? []
  return `${sign === '-' ? '-' : ''}${digits}`
}

const BETWEEN = new RegExp(`^(${NUMBER})\\s*(-{1,2}|[~～–—])\\s*(${NUMBER})$`)

/** A reference range; low and high only where the text says nothing else. */
export function readRange(text: string): LabRange | null {
  const range = text.trim()
  if (range === '') return null
  const between = BETWEEN.exec(range)
  if (between !== null) {
    const [low, high] = [plain(between[1] ?? ''), plain(between[3] ?? '')]
    // Two hyphens are a long one, or one before a negative number: beside a negative low nobody can tell.
    const unclear = (between[2] === '--' && low.startsWith('-')) || Number(low) > Number(high)
    return unclear ? { text: range, low: null, high: null } : { text: range, low, high }
  }
  const compared = COMPARED.exec(range)
  const comparator = compared?.[1] === undefined ? null : comparatorOf(compared[1])
  const number = plain(compared?.[2] ?? '')
  // R4 Range includes its ends and has no comparator: "<5.0" as high 5.0 is how FHIR writes it, the text says it exactly.
  if (comparator === '<' || comparator === '<=') return { text: range, low: null, high: number }
  if (comparator === '>' || comparator === '>=') return { text: range, low: number, high: null }
  return { text: range, low: null, high: null }
}

/** Arrows that Chinese laboratory systems print for the codes of table 0078. */
const ARROWS: Readonly<Record<string, string>> = { '↑': 'H', '↓': 'L', '↑↑': 'HH', '↓↓': 'LL' }

/** Codes of HL7 table 0078, each once; an empty field says nothing. */
export function readFlags(flags: readonly string[]): readonly string[] {
  const read = flags.map((flag) => flag.trim()).filter((flag) => flag !== '')
  return [...new Set(read.map((flag) => ARROWS[flag] ?? flag.toUpperCase()))].slice(0, 10)
}
