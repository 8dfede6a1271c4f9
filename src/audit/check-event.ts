import { isUuid } from '../kernel/ids.ts'
import { auditError } from './errors.ts'
import type { AuditEvent } from './event.ts'

/** Code-like words: start with a letter, so that no number can stand in for one. */
const CODE = /^[A-Za-z][A-Za-z0-9_.:/-]{0,63}$/
/** Field names or JSON pointers. */
const FIELD = /^[A-Za-z/][A-Za-z0-9_.:/[\]-]{0,127}$/
/** Printable ASCII without spaces: an id fits, a Chinese name or a sentence does not. */
const REFERENCE = /^[\x21-\x7e]{1,128}$/
const MAX_LIST = 256

const CODES = ['action', 'role', 'targetType', 'purpose', 'basis', 'result'] as const
const REQUIRED_REFERENCES = ['actor', 'actorOrg'] as const
const REFERENCES = ['onBehalfOf', 'targetId', 'consentId', 'orderId', 'sourceAddress', 'requestId'] as const

/**
 * Refuses an event that could carry a raw identifier into a log that can never be corrected.
 *
 * @throws AppError `audit.event-invalid` naming the fields, never their values
 */
export function checkEvent(event: AuditEvent): void {
  const bad: string[] = CODES.filter((name) => !CODE.test(event[name]))
  bad.push(...REQUIRED_REFERENCES.filter((name) => !isReference(event[name])))
  for (const name of REFERENCES) {
    const value = event[name]
    if (value !== undefined && !isReference(value)) bad.push(name)
  }
  if (event.personRef !== undefined && !isUuid(event.personRef)) bad.push('personRef')
  if (!isList(event.reasonCodes, CODE)) bad.push('reasonCodes')
  if (!isList(event.fieldsTouched, FIELD)) bad.push('fieldsTouched')
  if (bad.length > 0) {
    throw auditError('event-invalid', {
      detail: `Not fit for the audit log: ${bad.join(', ')}.`,
      errors: bad.map((pointer) => ({ pointer, detail: 'wrong form, or looks like a personal identifier' })),
    })
  }
}

function isReference(value: string): boolean {
  return REFERENCE.test(value) && !holdsPersonalIdentifier(value)
}

function isList(values: readonly string[] | undefined, form: RegExp): boolean {
  return values === undefined || (values.length <= MAX_LIST && values.every((value) => form.test(value)))
}

const RESIDENT_ID =
  /(?<![0-9A-Za-z])\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])/
const MOBILE = /(?<![0-9A-Za-z])(?:86)?1[3-9]\d{9}(?![0-9A-Za-z])/

/**
 * A resident identity number (GB 11643: division, birth date, sequence, check character) or a mobile number that
 * stands by itself. The check character is not computed: a mistyped number is as personal as a right one.
 */
function holdsPersonalIdentifier(value: string): boolean {
  return RESIDENT_ID.test(value) || MOBILE.test(value)
}
