import { type AuditEvent, appendAudits } from '../audit/index.ts'
import type { AccessDecision } from '../consent/index.ts'
import { askHeld } from './ask-held.ts'
import { beginReading } from './begin-reading.ts'
import { exactResource } from './clean-found.ts'
import type { Connection } from './connection.ts'
import { auditOf, withholdSensitive } from './decide.ts'
import { type Choice, chooseHospitals, rowsOf, skipped, whatWasLearnt } from './locate.ts'
import { type LocatorRow, saveLinks } from './locator-store.ts'
import { noteHoldings } from './note-holdings.ts'
import type { Exchange } from './open-exchange.ts'
import type { Grant, RecordsQuestion } from './question.ts'
import type { Sort } from './read-parameters.ts'
import { RECORD_TYPE_FACTS, type RecordType } from './record-types.ts'
import type { RecordsDeps } from './records-deps.ts'
import { type HospitalSearch, searchHospital } from './search-hospital.ts'
import type { Found, Reader, SourceResult } from './types.ts'

/** Merging, auditing and sending need time too: hospitals get a little less than the whole. */
const OWN_SHARE_MS = 150

/**
 * The records of a person at the hospitals, for a slice above that judges or keeps them: decimals as they are spelled.
 *
 * @throws `records.access-denied`, `records.person-unknown`
 */
export async function searchForPerson(
  deps: RecordsDeps,
  by: Reader,
  question: RecordsQuestion,
): Promise<readonly SourceResult[]> {
  const share = deps.exchange.room.openShare()
  try {
    const { personId, type, includes = [] } = question
    const reading = await beginReading(deps, by, { personId, types: [type, ...includes], action: 'records.search' })
    const results = await askSources(deps, by, question, { reading, share })
    if (question.exactDecimals === false) return results
    const exact = (found: Found): Found => ({ ...found, resource: exactResource(found) })
    return results.map((one) => ({ ...one, found: one.found.map(exact), included: one.included.map(exact) }))
  } finally {
    share.close()
  }
}

/**
 * Asks the hospitals in parallel and writes one audit event for the read and one per hospital asked. Without the audit
 * nothing is returned: what cannot be accounted for is not disclosed. A caller that went away is accounted for as well,
 * since the hospitals were asked in its name.
 */
export async function askSources(
  deps: RecordsDeps,
  by: Reader,
  question: RecordsQuestion,
  { reading, share }: Grant,
): Promise<readonly SourceResult[]> {
  const { personId, type } = question
  const { decision, identifier, known, disclosure } = reading
  const began = deps.clock.now()
  const choice = choose(deps.exchange, known, question, began)
  const asked = choice.asked.filter((one) => !decision.deniedSources.has(one.hospital.institution))
  const denied = choice.asked.filter((one) => !asked.includes(one)).map((one) => closed(one.hospital.institution))

  const search = {
    personId,
    identifier,
    beforeDisclosure: disclosure.record,
    type,
    form: question.form,
    includes: question.includes ?? [],
    count: question.count,
    order: { type, sort: question.sort ?? newestFirst(type) },
    deadlineMs: question.deadlineMs ?? Math.max(deps.config.recordsDeadlineMs - OWN_SHARE_MS, OWN_SHARE_MS),
    requestId: by.requestId,
    signal: question.signal,
    share,
  }
  const holding = reading.isHeld ? askHeld(deps, question, decision, search.order) : Promise.resolve([])
  const settled = Promise.allSettled([holding])
  // None of these rejects: once hospitals were asked, the reading is accounted for before anything else can fail.
  const answers = await Promise.all(
    asked.map((connection) =>
      askOne(deps, connection, {
        ...search,
        position: question.positions?.find((one) => one.institution === connection.hospital.institution),
      }),
    ),
  )
  const [holdings] = await settled
  const held = holdings.status === 'fulfilled' ? holdings.value : []
  // A closed house was not asked, and the reader's own log must not name it either.
  const heard = held.filter((one) => one.state !== 'denied')
  const events = [...disclosure.pending, ...auditEvents(by, question, decision, [...answers, ...heard])]
  await appendAudits(deps.db, events, deps.clock)
  disclosure.done()
  if (holdings.status === 'rejected') throw holdings.reason
  const learnt = whatWasLearnt(known, answers, { personId, began })
  await Promise.all([saveLinks(deps.db, personId, learnt.links), noteHoldings(deps.db, learnt.holdings)])
  known.push(...rowsOf(learnt))
  // A house whose results are held here answers by them.
  const speaks = new Set(held.map((one) => one.source))
  const notAsked = choice.notAsked
    .filter((one) => !speaks.has(one.source))
    // Why a closed house was not asked would tell that it holds something.
    .map((one) => (decision.deniedSources.has(one.source) ? closed(one.source) : one))
  const results = [...answers, ...held, ...notAsked, ...denied].toSorted((a, b) => (a.source < b.source ? -1 : 1))
  return withholdSensitive(results, decision, deps.consents, question.form)
}

export function newestFirst(type: RecordType | 'Patient'): Sort {
  return { parameter: type === 'Patient' ? '_lastUpdated' : RECORD_TYPE_FACTS[type].date, descending: true }
}

function choose(exchange: Exchange, known: readonly LocatorRow[], question: RecordsQuestion, now: Date): Choice {
  const { type, institution, positions } = question
  if (institution !== undefined) return chooseNamed(exchange, institution)
  if (positions === undefined) return chooseHospitals(exchange.connections(), known, { type, now })
  const named = positions.map((one) => chooseNamed(exchange, one.institution))
  return { asked: named.flatMap((one) => one.asked), notAsked: named.flatMap((one) => one.notAsked) }
}

/** One hospital's part. What it cannot be asked or read for, for whatever cause, is its own failure and nobody else's. */
async function askOne(deps: RecordsDeps, connection: Connection, search: HospitalSearch): Promise<SourceResult> {
  const source = connection.hospital.institution
  try {
    return await searchHospital(connection, search)
  } catch (error) {
    deps.log.error({ err: error, institution: source }, 'the answer of a hospital could not be dealt with')
    const text = 'The answer of the hospital could not be dealt with.'
    return { ...nothing, source, state: 'failed', issue: { code: 'exception', text } }
  }
}

const nothing = { elapsedMs: 0, found: [], included: [], total: 0 } as const

/**
 * A hospital that was named is asked, whatever the locator knows: its result may be minutes old, and "not there" would be
 * a verdict on it. An unknown or disabled source is that source's failure, never the question's.
 */
function chooseNamed(exchange: Exchange, institution: string): Choice {
  const connection = exchange.get(institution)
  return connection?.hospital.enabled === true
    ? { asked: [connection], notAsked: [] }
    : { asked: [], notAsked: [skipped(institution)] }
}

/** The person closed this house for this reader: it is not asked, and not named. */
function closed(source: string): SourceResult {
  return {
    ...nothing,
    source,
    state: 'denied',
    issue: { code: 'suppressed', text: 'Closed by decision of the person.' },
  }
}

function auditEvents(
  by: Reader,
  question: RecordsQuestion,
  decision: AccessDecision,
  answers: readonly SourceResult[],
): AuditEvent[] {
  const common = auditOf(by, question.personId, decision)
  const cancelled = question.signal?.aborted === true
  return [
    {
      ...common,
      action: question.action ?? 'records.search',
      targetType: question.type,
      result: cancelled ? 'failed' : 'allowed',
      ...(cancelled ? { reasonCodes: ['cancelled'] } : {}),
    },
    ...answers.map(
      ({ source, state, issue }): AuditEvent => ({
        ...common,
        action: 'records.ask-hospital',
        targetType: 'hospital',
        targetId: source,
        result: state === 'failed' || state === 'cancelled' ? 'failed' : 'allowed',
        reasonCodes: [state, ...(issue === undefined ? [] : [issue.code])],
      }),
    ),
  ]
}
