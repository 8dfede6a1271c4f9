import { type AuditEvent, appendAudits } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { identifierForExchange, type PersonIdentifier } from '../people/index.ts'
import type { Connection } from './connection.ts'
import { recordsError } from './errors.ts'
import type { SearchForm } from './guarded-client.ts'
import { type Choice, chooseHospitals, skipped, whatWasLearnt } from './locate.ts'
import { readLocator, saveLinks } from './locator-store.ts'
import { noteHoldings } from './note-holdings.ts'
import type { Exchange } from './open-exchange.ts'
import { type HospitalSearch, searchHospital } from './search-hospital.ts'
import { PURPOSES, type Purpose, type RecordType, type SourceResult } from './types.ts'

export type RecordsDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'config' | 'log'> & { readonly exchange: Exchange }

/** Who reads, for what, in which request. */
export interface Reader {
  readonly clientId: string
  readonly institution: string
  readonly role: string
  readonly purpose: Purpose
  readonly requestId: string
  /** Network address of the caller, for the audit log. */
  readonly sourceAddress?: string | undefined
}

export interface RecordsQuestion {
  readonly personId: string
  readonly type: RecordType
  /** Search parameters beside the patient. */
  readonly form: SearchForm
  readonly includes?: readonly string[]
  readonly count: number
  /** One hospital only; left out: all that may know the person. */
  readonly institution?: string | undefined
  /** What hospitals get, where the asking slice has a deadline of its own; left out: that of records. */
  readonly deadlineMs?: number | undefined
  /** Fires when the caller goes away. */
  readonly signal?: AbortSignal | undefined
}

/** Merging, auditing and sending need time too: hospitals get a little less than the whole. */
const OWN_SHARE_MS = 150

/**
 * Asks the hospitals in parallel and writes one audit event for the read and one per hospital asked. Without the audit
 * nothing is returned: what cannot be accounted for is not disclosed. A caller that went away is accounted for as well,
 * since the hospitals were asked in its name.
 */
export async function askHospitals(
  deps: RecordsDeps,
  by: Reader,
  question: RecordsQuestion,
): Promise<readonly SourceResult[]> {
  const { personId, type, institution } = question
  const identifier = await identifierOf(deps, by, personId)
  const known = await readLocator(deps.db, personId)
  const began = deps.clock.now()
  const { asked, notAsked } =
    institution === undefined
      ? chooseHospitals(deps.exchange.connections(), known, { type, now: began })
      : chooseNamed(deps.exchange, institution)

  const search = {
    identifier,
    type,
    form: question.form,
    includes: question.includes ?? [],
    count: question.count,
    deadlineMs: question.deadlineMs ?? Math.max(deps.config.recordsDeadlineMs - OWN_SHARE_MS, OWN_SHARE_MS),
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
    signal: question.signal,
  }
  // None of these rejects: once hospitals were asked, the reading is accounted for before anything else can fail.
  const answers = await Promise.all(asked.map((connection) => askOne(deps, connection, search)))
  await appendAudits(deps.db, auditEvents(by, question, answers), deps.clock)
  const learnt = whatWasLearnt(known, answers, { personId, began })
  await saveLinks(deps.db, personId, learnt.links)
  await noteHoldings(deps.db, learnt.holdings)
  return [...answers, ...notAsked].toSorted((a, b) => (a.source < b.source ? -1 : 1))
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

async function identifierOf(deps: RecordsDeps, by: Reader, personId: string): Promise<PersonIdentifier> {
  try {
    return await identifierForExchange(deps, personId, {
      by: {
        clientId: by.clientId,
        org: by.institution,
        role: by.role,
        requestId: by.requestId,
        sourceAddress: by.sourceAddress,
      },
      purpose: by.purpose,
    })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'people.identifier-missing') throw error
    throw recordsError('person-unknown', { detail: 'No person with this id is registered here.', cause: error })
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

function auditEvents(by: Reader, question: RecordsQuestion, answers: readonly SourceResult[]): AuditEvent[] {
  const common = {
    actor: by.clientId,
    actorOrg: by.institution,
    role: by.role,
    personRef: question.personId,
    purpose: by.purpose,
    basis: PURPOSES[by.purpose],
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
  }
  return [
    {
      ...common,
      action: 'records.search',
      targetType: question.type,
      result: question.signal?.aborted === true ? 'failed' : 'allowed',
      ...(question.signal?.aborted === true ? { reasonCodes: ['cancelled'] } : {}),
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
