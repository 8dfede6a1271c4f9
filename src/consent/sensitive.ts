import type { Resource } from '../fhir/index.ts'
import { isList, isObject } from '../fhir/index.ts'
import type { SensitiveClass } from './types.ts'

/** One row of the code table. Values are in lower case. */
export interface SensitiveCode {
  readonly class: SensitiveClass
  /** Empty: of whatever system. */
  readonly system: string
  readonly match: 'prefix' | 'code' | 'word'
  readonly value: string
}

/** Which special classes a resource belongs to; the same list object for the common case of none. */
export type Classify = (resource: Resource) => readonly SensitiveClass[]

interface SystemIndex {
  readonly codes: Map<string, SensitiveClass[]>
  /** Prefixes by their length: a code is looked up once a length, not once a prefix. */
  readonly prefixes: Map<number, Map<string, SensitiveClass[]>>
}

/** Members that say what a resource is about. Content beside them (notes, values) is not searched. */
const CONCEPTS = [
  'code',
  'category',
  'type',
  'reasonCode',
  'conclusionCode',
  'valueCodeableConcept',
  'medicationCodeableConcept',
  'itemCodeableConcept',
  'serviceType',
  'vaccineCode',
  'securityLabel',
  'targetDisease',
  'interpretation',
] as const
/** Lists of parts that have such members of their own. */
const PARTS = [
  'attachment',
  'component',
  'contained',
  'content',
  'context',
  'diagnosis',
  'evidence',
  'ingredient',
  'presentedForm',
  'reaction',
  'series',
  'protocolApplied',
] as const
/** References whose display says in words what the resource is about, also where nobody reads what they lead to. */
const NAMED = ['medicationReference', 'reasonReference', 'condition'] as const
/** Members of text that name the thing in words. */
const WORDS = ['conclusion', 'description', 'title'] as const

const MAX_DEPTH = 3
const NONE: readonly SensitiveClass[] = []

/** Compiles the table once; what comes out looks each code up in maps and each text in one expression. */
export function compileSensitive(rows: readonly SensitiveCode[]): Classify {
  const systems = new Map<string, SystemIndex>()
  const words = new Map<string, SensitiveClass[]>()
  for (const { system, match, value, class: name } of rows) {
    if (match === 'word') {
      add(words, value, name)
      continue
    }
    let index = systems.get(system)
    if (index === undefined) {
      index = { codes: new Map(), prefixes: new Map() }
      systems.set(system, index)
    }
    if (match === 'code') add(index.codes, value, name)
    else {
      const ofLength = index.prefixes.get(value.length) ?? new Map<string, SensitiveClass[]>()
      index.prefixes.set(value.length, ofLength)
      add(ofLength, value, name)
    }
  }
  const anyWord = words.size === 0 ? undefined : new RegExp([...words.keys()].map(escapePattern).join('|'), 'i')
  const anySystem = systems.get('')

  const lookUp = (index: SystemIndex | undefined, code: string, found: Set<SensitiveClass>): void => {
    if (index === undefined) return
    for (const name of index.codes.get(code) ?? NONE) found.add(name)
    for (const [length, ofLength] of index.prefixes) {
      if (code.length < length) continue
      for (const name of ofLength.get(code.slice(0, length)) ?? NONE) found.add(name)
    }
  }

  const readText = (text: unknown, found: Set<SensitiveClass>): void => {
    if (anyWord === undefined || typeof text !== 'string') return
    // Most texts name nothing of the kind: one look tells.
    if (!anyWord.test(text)) return
    const lower = text.toLowerCase()
    for (const [word, names] of words) if (lower.includes(word)) for (const name of names) found.add(name)
  }

  const readCoding = (coding: unknown, found: Set<SensitiveClass>): void => {
    if (!isObject(coding)) return
    const { system, code, display } = coding
    if (typeof code === 'string') {
      const lower = code.toLowerCase()
      if (typeof system === 'string') lookUp(systems.get(system), lower, found)
      lookUp(anySystem, lower, found)
    }
    readText(display, found)
  }

  /** A CodeableConcept, a Coding, or a list of either. */
  const readConcept = (concept: unknown, found: Set<SensitiveClass>): void => {
    if (isList(concept)) {
      for (const one of concept) readConcept(one, found)
    } else if (isObject(concept)) {
      if (isList(concept['coding'])) for (const one of concept['coding']) readCoding(one, found)
      else readCoding(concept, found)
      readText(concept['text'], found)
    }
  }

  /** A Reference, or a list of them. */
  const readDisplay = (reference: unknown, found: Set<SensitiveClass>): void => {
    if (isList(reference)) for (const one of reference) readDisplay(one, found)
    else if (isObject(reference)) readText(reference['display'], found)
  }

  const read = (part: unknown, depth: number, found: Set<SensitiveClass>): void => {
    if (!isObject(part)) return
    if (isObject(part['meta'])) readConcept(part['meta']['security'], found)
    for (const name of CONCEPTS) if (part[name] !== undefined) readConcept(part[name], found)
    for (const name of WORDS) if (part[name] !== undefined) readText(part[name], found)
    for (const name of NAMED) if (part[name] !== undefined) readDisplay(part[name], found)
    if (depth >= MAX_DEPTH) return
    for (const name of PARTS) {
      const parts = part[name]
      if (isList(parts)) for (const one of parts) read(one, depth + 1, found)
      else if (parts !== undefined) read(parts, depth + 1, found)
    }
  }

  return (resource) => {
    const found = new Set<SensitiveClass>()
    read(resource, 0, found)
    return found.size === 0 ? NONE : [...found]
  }
}

function add(map: Map<string, SensitiveClass[]>, key: string, name: SensitiveClass): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [name])
  else if (!known.includes(name)) known.push(name)
}

const escapePattern = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
