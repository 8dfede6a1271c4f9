import type { Extension, OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'
import type { FieldError } from '../kernel/errors.ts'
import { SOURCE_URI } from './render-resource.ts'
import type { SourceResult, SourceState } from './types.ts'

export const SOURCES_EXTENSION = 'urn:yimatong:fhir:sources'

/** Severity of the outcome entry of each state (records exchange, table of partial failure). */
const SEVERITY: Readonly<Record<SourceState, OperationOutcomeIssue['severity']>> = {
  ok: 'information',
  partial: 'warning',
  failed: 'error',
  'not-linked': 'information',
  'not-asked': 'information',
  skipped: 'warning',
  denied: 'information',
  cancelled: 'warning',
}

/**
 * What the entries do not say by themselves: per source that did not give everything one outcome, how much is withheld,
 * what of the question was left out. A source that the person closed is not named: that alone would tell something.
 */
export function outcomesOf(
  results: readonly SourceResult[],
  facts: { readonly ignored: readonly FieldError[]; readonly cut: boolean; readonly uncounted?: boolean | undefined },
): OperationOutcome[] {
  const denied = results.filter((one) => one.state === 'denied').length
  return [
    ...results.flatMap((one) => (one.issue === undefined || one.state === 'denied' ? [] : [ofSource(one)])),
    ...results.flatMap((one) => (one.withheld === undefined || one.withheld === 0 ? [] : [withheld(one)])),
    ...(denied > 0 ? [suppressed(`Records of ${denied} institutions are not shown, by decision of the person.`)] : []),
    // The same whether something is withheld or not: the question is what it is about.
    ...(facts.uncounted === true
      ? [
          suppressed(
            'Records of special classes need a consent of their own; a search of this kind does not tell whether there are any.',
          ),
        ]
      : []),
    ...facts.ignored.map(({ pointer, detail }) =>
      outcome({
        severity: 'warning',
        code: 'not-supported',
        diagnostics: `The parameter ${pointer} was left out: it ${detail}.`,
        expression: [pointer],
      }),
    ),
    ...(facts.cut
      ? [
          outcome({
            severity: 'warning',
            code: 'incomplete',
            diagnostics: 'There is more, but no link can hold where: narrow the search by date.',
          }),
        ]
      : []),
  ]
}

function ofSource(result: SourceResult): OperationOutcome {
  const { issue, source, elapsedMs, retryAfterS, state } = result
  const lowerBound = state === 'failed' || state === 'partial' ? ' Bundle.total is a lower bound.' : ''
  const retry = retryAfterS === undefined ? '' : ` Ask again after ${retryAfterS} s.`
  return outcome({
    severity: SEVERITY[state],
    code: issue?.code ?? 'exception',
    details: { coding: [codingOf(source)], text: issue?.text ?? state },
    diagnostics: `source ${source}, ${elapsedMs} ms.${retry}${lowerBound}`,
  })
}

function withheld({ source, withheld: count }: SourceResult): OperationOutcome {
  return outcome({
    severity: 'information',
    code: 'suppressed',
    details: {
      coding: [codingOf(source)],
      text: `${count ?? 0} records are withheld: they need a consent of their own.`,
    },
  })
}

const suppressed = (diagnostics: string): OperationOutcome =>
  outcome({ severity: 'information', code: 'suppressed', diagnostics })
const codingOf = (source: string) => ({ system: SOURCE_URI.slice(0, -1), code: source })
const outcome = (issue: OperationOutcomeIssue): OperationOutcome => ({
  resourceType: 'OperationOutcome',
  issue: [issue],
})

/** How many sources ended how, for programs that do not want to count outcomes. */
export function summaryOf(results: readonly SourceResult[]): Extension {
  const states: readonly SourceState[] = ['ok', 'partial', 'failed', 'not-linked', 'not-asked', 'skipped', 'denied']
  const sources = new Map(results.map((one) => [one.source, one.state]))
  return {
    url: SOURCES_EXTENSION,
    extension: states.map((state) => ({
      url: state,
      valueInteger: [...sources.values()].filter((one) => one === state).length,
    })),
  }
}
