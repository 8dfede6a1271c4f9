import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import { countAnswers, purgeAnswers } from '../kernel/idempotency-store.ts'
import { goesWithOrder } from './rules.ts'
import type { Party } from './types.ts'

/** Kinds of rows that are about persons, in the order in which they may be deleted. */
export const PURGE_CLASSES = [
  'verification',
  'appeal-event',
  'appeal',
  'state',
  'change-person',
  'change',
  'hold',
  'answer',
] as const
export type PurgeClass = (typeof PURGE_CLASSES)[number]

/** Why rows go: their order has ended, or they are older than the policy keeps them. */
export type PurgeCause = 'order-ended' | 'retention'

export interface Purged {
  readonly class: PurgeClass
  readonly count: number
  /** Times of the first and the last of the rows. */
  readonly from: Date
  readonly to: Date
  /** SHA-256 of the rows' ids, sorted, one a line. */
  readonly idsSha256: string
}

interface Deletion {
  readonly orderId: string
  readonly now: Date
  /** Rows that ended before this; null: all rows of the order. */
  readonly cutoff: Date | null
}

/** True where a legal hold on the order, or on the person in the column, keeps a row. */
const held = (of: Deletion, person: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`exists (
  select from healthcodes_hold h where h.order_id = ${of.orderId} and h.released_at is null and h.until_at > ${of.now}
    and (h.person_id is null or h.person_id = ${person}))`

const NOBODY = sql`null::uuid`

/** Decided before the cutoff, and not the ground of a second appeal that is open. */
const settled = (of: Deletion): RawBuilder<boolean> => sql<boolean>`(${of.cutoff}::timestamptz is null
  or (a.decided_at < ${of.cutoff} and not exists (select from healthcodes_appeal n
    where n.person_id = a.person_id and n.first_appeal_id = a.appeal_id and n.result is null)))`

/** What is deleted of each class: id and time of the rows, and how they go. */
const DELETIONS: Readonly<Record<Exclude<PurgeClass, 'answer'>, (of: Deletion) => RawBuilder<unknown>>> = {
  verification: (of) => sql`delete from healthcodes_verification v where v.order_id = ${of.orderId}
    and (${of.cutoff}::timestamptz is null or v.verified_at < ${of.cutoff}) and not ${held(of, NOBODY)}
    and not exists (select from healthcodes_state s join healthcodes_hold h on h.person_id = s.person_id
      where s.state_id = v.state_id and h.order_id = v.order_id and h.released_at is null and h.until_at > ${of.now})
    returning v.verification_id::text as id, v.verified_at as at`,
  'appeal-event': (of) => sql`delete from healthcodes_appeal_event e using healthcodes_appeal a
    where a.person_id = e.person_id and a.appeal_id = e.appeal_id and a.order_id = ${of.orderId}
    and ${settled(of)} and not ${held(of, sql`e.person_id`)}
    returning e.appeal_id || '/' || e.seq as id, e.at as at`,
  appeal: (of) => sql`delete from healthcodes_appeal a where a.order_id = ${of.orderId}
    and ${settled(of)} and not ${held(of, sql`a.person_id`)}
    returning a.appeal_id::text as id, a.filed_at as at`,
  // The present version of a level that has not run out stays; an appeal that is open keeps what it is about.
  state: (of) => sql`delete from healthcodes_state s where s.order_id = ${of.orderId}
    and (${of.cutoff}::timestamptz is null or (
      (s.valid_until < ${of.cutoff} or exists (select from healthcodes_state n
        where n.person_id = s.person_id and n.city = s.city and n.version_no > s.version_no and n.set_at < ${of.cutoff}))
      and not exists (select from healthcodes_appeal a
        where a.person_id = s.person_id and a.state_id = s.state_id and a.result is null)))
    and not ${held(of, sql`s.person_id`)}
    returning s.state_id::text as id, s.set_at as at`,
  'change-person': (of) => sql`delete from healthcodes_change_person p using healthcodes_change c
    where c.change_id = p.change_id and c.order_id = ${of.orderId}
    and (${of.cutoff}::timestamptz is null or (c.decided_at < ${of.cutoff} and c.valid_until < ${of.cutoff}))
    and not ${held(of, sql`p.person_id`)}
    returning c.change_id || '/' || p.person_id as id, c.proposed_at as at`,
  change: (of) => sql`delete from healthcodes_change c where c.order_id = ${of.orderId}
    and ${of.cutoff}::timestamptz is null and not ${held(of, NOBODY)}
    and not exists (select from healthcodes_change_person p where p.change_id = c.change_id)
    returning c.change_id::text as id, c.proposed_at as at`,
  // A hold that still holds stays; one that is over has done its work when the order is over.
  hold: (of) => sql`delete from healthcodes_hold h where h.order_id = ${of.orderId}
    and ${of.cutoff}::timestamptz is null and (h.released_at is not null or h.until_at <= ${of.now})
    returning h.hold_id::text as id, h.set_at as at`,
}

/** Deletes one class of an order's rows, and counts and digests what went. */
export async function deleteClass(tx: Tx, name: PurgeClass, of: Deletion): Promise<Purged | undefined> {
  if (name === 'answer') return await deleteAnswers(tx, of)
  const { rows } = await sql<{ count: bigint; from: Date | null; to: Date | null; ids: string | null }>`
    with gone as (${DELETIONS[name](of)})
    select count(*) as count, min(at) as "from", max(at) as "to",
      encode(sha256(convert_to(string_agg(id, E'\n' order by id collate "C"), 'UTF8')), 'hex') as ids
    from gone`.execute(tx)
  const [row] = rows
  if (row === undefined || row.from === null || row.to === null || row.ids === null) return undefined
  return { class: name, count: Number(row.count), from: row.from, to: row.to, idsSha256: row.ids }
}

/**
 * What was answered to keyed requests under the order. A legal hold does not keep it: it repeats what the rows say, and is
 * gone within days anyway.
 */
async function deleteAnswers(tx: Tx, { orderId, now, cutoff }: Deletion): Promise<Purged | undefined> {
  const gone = await purgeAnswers(tx, { goesWith: goesWithOrder(orderId), before: cutoff, at: now })
  const [first] = gone
  if (first === undefined) return undefined
  let { at: from, at: to } = first
  for (const { at } of gone) {
    if (at < from) from = at
    if (at > to) to = at
  }
  // Of ASCII alone, so that this order is that of the database.
  const ids = gone.map((one) => one.id).toSorted((a, b) => (a < b ? -1 : 1))
  const idsSha256 = createHash('sha256').update(ids.join('\n')).digest('hex')
  return { class: 'answer', count: gone.length, from, to, idsSha256 }
}

/** Rows of an order that are about persons, by class. */
export async function countRows(db: Db, orderId: string): Promise<ReadonlyMap<PurgeClass, number>> {
  const answers = await countAnswers(db, goesWithOrder(orderId))
  const { rows } = await sql<Record<Exclude<PurgeClass, 'answer'>, bigint>>`select
    (select count(*) from healthcodes_verification where order_id = ${orderId}) as verification,
    (select count(*) from healthcodes_appeal_event e join healthcodes_appeal a using (person_id, appeal_id)
      where a.order_id = ${orderId}) as "appeal-event",
    (select count(*) from healthcodes_appeal where order_id = ${orderId}) as appeal,
    (select count(*) from healthcodes_state where order_id = ${orderId}) as state,
    (select count(*) from healthcodes_change_person p join healthcodes_change c using (change_id)
      where c.order_id = ${orderId}) as "change-person",
    (select count(*) from healthcodes_change where order_id = ${orderId}) as change,
    (select count(*) from healthcodes_hold where order_id = ${orderId}) as hold`.execute(db)
  return new Map(PURGE_CLASSES.map((name) => [name, name === 'answer' ? answers : Number(rows[0]?.[name] ?? 0)]))
}

/** Closed orders that still have rows about persons. */
export async function listClosedWithRows(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('healthcodes_order as o')
    .select('o.order_id as orderId')
    .where('o.closed_at', 'is not', null)
    .where(
      sql<boolean>`(exists (select from healthcodes_state s where s.order_id = o.order_id)
        or exists (select from healthcodes_change c where c.order_id = o.order_id)
        or exists (select from healthcodes_appeal a where a.order_id = o.order_id)
        or exists (select from healthcodes_verification v where v.order_id = o.order_id)
        or exists (select from healthcodes_hold h where h.order_id = o.order_id))`,
    )
    .orderBy('o.order_id')
    .execute()
  return rows.map((row) => row.orderId)
}

export interface PurgeProof extends Purged {
  readonly proofId: string
  readonly orderId: string
  readonly city: CityCode
  readonly cause: PurgeCause
  /** The figure in force; null where none was: at an order's end everything goes, whatever the figures say. */
  readonly policy: { readonly name: string; readonly version: number } | null
  readonly purgedBy: string
  /** Who approved the order, and with it its end and this deletion. */
  readonly approvedBy: Party
  /** Who ended the order before its time; null where its time ran out, and while it was in force. */
  readonly endedBy: Party | null
  readonly at: Date
}

export async function insertProofs(tx: Tx, proofs: readonly PurgeProof[]): Promise<void> {
  if (proofs.length === 0) return
  await tx
    .insertInto('healthcodes_purge_proof')
    .values(
      proofs.map((proof) => ({
        proof_id: proof.proofId,
        class: proof.class,
        order_id: proof.orderId,
        city: proof.city,
        cause: proof.cause,
        policy_name: proof.policy?.name ?? null,
        policy_version: proof.policy?.version ?? null,
        from_at: proof.from,
        to_at: proof.to,
        count: BigInt(proof.count),
        ids_sha256: proof.idsSha256,
        purged_by: proof.purgedBy,
        approved_client: proof.approvedBy.clientId,
        approved_officer: proof.approvedBy.officer,
        ended_client: proof.endedBy?.clientId ?? null,
        ended_officer: proof.endedBy?.officer ?? null,
        purged_at: proof.at,
      })),
    )
    .execute()
}

/** Proofs, the newest first; of one city where it is named. */
export async function listProofs(
  db: Db,
  filter: { readonly city?: string | undefined; readonly orderId?: string | undefined },
): Promise<readonly PurgeProof[]> {
  let query = db.selectFrom('healthcodes_purge_proof').selectAll().orderBy('proof_id', 'desc').limit(1_000)
  if (filter.city !== undefined) query = query.where('city', '=', filter.city)
  if (filter.orderId !== undefined) query = query.where('order_id', '=', filter.orderId)
  const rows = await query.execute()
  return rows.map((row) => ({
    proofId: row.proof_id,
    class: row.class as PurgeClass,
    orderId: row.order_id,
    city: row.city as CityCode,
    cause: row.cause as PurgeCause,
    policy:
      row.policy_name === null || row.policy_version === null
        ? null
        : { name: row.policy_name, version: row.policy_version },
    from: row.from_at,
    to: row.to_at,
    count: Number(row.count),
    idsSha256: row.ids_sha256,
    purgedBy: row.purged_by,
    approvedBy: { clientId: row.approved_client, officer: row.approved_officer },
    endedBy:
      row.ended_client === null || row.ended_officer === null
        ? null
        : { clientId: row.ended_client, officer: row.ended_officer },
    at: row.purged_at,
  }))
}

export interface Hold {
  readonly holdId: string
  readonly orderId: string
  readonly city: CityCode
  readonly personId: string | null
  readonly reason: string
  readonly setBy: Party
  readonly setAt: Date
  readonly until: Date
  readonly releasedAt: Date | null
}

export async function insertHold(tx: Tx, hold: Hold): Promise<void> {
  await tx
    .insertInto('healthcodes_hold')
    .values({
      hold_id: hold.holdId,
      order_id: hold.orderId,
      city: hold.city,
      person_id: hold.personId,
      reason: hold.reason,
      set_client: hold.setBy.clientId,
      set_officer: hold.setBy.officer,
      set_at: hold.setAt,
      until_at: hold.until,
    })
    .execute()
}

export async function listHolds(db: Db, city: string): Promise<readonly Hold[]> {
  const rows = await db
    .selectFrom('healthcodes_hold')
    .selectAll()
    .where('city', '=', city)
    .orderBy('hold_id', 'desc')
    .limit(1_000)
    .execute()
  return rows.map((row) => ({
    holdId: row.hold_id,
    orderId: row.order_id,
    city: row.city as CityCode,
    personId: row.person_id,
    reason: row.reason,
    setBy: { clientId: row.set_client, officer: row.set_officer },
    setAt: row.set_at,
    until: row.until_at,
    releasedAt: row.released_at,
  }))
}

/** False where the city has no such hold in force. */
export async function releaseHoldRow(tx: Tx, holdId: string, city: string, at: Date): Promise<boolean> {
  const result = await tx
    .updateTable('healthcodes_hold')
    .set({ released_at: at })
    .where('hold_id', '=', holdId)
    .where('city', '=', city)
    .where('released_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
