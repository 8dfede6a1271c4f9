import { hospitalError } from './errors.ts'
import { isRawDecimal } from './json.ts'
import { RESOURCE_TYPES } from './resource-types.ts'
import { isList, isObject, isText, type Json, type Resource } from './types.ts'

const ELEMENT_NAME = /^(?:_?[A-Za-z][A-Za-z0-9]*)$/
const RESOURCE_ID = /^[A-Za-z0-9\-.]{1,64}$/
const MAX_DEPTH = 64

export function isResourceId(text: string): boolean {
  return RESOURCE_ID.test(text)
}

/**
 * The rules of FHIR's JSON form that hold for every type (json.html): names, no empty objects or arrays, no null
 * outside arrays, ids and references are strings. Profiles are not checked here.
 */
export function checkResource(value: Json, expectedType?: string): Resource {
  if (!isObject(value) || !isText(value['resourceType'])) refuse('', 'is not a resource with a resourceType')
  if (!RESOURCE_TYPES.has(value['resourceType']))
    throw hospitalError('unknown-type', { detail: 'The body names no R4 type.' })
  if (expectedType !== undefined && value['resourceType'] !== expectedType) {
    refuse('resourceType', `is not ${expectedType}, the type of the address`)
  }
  checkObject(value, value['resourceType'], 0)
  return value as Resource
}

function checkObject(value: Readonly<Record<string, Json | undefined>>, path: string, depth: number): void {
  if (depth > MAX_DEPTH) refuse(path, 'is nested too deeply')
  const names = Object.keys(value)
  if (names.length === 0) refuse(path, 'is an empty object')
  if ('resourceType' in value && 'id' in value && !(isText(value['id']) && isResourceId(value['id']))) {
    refuse(`${path}.id`, 'is not a resource id')
  }
  for (const name of names) {
    if (!ELEMENT_NAME.test(name)) refuse(path, 'has an element name that FHIR does not allow')
    const child = value[name]
    if (child === null || child === undefined) refuse(`${path}.${name}`, 'is null')
    if (name === 'reference' && !isText(child) && !isObject(child)) refuse(`${path}.reference`, 'is not a string')
    checkValue(child, `${path}.${name}`, depth + 1)
  }
}

function checkValue(value: Json, path: string, depth: number): void {
  if (value === '') refuse(path, 'is an empty string')
  if (isRawDecimal(value)) return
  if (isList(value)) {
    if (value.length === 0) refuse(path, 'is an empty array')
    // null is legal inside an array of primitives: its companion holds the extension.
    for (const item of value) {
      if (isList(item)) refuse(path, 'is an array inside an array')
      if (item !== null) checkValue(item, path, depth)
    }
  } else if (isObject(value)) {
    checkObject(value, path, depth)
  }
}

function refuse(path: string, what: string): never {
  throw hospitalError('bad-structure', { detail: `${path === '' ? 'The body' : path} ${what}.` })
}
