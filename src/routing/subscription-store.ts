import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'

export interface SubscriptionRow {
  readonly id: string
  readonly institution: string
  readonly resourceType: string
  readonly personId: string
  readonly criteria: string
  readonly endpoint: string
  readonly reason: string
  readonly status: 'requested' | 'active' | 'error'
  readonly error: string | null
  readonly challenge: string
  readonly endsAt: Date | null
  readonly createdAt: Date
  readonly createdBy: string
}

const COLUMNS = [
  'id',
  'institution',
  'resource_type as resourceType',
  'person_id as personId',
  'criteria',
  'endpoint',
  'reason',
  'status',
  'error',
  'challenge',
  'ends_at as endsAt',
  'created_at as createdAt',
  'created_by as createdBy',
] as const

/** @returns false where the institution has the same subscription already */
export async function insertSubscription(tx: Tx, row: SubscriptionRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('routing_subscription')
    .values({
      id: row.id,
      institution: row.institution,
      resource_type: row.resourceType,
      person_id: row.personId,
      criteria: row.criteria,
      endpoint: row.endpoint,
      reason: row.reason,
      status: row.status,
      error: row.error,
      challenge: row.challenge,
      ends_at: row.endsAt,
      created_at: row.createdAt,
      created_by: row.createdBy,
    })
    .onConflict((conflict) => conflict.columns(['institution', 'criteria', 'endpoint']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export async function readSubscription(db: Db, id: string): Promise<SubscriptionRow | undefined> {
  const row = await db.selectFrom('routing_subscription').select(COLUMNS).where('id', '=', id).executeTakeFirst()
  return row as SubscriptionRow | undefined
}

export async function findSubscription(
  db: Db,
  of: Pick<SubscriptionRow, 'institution' | 'criteria' | 'endpoint'>,
): Promise<SubscriptionRow | undefined> {
  const row = await db
    .selectFrom('routing_subscription')
    .select(COLUMNS)
    .where('institution', '=', of.institution)
    .where('criteria', '=', of.criteria)
    .where('endpoint', '=', of.endpoint)
    .executeTakeFirst()
  return row as SubscriptionRow | undefined
}

export async function listSubscriptions(
  db: Db,
  institution: string,
  limit: number,
): Promise<readonly SubscriptionRow[]> {
  const rows = await db
    .selectFrom('routing_subscription')
    .select(COLUMNS)
    .where('institution', '=', institution)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows as SubscriptionRow[]
}

export async function countSubscriptions(db: Db, institution: string): Promise<number> {
  const row = await db
    .selectFrom('routing_subscription')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('institution', '=', institution)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function deleteSubscription(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('routing_subscription').where('id', '=', id).execute()
}

export async function setStatus(
  tx: Tx,
  id: string,
  status: SubscriptionRow['status'],
  error: string | null,
): Promise<void> {
  await tx.updateTable('routing_subscription').set({ status, error }).where('id', '=', id).execute()
}

/** Subscriptions that notices concern, one statement for a batch. Nobody is told what it said itself. */
export async function findSubscribers(
  db: Db,
  notices: readonly {
    readonly messageId: string
    readonly event: string
    readonly personId: string
    readonly sender: string
    readonly holds: readonly string[]
  }[],
  now: Date,
): Promise<readonly { readonly destination: string; readonly messageId: string; readonly event: string }[]> {
  const flat = notices.flatMap((notice) => notice.holds.map((type) => ({ ...notice, type })))
  const { rows } = await sql<{ destination: string; messageId: string; event: string }>`
    select distinct s.id::text as destination, n.message_id as "messageId", n.event
    from unnest(
      ${flat.map((one) => one.messageId)}::uuid[],
      ${flat.map((one) => one.event)}::text[],
      ${flat.map((one) => one.personId)}::uuid[],
      ${flat.map((one) => one.sender)}::text[],
      ${flat.map((one) => one.type)}::text[]
    ) as n (message_id, event, person_id, sender, type)
    join routing_subscription s on s.person_id = n.person_id and s.resource_type = n.type and s.status = 'active'
    where s.institution <> n.sender and (s.ends_at is null or s.ends_at > ${now})`.execute(db)
  return rows
}
