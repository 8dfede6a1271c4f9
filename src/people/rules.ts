import {
  checkPersonalId,
  compareWithStored,
  type Finding,
  isCurrentDivision,
  mask,
  normalizePersonalId,
  normalizeWidth,
} from '../codes/index.ts'
import type { FieldError } from '../kernel/errors.ts'
import { looksPersonal } from '../kernel/log.ts'
import { isDate } from '../kernel/time.ts'
import {
  type AskedBy,
  type IdentifierType,
  type Insurance,
  type NewPerson,
  type PersonIdentifier,
  PSN_TYPES,
} from './types.ts'

export interface Remark extends Finding {
  readonly pointer: string
}

/** The code of the finding that a number has the old form of 15 digits. */
const OLD_FORM = 'id_old_form'

export interface PersonCheck {
  /** The person with every value in the form that is stored. */
  readonly normal: NewPerson
  readonly errors: readonly FieldError[]
  /** True where nothing is wrong but that a number has the old form: it finds a person, and registers none. */
  readonly oldFormOnly: boolean
  readonly warnings: readonly Remark[]
}

/** Checks a person part by part. No message repeats a value. */
export function checkPerson(person: NewPerson, today: string): PersonCheck {
  const errors: FieldError[] = []
  const warnings: Remark[] = []
  let oldForms = 0
  const report = (pointer: string, detail: string) => errors.push({ pointer, detail })

  const normal: NewPerson = {
    ...person,
    name: normalizeName(person.name),
    phone: person.phone === undefined ? undefined : normalizeWidth(person.phone),
    identifiers: person.identifiers.map(({ type, value }) => ({ type, value: normalizeIdentifier({ type, value }) })),
  }
  if (normal.name === '') report('/name', 'is empty')
  if (!isDate(person.birthDate) || person.birthDate > today) report('/birthDate', 'is not a past day of the calendar')
  if (person.residenceDivision !== undefined && !isCurrentDivision(person.residenceDivision)) {
    report('/residenceDivision', 'is not a county-level unit in force of the four cities')
  }
  normal.identifiers.forEach((identifier, index) => {
    const pointer = `/identifiers/${index}/value`
    for (const finding of checkIdentifier(identifier, { person, today })) {
      if (finding.code === OLD_FORM) oldForms += 1
      if (finding.severity === 'error') report(pointer, `${finding.part}: ${finding.message}`)
      else warnings.push({ ...finding, pointer })
    }
  })
  const kinds = new Set(normal.identifiers.map((one) => one.type))
  if (kinds.size < normal.identifiers.length) report('/identifiers', 'holds two identifiers of one type')
  const insurances = checkInsurances(person.insurances)
  if (insurances !== null) report('/insurances', insurances)
  return { normal, errors, warnings, oldFormOnly: oldForms > 0 && oldForms === errors.length }
}

/** The form of an identifier that is indexed: equal identifiers must give equal text on every way into the system. */
export function normalizeIdentifier({ type, value }: PersonIdentifier): string {
  if (type === 'resident-id') return normalizePersonalId(value)
  // People write document numbers with blanks or hyphens and in either case; none of that tells two documents apart.
  return normalizeWidth(value).replaceAll(/[\s-]/g, '').toUpperCase()
}

/** True for a text that is an identity number of either form, a phone, or contains one: it has no place in an address. */
export function mayBePersonal(text: string, today: string): boolean {
  return looksPersonal(text) || checkPersonalId(text, { today }).ok
}

/** Width, blanks and the several middle dots of transliterated names (买买提·艾力) do not make another name. */
export function normalizeName(name: string): string {
  return normalizeWidth(name.normalize('NFC'))
    .replaceAll(/[•‧・∙]/g, '·')
    .replaceAll(/\s+/g, ' ')
}

/** The fields in which a registered person differs from what is said about the same identifier now. */
export function disagreements(
  stored: { readonly name: string; readonly birthDate: string },
  said: { readonly name: string; readonly birthDate: string },
): readonly FieldError[] {
  const errors: FieldError[] = []
  if (stored.name !== said.name) errors.push({ pointer: '/name', detail: 'differs from the registered one' })
  if (stored.birthDate !== said.birthDate)
    errors.push({ pointer: '/birthDate', detail: 'differs from the registered one' })
  return errors
}

/**
 * The insurances that the caller has no say in, each by its field: an insurance decides which city's fund pays, so it is
 * told by the issuer or the bureau of that city and by nobody else.
 */
export function insurancesOfOthers(
  insurances: readonly Insurance[],
  by: Pick<AskedBy, 'role' | 'city'>,
): readonly FieldError[] {
  if (insurances.length === 0) return []
  if (by.role !== 'issuer' && by.role !== 'bureau') {
    return [{ pointer: '/insurances', detail: 'are told by the issuer or the bureau of the insured city only' }]
  }
  return insurances.flatMap(({ insuredCity }, index) =>
    insuredCity === by.city ? [] : [{ pointer: `/insurances/${index}/insuredCity`, detail: 'is not your city' }],
  )
}

/** True where a city's insurances as they are told now are the ones that are registered. */
export function sameInsurances(stored: readonly Insurance[], said: readonly Insurance[]): boolean {
  const spell = (all: readonly Insurance[]) =>
    all
      .map((one) => [one.from, one.to, one.insuredCity, one.insutype, one.psnType].join())
      .sort()
      .join(';')
  return spell(stored) === spell(said)
}

/** The first day on which both have an insurance in force; undefined where there is none. */
export function sharedDay(a: readonly Insurance[], b: readonly Insurance[]): string | undefined {
  return a
    .flatMap((one) => b.map((other) => ({ one, other, day: one.from > other.from ? one.from : other.from })))
    .filter(({ one, other, day }) => [one, other].every(({ to }) => to === null || to >= day))
    .map(({ day }) => day)
    .sort()[0]
}

/** The insurance in force on a day; a person has at most one. */
export function inForce(insurances: readonly Insurance[], date: string): Insurance | undefined {
  return insurances.find((one) => one.from <= date && (one.to === null || one.to >= date))
}

export function maskIdentifier({ type, value }: { type: IdentifierType; value: string }): string {
  if (type === 'resident-id') return mask.personalId(value)
  return type === 'social-security-card' ? mask.card(value) : mask.document(value)
}

function checkIdentifier(
  { type, value }: PersonIdentifier,
  context: { readonly person: NewPerson; readonly today: string },
): readonly Finding[] {
  if (type !== 'resident-id') {
    return /^[0-9A-Z()]{4,32}$/.test(value)
      ? []
      : [error('charset', 'identifier_shape', 'must be 4 to 32 letters, digits or brackets')]
  }
  const check = checkPersonalId(value, { today: context.today })
  if (check.kind === 'old15') {
    return [error('length', OLD_FORM, 'has the old form of 15 digits: register the 18-character number')]
  }
  const { birthDate, sex } = context.person
  // A difference is flagged for a person to look at; the stated value is kept.
  return check.suggestion === null
    ? check.findings
    : [...check.findings, ...compareWithStored(check.suggestion, { birthDate, sex })]
}

/** What is wrong with a person's insurances together, or null. */
export function checkInsurances(insurances: readonly Insurance[]): string | null {
  const known: readonly string[] = PSN_TYPES
  if (insurances.some(({ psnType }) => !known.includes(psnType))) return 'holds an unknown person type (人员类别)'
  const bad = insurances.some(({ from, to }) => !isDate(from) || (to !== null && (!isDate(to) || to < from)))
  if (bad) return 'holds a period that is not two days of the calendar in order'
  const sorted = insurances.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const shared = sorted.some((one, at) => {
    const next = sorted[at + 1]
    return next !== undefined && (one.to === null || one.to >= next.from)
  })
  // 社会保险法: nobody draws two basic medical insurances at a time.
  return shared ? 'holds two insurances for one day' : null
}

function error(part: string, code: string, message: string): Finding {
  return { part, severity: 'error', code, message }
}
