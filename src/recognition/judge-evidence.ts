import type { InstitutionTable } from '../institutions/index.ts'
import type { Resource } from '../records/index.ts'
import { type Evidence, type FactsRead, readFacts } from './read-facts.ts'
import {
  type Decision,
  decide,
  type Eligibility,
  inForce,
  judgeEligibility,
  type Suggestion,
  suggest,
  UNREACHABLE,
} from './rules.ts'
import type { IssuerRegister } from './store.ts'
import type { Item, ReadingContext, RegisterFacts, ResultFacts, Statement } from './types.ts'

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

/** What every judgement of one question has in common. */
export interface Bench {
  readonly institutions: Pick<InstitutionTable, 'factsAt'>
  readonly issuer: IssuerRegister & { readonly code: string }
  readonly items: readonly Item[]
  readonly context: ReadingContext
  readonly statements: readonly (Statement & { readonly item: string })[]
  readonly orderedItem: string | undefined
  /** False: the hospital gave only a part, so what is not there may still exist. */
  readonly complete: boolean
}

/** Judges one result that the hospital gave: an observation, or an imaging report that is its own result. */
export function judgeEvidence(bench: Bench, evidence: Evidence, ordered: string | undefined): Judged {
  const { context, issuer } = bench
  const { observation } = evidence
  const { facts, item, itemCode } = readEvidence(bench, evidence, ordered)
  const register: RegisterFacts = {
    item,
    marks: issuer.marks.filter((one) => one.item === itemCode),
    eqa: issuer.eqa.filter((one) => one.item === itemCode),
    evaluations: issuer.evaluations,
    issuerLevel: facts.baseDate === null ? 0 : (bench.institutions.factsAt(issuer.code, facts.baseDate)?.level ?? 0),
  }
  const statement = bench.statements.find((one) => one.item === itemCode)
  const eligibility = waitForRest(judgeEligibility(facts, register, context), facts, bench.complete)
  const suggestion = suggest(facts, register, context)
  return {
    ...addressOf(observation),
    itemCode,
    item,
    eligibility,
    suggestion,
    decision: decide(eligibility, suggestion, statement),
    statement,
    inputs: explain(facts, register, context, eligibility, suggestion, statement),
  }
}

export function readEvidence(bench: Bench, evidence: Evidence, ordered: string | undefined): FactsRead {
  return readFacts(
    evidence,
    { items: bench.items, mappings: bench.issuer.mappings },
    { today: bench.context.today, orderedItem: ordered },
  )
}

/** A verdict where there is no result to look at, for the item that was asked about. */
export function judgeWithoutEvidence(
  bench: Pick<Bench, 'items' | 'context' | 'statements'>,
  of: Pick<Judged, 'resourceType' | 'resourceId' | 'eligibility'> & {
    readonly itemCode: string | undefined
    readonly source: string
    readonly issue?: string | undefined
  },
): Judged {
  const { eligibility, resourceType, resourceId, source, issue } = of
  // A code outside the catalogue is not kept: nothing says that it is one.
  const versions = bench.items.filter((one) => one.code === of.itemCode)
  const itemCode = versions[0]?.code
  const item = versions.find((one) => inForce(one, bench.context.today))
  const statement = bench.statements.find((one) => one.item === itemCode)
  const suggestion: Suggestion = { kind: 'recognise', preselected: undefined, offered: [] }
  return {
    resourceType,
    resourceId,
    itemCode,
    item,
    eligibility,
    suggestion: undefined,
    decision: decide(eligibility, suggestion, statement),
    statement,
    inputs: {
      source,
      issue,
      item: item && { code: item.code, version: item.version },
      today: bench.context.today,
      hits: eligibility.hits,
    },
  }
}

function addressOf(resource: Resource): Pick<Judged, 'resourceType' | 'resourceId'> {
  return {
    resourceType: resource.resourceType === 'DiagnosticReport' ? 'DiagnosticReport' : 'Observation',
    resourceId: resource.id ?? '',
  }
}

/** "Incomplete" is a verdict on a whole answer. Of a part, what seems to be lacking may have been in the rest. */
function waitForRest(eligibility: Eligibility, facts: ResultFacts, complete: boolean): Eligibility {
  if (complete || facts.specimenUnfit || eligibility.hits[0] !== 'E10') return eligibility
  return { ...eligibility, verdict: UNREACHABLE.verdict, hits: ['E97', ...eligibility.hits.slice(1)] }
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
