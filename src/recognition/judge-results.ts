import type { InstitutionTable } from '../institutions/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { localDate } from '../kernel/time.ts'
import { noteUnmapped } from '../mappings/index.ts'
import {
  type FetchedResult,
  fetchResult,
  type Reader,
  type RecordsDeps,
  type ResultAddress,
  readHubId,
} from '../records/index.ts'
import { convertible } from './convertible.ts'
import { recognitionError } from './errors.ts'
import { expandPanel } from './expand-panel.ts'
import { isDenied } from './is-denied.ts'
import { type Bench, type Judged, judgeEvidence, judgeWithoutEvidence, readEvidence } from './judge-evidence.ts'
import type { Recognition } from './open-recognition.ts'
import { isOwnResult } from './own-result.ts'
import { readingContext } from './reading-context.ts'
import { checkStatement, type Eligibility, NOT_PERMITTED, UNREACHABLE } from './rules.ts'
import type { EligibilityCode } from './texts.ts'
import type { ReadingContext, Statement } from './types.ts'

export type RecognitionDeps = RecordsDeps &
  Pick<Deps, 'outbox'> & {
    readonly institutions: Pick<InstitutionTable, 'factsAt'>
    readonly recognition: Recognition
  }

export interface RecognitionQuestion {
  readonly personId: string
  readonly result: ResultAddress
  readonly orderedItem?: string | undefined
  readonly visit: ReadingContext['visit']
  readonly department?: string | undefined
  readonly statements: readonly (Statement & { readonly item: string })[]
}

/**
 * Fetches the named result from its issuer and judges each of its items: at least one decision, also where the result
 * lacks what was asked about. The hub takes the evidence from the source itself, so a caller can claim neither a value
 * nor a date. Nothing is written here but the audit of the reading, and which codes of the issuer lead to no item.
 */
export async function judgeResults(
  deps: RecognitionDeps,
  by: Reader,
  question: RecognitionQuestion,
  signal?: AbortSignal,
): Promise<readonly Judged[]> {
  const today = localDate(deps.clock.now())
  const catalogue = deps.recognition.register.catalogue()
  const reasons = catalogue.reasonsOn(today)
  const errors: readonly FieldError[] = question.statements.flatMap((one, index) =>
    checkStatement(one, `/statements/${index}`, reasons),
  )
  if (errors.length > 0) throw recognitionError('statement-invalid', { errors })
  const context = readingContext(deps, by.institution, today, question.visit)

  const address = atHospital(question.personId, question.result)
  const fetched = await fetchReadable(deps, by, question.personId, address, signal)
  if (fetched.state === 'skipped') {
    throw recognitionError('issuer-unknown', {
      detail: 'No such hospital is registered for the exchange, or it is switched off.',
      errors: [{ pointer: '/result/institution', detail: 'is not a registered hospital' }],
    })
  }
  const code = address.institution
  const mappings = (await deps.recognition.mappings.of([code])).get(code) ?? new Map()
  const bench: Bench = {
    institutions: deps.institutions,
    issuer: { code, register: deps.recognition.register.institution(code), mappings },
    catalogue,
    reasons,
    convertible,
    context,
    statements: question.statements,
    ordered: question.orderedItem === undefined ? undefined : expandPanel(catalogue, question.orderedItem, today),
    complete: fetched.state === 'ok',
  }
  const judged = judgeFetched(bench, fetched, address)
  refuseUnmatched(bench, judged)
  await noteUnmapped(
    deps.db,
    judged.flatMap((one) => one.unmapped),
    deps.clock.now(),
  )
  return judged
}

/** What may not be read is an answer too: nothing is shown of it, not even that it exists (E04). */
async function fetchReadable(
  deps: RecognitionDeps,
  by: Reader,
  personId: string,
  address: ResultAddress,
  signal: AbortSignal | undefined,
): Promise<FetchedResult> {
  try {
    return await fetchResult(deps, by, personId, address, signal)
  } catch (error) {
    if (!isDenied(error)) throw error
    return { state: 'denied', issue: undefined, resource: undefined, observations: [], specimens: [] }
  }
}

/** A caller that read the result under /fhir names it by its id there: that one says which hospital's it is. */
function atHospital(personId: string, result: ResultAddress): ResultAddress {
  const named = readHubId(result.id)
  if (named?.local.kind !== 'id' || named.institution !== result.institution || named.personId !== personId)
    return result
  return { ...result, id: named.local.id }
}

const hit = (code: EligibilityCode): Eligibility => ({
  verdict: 'not-eligible',
  hits: [code],
  mark: undefined,
  validUntil: null,
})

function judgeFetched(bench: Bench, fetched: FetchedResult, address: ResultAddress): readonly Judged[] {
  const { ordered } = bench
  const { resource, observations, specimens } = fetched
  const without = (eligibility: Eligibility, itemCode: string | undefined): Judged =>
    judgeWithoutEvidence(bench, {
      resourceType: address.type === 'DiagnosticReport' ? 'DiagnosticReport' : 'Observation',
      resourceId: address.id,
      eligibility,
      itemCode,
      source: fetched.state,
      issue: fetched.issue?.code,
    })

  if (resource === undefined) {
    // Not of this person and not existing are one answer: another person's result must not show that it exists.
    const answered = fetched.state === 'ok' || fetched.state === 'not-linked'
    const eligibility = fetched.state === 'denied' ? NOT_PERMITTED : answered ? hit('E01') : UNREACHABLE
    return askedAbout(bench, []).map((item) => without(eligibility, item))
  }
  // Another house's result: its marks and corrections are not those of the house that was named.
  if (!isOwnResult(resource, address.institution))
    return askedAbout(bench, []).map((item) => without(UNREACHABLE, item))
  if (resource.resourceType !== 'DiagnosticReport') {
    return observations.map((observation) =>
      judgeEvidence(bench, { observation, specimens, report: undefined }, ordered),
    )
  }

  const all = observations.map((observation) =>
    judgeEvidence(bench, { observation, specimens, report: resource }, undefined),
  )
  // Of a report, an order asks about its own items only; the others are not decided on.
  const decided = all.filter(
    ({ itemCode }) => ordered === undefined || (itemCode !== undefined && ordered.includes(itemCode)),
  )
  // Of a part of a report nobody can say what the rest holds: that waits.
  if (!bench.complete) return [...decided, ...askedAbout(bench, decided).map((item) => without(UNREACHABLE, item))]
  const absent = (ordered ?? []).filter((code) => !decided.some((one) => one.itemCode === code))
  if (all.length > 0) return [...decided, ...absent.map((code) => without(hit('E02'), code))]

  // A report without results is its own result where it is one of imaging; else it is incomplete.
  const alone = { observation: resource, specimens, report: resource }
  const { item, itemCode } = readEvidence(bench, alone, ordered)
  if (ordered !== undefined && itemCode !== undefined && !ordered.includes(itemCode)) {
    return ordered.map((code) => without(hit('E02'), code))
  }
  if (item?.kind === 'imaging') return [judgeEvidence(bench, alone, ordered)]
  return (ordered ?? [itemCode]).map((code) => without(hit('E10'), code))
}

/** The items to answer for beside those decided on: the ordered ones, or those with a statement, or no item in particular. */
function askedAbout(bench: Bench, decided: readonly Judged[]): readonly (string | undefined)[] {
  const open = (codes: readonly string[]) => codes.filter((code) => !decided.some((one) => one.itemCode === code))
  if (bench.ordered !== undefined) return open(bench.ordered)
  const stated = bench.statements.map((one) => one.item).filter((code) => bench.catalogue.knows(code))
  const items = open([...new Set(stated)])
  return items.length > 0 ? items : [undefined]
}

/** A physician's word that no decision takes up must not vanish without a trace. */
function refuseUnmatched(bench: Bench, judged: readonly Judged[]): void {
  const errors = bench.statements.flatMap(({ item }, index): FieldError[] => {
    if (judged.some((one) => one.itemCode === item)) return []
    // What is no item of ours is not repeated: it could be anything.
    const known = bench.catalogue.knows(item)
    const detail = known ? `${item} is not among the items decided on` : 'is no item of the catalogue'
    return [{ pointer: `/statements/${index}/item`, detail }]
  })
  if (errors.length > 0) throw recognitionError('statement-unmatched', { errors })
}
