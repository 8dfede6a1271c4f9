import type { InstitutionTable } from '../institutions/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { localDate } from '../kernel/time.ts'
import { type FetchedResult, fetchResult, type Reader, type RecordsDeps, type ResultAddress } from '../records/index.ts'
import { recognitionError } from './errors.ts'
import { readFacts } from './read-facts.ts'
import {
  checkStatement,
  type Decision,
  decide,
  type Eligibility,
  judgeEligibility,
  type Suggestion,
  suggest,
  UNREACHABLE,
} from './rules.ts'
import { readIssuer, readItems } from './store.ts'
import type { Item, ReadingContext, RegisterFacts, ResultFacts, Statement } from './types.ts'

export type RecognitionDeps = RecordsDeps &
  Pick<Deps, 'keyring'> & { readonly institutions: Pick<InstitutionTable, 'factsAt'> }

export interface RecognitionQuestion {
  readonly personId: string
  readonly result: ResultAddress
  readonly orderedItem?: string | undefined
  readonly visit: ReadingContext['visit']
  readonly statements: readonly (Statement & { readonly item: string })[]
}

/** One result judged, with everything the judgement stood on. */
export interface Judged {
  readonly resourceType: 'Observation' | 'DiagnosticReport'
  readonly resourceId: string
  readonly itemCode: string | undefined
  readonly item: Item | undefined
  readonly eligibility: Eligibility
  readonly suggestion: Suggestion | undefined
  readonly decision: Decision
  readonly statement: Statement | undefined
  readonly inputs: Readonly<Record<string, unknown>>
}

/**
 * Fetches the named result from its issuer and judges each of its items. The hub takes the evidence from the source
 * itself, so a caller can claim neither a value nor a date. Nothing is written here but the audit of the reading.
 */
export async function judgeResults(
  deps: RecognitionDeps,
  by: Reader,
  question: RecognitionQuestion,
  signal?: AbortSignal,
): Promise<readonly Judged[]> {
  const errors: readonly FieldError[] = question.statements.flatMap((one, index) =>
    checkStatement(one, `/statements/${index}`),
  )
  if (errors.length > 0) throw recognitionError('statement-invalid', { errors })
  const today = localDate(deps.clock.now())
  const receiver = deps.institutions.factsAt(by.institution, today)
  if (receiver === undefined) throw recognitionError('receiver-unknown')
  const context: ReadingContext = { today, division: receiver.division, visit: question.visit }

  const fetched = await fetchResult(deps, by, question.personId, question.result, signal)
  if (fetched.state === 'skipped') {
    throw recognitionError('issuer-unknown', {
      detail: 'No such hospital is registered for the exchange, or it is switched off.',
      errors: [{ pointer: '/result/institution', detail: 'is not a registered hospital' }],
    })
  }
  const { type: resourceType, id: resourceId } = question.result
  if (fetched.resource === undefined) {
    return [withoutEvidence(fetched, { resourceType, resourceId, context, statements: question.statements })]
  }

  const [items, issuer] = await Promise.all([
    readItems(deps.db),
    readIssuer(deps.db, question.result.institution, today),
  ])
  const report = fetched.resource.resourceType === 'DiagnosticReport' ? fetched.resource : undefined
  const judged = fetched.observations.map((observation): Judged => {
    const evidence = { observation, specimens: fetched.specimens, report }
    const ordered = report === undefined ? question.orderedItem : undefined
    const { facts, item, itemCode } = readFacts(
      evidence,
      { items, mappings: issuer.mappings },
      { today, orderedItem: ordered },
    )
    const register: RegisterFacts = {
      item,
      marks: issuer.marks.filter((one) => one.item === itemCode),
      eqa: issuer.eqa.filter((one) => one.item === itemCode),
      evaluations: issuer.evaluations,
      issuerLevel:
        facts.baseDate === null
          ? 0
          : (deps.institutions.factsAt(question.result.institution, facts.baseDate)?.level ?? 0),
    }
    const statement = question.statements.find((one) => one.item === itemCode)
    const eligibility = judgeEligibility(facts, register, context)
    const suggestion = suggest(facts, register, context)
    return {
      resourceType: 'Observation',
      resourceId: observation.id ?? resourceId,
      itemCode,
      item,
      eligibility,
      suggestion,
      decision: decide(eligibility, suggestion, statement),
      statement,
      inputs: explain(facts, register, context, eligibility, suggestion, statement),
    }
  })
  // Of a report, an order asks about its own item only; the others are not decided on.
  return question.orderedItem === undefined || report === undefined
    ? judged
    : judged.filter((one) => one.itemCode === question.orderedItem)
}

/** The result is not there, or its hospital could not say. */
function withoutEvidence(
  fetched: FetchedResult,
  of: {
    readonly resourceType: Judged['resourceType']
    readonly resourceId: string
    readonly context: ReadingContext
    readonly statements: readonly Statement[]
  },
): Judged {
  // Not of this person and not existing are one answer: another person's result must not show that it exists.
  const answered = fetched.state === 'ok' || fetched.state === 'not-linked'
  const eligibility: Eligibility = answered
    ? { verdict: 'not-eligible', hits: ['E01'], mark: undefined, validUntil: null }
    : UNREACHABLE
  const suggestion: Suggestion = { kind: 'recognise', preselected: undefined, offered: [] }
  const statement = of.statements[0]
  return {
    resourceType: of.resourceType,
    resourceId: of.resourceId,
    itemCode: undefined,
    item: undefined,
    eligibility,
    suggestion: undefined,
    decision: decide(eligibility, suggestion, statement),
    statement,
    inputs: { source: fetched.state, issue: fetched.issue?.code, today: of.context.today, hits: eligibility.hits },
  }
}

/** All that the decision stood on: enough to explain it again when the register has moved on. No clinical text. */
function explain(
  facts: ResultFacts,
  register: RegisterFacts,
  context: ReadingContext,
  eligibility: Eligibility,
  suggestion: Suggestion,
  statement: Statement | undefined,
): Readonly<Record<string, unknown>> {
  const { monitoringDisease, ...visit } = context.visit
  return {
    facts,
    item: register.item && { code: register.item.code, version: register.item.version },
    mark: eligibility.mark && { label: eligibility.mark.label, version: eligibility.mark.version },
    eqa: register.eqa.map(({ round, passed, publishedOn }) => ({ round, passed, publishedOn })),
    evaluations: register.evaluations,
    issuerLevel: register.issuerLevel,
    context: {
      today: context.today,
      division: context.division,
      visit: { ...visit, monitoring: monitoringDisease !== undefined },
    },
    hits: eligibility.hits,
    validUntil: eligibility.validUntil,
    suggestion: suggestion.kind,
    statement: statement && { action: statement.action, reason: statement.reason, informed: statement.informed },
  }
}
