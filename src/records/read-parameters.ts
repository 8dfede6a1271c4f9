import type { FieldError } from '../kernel/errors.ts'
import { recordsError } from './errors.ts'
import type { SearchForm } from './guarded-client.ts'
import { RECORD_TYPE_FACTS, type RecordType } from './record-types.ts'

export const MAX_COUNT = 200
export const DEFAULT_COUNT = 50

/** A search understood in full. */
export interface SearchRequest {
  readonly personId: string
  /** Parameters that the hospitals are asked with, beside the patient. */
  readonly form: SearchForm
  readonly includes: readonly Include[]
  readonly withPatient: boolean
  readonly withProvenance: boolean
  readonly count: number
  readonly sort: Sort
  /** What was not understood and left out, because the caller asked for leniency. */
  readonly ignored: readonly FieldError[]
}

export interface Include {
  /** As it is asked for: `DiagnosticReport:result`. */
  readonly path: string
  readonly type: string
}

export interface Sort {
  /** An R4 date parameter of the type, or `_lastUpdated`. */
  readonly parameter: string
  readonly descending: boolean
}

export type Parameters = readonly (readonly [name: string, value: string])[]

export const PERSON_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TOKEN = /^[^\s$]{1,200}$/
const DATE =
  /^(?:eq|gt|lt|ge|le|sa|eb)?\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/
/** The form of a 公民身份号码, of either length, alone or behind its system. */
export const IDENTITY_NUMBER = /(?:^|[|,])(?:\d{17}[\dXx]|\d{15})(?=$|,)/
const FORMATS = new Set(['json', 'application/json', 'application/fhir+json', 'text/json'])
/** A parameter may come twice (R4: both must hold); more often than this nobody means it. */
const MAX_REPEATS = 4
const MAX_PARAMETERS = 40

/**
 * Reads the parameters of a search. What is not supported is refused by name; with `Prefer: handling=lenient` (R4
 * search.html#errors) a parameter that is not known is left out and named in the answer, but a value that is wrong
 * is refused all the same, and nothing is ever left out in silence.
 */
export function readSearch(
  type: RecordType,
  parameters: Parameters,
  options: { readonly lenient: boolean },
): SearchRequest {
  const facts = RECORD_TYPE_FACTS[type]
  const problems: FieldError[] = []
  const ignored: FieldError[] = []
  const form: Record<string, string[]> = {}
  const includes: Include[] = []
  let personId: string | undefined
  let withPatient = false
  let withProvenance = false
  let count = DEFAULT_COUNT
  let sort: Sort = { parameter: facts.date, descending: true }
  const seen = new Map<string, number>()

  const wrong = (pointer: string, detail: string): void => {
    problems.push({ pointer, detail })
  }
  const unsupported = (pointer: string, detail: string): void => {
    ;(options.lenient ? ignored : problems).push({ pointer, detail })
  }
  const pass = (name: string, value: string): void => {
    form[name] = [...(form[name] ?? []), value]
  }

  if (parameters.length > MAX_PARAMETERS) wrong('query', `has more than ${MAX_PARAMETERS} parameters`)
  for (const [name, value] of parameters.slice(0, MAX_PARAMETERS)) {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    if (times > limitOf(name)) wrong(shown(name), 'is given too often')
    else if (name === 'patient') {
      const id = value.startsWith('Patient/') ? value.slice('Patient/'.length) : value
      if (PERSON_ID.test(id)) personId = id
      else wrong(name, 'is not an id of a person here: ID or Patient/ID')
    } else if (facts.tokens.includes(name)) {
      if (!TOKEN.test(value)) wrong(name, 'is not a token: CODE or SYSTEM|CODE, alternatives by comma')
      else if (IDENTITY_NUMBER.test(value)) wrong(name, 'looks like an identity number: records are found by patient')
      else pass(name, value)
    } else if (name === facts.date || name === '_lastUpdated' || facts.otherDates.includes(name)) {
      if (DATE.test(value)) pass(name, value)
      else wrong(name, 'is not an R4 date with one of the prefixes eq, gt, lt, ge, le, sa, eb')
    } else if (name === '_count') {
      // R4 lets a server show fewer than asked for; clients ask for a thousand without being told to.
      if (/^\d{1,6}$/.test(value)) count = Math.min(Number(value), MAX_COUNT)
      else wrong(name, 'is not a whole number')
    } else if (name === '_sort') {
      const found = readSort(value, [facts.date, '_lastUpdated'])
      if (found === undefined) unsupported(name, `sorts by ${facts.date} or _lastUpdated, with - for the newest first`)
      else sort = found
    } else if (name === '_include') {
      const parameter = value.startsWith(`${type}:`) ? value.slice(type.length + 1) : ''
      const target = Object.hasOwn(facts.includes, parameter) ? facts.includes[parameter] : undefined
      if (parameter === 'patient') withPatient = true
      else if (target === undefined) unsupported(name, `is one of ${includePaths(type).join(', ')}`)
      else if (!includes.some((one) => one.path === value)) includes.push({ path: value, type: target })
    } else if (name === '_revinclude') {
      if (value === 'Provenance:target') withProvenance = true
      else unsupported(name, 'is Provenance:target or nothing')
    } else if (name === '_format') {
      if (!isJsonFormat(value)) wrong(name, NOT_JSON)
    } else unsupported(shown(name), `is not supported for ${type}`)
  }
  if (personId === undefined && !problems.some((one) => one.pointer === 'patient')) wrong('patient', 'is required')
  if (problems.length > 0) throw recordsError('parameter-invalid', { errors: problems })
  return { personId: personId as string, form, includes, withPatient, withProvenance, count, sort, ignored }
}

/** What may be asked for along with a type. */
export function includePaths(type: RecordType): string[] {
  return [...Object.keys(RECORD_TYPE_FACTS[type].includes), 'patient'].map((parameter) => `${type}:${parameter}`)
}

function readSort(value: string, known: readonly string[]): Sort | undefined {
  const descending = value.startsWith('-')
  const parameter = descending ? value.slice(1) : value
  return known.includes(parameter) ? { parameter, descending } : undefined
}

const ONCE: ReadonlySet<string> = new Set(['patient', '_count', '_sort', '_format'])
const limitOf = (name: string): number => (ONCE.has(name) ? 1 : name === '_include' ? 10 : MAX_REPEATS)

const NOT_JSON = 'is JSON or nothing: json, application/fhir+json'
/** A bare + of a query string reads as a space. */
const isJsonFormat = (value: string): boolean => FORMATS.has(value.replace(' ', '+'))

/** For addresses that say all by themselves: nothing but a format may stand beside. */
export function checkOnlyFormat(parameters: Parameters): void {
  const errors = parameters.flatMap(([name, value]): FieldError[] => {
    if (name !== '_format') return [{ pointer: shown(name), detail: 'is not supported here' }]
    return isJsonFormat(value) ? [] : [{ pointer: name, detail: NOT_JSON }]
  })
  if (errors.length > 0) throw recordsError('parameter-invalid', { errors })
}

/** A name is repeated only where it is one: a caller may have put anything in its place. */
export function shown(name: string): string {
  return /^[A-Za-z_$][\w:.-]{0,63}$/.test(name) && !IDENTITY_NUMBER.test(name) ? name : 'query'
}

/** Parameters of a query string or a form, in the order in which they stand. */
export function parametersOf(url: string): Parameters {
  const mark = url.indexOf('?')
  return mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))]
}
