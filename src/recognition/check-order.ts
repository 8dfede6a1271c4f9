import { isDecimal, isObject, type Resource } from '../fhir/index.ts'
import { formatFen } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import { hubIdsFor, knownHolders, type Reader, type SourceResult, searchForPerson } from '../records/index.ts'
import { convertible } from './convertible.ts'
import { daysAfter } from './days.ts'
import { decisionsOfPerson } from './decisions-of-person.ts'
import { isDenied } from './is-denied.ts'
import type { Bench } from './judge-evidence.ts'
import { type JudgedFound, judgeFound } from './judge-found.ts'
import type { RecognitionDeps } from './judge-results.ts'
import { readingContext } from './reading-context.ts'
import { offered } from './record-decisions.ts'
import { findOutdated, reopenDecisions } from './reopen-decisions.ts'
import { type AskedItem, type OrderLine, resolveOrder } from './resolve-order.ts'
import { seenReports } from './seen-results.ts'
import type { LatestDecision } from './store.ts'
import { ELIGIBILITY_TEXTS } from './texts.ts'
import type { LineVerdict, ReadingContext, Visit } from './types.ts'

export interface OrderQuestion {
  readonly personId: string
  readonly items: readonly AskedItem[]
  readonly visit: Visit
  /** Day of the order, where it is checked afterwards; left out: today. */
  readonly orderedOn?: string | undefined
}

/** Auditing, judging and sending need time too: hospitals get a little less than the whole. */
const OWN_SHARE_MS = 150
/** Reports of one hospital at most: the newest, within the longest limit of what was asked. */
const MAX_REPORTS = 200
/** Results shown for one item: the best first, the others for choosing. */
const MAX_FOUND = 3
const INCLUDES = ['DiagnosticReport:result', 'DiagnosticReport:specimen'] as const

type Found = { readonly sources: readonly SourceResult[]; readonly decisions: readonly LatestDecision[] }

/**
 * The reminder before an order is signed (开单提醒): for each item, which valid result exists elsewhere. Each hospital is
 * asked once for all items, all at the same time; who did not answer in time is named, and the order never waits longer
 * than the deadline (result-recognition 8.3).
 */
export async function checkOrder(deps: RecognitionDeps, by: Reader, question: OrderQuestion) {
  const { register, mappings } = deps.recognition
  const deadlineMs = deps.config.recognitionDeadlineMs
  const began = performance.now()
  const now = deps.clock.now()
  const today = localDate(now)
  const day = question.orderedOn ?? today
  const catalogue = register.catalogue()
  const context = readingContext(deps, by.institution, day, question.visit)
  const own = (await mappings.of([by.institution])).get(by.institution) ?? new Map()
  const lines = resolveOrder(question.items, { catalogue, own, today: day })
  const wanted = new Set(lines.flatMap((one) => one.item ?? []))
  const limits = [...wanted].map((code) => catalogue.newest(code)?.validityDays ?? 0)

  const found =
    wanted.size === 0
      ? { sources: [], decisions: [] }
      : await inTime(deadlineMs, (signal) =>
          ask(deps, by, question.personId, {
            since: daysAfter(day, -Math.max(...limits)),
            deadlineMs: Math.max(deadlineMs - OWN_SHARE_MS, OWN_SHARE_MS),
            signal,
          }),
        )

  const sources = found === 'late' || found === 'refused' ? [] : found.sources
  const decisions = found === 'late' || found === 'refused' ? [] : found.decisions
  const results = await judgeSources(deps, context, sources, by.institution, wanted)
  const complete = found !== 'late' && (await isComplete(deps, by, question.personId, sources))
  await reopenDecisions(deps, findOutdated(decisions, seenReports(sources)))

  const prices = register.institution(by.institution)
  const shown = lines.map((line) => {
    const best = line.item === undefined ? [] : (results.get(line.item) ?? [])
    const price = line.item === undefined ? undefined : prices.priceOn(line.item, day)
    const valid = best[0]?.judged.eligibility.verdict === 'eligible'
    return {
      ...presentLine(line, catalogue, context),
      verdict: verdictOf(line, best, { complete, refused: found === 'refused' }),
      hits: found === 'refused' ? [{ code: 'E04', ...ELIGIBILITY_TEXTS.E04 }] : [],
      found: best
        .slice(0, MAX_FOUND)
        .map((one) => presentFound(deps, one, decisions, { by, personId: question.personId, today: day })),
      price: price === undefined ? null : formatFen(price.priceFen),
      savedAmount: valid && price !== undefined ? formatFen(price.priceFen) : null,
    }
  })
  return {
    items: shown,
    validResults: shown.filter((one) => one.verdict === 'valid-result').length,
    complete,
    // A house that the person closed is not named: that alone would tell something.
    sources: sources
      .filter((one) => one.state !== 'denied')
      .map(({ source, state, elapsedMs, issue }) => ({
        institution: source,
        state,
        elapsedMs,
        issue: issue?.text ?? null,
      })),
    orderedOn: day,
    elapsedMs: Math.round(performance.now() - began),
    deadlineMs,
  }
}

/**
 * Whether everybody was heard who may hold what is looked for. A house that cannot be asked counts where the hub knows that the
 * person was there; one that was never heard of for this person would otherwise make every answer to everybody doubtful. The
 * own house's results do not count.
 */
async function isComplete(
  deps: RecognitionDeps,
  by: Reader,
  personId: string,
  sources: readonly SourceResult[],
): Promise<boolean> {
  const heard = ['ok', 'not-linked', 'not-asked', 'denied']
  const rest = sources.filter((one) => !heard.includes(one.state))
  const skipped = rest.filter((one) => one.state === 'skipped' && one.source !== by.institution)
  if (rest.some((one) => one.state !== 'skipped')) return false
  if (skipped.length === 0) return true
  const holders = await knownHolders(deps.db, personId)
  return !skipped.some((one) => holders.has(one.source))
}

/** One search at each hospital, while the own decisions on this person's results are looked up. */
async function ask(
  deps: RecognitionDeps,
  by: Reader,
  personId: string,
  options: { readonly since: string; readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<Found | 'refused'> {
  const decisions = decisionsOfPerson(deps.db, personId)
  // Looked at below; a search that fails first must not leave it unhandled.
  decisions.catch(() => undefined)
  try {
    const sources = await searchForPerson(deps, by, {
      personId,
      type: 'DiagnosticReport',
      form: { date: [`ge${options.since}`], _include: [...INCLUDES] },
      includes: ['Observation', 'Specimen'],
      count: MAX_REPORTS,
      deadlineMs: options.deadlineMs,
      exactDecimals: false,
      signal: options.signal,
    })
    return { sources, decisions: await decisions }
  } catch (error) {
    // No right to read is no fault of the order: nothing is shown, not even that something exists (E04).
    if (isDenied(error)) return 'refused'
    throw error
  }
}

/** The work's result, or `late`: the order is not held up, whatever is slow here. */
async function inTime<T>(deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | 'late'> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadlineMs)
  })
  const working = work(controller.signal)
  try {
    const first = await Promise.race([working, late])
    if (first === 'late') {
      controller.abort()
      working.catch(() => undefined)
    }
    return first
  } finally {
    clearTimeout(timer)
  }
}

/** All judged results by item, the best first. The own house's results are no results of another one. */
async function judgeSources(
  deps: RecognitionDeps,
  context: ReadingContext,
  sources: readonly SourceResult[],
  self: string,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly JudgedFound[]>> {
  const others = sources.filter((one) => one.source !== self && one.found.length > 0)
  const { register, mappings } = deps.recognition
  const codes = await mappings.of(others.map((one) => one.source))
  const catalogue = register.catalogue()
  const shared = {
    institutions: deps.institutions,
    catalogue,
    reasons: catalogue.reasonsOn(context.today),
    convertible,
    context,
    statements: [],
    ordered: undefined,
  }
  const judged = others.flatMap((source) => {
    const bench: Bench = {
      ...shared,
      issuer: {
        code: source.source,
        register: register.institution(source.source),
        mappings: codes.get(source.source) ?? new Map(),
      },
      complete: source.state === 'ok',
    }
    return judgeFound(bench, source, wanted)
  })
  return new Map(
    [...Map.groupBy(judged, (one) => one.judged.itemCode as string)].map(([code, all]) => [code, rank(all)]),
  )
}

const RANK = { eligible: 0, pending: 1, 'not-eligible': 2 } as const

/** Valid ones first, the newest of them; then those that may become valid, then the refused. */
function rank(all: readonly JudgedFound[]): readonly JudgedFound[] {
  const day = (one: JudgedFound): string => one.judged.baseDate ?? ''
  return all.toSorted(
    (a, b) =>
      RANK[a.judged.eligibility.verdict] - RANK[b.judged.eligibility.verdict] ||
      (day(a) < day(b) ? 1 : day(a) > day(b) ? -1 : 0),
  )
}

function verdictOf(
  line: OrderLine,
  best: readonly JudgedFound[],
  state: { readonly complete: boolean; readonly refused: boolean },
): LineVerdict {
  if (line.item === undefined) return 'unknown-item'
  if (state.refused) return 'not-permitted'
  const [first] = best
  if (first?.judged.eligibility.verdict === 'eligible') return 'valid-result'
  if (first?.judged.eligibility.verdict === 'pending') return 'pending'
  if (!state.complete) return 'unknown'
  return first === undefined ? 'none' : 'no-valid-result'
}

function presentLine(
  line: OrderLine,
  catalogue: ReturnType<RecognitionDeps['recognition']['register']['catalogue']>,
  context: ReadingContext,
) {
  const item =
    line.item === undefined
      ? undefined
      : (catalogue.itemOn(line.item, context.today, context.division) ?? catalogue.newest(line.item))
  return {
    asked: { code: line.asked.code, ...(line.asked.system === undefined ? {} : { system: line.asked.system }) },
    panel: line.panel ?? null,
    item:
      item === undefined ? null : { code: item.code, name: item.name, version: item.version, verified: item.verified },
  }
}

function presentFound(
  deps: RecognitionDeps,
  { judged, issuer, observation, report }: JudgedFound,
  decisions: readonly LatestDecision[],
  { by, personId, today }: { readonly by: Reader; readonly personId: string; readonly today: string },
) {
  const { eligibility, suggestion } = judged
  const reasons = deps.recognition.register.catalogue().reasonsOn(today)
  const decided = decisions.find(
    (one) =>
      one.institution === by.institution &&
      one.issuer === issuer &&
      one.item === judged.itemCode &&
      (one.resourceId === judged.resourceId || one.reportId === report.id),
  )
  return {
    verdict: eligibility.verdict,
    hits: eligibility.hits.map((code) => ({ code, ...ELIGIBILITY_TEXTS[code] })),
    issuer: { code: issuer, name: deps.institutions.factsAt(issuer, today)?.name ?? null },
    // What POST /recognition/decisions takes.
    result: { institution: issuer, type: judged.resourceType, id: judged.resourceId },
    report: {
      reference: `DiagnosticReport/${report.id ?? ''}`,
      url: `${deps.config.publicUrl}/fhir/DiagnosticReport/${hubIdsFor(issuer, personId)(report.id ?? '')}`,
    },
    testedOn: judged.baseDate,
    validUntil: eligibility.validUntil,
    valueAvailable: hasValue(observation),
    mark:
      eligibility.mark === undefined
        ? null
        : { label: eligibility.mark.label, scope: [...eligibility.mark.scope], verified: eligibility.mark.verified },
    suggestion: suggestion?.kind ?? null,
    preselected: suggestion?.preselected ?? null,
    offeredReasons: offered(eligibility.verdict === 'eligible' ? suggestion : undefined, reasons),
    decision: decided === undefined ? null : { decisionId: decided.decisionId, outcome: decided.outcome },
  }
}

function hasValue(resource: Resource): boolean {
  const quantity = resource['valueQuantity']
  if (isObject(quantity)) return isDecimal(quantity['value'])
  return resource['valueString'] !== undefined || isObject(resource['valueCodeableConcept'])
}
