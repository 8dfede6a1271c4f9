import { type RawBuilder, sql } from 'kysely'
import type { HashAlgorithm } from '../kernel/crypto/index.ts'
import { type Db, PREPARED } from '../kernel/db.ts'
import { type ChainPoint, GENESIS } from './chain.ts'
import type { AuditRecord } from './event.ts'
import type { EventGroup } from './group-events.ts'

/** Inserts events and puts them on the sealer's list, in one statement: neither can be there without the other. */
export async function insertEvents(db: Db, groups: readonly EventGroup[], at: Date): Promise<void> {
  await sql`${PREPARED} with ${eventTerms(groups, at)} select`.execute(db)
}

/**
 * The same as terms of a `with`, for a statement that writes what the events are about. Events travel as one JSON text in
 * which what they have in common stands once: a parameter for each field would cost this process several times as much.
 *
 * @param only which are written: a condition on `target`
 */
export function eventTerms(groups: readonly EventGroup[], at: Date, only = sql<boolean>`true`): RawBuilder<unknown> {
  const text = JSON.stringify(groups.map(({ common, items }) => ({ ...common, items })))
  // `materialized`: what stands once for many occurrences is read once, and not again for each of them.
  return sql`
    audit_item as materialized (
      select actor, "actorOrg", role, "onBehalfOf", action, "targetType", one ->> 0 as target, (one ->> 1)::uuid as person,
        purpose, basis, "consentId", "orderId", result, coalesce("reasonCodes", '{}') as reasons, "sourceAddress",
        coalesce("fieldsTouched", '{}') as fields, one -> 2 as occurrences
      from json_to_recordset(${text}::json) as e (
        actor text, "actorOrg" text, role text, "onBehalfOf" text, action text, "targetType" text, purpose text,
        basis text, "consentId" text, "orderId" text, result text, "reasonCodes" text[], "sourceAddress" text,
        "fieldsTouched" text[], items json),
        json_array_elements(items) as one
    ),
    audit_written as (
      insert into audit_event (at, actor, actor_org, role, on_behalf_of, action, target_type, target_id, person_ref,
        purpose, basis, consent_id, order_id, result, reason_codes, source_address, request_id, fields_touched)
      select ${at}::timestamptz, actor, "actorOrg", role, "onBehalfOf", action, "targetType", target, person,
        purpose, basis, "consentId", "orderId", result, reasons, "sourceAddress", occurrence ->> 1, fields
      from audit_item, json_array_elements(occurrences) as occurrence
      where ${only}
      order by (occurrence ->> 0)::integer
      returning event_no
    ),
    audit_listed as (insert into audit_pending (event_no) select event_no from audit_written)`
}

export const EVENT_COLUMNS = [
  'e.event_no as eventNo',
  'e.at',
  'e.actor',
  'e.actor_org as actorOrg',
  'e.role',
  'e.on_behalf_of as onBehalfOf',
  'e.action',
  'e.target_type as targetType',
  'e.target_id as targetId',
  'e.person_ref as personRef',
  'e.purpose',
  'e.basis',
  'e.consent_id as consentId',
  'e.order_id as orderId',
  'e.result',
  'e.reason_codes as reasonCodes',
  'e.source_address as sourceAddress',
  'e.request_id as requestId',
  'e.fields_touched as fieldsTouched',
] as const

export type EventRow = Awaited<ReturnType<typeof readPending>>[number]

/** Waits until no other transaction seals; released at commit or rollback. */
export async function lockChain(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('audit.chain', 0))`.execute(db)
}

export async function readHead(db: Db): Promise<ChainPoint> {
  const row = await db
    .selectFrom('audit_chain')
    .select(['seq', sql<string>`encode(hash, 'hex')`.as('hash')])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? GENESIS : { seq: Number(row.seq), hash: row.hash }
}

export async function readPending(db: Db, limit: number) {
  return await db
    .selectFrom('audit_pending as p')
    .innerJoin('audit_event as e', 'e.event_no', 'p.event_no')
    .select(EVENT_COLUMNS)
    .orderBy('p.event_no')
    .limit(limit)
    .execute()
}

export interface NewLink {
  readonly seq: number
  readonly eventNo: bigint
  readonly hash: string
}

export async function insertLinks(db: Db, alg: HashAlgorithm, links: readonly NewLink[]): Promise<void> {
  await sql`
    insert into audit_chain (seq, event_no, alg, hash)
    select seq, event_no, ${alg}, decode(hash, 'hex')
    from unnest(
      ${links.map((link) => link.seq)}::bigint[],
      ${links.map((link) => link.eventNo)}::bigint[],
      ${links.map((link) => link.hash)}::text[]
    ) as link (seq, event_no, hash)`.execute(db)
}

export async function deletePending(db: Db, eventNos: readonly bigint[]): Promise<void> {
  await db.deleteFrom('audit_pending').where('event_no', '=', sql<bigint>`any(${eventNos}::bigint[])`).execute()
}

/** A stretch of the chain after `after`, in order, with its events; an event that is gone leaves its columns null. */
export async function readLinks(db: Db, after: number, limit: number) {
  return await db
    .selectFrom('audit_chain as c')
    .leftJoin('audit_event as e', 'e.event_no', 'c.event_no')
    .select(['c.seq', 'c.alg', sql<string>`encode(c.hash, 'hex')`.as('hash')])
    .select(EVENT_COLUMNS)
    .where('c.seq', '>', BigInt(after))
    .orderBy('c.seq')
    .limit(limit)
    .$castTo<{ seq: bigint; alg: HashAlgorithm; hash: string } & (EventRow | { eventNo: null })>()
    .execute()
}

export async function countPending(db: Db): Promise<number> {
  const row = await db
    .selectFrom('audit_pending')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/**
 * Looks through `limit` events after `after` for one that is neither chained nor waiting: its link was removed.
 * In steps, because the log is larger than one statement should scan.
 */
export async function scanForUnlinked(db: Db, after: bigint, limit: number) {
  const { rows } = await sql<{ last: bigint | null; unlinked: bigint }>`
    select max(e.event_no) as last,
           count(*) filter (where c.event_no is null and p.event_no is null) as unlinked
    from (select event_no from audit_event where event_no > ${after} order by event_no limit ${limit}) e
    left join audit_chain c on c.event_no = e.event_no
    left join audit_pending p on p.event_no = e.event_no`.execute(db)
  return rows[0] ?? { last: null, unlinked: 0n }
}

/** True where an event disappeared before it was chained. */
export async function pendingWithoutEvent(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('audit_pending as p')
    .leftJoin('audit_event as e', 'e.event_no', 'p.event_no')
    .select('p.event_no')
    .where('e.event_no', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export interface PersonAuditPage {
  readonly personRef: string
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  /** The last entry of the page before, to go on from there. */
  readonly after?: { readonly at: Date; readonly eventNo: bigint } | undefined
  readonly limit: number
}

/** One index range of audit_event_person, newest first. */
export async function readByPerson(db: Db, page: PersonAuditPage) {
  const { from, to, after } = page
  return await db
    .selectFrom('audit_event as e')
    .leftJoin('audit_chain as c', 'c.event_no', 'e.event_no')
    .select(EVENT_COLUMNS)
    .select('c.seq')
    .where('e.person_ref', '=', page.personRef)
    .$if(from !== undefined, (query) => query.where('e.at', '>=', from as Date))
    .$if(to !== undefined, (query) => query.where('e.at', '<', to as Date))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(e.at, e.event_no) < (${after?.at}, ${after?.eventNo})`),
    )
    .orderBy('e.at', 'desc')
    .orderBy('e.event_no', 'desc')
    .limit(page.limit)
    .execute()
}

/** The record as it is hashed: absent columns are absent members. */
export function toRecord(seq: number, row: EventRow): AuditRecord {
  return {
    seq,
    at: row.at.toISOString(),
    actor: row.actor,
    actorOrg: row.actorOrg,
    role: row.role,
    ...(row.onBehalfOf !== null && { onBehalfOf: row.onBehalfOf }),
    action: row.action,
    targetType: row.targetType,
    ...(row.targetId !== null && { targetId: row.targetId }),
    ...(row.personRef !== null && { personRef: row.personRef }),
    purpose: row.purpose,
    basis: row.basis,
    ...(row.consentId !== null && { consentId: row.consentId }),
    ...(row.orderId !== null && { orderId: row.orderId }),
    result: row.result,
    reasonCodes: row.reasonCodes,
    ...(row.sourceAddress !== null && { sourceAddress: row.sourceAddress }),
    ...(row.requestId !== null && { requestId: row.requestId }),
    fieldsTouched: row.fieldsTouched,
  }
}
