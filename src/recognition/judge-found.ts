import { isList, isObject, type Resource } from '../fhir/index.ts'
import type { SourceResult } from '../records/index.ts'
import { dayOf } from './days.ts'
import { type Bench, type Judged, judgeEvidence } from './judge-evidence.ts'
import { isOwnResult } from './own-result.ts'

/** A judged result with where it was found. */
export interface JudgedFound {
  readonly judged: Judged
  readonly issuer: string
  readonly observation: Resource
  readonly report: Resource
}

/**
 * Judges the results in the reports that one hospital gave, as far as they are of the wanted items. Each is judged with
 * its report, whose state holds for it, and with its specimen.
 */
export function judgeFound(bench: Bench, source: SourceResult, wanted: ReadonlySet<string>): readonly JudgedFound[] {
  const observations = new Map<string, Resource>()
  const specimens: Resource[] = []
  for (const { resource } of source.included) {
    if (resource.resourceType === 'Observation' && resource.id !== undefined) observations.set(resource.id, resource)
    else if (resource.resourceType === 'Specimen') specimens.push(resource)
  }
  const specimenById = new Map(specimens.map((one) => [one.id, one]))
  return source.found.flatMap(({ resource: report }) => {
    if (report.resourceType !== 'DiagnosticReport' || !isOwnResult(report, source.source)) return []
    // An order is looked at as of its day, also afterwards: what came out later could not be known.
    const issued = report['issued']
    const issuedOn = typeof issued === 'string' ? dayOf(issued) : null
    if (issuedOn !== null && issuedOn > bench.context.today) return []
    const results = referencesOf(report['result']).flatMap((id) => observations.get(id) ?? [])
    // An imaging report is its own result.
    const all = results.length === 0 ? [report] : results
    return all.flatMap((observation): JudgedFound[] => {
      const reference = isObject(observation['specimen']) ? idOf(observation['specimen']['reference']) : undefined
      const specimen = specimenById.get(reference)
      const evidence = { observation, report, specimens: specimen === undefined ? [] : [specimen] }
      const judged = judgeEvidence(bench, evidence, undefined)
      if (judged.itemCode === undefined || !wanted.has(judged.itemCode)) return []
      if (results.length === 0 && judged.item?.kind === 'laboratory') return []
      return [{ judged, issuer: source.source, observation, report }]
    })
  })
}

function referencesOf(value: unknown): readonly string[] {
  return isList(value) ? value.filter(isObject).flatMap((one) => idOf(one['reference']) ?? []) : []
}

/** Logical id of a relative or absolute reference. */
function idOf(reference: unknown): string | undefined {
  return typeof reference === 'string' ? reference.split('/_history/', 1)[0]?.split('/').at(-1) : undefined
}
