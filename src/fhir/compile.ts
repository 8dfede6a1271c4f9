import { compileFunction } from 'node:vm'
import { MAX_JSON_DEPTH } from '../kernel/json-depth.ts'
import { PRIMITIVES } from './primitives.ts'
import { ANY_RESOURCE, type Field, isComplex, RESOURCE_TYPES, type StructureType, structureOf } from './structure.ts'

/** Whether a value is what its type says; `depth` counts the objects around it. */
export type Check = (value: unknown, depth: number) => boolean

/**
 * Deeper than the layer that reads JSON lets pass, so nothing of a resource that arrived is refused by it; it bounds the
 * recursion for values that came another way.
 */
export const MAX_DEPTH = 2 * MAX_JSON_DEPTH

const checks = new Map<string, Check>()

/** The check of a resource by the type that it names. */
export function checkResource(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  const type = (value as { readonly resourceType?: unknown }).resourceType
  if (typeof type !== 'string') return false
  const check = checks.get(type) ?? compileResource(type)
  return check?.(value, depth) ?? false
}

function compileResource(type: string): Check | undefined {
  return RESOURCE_TYPES.has(type) ? checkOf(type) : undefined
}

/**
 * The compiled check of a type. Compiled when it is first asked for, together with the types inside it that have no name
 * of their own: a resource costs a few milliseconds once, and the data types are shared by all.
 */
function checkOf(type: string): Check {
  const known = checks.get(type)
  if (known !== undefined) return known
  const unit = compileUnit(type)
  for (const [name, check] of unit) checks.set(name, check)
  return checks.get(type) as Check
}

/** A type and its parts, written as functions of one closure, so that the engine can join them. */
function compileUnit(type: string): ReadonlyMap<string, Check> {
  const members = membersOf(type)
  const writer = createWriter(new Set(members))
  const functions = members.map((name) => writer.write(structureOf(name)))
  const source = [...functions, `return [${members.map(functionName).join(',')}]`].join('\n')
  // The text is made of the table of this folder alone; nothing that arrives becomes code.
  const make = compileFunction(source, writer.names, { filename: `fhir-r4/${type}.js` })
  const made = make(...writer.values) as readonly Check[]
  return new Map(members.map((name, index) => [name, made[index] as Check]))
}

/** The types that are compiled with one: a resource's own parts, or all data types that lead to each other. */
function membersOf(type: string): readonly string[] {
  const members = new Set<string>()
  const add = (name: string): void => {
    if (members.has(name) || name === ANY_RESOURCE) return
    members.add(name)
    for (const field of structureOf(name).fields)
      if (isComplex(field.type) && isPartOf(field.type, name)) add(field.type)
  }
  const isPartOf = (inner: string, outer: string): boolean =>
    RESOURCE_TYPES.has(outer.split('.')[0] as string) ? inner.startsWith(`${type}.`) : true
  add(type)
  return [...members]
}

const functionName = (type: string): string => `check_${type.replaceAll('.', '_')}`

interface Writer {
  readonly names: string[]
  readonly values: unknown[]
  write(type: StructureType): string
}

/** Writes the functions of a unit and collects what they refer to outside of it. */
function createWriter(members: ReadonlySet<string>): Writer {
  const names: string[] = []
  const values: unknown[] = []
  const refer = (name: string, value: () => unknown): string => {
    if (!names.includes(name)) {
      names.push(name)
      values.push(value())
    }
    return name
  }
  const sets = new Map<ReadonlySet<string>, string>()
  /** JavaScript that is true where `value` is one occurrence of the field. */
  const test = ({ type, codes }: Field, value: string): string => {
    if (codes !== undefined) {
      const name = sets.get(codes) ?? `codes_${sets.size}`
      sets.set(codes, name)
      return `${refer(name, () => codes)}.has(${value})`
    }
    if (type === ANY_RESOURCE) return `${refer('checkResource', () => checkResource)}(${value},depth+1)`
    if (isComplex(type)) {
      const name = functionName(type)
      if (!members.has(type)) refer(name, () => checkOf(type))
      return `${name}(${value},depth+1)`
    }
    return `${refer(`is_${type}`, () => PRIMITIVES[type])}(${value})`
  }
  const elementTest = (value: string): string => {
    if (!members.has('Element')) refer(functionName('Element'), () => checkOf('Element'))
    return `${functionName('Element')}(${value},depth+1)`
  }
  return { names, values, write: (type) => writeType(type, { test, elementTest, refer }) }
}

interface Pen {
  test(field: Field, value: string): string
  elementTest(value: string): string
  refer(name: string, value: () => unknown): string
}

function writeType(type: StructureType, pen: Pen): string {
  const cases: string[][] = []
  const put = (name: string, body: string): void => {
    const sameLength = cases[name.length] ?? []
    cases[name.length] = sameLength
    sameLength.push(`case ${JSON.stringify(name)}:${body}break;`)
  }
  const variables = new Map<string, string>()
  const ends: string[] = []
  if (type.resource) put('resourceType', `if(v!==${JSON.stringify(type.name)})return false;`)
  for (const field of type.fields) {
    const seen = field.required || field.choice ? seenVariable(field, variables, ends) : undefined
    const mark = seen === undefined ? '' : writeMark(field, seen)
    if (!field.list) {
      put(field.name, `if(!${pen.test(field, 'v')})return false;${mark}`)
      if (field.companion) put(`_${field.name}`, `if(!${pen.elementTest('v')})return false;${mark}`)
    } else if (!field.companion) {
      put(field.name, `${listStart}if(!${pen.test(field, 'v[i]')})return false;${mark}`)
    } else {
      const gap = `gap_${field.name}`
      variables.set(gap, `let ${gap}=false;`)
      put(field.name, `${listStart}if(v[i]===null)${gap}=true;else if(!${pen.test(field, 'v[i]')})return false;${mark}`)
      put(`_${field.name}`, `${gap}=true;${listStart}if(v[i]!==null&&!${pen.elementTest('v[i]')})return false;${mark}`)
      const values = `o.${field.name},o._${field.name}`
      ends.push(`if(${gap}&&!${pen.refer('areFilled', () => areFilled)}(${values}))return false;`)
    }
  }
  const lengths = cases.flatMap(
    (body, length) => `case ${length}:switch(k){${body.join('')}default:return false}break;`,
  )
  return [
    `function ${functionName(type.name)}(o,depth){`,
    `if(typeof o!=="object"||o===null||Array.isArray(o)||depth>${MAX_DEPTH})return false;`,
    ...variables.values(),
    'let empty=true;',
    'for(const k in o){const v=o[k];empty=false;',
    `switch(k.length){${lengths.join('')}default:return false}}`,
    ...ends,
    // A resource with its type alone is empty too, but no R4 invariant of the structure says so.
    'return !empty}',
  ].join('')
}

const listStart = 'if(!Array.isArray(v)||v.length===0)return false;for(let i=0;i<v.length;i++)'

/** A variable that says whether the field, or which form of the choice, has been seen. */
function seenVariable(field: Field, variables: Map<string, string>, ends: string[]): string {
  const name = `seen_${field.element}`
  if (!variables.has(name)) {
    variables.set(name, `let ${name}="";`)
    if (field.required) ends.push(`if(${name}==="")return false;`)
  }
  return name
}

function writeMark(field: Field, seen: string): string {
  const name = JSON.stringify(field.name)
  const mark = `${seen}=${name};`
  return field.choice ? `if(${seen}!==""&&${seen}!==${name})return false;${mark}` : mark
}

/**
 * Where a list of primitives has gaps, what stands beside it fills them: at each position there is a value or an Element
 * (FHIR R4, JSON representation of primitive elements).
 */
export function areFilled(values: unknown, companions: unknown): boolean {
  const own = Array.isArray(values) ? (values as readonly unknown[]) : []
  const beside = Array.isArray(companions) ? (companions as readonly unknown[]) : []
  for (let at = 0; at < Math.max(own.length, beside.length); at++) {
    if ((own[at] ?? null) === null && (beside[at] ?? null) === null) return false
  }
  return true
}
