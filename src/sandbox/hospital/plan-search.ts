import type { Span } from './date-range.ts'
import { dateTest } from './date-range.ts'
import { hospitalError } from './errors.ts'
import { foldText } from './index-keys.ts'
import { parameterOf, type SearchParameter } from './search-parameters.ts'

/** One condition of a search. Values of one parameter are alternatives; conditions all hold. */
export type Condition =
  | { readonly kind: 'keys'; readonly parameter: string; readonly keys: readonly string[] }
  | { readonly kind: 'text'; readonly parameter: string; readonly accepts: (key: string) => boolean }
  | { readonly kind: 'date'; readonly parameter: string; readonly tests: readonly ((target: Span) => boolean)[] }
  | { readonly kind: 'ids'; readonly ids: readonly string[] }

export interface Include {
  readonly parameter: string
  readonly target: string | undefined
}

/** A search understood in full: whatever is not understood has been refused. */
export interface SearchPlan {
  readonly type: string
  readonly conditions: readonly Condition[]
  readonly includes: readonly Include[]
  readonly sort: readonly { readonly parameter: string; readonly descending: boolean }[]
  readonly count: number
}

const DEFAULT_COUNT = 50
export const MAX_COUNT = 200

/** Turns query parameters into a plan; an unknown parameter, modifier or value is a 400 and never ignored. */
export function planSearch(type: string, query: Iterable<readonly [string, string]>, base: string): SearchPlan {
  const conditions: Condition[] = []
  const includes: Include[] = []
  const sort: { parameter: string; descending: boolean }[] = []
  let count = DEFAULT_COUNT
  for (const [name, value] of query) {
    if (name === '_count') count = readCount(value)
    else if (name === '_sort') sort.push(...value.split(',').map((item) => readSort(type, item)))
    else if (name === '_include') includes.push(readInclude(type, value))
    else if (name === '_total') readTotal(value)
    else if (name === '_format') checkFormat(value)
    else conditions.push(readCondition(type, name, value, base))
  }
  return { type, conditions, includes, sort, count }
}

function readCondition(type: string, name: string, value: string, base: string): Condition {
  const [parameter = '', modifier] = name.split(':', 2)
  const values = splitValues(value)
  if (values.some((item) => item === '')) badValue(name, 'is empty')
  if (name === '_id') return { kind: 'ids', ids: values }
  if (name === '_lastUpdated') return dateCondition(name, values)
  const known = parameterOf(type, parameter)
  if (known === undefined) notSupported(`search parameter ${parameter} of ${type}`)
  if (modifier !== undefined && !allowsModifier(known, modifier)) notSupported(`modifier of ${parameter}`)
  switch (known.kind) {
    case 'date':
      return dateCondition(parameter, values)
    case 'token':
      return { kind: 'keys', parameter, keys: values.map(tokenKey) }
    case 'reference':
      return { kind: 'keys', parameter, keys: values.map((item) => referenceKey(item, modifier ?? known.target, base)) }
    case 'string':
      return { kind: 'text', parameter, accepts: textTest(values, modifier) }
  }
}

function allowsModifier(parameter: SearchParameter, modifier: string): boolean {
  if (parameter.kind === 'string') return modifier === 'exact' || modifier === 'contains'
  return parameter.kind === 'reference' && /^[A-Z][A-Za-z]+$/.test(modifier)
}

/** Commas separate alternatives; `\,` is a comma inside a value. Other escapes are kept for the token reader. */
function splitValues(value: string): string[] {
  return value.split(/(?<!\\),/).map((item) => item.replaceAll('\\,', ','))
}

function unescape(text: string): string {
  return text.replace(/\\([\\|$,])/g, '$1')
}

function tokenKey(value: string): string {
  const bar = value.search(/(?<!\\)\|/)
  if (bar < 0) return `any:${unescape(value)}`
  const system = unescape(value.slice(0, bar))
  const code = unescape(value.slice(bar + 1))
  if (code === '') return `in:${system}`
  return system === '' ? `bare:${code}` : `full:${system}|${code}`
}

/** `id`, `Type/id` or this server's own absolute address; any other absolute address is looked up as it stands. */
function referenceKey(value: string, target: string | undefined, base: string): string {
  const local = value.startsWith(`${base}/`) ? value.slice(base.length + 1) : value
  if (local.includes('/') || local.includes(':')) return `ref:${local}`
  return target === undefined ? `id:${local}` : `ref:${target}/${local}`
}

function textTest(values: readonly string[], modifier: string | undefined): (key: string) => boolean {
  const wanted = values.map((value) => foldText(unescape(value)))
  if (modifier === 'exact') return (key) => wanted.includes(key)
  if (modifier === 'contains') return (key) => wanted.some((item) => key.includes(item))
  return (key) => wanted.some((item) => key.startsWith(item))
}

function dateCondition(parameter: string, values: readonly string[]): Condition {
  return {
    kind: 'date',
    parameter,
    tests: values.map((value) => dateTest(value) ?? badValue(parameter, 'is not a date with a known prefix')),
  }
}

function readCount(value: string): number {
  if (!/^\d{1,6}$/.test(value)) badValue('_count', 'is not a whole number')
  return Math.min(Number(value), MAX_COUNT)
}

function readSort(type: string, item: string): { parameter: string; descending: boolean } {
  const descending = item.startsWith('-')
  const parameter = descending ? item.slice(1) : item
  if (parameter === '_lastUpdated' || parameter === '_id') return { parameter, descending }
  if (parameterOf(type, parameter)?.kind !== 'date') notSupported(`sorting of ${type} by this parameter`)
  return { parameter, descending }
}

function readInclude(type: string, value: string): Include {
  const [source, parameter = '', target, ...more] = value.split(':')
  const known = source === type ? parameterOf(type, parameter) : undefined
  if (known?.kind !== 'reference' || more.length > 0) notSupported(`this _include of ${type}`)
  return { parameter, target: target ?? known.target }
}

/** The total is always exact here, so every R4 value of `_total` is met. */
function readTotal(value: string): void {
  if (!['none', 'estimate', 'accurate'].includes(value)) badValue('_total', 'is not one of none, estimate, accurate')
}

export function checkFormat(value: string): void {
  if (!/^(?:json|text\/json|application\/(?:fhir\+)?json)(?:;.*)?$/.test(value)) throw hospitalError('not-acceptable')
}

function notSupported(what: string): never {
  throw hospitalError('not-supported', { detail: `Not supported: ${what}.` })
}

function badValue(name: string, what: string): never {
  throw hospitalError('bad-value', { detail: `The value of ${name} ${what}.` })
}
