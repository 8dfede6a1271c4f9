import { areFilled, MAX_DEPTH } from './compile.ts'
import type { FhirIssue } from './issue.ts'
import { isObject } from './json.ts'
import { PRIMITIVES } from './primitives.ts'
import { ANY_RESOURCE, type Field, isComplex, RESOURCE_TYPES, type StructureType, structureOf } from './structure.ts'

/** A resource that is garbage throughout would be answered with more than it holds. */
export const MAX_ISSUES = 100

/**
 * What is wrong, found by walking the table: slower than the compiled checks, and asked only where they said no. It ends
 * soon after the list is full, so that a body of defects costs no more than its first hundred.
 */
export function explainResource(resource: unknown): readonly FhirIssue[] {
  const issues: FhirIssue[] = []
  const report: Report = { add: (issue) => void issues.push(issue), full: () => issues.length > MAX_ISSUES }
  walkResource(resource, undefined, 0, report)
  if (!report.full()) return issues
  return [...issues.slice(0, MAX_ISSUES), issueAt('Resource', 'too-costly', 'There is more; it is not listed.')]
}

interface Report {
  add(issue: FhirIssue): void
  /** True where nothing more is listed; every loop over what was sent ends then. */
  full(): boolean
}

function issueAt(expression: string, code: FhirIssue['code'], diagnostics: string): FhirIssue {
  return { severity: 'error', code, expression, diagnostics }
}

/** `at` is where it stands, or undefined for the outermost one, whose path begins with its type. */
function walkResource(value: unknown, at: string | undefined, depth: number, report: Report): void {
  const type = isObject(value) ? value['resourceType'] : undefined
  if (!isObject(value) || typeof type !== 'string') {
    report.add(issueAt(at ?? ANY_RESOURCE, 'structure', 'A resource is a JSON object with a resourceType.'))
  } else if (!RESOURCE_TYPES.has(type)) {
    report.add(issueAt(at ?? ANY_RESOURCE, 'not-supported', 'The resourceType is none of FHIR R4.'))
  } else {
    walkObject(value, structureOf(type), { at: at ?? type, depth, report })
  }
}

interface Place {
  readonly at: string
  readonly depth: number
  readonly report: Report
}

function walkObject(value: unknown, type: StructureType, { at, depth, report }: Place): void {
  if (!isObject(value)) return report.add(issueAt(at, 'structure', `A JSON object is expected here (${type.name}).`))
  if (depth > MAX_DEPTH) return report.add(issueAt(at, 'too-costly', 'It is nested too deeply.'))
  let empty = true
  // What is inherited counts as well, as it does in the compiled checks; what was JSON inherits nothing.
  for (const name in value) {
    empty = false
    if (report.full()) return
    if (type.resource && name === 'resourceType') continue
    const field = type.members.get(name)
    if (field === undefined) {
      report.add(issueAt(at, 'structure', `${quoteName(name)} is no element of ${type.name}.`))
    } else {
      const place = { at: `${at}.${field.element}`, depth, report }
      if (name === field.name) walkField(value[name], field, place)
      else walkCompanion(value[name], field, place)
    }
  }
  if (empty) return report.add(issueAt(at, 'structure', 'An object without members is none in FHIR.'))
  for (const forms of type.elements) walkElement(value, forms, type, { at, report })
}

/** An element's name is quoted where it looks like one; what a sender wrote in place of it could be anything. */
function quoteName(name: string): string {
  return /^_?[a-z][A-Za-z]{0,39}$/.test(name) ? `'${name}'` : 'A member'
}

function walkField(value: unknown, field: Field, place: Place): void {
  if (!field.list) return walkOne(value, field, place)
  if (!Array.isArray(value) || value.length === 0) {
    return place.report.add(issueAt(place.at, 'structure', 'An array with one item at least is expected here.'))
  }
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    if (place.report.full()) return
    // A gap may be filled from beside it, which `walkElement` looks at.
    if (item !== null || !field.companion) walkOne(item, field, { ...place, at: `${place.at}[${index}]` })
  }
}

function walkOne(value: unknown, { type, codes }: Field, place: Place): void {
  const { at, depth, report } = place
  if (type === ANY_RESOURCE) return walkResource(value, at, depth + 1, report)
  if (isComplex(type)) return walkObject(value, structureOf(type), { at, depth: depth + 1, report })
  if (value === null) return report.add(issueAt(at, 'structure', 'null is no value in FHIR.'))
  if (codes !== undefined && typeof value === 'string') {
    if (!codes.has(value)) report.add(issueAt(at, 'code-invalid', 'The code is none of those that are required here.'))
  } else if (codes !== undefined || PRIMITIVES[type]?.(value) !== true) {
    report.add(issueAt(at, 'value', `The value is no ${type} as FHIR R4 defines it.`))
  }
}

function walkCompanion(value: unknown, field: Field, place: Place): void {
  const element = structureOf('Element')
  if (!field.list) return walkObject(value, element, { ...place, depth: place.depth + 1 })
  if (!Array.isArray(value) || value.length === 0) {
    return place.report.add(issueAt(place.at, 'structure', 'An array with one item at least is expected here.'))
  }
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    if (place.report.full()) return
    if (item === null) continue
    walkObject(item, element, { at: `${place.at}[${index}]`, depth: place.depth + 1, report: place.report })
  }
}

/** How often an element stands, in which of its forms, and whether its gaps are filled. */
function walkElement(
  value: Readonly<Record<string, unknown>>,
  forms: readonly [Field, ...Field[]],
  type: StructureType,
  { at, report }: Pick<Place, 'at' | 'report'>,
): void {
  const [{ element, name, required, list, companion }] = forms
  const standing = forms.filter((form) => form.name in value || (form.companion && `_${form.name}` in value)).length
  const path = `${at}.${element}`
  if (required && standing === 0) report.add(issueAt(path, 'required', `${type.name} needs ${element}.`))
  if (standing > 1) report.add(issueAt(path, 'structure', `Only one form of ${element}[x] may stand.`))
  if (list && companion && !areFilled(value[name], value[`_${name}`])) {
    report.add(issueAt(path, 'structure', 'A null has nothing in its place.'))
  }
}
