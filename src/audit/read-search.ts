import type { Span } from '../kernel/date-span.ts'
import type { FieldError } from '../kernel/errors.ts'
import { isUuid } from '../kernel/ids.ts'
import { readDateParameter } from './date-span.ts'
import { auditError } from './errors.ts'
import { FHIR_ACTIONS, type FhirAction, OUTCOMES } from './interactions.ts'
import { CONSENT_ENTITY, ENTITY_TYPE, REQUEST_ENTITY } from './to-audit-event.ts'

export const DEFAULT_COUNT = 50
export const MAX_COUNT = 200
/** Where no patient is named, so much of the log is looked through at most. */
export const MAX_DAYS = 31

/** A search of the log, understood in full. */
export interface AuditQuestion {
  readonly personId?: string | undefined
  /** Milliseconds; infinite where it is open. */
  readonly span: Span
  readonly actions?: readonly FhirAction[] | undefined
  /** As stored: allowed, refused, failed. */
  readonly results?: readonly string[] | undefined
  readonly agent?: { readonly kind: 'client' | 'organisation' | 'any'; readonly value: string } | undefined
  readonly entities?: readonly EntityKind[] | undefined
  readonly count: number
}

export type EntityKind = 'person' | 'object' | 'request' | 'consent' | 'none'

const REFERENCE = /^[\x21-\x7e]{1,128}$/
const FORMATS = new Set(['json', 'application/json', 'application/fhir+json', 'application/fhir json', 'text/json'])
const MAX_PARAMETERS = 20
const EVERYTHING: Span = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }

/** Parameters of a query string, in the order in which they stand. */
export type Parameters = readonly (readonly [name: string, value: string])[]

/**
 * Reads the parameters; each that is not supported is refused by name, and none is left out in silence.
 *
 * @throws AppError `audit.parameter-invalid` with every fault
 */
export function readAuditSearch(parameters: Parameters, now: Date): AuditQuestion {
  const errors: FieldError[] = []
  const wrong = (pointer: string, detail: string): void => void errors.push({ pointer, detail })
  const seen = new Set<string>()
  let question: AuditQuestion = { span: EVERYTHING, count: DEFAULT_COUNT }
  if (parameters.length > MAX_PARAMETERS) wrong('query', `has more than ${MAX_PARAMETERS} parameters`)
  for (const [name, value] of parameters.slice(0, MAX_PARAMETERS)) {
    // A date may come again, as the other end of a range.
    if (seen.has(name) && name !== 'date') {
      wrong(shown(name), 'is given too often')
      continue
    }
    seen.add(name)
    const read = readers[name]
    if (read === undefined) wrong(shown(name), 'is not supported for AuditEvent')
    else {
      const found = read(value, question)
      if (typeof found === 'string') wrong(name, found)
      else question = { ...question, ...found }
    }
  }
  if (errors.length === 0 && question.personId === undefined) {
    const days = (Math.min(question.span.until, now.getTime()) - question.span.from) / 86_400_000
    if (!(days <= MAX_DAYS))
      wrong('date', `is required without a patient, ${MAX_DAYS} days at most: date=ge… [&date=lt…]`)
  }
  if (errors.length > 0) throw auditError('parameter-invalid', { errors })
  return question
}

type Reader = (value: string, so: AuditQuestion) => Partial<AuditQuestion> | string

const readers: Readonly<Record<string, Reader | undefined>> = {
  patient: (value) => {
    const personId = value.replace(/^Patient\//, '')
    return isUuid(personId) ? { personId: personId.toLowerCase() } : 'is not an id of a person here: ID or Patient/ID'
  },
  date: (value, { span }) => {
    const found = readDateParameter(value)
    if (found === undefined) return 'is not an R4 date with one of the prefixes eq, gt, lt, ge, le, sa, eb'
    return { span: { from: Math.max(span.from, found.from), until: Math.min(span.until, found.until) } }
  },
  action: (value) => {
    const actions = tokens(value).filter((one): one is FhirAction => FHIR_ACTIONS.has(one))
    return actions.length === tokens(value).length ? { actions } : `is one of ${[...FHIR_ACTIONS].join(', ')}`
  },
  outcome: (value) => {
    const asked = tokens(value)
    // 4 is a code of R4 that no event here has.
    if (!asked.every((one) => ['0', '4', '8', '12'].includes(one))) return 'is one of 0, 4, 8, 12'
    return { results: Object.keys(OUTCOMES).filter((result) => asked.includes(OUTCOMES[result] ?? '')) }
  },
  agent: (value) => {
    const [, type, id = ''] = /^(?:(Organization|Device)\/)?([^/|,\s]{1,128})$/.exec(value) ?? []
    if (!REFERENCE.test(id)) return 'is Organization/CODE, Device/CLIENT or one of the two alone'
    return { agent: { kind: type === 'Device' ? 'client' : type === undefined ? 'any' : 'organisation', value: id } }
  },
  'agent:identifier': (value) => {
    const id = value.slice(value.indexOf('|') + 1)
    return REFERENCE.test(id) ? { agent: { kind: 'any', value: id } } : 'is SYSTEM|VALUE or VALUE'
  },
  'entity-type': (value) => {
    const entities = value.split(',').map((one) => ENTITY_KINDS.get(one) ?? 'none')
    return value.length <= 200 ? { entities } : 'is too long'
  },
  _count: (value) => {
    const count = readCount(value)
    return count === undefined ? 'is not a whole number from 1 on' : { count }
  },
  _sort: (value) => (value === '-date' ? {} : 'is -date, the newest first'),
  _format: (value) => (FORMATS.has(value) ? {} : 'is JSON or nothing: json, application/fhir+json'),
}

/** R4 lets a server show fewer than asked for; clients ask for a thousand without being told to. */
export function readCount(value: string): number | undefined {
  return /^[1-9]\d{0,5}$/.test(value) ? Math.min(Number(value), MAX_COUNT) : undefined
}

const ENTITY_KINDS: ReadonlyMap<string, EntityKind> = new Map([
  ['1', 'person'],
  [`${ENTITY_TYPE}|1`, 'person'],
  ['2', 'object'],
  [`${ENTITY_TYPE}|2`, 'object'],
  [REQUEST_ENTITY.code, 'request'],
  [`${REQUEST_ENTITY.system}|${REQUEST_ENTITY.code}`, 'request'],
  [CONSENT_ENTITY.code, 'consent'],
  [`${CONSENT_ENTITY.system}|${CONSENT_ENTITY.code}`, 'consent'],
])

/** Codes of a token parameter: alternatives by comma, each with or without its system. */
const tokens = (value: string): readonly string[] =>
  value
    .slice(0, 500)
    .split(',')
    .map((one) => one.slice(one.lastIndexOf('|') + 1))

/** A name is repeated only where it looks like one: a caller may have put anything in its place. */
const shown = (name: string): string => (/^[A-Za-z_][A-Za-z:.-]{0,63}$/.test(name) ? name : 'query')
