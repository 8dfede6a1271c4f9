import type { Resource } from '../fhir/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import type { UnmappedSighting } from '../mappings/index.ts'
import { resultState } from '../records/index.ts'
import type { MappingsByCode } from './mapping-memory.ts'
import { unmappedCodes } from './note-unmapped.ts'
import { type Evidence, type FactsRead, readFacts } from './read-facts.ts'
import type { Catalogue, InstitutionRegister } from './register.ts'
import {
  type Decision,
  decide,
  type Eligibility,
  judgeEligibility,
  type Suggestion,
  suggest,
  UNREACHABLE,
} from './rules.ts'
import type { Item, ReadingContext, Reasons, RegisterFacts, ResultFacts, Statement } from './types.ts'

/** One result judged, with everything the judgement stood on. */
export interface Judged {
  readonly resourceType: 'Observation' | 'DiagnosticReport'
  readonly resourceId: string
  /** The report that the result stands in, and in which state it was seen. */
  readonly reportId: string | undefined
  readonly evidence: string | undefined
  /** Day of the test. */
  readonly baseDate: string | null
  readonly itemCode: string | undefined
  readonly item: Item | undefined
  readonly eligibility: Eligibility
  readonly suggestion: Suggestion | undefined
  readonly decision: Decision
  readonly statement: Statement | undefined
  readonly inputs: Readonly<Record<string, unknown>>
  /** The issuer's own codes that led to no item. */
  readonly unmapped: readonly UnmappedSighting[]
}

/** What every judgement of one question has in common. */
export interface Bench {
  readonly institutions: Pick<InstitutionTable, 'factsAt'>
  readonly issuer: {
    readonly code: string
    readonly register: InstitutionRegister
    readonly mappings: MappingsByCode
  }
  readonly catalogue: Catalogue
  readonly reasons: Reasons
  readonly convertible: (from: string, to: string) => boolean
  readonly context: ReadingContext
  readonly statements: readonly (Statement & { readonly item: string })[]
  /** The ordered item, or the members of the ordered panel; undefined: whatever the result holds. */
  readonly ordered: readonly string[] | undefined
  /** False: the hospital gave only a part, so what is not there may still exist. */
  readonly complete: boolean
}

/** What the system knows of one result, without the visit and the physician. */
export interface Weighed extends FactsRead {
  readonly register: RegisterFacts
  readonly eligibility: Eligibility
}

export function weighEvidence(bench: Bench, evidence: Evidence, ordered: readonly string[] | undefined): Weighed {
  const read = readEvidence(bench, evidence, ordered)
  const { facts, item, itemCode } = read
  const register = registerFacts(bench, itemCode, item, facts.baseDate)
  const eligibility = waitForRest(judgeEligibility(facts, register, bench.context), facts, bench.complete)
  return { ...read, register, eligibility }
}

/** Judges one result that the hospital gave: an observation, or an imaging report that is its own result. */
export function judgeEvidence(bench: Bench, evidence: Evidence, ordered: readonly string[] | undefined): Judged {
  const { context } = bench
  const { observation } = evidence
  const { facts, item, itemCode, register, eligibility } = weighEvidence(bench, evidence, ordered)
  const statement = bench.statements.find((one) => one.item === itemCode)
  const suggestion = suggest(facts, register, context, bench.reasons)
  return {
    ...addressOf(observation),
    reportId: evidence.report?.id,
    evidence: resultState(evidence.report ?? observation),
    baseDate: facts.baseDate,
    itemCode,
    item,
    eligibility,
    suggestion,
    decision: decide(eligibility, suggestion, statement, bench.reasons),
    statement,
    inputs: explain(facts, register, context, eligibility, suggestion, statement),
    unmapped: unmappedCodes(bench.issuer.code, observation, facts.mapping),
  }
}

export function readEvidence(bench: Bench, evidence: Evidence, ordered: readonly string[] | undefined): FactsRead {
  const { catalogue, issuer, convertible, context } = bench
  return readFacts(
    evidence,
    { catalogue, mappings: issuer.mappings, convertible },
    { today: context.today, division: context.division, ordered },
  )
}

/** What the register says of the item at the issuer, as it stood on the day of the test. */
export function registerFacts(
  { catalogue, issuer, institutions, context }: Pick<Bench, 'catalogue' | 'issuer' | 'institutions' | 'context'>,
  itemCode: string | undefined,
  item: Item | undefined,
  testDay: string | null,
): RegisterFacts {
  return {
    item,
    negative: itemCode !== undefined && catalogue.isNegative(itemCode, context.today, context.division),
    marks: itemCode === undefined ? [] : issuer.register.marksOf(itemCode),
    eqa: itemCode === undefined ? [] : issuer.register.eqaOf(itemCode),
    evaluations: issuer.register.evaluations,
    issuerLevel: testDay === null ? 0 : (institutions.factsAt(issuer.code, testDay)?.level ?? 0),
  }
}

/** A verdict where there is no result to look at, for the item that was asked about. */
export function judgeWithoutEvidence(
  bench: Pick<Bench, 'catalogue' | 'reasons' | 'context' | 'statements'>,
  of: Pick<Judged, 'resourceType' | 'resourceId' | 'eligibility'> & {
    readonly itemCode: string | undefined
    readonly source: string
    readonly issue?: string | undefined
  },
): Judged {
  const { eligibility, resourceType, resourceId, source, issue } = of
  // A code outside the catalogue is not kept: nothing says that it is one.
  const itemCode = of.itemCode !== undefined && bench.catalogue.knows(of.itemCode) ? of.itemCode : undefined
  const { today, division } = bench.context
  const item = itemCode === undefined ? undefined : bench.catalogue.itemOn(itemCode, today, division)
  const statement = bench.statements.find((one) => one.item === itemCode)
  const suggestion: Suggestion = { kind: 'recognise', preselected: undefined, offered: [] }
  return {
    resourceType,
    resourceId,
    reportId: resourceType === 'DiagnosticReport' ? resourceId : undefined,
    evidence: undefined,
    baseDate: null,
    itemCode,
    item,
    eligibility,
    suggestion: undefined,
    decision: decide(eligibility, suggestion, statement, bench.reasons),
    statement,
    unmapped: [],
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
    negative: register.negative,
    eqa: register.eqa.map(({ round, passed, publishedOn }) => ({ round, passed, publishedOn })),
    evaluations: register.evaluations,
    issuerLevel: register.issuerLevel,
    context: {
      today: context.today,
      division: context.division,
      level: context.level,
      lowerAcceptsHigherOnly: context.lowerAcceptsHigherOnly,
      visit: { ...visit, monitoring: monitoringDisease !== undefined },
    },
    hits: eligibility.hits,
    validUntil: eligibility.validUntil,
    suggestion: suggestion.kind,
    statement: statement && {
      action: statement.action,
      reason: statement.reason,
      further: statement.further,
      informed: statement.informed,
    },
  }
}
