import { type DivisionLookup, lookupDivision } from './divisions.ts'
import { type Finding, hasErrors } from './findings.ts'
import { normalizeWidth } from './normalize.ts'

type UsccPart = 'length' | 'charset' | 'division' | 'organisation' | 'check'

/** The outcome of checking a 统一社会信用代码. */
export interface UsccCheck {
  /** Normal width and upper case: the only form that may be stored. */
  readonly normal: string
  readonly ok: boolean
  readonly findings: readonly Finding<UsccPart>[]
  /** The division at registration, which may be retired; null when the code has no readable one. */
  readonly division: DivisionLookup | null
}

/** GB 32100 leaves out I, O, S, V and Z, which look like digits or each other. The index is the value. */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
/** GB 32100: powers of 3 modulo 31. */
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]

/**
 * Check character of the first 17 characters of a 统一社会信用代码. It is any of the 31, not just a digit or X, as
 * some libraries believe.
 */
export function usccCheckCharacter(first17: string): string {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * ALPHABET.indexOf(first17.charAt(i)), 0)
  return ALPHABET.charAt((31 - (sum % 31)) % 31)
}

/** Check character of the first eight characters of an organisation code (GB 11714): 0-9 count 0-9, A-Z 10-35. */
export function organisationCheckCharacter(first8: string): string {
  const sum = ORGANISATION_WEIGHTS.reduce(
    (total, weight, i) => total + weight * Number.parseInt(first8.charAt(i), 36),
    0,
  )
  const check = 11 - (sum % 11)
  if (check === 10) return 'X'
  return check === 11 ? '0' : String(check)
}

/** Checks a 统一社会信用代码 (GB 32100) with both of its check characters, and lists everything that is wrong. */
export function checkUscc(input: string): UsccCheck {
  const normal = normalizeWidth(input).toUpperCase()
  const findings: Finding<UsccPart>[] = []
  if (normal.length !== 18) findings.push(error('length', 'uscc_length', 'must have 18 characters'))
  const readable = /^[0-9A-HJ-NP-RTUWXY]*$/.test(normal)
  if (!readable) findings.push(error('charset', 'uscc_charset', 'only digits and capitals other than I, O, S, V, Z'))
  if (normal.length !== 18 || !readable) return { normal, ok: false, findings, division: null }

  const digits = normal.slice(2, 8)
  const division = /^\d{6}$/.test(digits) ? lookupDivision(digits) : null
  if (!division) {
    findings.push(error('division', 'uscc_division_digits', 'characters 3 to 8 must be digits'))
  } else if (division.status === 'unknown') {
    findings.push({
      part: 'division',
      severity: 'warning',
      code: 'uscc_division_unknown',
      message: 'division is not a known one of the four cities',
    })
  }
  if (organisationCheckCharacter(normal.slice(8, 16)) !== normal[16]) {
    findings.push(error('organisation', 'uscc_organisation_mismatch', 'check of the organisation code does not fit'))
  }
  if (usccCheckCharacter(normal) !== normal[17]) {
    findings.push(error('check', 'uscc_check_mismatch', 'check character does not fit the other characters'))
  }
  return { normal, ok: !hasErrors(findings), findings, division }
}

function error(part: UsccPart, code: string, message: string): Finding<UsccPart> {
  return { part, severity: 'error', code, message }
}
