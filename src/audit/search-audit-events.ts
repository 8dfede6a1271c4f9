import type { Bundle, AuditEvent as FhirAuditEvent } from 'fhir/r4.js'
import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { appendAudit } from './append-audit.ts'
import { auditError } from './errors.ts'
import { openPage, sealPage } from './page.ts'
import { type AuditQuestion, type Parameters, readAuditSearch, readCount } from './read-search.ts'
import { type Place, readEvent, searchEvents, type Viewer } from './search-store.ts'
import { type EventRow, toRecord } from './store.ts'
import { toAuditEvent } from './to-audit-event.ts'

export type AuditSearchDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'keyring'> & {
  /** All ids under which a person's events may stand: those that were merged, and the one itself. */
  readonly personIdsOf: (db: Db, personId: string) => Promise<readonly string[]>
}

/** Who reads the log, in which request. */
export interface AuditReader {
  readonly clientId: string
  readonly role: string
  readonly viewer: Viewer
  readonly requestId: string
  readonly sourceAddress?: string | undefined
}

/**
 * A page of the log as a searchset, the newest first. That it was read is an event itself, written before anything is
 * answered.
 */
export async function searchAuditEvents(
  deps: AuditSearchDeps,
  by: AuditReader,
  parameters: Parameters,
  self: string,
): Promise<Bundle<FhirAuditEvent>> {
  const { question, after } = readPage(deps, by, parameters)
  await auditReading(deps, by, { action: 'audit.search', personRef: question.personId })
  const personIds = question.personId === undefined ? [] : await deps.personIdsOf(deps.db, question.personId)
  // One more than asked for shows whether there is another page.
  const rows = await searchEvents(deps.db, by.viewer, { ...question, personIds }, { after, limit: question.count + 1 })
  const shown = rows.slice(0, question.count)
  const last = shown.at(-1)
  const base = `${deps.config.publicUrl}/fhir/AuditEvent`
  const next =
    last !== undefined && rows.length > shown.length
      ? sealPage(deps.keyring, { question, after: { at: last.at, eventNo: last.eventNo } }, by.clientId)
      : undefined
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    timestamp: deps.clock.now().toISOString(),
    link: [
      { relation: 'self', url: self },
      ...(next === undefined ? [] : [{ relation: 'next', url: `${base}?_page=${next}` }]),
    ],
    // R4 JSON has no empty arrays.
    ...(shown.length > 0 && {
      entry: shown.map((row) => ({
        fullUrl: `${base}/${row.eventNo}`,
        resource: present(deps, row),
        search: { mode: 'match' as const },
      })),
    }),
  }
}

/** @throws AppError `audit.event-unknown`, the same where there is none and where it is not the reader's */
export async function readAuditEvent(deps: AuditSearchDeps, by: AuditReader, id: string): Promise<FhirAuditEvent> {
  const row = /^[1-9]\d{0,17}$/.test(id) ? await readEvent(deps.db, by.viewer, BigInt(id)) : undefined
  if (row === undefined) throw auditError('event-unknown')
  await auditReading(deps, by, { action: 'audit.read', targetId: id, personRef: row.personRef ?? undefined })
  return present(deps, row)
}

function present({ config }: AuditSearchDeps, row: EventRow): FhirAuditEvent {
  return toAuditEvent({ eventNo: row.eventNo, record: toRecord(0, row) }, config.publicUrl)
}

interface Asked {
  readonly question: AuditQuestion
  readonly after: Place | undefined
}

function readPage(deps: AuditSearchDeps, by: AuditReader, parameters: Parameters): Asked {
  const page = parameters.find(([name]) => name === '_page')
  if (page === undefined) return { question: readAuditSearch(parameters, deps.clock.now()), after: undefined }
  // The link holds the whole search. Clients put a count to every address, so that one may stand beside it.
  const [count, ...more] = parameters.filter((one) => one !== page)
  const size = count?.[0] === '_count' ? readCount(count[1]) : undefined
  if (more.length > 0 || (count !== undefined && size === undefined)) {
    const detail = 'holds the whole search: nothing but _count may stand beside it'
    throw auditError('parameter-invalid', { errors: [{ pointer: '_page', detail }] })
  }
  const { question, after } = openPage(deps.keyring, page[1], by.clientId)
  return { question: size === undefined ? question : { ...question, count: size }, after }
}

async function auditReading(
  { db, clock }: AuditSearchDeps,
  { clientId, role, viewer, requestId, sourceAddress }: AuditReader,
  what: { readonly action: string; readonly targetId?: string; readonly personRef?: string | undefined },
): Promise<void> {
  await appendAudit(
    db,
    {
      actor: clientId,
      actorOrg: 'institution' in viewer ? viewer.institution : viewer.city,
      role,
      targetType: 'AuditEvent',
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
      sourceAddress,
      requestId,
      ...what,
    },
    clock,
  )
}
