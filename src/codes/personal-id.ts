import { isDate } from '../kernel/time.ts'
import { type DivisionLookup, lookupDivision } from './divisions.ts'
import { type Finding, hasErrors } from './findings.ts'
import { normalizePersonalId } from './normalize.ts'

type PersonalIdPart = 'length' | 'charset' | 'address' | 'birthDate' | 'sequence' | 'check'
export type Sex = 'male' | 'female'

/** What the number itself says; a suggestion only, a stored value wins over it. */
interface PersonalIdSuggestion {
  readonly birthDate: string
  readonly sex: Sex
}

/** The outcome of checking a personal identity number. */
export interface PersonalIdCheck {
  /** The only form that may be stored. */
  readonly normal: string
  /** `old15` is a search alias; `unknown` has a wrong length. */
  readonly kind: 'citizen' | 'hmt_permit' | 'foreign_permit' | 'old15' | 'unknown'
  readonly ok: boolean
  readonly findings: readonly Finding<PersonalIdPart>[]
  /** The division that issued the number; null for permits, which carry none. */
  readonly address: DivisionLookup | null
  readonly suggestion: PersonalIdSuggestion | null
  /** For a 15-digit number: its 18-digit form. */
  readonly converted?: string
}

/** GB 11643, ISO 7064 MOD 11-2: weight of position i is 2^(17-i) mod 11, counting from 0. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** Check character of the first 17 digits (GB 11643). */
export function personalIdCheckCharacter(first17: string): string {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(first17[i]), 0)
  return '10X98765432'.charAt(sum % 11)
}

/**
 * 15-digit numbers name no century and no check character: the century is 19 and the check is computed. Returns null
 * for anything that is not 15 digits. The original stays the alias; the result is what to look for.
 */
export function convertPersonalId15(input: string): string | null {
  const old = normalizePersonalId(input)
  if (!/^\d{15}$/.test(old)) return null
  const first17 = `${old.slice(0, 6)}19${old.slice(6)}`
  return first17 + personalIdCheckCharacter(first17)
}

/**
 * Checks a personal identity number part by part and lists everything that is wrong, not only the first fault.
 * An address code that the tables do not know is a warning: numbers keep codes that were retired long ago, and most
 * divisions lie outside the four cities.
 */
export function checkPersonalId(input: string, options: { readonly today: string }): PersonalIdCheck {
  const normal = normalizePersonalId(input)
  if (normal.length !== 15 && normal.length !== 18) {
    const findings = [error('length', 'id_length', 'must have 18 characters, or 15 in the old form')]
    if (!/^\d*X?$/.test(normal)) findings.push(charset())
    return { normal, kind: 'unknown', ok: false, findings, address: null, suggestion: null }
  }
  const old = normal.length === 15
  const kind = old ? 'old15' : kindOf(normal)
  const findings: Finding<PersonalIdPart>[] = []
  if (old) findings.push(warning('length', 'id_old_form', 'has the old form of 15 digits: use it to search only'))
  if (!(old ? /^\d{15}$/ : /^\d{17}[\dX]$/).test(normal)) findings.push(charset())

  // With the century put in, both forms have the same layout up to the check character.
  const body = old ? `${normal.slice(0, 6)}19${normal.slice(6)}` : normal
  const permit = kind === 'hmt_permit' || kind === 'foreign_permit'
  const address = permit || !/^\d{6}/.test(body) ? null : lookupDivision(body.slice(0, 6))
  if (address?.status === 'unknown') {
    findings.push(warning('address', 'id_address_unknown', 'address code is not a known division of the four cities'))
  }
  const birthDate = readBirthDate(body)
  const birthFinding = checkBirthDate(birthDate, options.today)
  // Only the shape of foreign residents' numbers (18 digits beginning with 9) is confirmed, so the rest just warns.
  const severity = kind === 'foreign_permit' ? 'warning' : 'error'
  if (birthFinding) findings.push({ ...birthFinding, severity })
  const sequence = /^\d{3}$/.test(body.slice(14, 17)) ? body.slice(14, 17) : null
  if (sequence === '000') findings.push(warning('sequence', 'id_sequence_zero', 'sequence 000 is not assigned'))
  if (/^\d{17}[\dX]$/.test(body) && personalIdCheckCharacter(body) !== body[17]) {
    findings.push({ ...error('check', 'id_check_mismatch', 'check character does not fit the other digits'), severity })
  }
  const converted = old ? convertPersonalId15(normal) : null
  return {
    normal,
    kind,
    ok: !hasErrors(findings),
    findings,
    address,
    suggestion: birthDate && !birthFinding && sequence ? { birthDate, sex: sexOf(sequence) } : null,
    ...(converted ? { converted } : {}),
  }
}

/**
 * Compares what the number suggests with what is stored. The stored value is kept whatever the outcome; a difference
 * is a warning for a person to look at.
 */
export function compareWithStored(
  suggestion: PersonalIdSuggestion,
  stored: { readonly birthDate?: string; readonly sex?: Sex },
): readonly Finding<PersonalIdPart>[] {
  const findings: Finding<PersonalIdPart>[] = []
  if (stored.birthDate !== undefined && stored.birthDate !== suggestion.birthDate) {
    findings.push(warning('birthDate', 'id_birth_date_differs', 'stored birth date differs from the number'))
  }
  if (stored.sex !== undefined && stored.sex !== suggestion.sex) {
    findings.push(warning('sequence', 'id_sex_differs', 'stored sex differs from the number'))
  }
  return findings
}

function kindOf(normal: string): 'citizen' | 'hmt_permit' | 'foreign_permit' {
  // Residence permits of Hong Kong, Macao and Taiwan residents use these three address parts, and no others of 8x.
  if (/^8[123]0000/.test(normal)) return 'hmt_permit'
  return normal.startsWith('9') ? 'foreign_permit' : 'citizen'
}

function readBirthDate(body: string): string | null {
  const digits = body.slice(6, 14)
  return /^\d{8}$/.test(digits) ? `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}` : null
}

function checkBirthDate(birthDate: string | null, today: string): Finding<PersonalIdPart> | null {
  if (birthDate === null) return null
  if (!/^(18|19|20)/.test(birthDate) || !isDate(birthDate)) {
    return error('birthDate', 'id_birth_date_impossible', 'birth date is not a day of the calendar')
  }
  return birthDate > today ? error('birthDate', 'id_birth_date_future', 'birth date lies in the future') : null
}

function sexOf(sequence: string): Sex {
  return Number(sequence) % 2 === 1 ? 'male' : 'female'
}

function charset(): Finding<PersonalIdPart> {
  return error('charset', 'id_charset', 'only digits are allowed, and X as the last of 18 characters')
}

function error(part: PersonalIdPart, code: string, message: string): Finding<PersonalIdPart> {
  return { part, severity: 'error', code, message }
}

function warning(part: PersonalIdPart, code: string, message: string): Finding<PersonalIdPart> {
  return { part, severity: 'warning', code, message }
}
