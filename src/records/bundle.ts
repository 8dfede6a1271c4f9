import type { Bundle, BundleEntry, FhirResource, OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'
import { mergeFound } from './merge.ts'
import type { SourceResult, SourceState } from './types.ts'

export const SOURCE_URI = 'urn:yimatong:institution:'
export const SOURCES_EXTENSION = 'urn:yimatong:fhir:sources'

/** Severity of the outcome entry of each state (records exchange, table of partial failure). */
const SEVERITY: Readonly<Record<SourceState, OperationOutcomeIssue['severity']>> = {
  ok: 'information',
  partial: 'warning',
  failed: 'error',
  'not-linked': 'information',
  'not-asked': 'information',
  skipped: 'warning',
  cancelled: 'warning',
}

/**
 * One searchset of what all sources gave: entries tagged with their source, and one outcome entry per source that did
 * not give everything. `search.mode = outcome` exists up to R5; this function is the only place that knows it.
 */
export function toBundle(
  results: readonly SourceResult[],
  options: { readonly count: number; readonly self: string; readonly at: Date },
): Bundle {
  const { entries, duplicates } = mergeFound(results.flatMap((one) => one.found))
  const total = results.reduce((sum, one) => sum + one.total, 0) - duplicates
  const shown = entries.slice(0, options.count)
  const matches = shown.map(
    ({ source, fullUrl, resource }): BundleEntry => ({
      fullUrl,
      resource: {
        ...resource,
        meta: { ...(resource['meta'] as object | undefined), source: `${SOURCE_URI}${source}` },
      } as unknown as FhirResource,
      search: { mode: 'match' },
    }),
  )
  const outcomes = results.flatMap((one) => (one.issue === undefined ? [] : [outcomeEntry(one)]))
  const rest = total > shown.length ? [restEntry(total, shown.length)] : []
  const all = [...matches, ...outcomes, ...rest]
  return {
    resourceType: 'Bundle',
    meta: { lastUpdated: options.at.toISOString(), extension: [summary(results)] },
    type: 'searchset',
    total,
    link: [{ relation: 'self', url: options.self }],
    // R4 JSON has no empty arrays.
    ...(all.length > 0 ? { entry: all } : {}),
  }
}

function outcomeEntry(result: SourceResult): BundleEntry {
  const { issue, source, elapsedMs, retryAfterS, state } = result
  const lowerBound = state === 'failed' || state === 'partial' ? ' Bundle.total is a lower bound.' : ''
  const retry = retryAfterS === undefined ? '' : ` Ask again after ${retryAfterS} s.`
  return outcome({
    severity: SEVERITY[state],
    code: issue?.code ?? 'exception',
    details: { coding: [{ system: SOURCE_URI.slice(0, -1), code: source }], text: issue?.text ?? state },
    diagnostics: `source ${source}, ${elapsedMs} ms.${retry}${lowerBound}`,
  })
}

function restEntry(total: number, shown: number): BundleEntry {
  return outcome({
    severity: 'information',
    code: 'incomplete',
    diagnostics: `${shown} of ${total} matches are shown, the newest first. Raise _count or narrow by date.`,
  })
}

function outcome(issue: OperationOutcomeIssue): BundleEntry {
  const resource: OperationOutcome = { resourceType: 'OperationOutcome', issue: [issue] }
  return { resource, search: { mode: 'outcome' } }
}

/** How many sources ended how, for programs that do not want to count outcomes. */
function summary(results: readonly SourceResult[]) {
  const states: readonly SourceState[] = ['ok', 'partial', 'failed', 'not-linked', 'not-asked', 'skipped']
  return {
    url: SOURCES_EXTENSION,
    extension: states.map((state) => ({
      url: state,
      valueInteger: results.filter((one) => one.state === state).length,
    })),
  }
}
