import { listPersonAudit, type PersonAuditEntry, type PersonAuditPage } from '../audit/index.ts'
import { institutionOf } from '../http/acting-institution.ts'
import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { idsOfPerson } from '../people/index.ts'
import { auditConsent, type ConsentCaller, cityOf } from './caller.ts'
import { listWithdrawn, readConsents, type StoredConsent, type WithdrawnConsent } from './consent-store.ts'
import { type Override, readOverridesOf } from './override-store.ts'
import { type Relationship, readRelationships } from './relationship-store.ts'

type ViewDeps = Pick<Deps, 'db' | 'clock'>

export interface AccessPage {
  readonly entries: readonly PersonAuditEntry[]
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined
}

/**
 * What a person decided. An issuer sees all, in the person's name; a hospital what names itself or its city: more would tell
 * it whom else the person trusts.
 */
export async function showConsents(
  deps: ViewDeps,
  personId: string,
  by: ConsentCaller,
): Promise<readonly StoredConsent[]> {
  await audit(deps, by, personId, { action: 'consent.list', fields: ['consents'] })
  const personIds = await idsOfPerson(deps.db, personId)
  if (by.institution === undefined) return await readConsents(deps.db, { personIds })
  const recipients = [by.institution, ...(by.city === undefined ? [] : [by.city])]
  return await readConsents(deps.db, { personIds, recipients })
}

/** Withdrawals in one answer. */
const MAX_WITHDRAWN = 500
/** Longest that a withdrawal can be on its way into the table: the time limit of a transaction. */
const ON_ITS_WAY_MS = 60_000

/**
 * What recipients must know of withdrawals: ids, so that they stop using what they hold. `next` lies a minute back, for one that
 * is being written; what is told twice has the same consent id.
 */
export async function showWithdrawn(
  deps: ViewDeps,
  since: Date,
  by: ConsentCaller,
): Promise<{ readonly withdrawals: readonly WithdrawnConsent[]; readonly next: Date }> {
  const of = { institution: institutionOf(by), city: cityOf(by), since, limit: MAX_WITHDRAWN }
  const withdrawals = await listWithdrawn(deps.db, of)
  const personIds = [...new Set(withdrawals.map((one) => one.personId))]
  await auditConsent(
    deps,
    deps.db,
    by,
    ...personIds.map((personId) => ({
      action: 'consent.list-withdrawn',
      targetType: 'consent' as const,
      personId,
      purpose: 'TREAT',
      basis: 'consent' as const,
    })),
  )
  const last = withdrawals.length === MAX_WITHDRAWN ? withdrawals.at(-1)?.withdrawnAt : undefined
  const settled = new Date(Math.max(since.getTime(), deps.clock.now().getTime() - ON_ITS_WAY_MS))
  return { withdrawals, next: last ?? settled }
}

/** Who read or changed what of a person, the newest first (个人信息保护法 art. 45: the right to know). */
export async function showAccesses(
  deps: ViewDeps,
  ask: { readonly personId: string; readonly before?: string | undefined; readonly count: number },
  by: ConsentCaller,
): Promise<AccessPage> {
  const after = ask.before === undefined ? undefined : readCursor(ask.before)
  await audit(deps, by, ask.personId, { action: 'consent.list-accesses', fields: ['accesses'] })
  const personIds = await idsOfPerson(deps.db, ask.personId)
  return await accessesOf(deps, { personIds, after, count: ask.count })
}

export interface PersonExport extends AccessPage {
  readonly consents: readonly StoredConsent[]
  readonly relationships: readonly Relationship[]
  readonly overrides: readonly Override[]
}

/** Accesses that one file holds; the rest follows by pages. */
const EXPORTED_ACCESSES = 1_000

/** All of it in one file, for the person to keep (个人信息保护法 art. 45). */
export async function exportForPerson(deps: ViewDeps, personId: string, by: ConsentCaller): Promise<PersonExport> {
  await audit(deps, by, personId, {
    action: 'consent.export',
    fields: ['consents', 'relationships', 'overrides', 'accesses'],
  })
  const personIds = await idsOfPerson(deps.db, personId)
  return {
    consents: await readConsents(deps.db, { personIds }),
    relationships: await readRelationships(deps.db, { personIds }),
    overrides: await readOverridesOf(deps.db, personIds),
    ...(await accessesOf(deps, { personIds, after: undefined, count: EXPORTED_ACCESSES })),
  }
}

async function accessesOf(
  { db }: ViewDeps,
  of: { readonly personIds: readonly string[]; readonly after: PersonAuditPage['after']; readonly count: number },
): Promise<AccessPage> {
  const { personIds, after, count } = of
  const pages = await Promise.all(
    personIds.map((personRef) => listPersonAudit(db, { personRef, after, limit: count + 1 })),
  )
  const entries = pages.length === 1 ? pages.flat() : pages.flat().toSorted(newestFirst)
  const shown = entries.slice(0, count)
  const last = entries.length > count ? shown.at(-1) : undefined
  return { entries: shown, next: last && writeCursor(last) }
}

const newestFirst = (a: PersonAuditEntry, b: PersonAuditEntry): number =>
  b.at.getTime() - a.at.getTime() || (a.eventNo < b.eventNo ? 1 : -1)

const writeCursor = ({ at, eventNo }: PersonAuditEntry): string =>
  Buffer.from(`${at.getTime()}.${eventNo}`).toString('base64url')

function readCursor(text: string): NonNullable<PersonAuditPage['after']> {
  const parts = /^(\d{1,15})\.(\d{1,18})$/.exec(Buffer.from(text, 'base64url').toString())
  if (parts === null) {
    const errors = [{ pointer: 'query/before', detail: 'is not the `next` of a page' }]
    throw requestError('invalid', { errors })
  }
  return { at: new Date(Number(parts[1])), eventNo: BigInt(parts[2] ?? '') }
}

async function audit(
  deps: ViewDeps,
  by: ConsentCaller,
  personId: string,
  { action, fields }: { readonly action: string; readonly fields: readonly string[] },
): Promise<void> {
  await auditConsent(deps, deps.db, by, {
    action,
    targetType: 'consent',
    personId,
    purpose: by.institution === undefined ? 'PATRQT' : 'TREAT',
    basis: by.institution === undefined ? 'consent' : 'treatment',
    fieldsTouched: fields,
    ...(by.institution === undefined ? { onBehalfOf: personId } : {}),
  })
}
