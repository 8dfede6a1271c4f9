import { type Span, spanOfElement } from './date-range.ts'
import { parametersOf, type SearchParameter } from './search-parameters.ts'
import { isList, isObject, isText, type Json, type JsonObject, type Resource } from './types.ts'

/** What the index holds of one resource: lookup keys and date spans per search parameter. */
export interface IndexKeys {
  readonly keys: ReadonlyMap<string, readonly string[]>
  readonly spans: ReadonlyMap<string, readonly Span[]>
}

/** Reads every parameter of the resource's type once, at write time, so that a search never walks resources. */
export function indexKeysOf(resource: Resource): IndexKeys {
  const keys = new Map<string, readonly string[]>()
  const spans = new Map<string, readonly Span[]>()
  for (const [name, parameter] of Object.entries(parametersOf(resource.resourceType))) {
    if (parameter.kind === 'date') {
      const found = parameter.paths.flatMap((path) =>
        valuesAt(resource, path).flatMap((value) => spanOfElement(value, `${resource.resourceType}.${path}`) ?? []),
      )
      if (found.length > 0) spans.set(name, found)
    } else {
      const found = [
        ...new Set(parameter.paths.flatMap((path) => valuesAt(resource, path).flatMap((v) => keysOf(v, parameter)))),
      ]
      if (found.length > 0) keys.set(name, found)
    }
  }
  return { keys, spans }
}

/** All values at a dotted path; arrays on the way are flattened. */
export function valuesAt(value: Json | undefined, path: string): Json[] {
  return path.split('.').reduce<Json[]>(
    (found, name) =>
      found.flatMap((item) => {
        const child = isObject(item) ? item[name] : undefined
        if (child === undefined || child === null) return []
        return isList(child) ? [...child] : [child]
      }),
    value === undefined ? [] : [value],
  )
}

function keysOf(value: Json, parameter: SearchParameter): string[] {
  if (parameter.kind === 'token') return tokenKeys(value)
  if (parameter.kind === 'string') return isText(value) ? [foldText(value)] : []
  return referenceKeys(value, parameter.target)
}

/**
 * Token keys, one for each way R4 lets a client ask: `system|code`, `|code` (no system), `code` (any), `system|`.
 * The first letter keeps the four apart.
 */
function tokenKeys(value: Json): string[] {
  if (isText(value) || typeof value === 'boolean') return [`any:${value}`, `bare:${value}`]
  if (!isObject(value)) return []
  const codings = value['coding']
  if (isList(codings)) return codings.flatMap((coding) => (isObject(coding) ? codedKeys(coding, 'code') : []))
  return codedKeys(value, 'value' in value ? 'value' : 'code')
}

function codedKeys(coding: JsonObject, element: 'value' | 'code'): string[] {
  const { system } = coding
  const code = coding[element]
  const inSystem = isText(system) ? [`in:${system}`] : []
  if (!isText(code)) return inSystem
  return [`any:${code}`, isText(system) ? `full:${system}|${code}` : `bare:${code}`, ...inSystem]
}

/** Reference keys: the whole reference, and the id alone; a version at its end does not count. */
function referenceKeys(value: Json, target: string | undefined): string[] {
  const reference = isObject(value) ? value['reference'] : undefined
  if (!isText(reference)) return []
  const plain = reference.replace(/\/_history\/[^/]+$/, '')
  const match = /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(plain)
  if (match === null) return target === undefined || plain.includes(`/${target}/`) ? [`ref:${plain}`] : []
  if (target !== undefined && match[1] !== target) return []
  return [`ref:${plain}`, `id:${match[2] ?? ''}`]
}

/** R4 string search ignores case and accents (search.html#string). */
export function foldText(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim()
}
