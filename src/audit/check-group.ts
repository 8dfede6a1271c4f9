import { isUuid } from '../kernel/ids.ts'
import { auditError } from './errors.ts'
import type { EventGroup } from './group-events.ts'

/** Code-like words: start with a letter, so that no number can stand in for one. */
const CODE = /^[A-Za-z][A-Za-z0-9_.:/-]{0,63}$/
/** Field names or JSON pointers. */
const FIELD = /^[A-Za-z/][A-Za-z0-9_.:/[\]-]{0,127}$/
/** Printable ASCII without spaces: an id fits, a Chinese name or a sentence does not. */
const REFERENCE = /^[\x21-\x7e]{1,128}$/
const MAX_LIST = 256

const CODES = ['action', 'role', 'targetType', 'purpose', 'basis', 'result'] as const
const REQUIRED_REFERENCES = ['actor', 'actorOrg'] as const
const REFERENCES = ['onBehalfOf', 'consentId', 'orderId', 'sourceAddress'] as const

/**
 * Refuses events that could carry a raw identifier into a log that can never be corrected.
 *
 * @throws AppError `audit.event-invalid` naming the fields, never their values
 */
export function checkGroup({ common, items }: EventGroup): void {
  const bad: string[] = []
  for (const name of CODES) if (!isCode(common[name])) bad.push(name)
  for (const name of REQUIRED_REFERENCES) if (!isReference(common[name])) bad.push(name)
  for (const name of REFERENCES) {
    const value = common[name]
    if (value !== undefined && !isReference(value)) bad.push(name)
  }
  if (!isList(common.reasonCodes, isCode)) bad.push('reasonCodes')
  if (!isList(common.fieldsTouched, isField)) bad.push('fieldsTouched')
  // Many events of one request follow each other: its id is looked at once.
  let passedRequest: string | null = null
  for (const [targetId, personRef, occurrences] of items) {
    if (targetId !== null && !isReference(targetId)) bad.push('targetId')
    if (personRef !== null && !isUuid(personRef)) bad.push('personRef')
    for (const [, requestId] of occurrences) {
      if (requestId === null || requestId === passedRequest) continue
      if (!isReference(requestId)) {
        bad.push('requestId')
        break
      }
      passedRequest = requestId
    }
    if (bad.length > 0) break
  }
  if (bad.length > 0) {
    throw auditError('event-invalid', {
      detail: `Not fit for the audit log: ${bad.join(', ')}.`,
      errors: bad.map((pointer) => ({ pointer, detail: 'wrong form, or looks like a personal identifier' })),
    })
  }
}

/**
 * Words that passed before. An event of the busiest route has a dozen of them, always the same: looking them up costs a
 * tenth of reading them again. What a caller can choose freely cannot make it grow without end.
 */
const codes = new Set<string>()
const references = new Set<string>()
const MAX_PASSED = 10_000

function remember(passed: Set<string>, word: string): true {
  if (passed.size >= MAX_PASSED) passed.clear()
  passed.add(word)
  return true
}

const isCode = (value: string): boolean => codes.has(value) || (CODE.test(value) && remember(codes, value))

const isField = (value: string): boolean => FIELD.test(value)

function isReference(value: string): boolean {
  // Ids of ours: no run of digits in them is long enough for an identity or phone number to stand by itself.
  if (isUuid(value)) return true
  return (
    references.has(value) || (REFERENCE.test(value) && !holdsPersonalIdentifier(value) && remember(references, value))
  )
}

function isList(values: readonly string[] | undefined, fits: (value: string) => boolean): boolean {
  return values === undefined || (values.length <= MAX_LIST && values.every(fits))
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
