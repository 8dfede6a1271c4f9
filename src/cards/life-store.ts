import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db } from '../kernel/db.ts'
import { CARD_COLUMNS, type CardRow, toCardRow } from './store.ts'
import { CARD_STATUS } from './types.ts'

export interface StoredStanding {
  readonly status: number
  readonly reason: string | null
  /** Of the last change; null for a card that was only issued. */
  readonly at: Date | null
}

export async function readStanding(db: Db, cardId: string): Promise<StoredStanding | undefined> {
  return await db
    .selectFrom('cards_card')
    .select(['status', 'status_reason as reason', 'status_at as at'])
    .where('card_id', '=', cardId)
    .executeTakeFirst()
}

/** A card of the city that the person has already: neither revoked nor over. By the index on person_id. */
export async function findLiveCard(
  db: Db,
  of: { readonly personId: string; readonly city: CityCode; readonly now: Date },
): Promise<string | undefined> {
  const row = await db
    .selectFrom('cards_card')
    .select('card_id as cardId')
    .where('person_id', '=', of.personId)
    .where('city', '=', of.city)
    .where('status', '<>', CARD_STATUS.revoked)
    .where('expires_at', '>', of.now)
    .orderBy('issued_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.cardId
}

/** A person's cards, the newest first; with `city`, only those that it issued. */
export async function readCardsOf(
  db: Db,
  of: { readonly personId: string; readonly city?: string | undefined; readonly limit: number },
): Promise<readonly CardRow[]> {
  let query = db
    .selectFrom('cards_card')
    .select(CARD_COLUMNS)
    .where(sql<boolean>`person_id = ${of.personId}::uuid`)
    .orderBy('issued_at', 'desc')
    .orderBy('card_id', 'desc')
    .limit(of.limit)
  if (of.city !== undefined) query = query.where('city', '=', of.city)
  const rows = await query.execute()
  return rows.map(toCardRow)
}
