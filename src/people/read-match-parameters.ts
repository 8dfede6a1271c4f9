import type { Sex } from '../codes/index.ts'
import { type FhirIssue, isList, isObject, type Resource, validateResource } from '../fhir/index.ts'
import { isDate } from '../kernel/time.ts'
import { identifierTypeOf } from './identifier-systems.ts'
import type { LocalId } from './local-id-store.ts'
import { phoneKey } from './match-forms.ts'
import type { Described } from './match-types.ts'
import { normalizeIdentifier, normalizeName } from './rules.ts'
import type { PersonIdentifier } from './types.ts'

/** What a caller of `Patient/$match` asks (ITI-119). */
export interface MatchQuestion {
  readonly asked: Described
  /** Numbers in other name spaces: the caller's own, or ones that nobody here knows. */
  readonly localIds: readonly LocalId[]
  readonly onlyCertainMatches: boolean
  readonly count: number
  /** Elements of the Patient that were given and say nothing to a search here. */
  readonly unused: readonly string[]
}

const DEFAULT_COUNT = 10
const MAX_COUNT = 50
const MAX_IDENTIFIERS = 10

/** Elements that are no property of the person who is looked for. */
const NO_DETAIL = new Set(['resourceType', 'id', 'meta', 'implicitRules', 'language', 'text'])

/** Reads the Parameters of the operation; what is wrong with them is the answer then. */
export function readMatchParameters(body: unknown): MatchQuestion | { readonly issues: readonly FhirIssue[] } {
  if (!isObject(body) || body['resourceType'] !== 'Parameters') {
    return { issues: [fault('structure', 'Parameters', 'must be a Parameters resource')] }
  }
  const issues: FhirIssue[] = [...validateResource(body)]
  if (issues.length > 0) return { issues }
  const parameters = isList(body['parameter']) ? body['parameter'].filter(isObject) : []
  const named = (name: string) => parameters.filter((one) => one['name'] === name)
  for (const [at, { name }] of parameters.entries()) {
    const known = typeof name === 'string' && ['resource', 'onlyCertainMatches', 'count'].includes(name)
    if (!known)
      issues.push(fault('not-supported', `Parameters.parameter[${at}].name`, 'is no parameter of $match here'))
  }
  for (const name of ['resource', 'onlyCertainMatches', 'count']) {
    if (named(name).length > 1) issues.push(fault('structure', 'Parameters.parameter', `${name} comes more than once`))
  }
  const patient = named('resource')[0]?.['resource']
  if (!isObject(patient) || patient['resourceType'] !== 'Patient') {
    issues.push(fault('required', 'Parameters.parameter', 'needs a parameter resource with a Patient'))
  }
  const only = named('onlyCertainMatches')[0]?.['valueBoolean'] ?? false
  if (typeof only !== 'boolean') {
    issues.push(fault('value', 'Parameters.parameter', 'onlyCertainMatches must have a valueBoolean'))
  }
  const count = named('count')[0] === undefined ? DEFAULT_COUNT : named('count')[0]?.['valueInteger']
  if (typeof count !== 'number' || count < 1) {
    issues.push(fault('value', 'Parameters.parameter', 'count must have a valueInteger of at least 1'))
  }
  if (issues.length > 0) return { issues }
  return {
    ...describe(patient as unknown as Resource),
    onlyCertainMatches: only === true,
    count: Math.min(Number(count), MAX_COUNT),
  }
}

function describe(patient: Resource): Pick<MatchQuestion, 'asked' | 'localIds' | 'unused'> {
  const used = new Set<string>()
  const use = <T>(element: string, value: T | undefined): T | undefined => {
    if (value !== undefined) used.add(element)
    return value
  }
  const given = list(patient['identifier']).slice(0, MAX_IDENTIFIERS)
  const identifiers: PersonIdentifier[] = []
  const localIds: LocalId[] = []
  for (const { system, value } of given) {
    if (typeof system !== 'string' || typeof value !== 'string' || value === '') continue
    const type = identifierTypeOf(system)
    if (type === undefined) localIds.push({ system, value })
    else identifiers.push({ type, value: normalizeIdentifier({ type, value }) })
    used.add('identifier')
  }
  const names = list(patient['name'])
  const name = use('name', textOf(names.find((one) => one['use'] === 'official') ?? names[0]))
  const birthDate = use('birthDate', day(patient['birthDate']))
  const sex = use('gender', sexOf(patient['gender']))
  const phone = use('telecom', phoneOf(list(patient['telecom'])))
  return {
    asked: { name, birthDate, sex, phone, identifiers },
    localIds,
    unused: Object.keys(patient).filter((element) => !used.has(element) && !NO_DETAIL.has(element)),
  }
}

/** A name as text; else the family name and what comes after it. */
function textOf(name: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (name === undefined) return undefined
  const parts = [name['family'], ...(isList(name['given']) ? name['given'] : [])].filter((part) => part !== null)
  const text = typeof name['text'] === 'string' ? name['text'] : parts.filter((part) => part !== undefined).join(' ')
  const normal = normalizeName(text)
  return /[\p{L}\p{N}]/u.test(normal) ? normal : undefined
}

/** A year or a month alone is no birth date to look for. */
const day = (value: unknown): string | undefined => (typeof value === 'string' && isDate(value) ? value : undefined)

const sexOf = (value: unknown): Sex | undefined => (value === 'male' || value === 'female' ? value : undefined)

function phoneOf(telecom: readonly Readonly<Record<string, unknown>>[]): string | undefined {
  const values = telecom
    .filter((one) => one['system'] === 'phone' || one['system'] === 'sms')
    .map((one) => (typeof one['value'] === 'string' ? phoneKey(one['value']) : undefined))
  return values.find((one) => one !== undefined)
}

const list = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  isList(value) ? value.filter(isObject) : []

const fault = (code: FhirIssue['code'], expression: string, diagnostics: string): FhirIssue => ({
  severity: 'error',
  code,
  expression,
  diagnostics,
})
