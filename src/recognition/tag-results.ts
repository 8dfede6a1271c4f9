import type { Resource } from '../fhir/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import type { Annotate, SourceResult, Tag } from '../records/index.ts'
import { convertible } from './convertible.ts'
import { type Bench, weighEvidence } from './judge-evidence.ts'
import type { RecognitionDeps } from './judge-results.ts'
import type { MappingsByCode } from './mapping-memory.ts'
import { isOwnResult } from './own-result.ts'
import { readingContext } from './reading-context.ts'
import { findOutdated, reopenDecisions } from './reopen-decisions.ts'
import { seenReports } from './seen-results.ts'
import { DECISIONS_PART, type LatestDecision } from './store.ts'
import { ELIGIBILITY_TEXTS } from './texts.ts'

/** Whether the result must be accepted here: eligible, pending, not-eligible. */
const VERDICT = 'urn:yimatong:recognition:verdict'
/** Why not: E01 to E98. */
const REASON = 'urn:yimatong:recognition:reason'
/** What the reader's institution decided on it: recognised, not-recognised, reopened … */
const DECISION = 'urn:yimatong:recognition:decision'

// The same objects each time: whoever writes them out writes each but once.
const verdictTag = (code: string, display: string): Tag => ({ system: VERDICT, code, display })
const VERDICT_TAGS = {
  eligible: verdictTag('eligible', '可互认'),
  pending: verdictTag('pending', '待定'),
  'not-eligible': verdictTag('not-eligible', '不符合互认条件'),
} as const
const REASON_TAGS = Object.fromEntries(
  Object.entries(ELIGIBILITY_TEXTS).map(([code, { zh }]) => [code, { system: REASON, code, display: zh }]),
) as Readonly<Record<keyof typeof ELIGIBILITY_TEXTS, Tag>>

type TagDeps = Pick<RecognitionDeps, 'db' | 'clock' | 'institutions' | 'recognition'> & Pick<Deps, 'outbox'>

/**
 * Remarks on the results of a search for a hospital: must it accept them, why not, and what did it decide. Judged from
 * memory, for a visit of which nothing is known; the decisions come with the decision on access. A correction
 * that the search shows opens the decisions that used the result.
 */
export function openRecognitionTags(deps: TagDeps): Annotate {
  return (reader) => {
    const today = localDate(deps.clock.now())
    // The register of institutions lacks the reader: nothing can be said of what reaches it.
    if (deps.institutions.factsAt(reader.institution, today) === undefined) return undefined
    const remark = async (decisions: readonly LatestDecision[], results: readonly SourceResult[]) => {
      await reopenDecisions(deps, findOutdated(decisions, seenReports(results)))
      const mappings = await deps.recognition.mappings.of(
        results.flatMap((one) => (one.found.length > 0 ? [one.source] : [])),
      )
      return tagAll(deps, { institution: reader.institution, today, decisions, mappings }, results)
    }
    return {
      expression: DECISIONS_PART.expression,
      read(value) {
        const decisions = DECISIONS_PART.read(value)
        return (results) => remark(decisions, results)
      },
    }
  }
}

/** Of a visit of which nothing is known, only that it is one. */
const ANY_VISIT = { kind: 'outpatient' } as const

function tagAll(
  deps: TagDeps,
  reading: {
    readonly institution: string
    readonly today: string
    readonly decisions: readonly LatestDecision[]
    readonly mappings: ReadonlyMap<string, MappingsByCode>
  },
  results: readonly SourceResult[],
): ReadonlyMap<Resource, readonly Tag[]> {
  const { register } = deps.recognition
  const catalogue = register.catalogue()
  const shared = {
    institutions: deps.institutions,
    catalogue,
    reasons: catalogue.reasonsOn(reading.today),
    convertible,
    context: readingContext(deps, reading.institution, reading.today, ANY_VISIT),
    statements: [],
    ordered: undefined,
  }
  const own = reading.decisions.filter((one) => one.institution === reading.institution)
  const decided = new Map(own.map((one) => [`${one.issuer} ${one.resourceType}/${one.resourceId}`, one.outcome]))
  const tags = new Map<Resource, readonly Tag[]>()
  for (const { source, state, found, included } of results) {
    if (source === reading.institution) continue
    const bench: Bench = {
      ...shared,
      issuer: {
        code: source,
        register: register.institution(source),
        mappings: reading.mappings.get(source) ?? new Map(),
      },
      complete: state === 'ok',
    }
    for (const { resource } of [...found, ...included]) {
      const outcome = decided.get(`${source} ${resource.resourceType}/${resource.id ?? ''}`)
      const decision = outcome === undefined ? [] : [{ system: DECISION, code: outcome }]
      // A laboratory report is recognised result by result: the verdict stands on those.
      const isJudged = resource.resourceType === 'Observation' && isOwnResult(resource, source)
      const verdict = isJudged ? verdictTags(bench, resource) : []
      if (verdict.length + decision.length > 0) tags.set(resource, [...verdict, ...decision])
    }
  }
  return tags
}

function verdictTags(bench: Bench, observation: Resource): readonly Tag[] {
  const { eligibility } = weighEvidence(
    bench,
    { observation, report: undefined, specimens: [], specimensAsked: false },
    undefined,
  )
  return [VERDICT_TAGS[eligibility.verdict], ...eligibility.hits.map((code) => REASON_TAGS[code])]
}
