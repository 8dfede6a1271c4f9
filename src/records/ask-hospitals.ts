import { type AuditEvent, appendAudits } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { identifierForExchange, type PersonIdentifier } from '../people/index.ts'
import type { Connection } from './connection.ts'
import { recordsError } from './errors.ts'
import type { SearchForm } from './guarded-client.ts'
import { isKnownAbsent, locatorChanges } from './locate.ts'
import type { Exchange } from './open-exchange.ts'
import { type HospitalSearch, searchHospital } from './search-hospital.ts'
import { readLocator, saveLocator } from './store.ts'
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
  const located = await readLocator(deps.db, personId)
  const now = deps.clock.now()
  const candidates = institution === undefined ? deps.exchange.connections() : []
  const named = institution === undefined ? undefined : deps.exchange.get(institution)
  const connections = named === undefined ? candidates : [named]

  // An unknown or disabled source is that source's failure, never the question's.
  const skipped =
    institution !== undefined && named === undefined
      ? [skip(institution)]
      : institution === undefined
        ? []
        : connections.filter((one) => !one.hospital.enabled).map((one) => skip(one.hospital.institution))
  const enabled = connections.filter((one) => one.hospital.enabled)
  // A hospital that was named is asked: its result may be minutes old, and "not there" would be a verdict on it.
  const absent =
    institution === undefined ? enabled.filter((one) => isKnownAbsent(located, one.hospital.institution, now)) : []
  const asked = enabled.filter((one) => !absent.includes(one))

  const search = {
    identifier,
    type,
    form: question.form,
    includes: question.includes ?? [],
    count: question.count,
    deadlineMs: Math.max(deps.config.recordsDeadlineMs - OWN_SHARE_MS, OWN_SHARE_MS),
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
    signal: question.signal,
  }
  // None of these rejects: once hospitals were asked, the reading is accounted for before anything else can fail.
  const answers = await Promise.all(asked.map((connection) => askOne(deps, connection, search)))
  await appendAudits(deps.db, auditEvents(by, question, answers), deps.clock)
  const results = [...answers, ...absent.map((one) => notLinked(one.hospital.institution)), ...skipped]
  await saveLocator(deps.db, personId, locatorChanges(located, answers, asked, deps.clock))
  return results.toSorted((a, b) => (a.source < b.source ? -1 : 1))
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

function skip(source: string): SourceResult {
  const text = 'The hospital is not registered here, or is switched off.'
  return { ...nothing, source, state: 'skipped', issue: { code: 'not-supported', text } }
}

function notLinked(source: string): SourceResult {
  const text = 'The person was not known at this hospital minutes ago; it was not asked again.'
  return { ...nothing, source, state: 'not-linked', issue: { code: 'not-found', text } }
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
