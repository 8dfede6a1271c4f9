import { areFilled, MAX_DEPTH } from './compile.ts'
import type { FhirIssue } from './issue.ts'
import { isObject } from './json.ts'
import { PRIMITIVES } from './primitives.ts'
import { ANY_RESOURCE, type Field, isComplex, RESOURCE_TYPES, type StructureType, structureOf } from './structure.ts'

/** A resource that is garbage throughout would be answered with more than it holds. */
export const MAX_ISSUES = 100

/** What is wrong, found by walking the table: slower than the compiled checks, and asked only where they said no. */
export function explainResource(resource: unknown): readonly FhirIssue[] {
  const issues: FhirIssue[] = []
  walkResource(resource, undefined, 0, (issue) => void issues.push(issue))
  if (issues.length <= MAX_ISSUES) return issues
  return [...issues.slice(0, MAX_ISSUES), issueAt('Resource', 'too-costly', 'There is more; it is not listed.')]
}

type Report = (issue: FhirIssue) => void

function issueAt(expression: string, code: FhirIssue['code'], diagnostics: string): FhirIssue {
  return { severity: 'error', code, expression, diagnostics }
}

/** `at` is where it stands, or undefined for the outermost one, whose path begins with its type. */
function walkResource(value: unknown, at: string | undefined, depth: number, report: Report): void {
  const type = isObject(value) ? value['resourceType'] : undefined
  if (!isObject(value) || typeof type !== 'string') {
    report(issueAt(at ?? ANY_RESOURCE, 'structure', 'A resource is a JSON object with a resourceType.'))
  } else if (!RESOURCE_TYPES.has(type)) {
    report(issueAt(at ?? ANY_RESOURCE, 'not-supported', 'The resourceType is none of FHIR R4.'))
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
  if (!isObject(value)) return report(issueAt(at, 'structure', `A JSON object is expected here (${type.name}).`))
  if (depth > MAX_DEPTH) return report(issueAt(at, 'too-costly', 'It is nested too deeply.'))
  // What is inherited counts as well, as it does in the compiled checks; what was JSON inherits nothing.
  const names = new Set<string>()
  for (const name in value) names.add(name)
  if (names.size === 0) return report(issueAt(at, 'structure', 'An object without members is none in FHIR.'))
  const members = new Map(type.fields.flatMap((field) => namesOf(field).map((name) => [name, field] as const)))
  for (const name of names) {
    if (type.resource && name === 'resourceType') continue
    const field = members.get(name)
    if (field === undefined) {
      report(issueAt(at, 'structure', `${quoteName(name)} is no element of ${type.name}.`))
    } else {
      const place = { at: `${at}.${field.element}`, depth, report }
      if (name === field.name) walkField(value[name], field, place)
      else walkCompanion(value[name], field, place)
    }
  }
  const present = (field: Field): boolean => namesOf(field).some((name) => names.has(name))
  for (const field of type.fields) {
    if (!isFirstForm(field, type)) continue
    const place = { at: `${at}.${field.element}`, depth, report }
    walkNumber(field, type, present, place)
    if (field.list && field.companion) walkGaps(value[field.name], value[`_${field.name}`], place)
  }
}

const namesOf = (field: Field): readonly string[] => (field.companion ? [field.name, `_${field.name}`] : [field.name])

/** An element's name is quoted where it looks like one; what a sender wrote in place of it could be anything. */
function quoteName(name: string): string {
  return /^_?[a-z][A-Za-z]{0,39}$/.test(name) ? `'${name}'` : 'A member'
}

function walkField(value: unknown, field: Field, place: Place): void {
  if (!field.list) return walkOne(value, field, place)
  if (!Array.isArray(value) || value.length === 0) {
    return place.report(issueAt(place.at, 'structure', 'An array with one item at least is expected here.'))
  }
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    // A gap may be filled from beside it, which `walkNumber` looks at.
    if (item !== null || !field.companion) walkOne(item, field, { ...place, at: `${place.at}[${index}]` })
  }
}

function walkOne(value: unknown, { type, codes }: Field, place: Place): void {
  const { at, depth, report } = place
  if (type === ANY_RESOURCE) return walkResource(value, at, depth + 1, report)
  if (isComplex(type)) return walkObject(value, structureOf(type), { at, depth: depth + 1, report })
  if (value === null) return report(issueAt(at, 'structure', 'null is no value in FHIR.'))
  if (codes !== undefined && typeof value === 'string') {
    if (!codes.has(value)) report(issueAt(at, 'code-invalid', 'The code is none of those that are required here.'))
  } else if (codes !== undefined || PRIMITIVES[type]?.(value) !== true) {
    report(issueAt(at, 'value', `The value is no ${type} as FHIR R4 defines it.`))
  }
}

function walkCompanion(value: unknown, field: Field, place: Place): void {
  const element = structureOf('Element')
  if (!field.list) return walkObject(value, element, { ...place, depth: place.depth + 1 })
  if (!Array.isArray(value) || value.length === 0) {
    return place.report(issueAt(place.at, 'structure', 'An array with one item at least is expected here.'))
  }
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    if (item === null) continue
    walkObject(item, element, { at: `${place.at}[${index}]`, depth: place.depth + 1, report: place.report })
  }
}

/** A choice has a field for each form; what is said of all of them is said at the first. */
function isFirstForm(field: Field, type: StructureType): boolean {
  return !field.choice || type.fields.find(({ element }) => element === field.element) === field
}

/** How often the element stands, in which of its forms. */
function walkNumber(field: Field, type: StructureType, present: (form: Field) => boolean, { at, report }: Place): void {
  const forms = field.choice ? type.fields.filter(({ element }) => element === field.element) : [field]
  const standing = forms.filter(present)
  if (field.required && standing.length === 0) report(issueAt(at, 'required', `${type.name} needs ${field.element}.`))
  if (standing.length > 1) report(issueAt(at, 'structure', `Only one form of ${field.element}[x] may stand.`))
}

function walkGaps(values: unknown, beside: unknown, { at, report }: Place): void {
  if (!areFilled(values, beside)) report(issueAt(at, 'structure', 'A null has nothing in its place.'))
}
