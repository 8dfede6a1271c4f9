import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { HistoryEvent } from './rules.ts'

/** Who did it, as the history keeps it. */
export interface DoneBy {
  readonly clientId: string
  readonly org: string
}

export interface HistoryRow {
  readonly personId: string
  readonly itemId: string
  readonly event: HistoryEvent
  readonly fromStatus: number | null
  readonly toStatus: number
  readonly reason: string | null
  readonly relatedId: string | null
}

export interface StoredEvent extends Omit<HistoryRow, 'personId' | 'itemId'> {
  readonly at: Date
  readonly byClient: string
  readonly byOrg: string
}

/** One statement for any number of events: a bulk issue has as many as cards. */
export async function insertEvents(
  tx: Tx,
  rows: readonly HistoryRow[],
  meta: { readonly kind: 'card' | 'carrier'; readonly at: Date; readonly by: DoneBy },
): Promise<void> {
  await sql`
    insert into cards_event (person_id, item_kind, item_id, at, event, from_status, to_status, reason, by_client, by_org, related_id)
    select person_id, ${meta.kind}, item_id, ${meta.at}, event, from_status, to_status, reason, ${meta.by.clientId},
           ${meta.by.org}, related_id
    from unnest(
      ${rows.map((row) => row.personId)}::uuid[],
      ${rows.map((row) => row.itemId)}::uuid[],
      ${rows.map((row) => row.event)}::text[],
      ${rows.map((row) => row.fromStatus)}::smallint[],
      ${rows.map((row) => row.toStatus)}::smallint[],
      ${rows.map((row) => row.reason)}::text[],
      ${rows.map((row) => row.relatedId)}::uuid[]
    ) as event (person_id, item_id, event, from_status, to_status, reason, related_id)`.execute(tx)
}

/** What happened to one card or carrier, in order; by the primary key. */
export async function readEvents(
  db: Db,
  of: { readonly personId: string; readonly itemId: string },
): Promise<readonly StoredEvent[]> {
  const rows = await db
    .selectFrom('cards_event')
    .select([
      'at',
      'event',
      'from_status as fromStatus',
      'to_status as toStatus',
      'reason',
      'related_id as relatedId',
      'by_client as byClient',
      'by_org as byOrg',
    ])
    .where('person_id', '=', of.personId)
    .where('item_id', '=', of.itemId)
    .orderBy('event_no')
    .execute()
  return rows.map((row) => ({ ...row, event: row.event as HistoryEvent }))
}
