import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { ListedCard } from './card-list.ts'
import { dayOfDate } from './days.ts'

export interface CardRow {
  readonly cardId: string
  readonly city: CityCode
  readonly statusIndex: number
  readonly personId: string
  readonly maskedName: string
  readonly insuredCity: CityCode | null
  readonly insuredUntil: string | null
  readonly status: number
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** One row of a verifying process's catch-up, with its place in the order of the reading. */
export interface ChangedCard extends ListedCard {
  readonly changeNo: bigint
}

export interface CodeUse {
  readonly city: CityCode
  readonly nonce: string
  readonly cardId: string
  readonly usedBy: string
  /** Idempotency-Key of the use, where the client sent one. */
  readonly useKey: string | null
  readonly expiresAt: Date
}

/**
 * Deals out places for `count` new cards and a change number. The issuer's row stays locked until the commit, so change
 * numbers become visible in their order: issuing of one city is serial, for as long as its transactions last.
 */
export async function takePlaces(
  tx: Tx,
  of: { readonly city: CityCode; readonly count: number },
): Promise<{ readonly firstNumber: number; readonly changeNo: bigint; readonly scatterKey: Buffer } | undefined> {
  const row = await tx
    .updateTable('cards_issuer')
    .set({ cards_issued: sql`cards_issued + ${of.count}`, change_no: sql`change_no + 1` })
    .where('city', '=', of.city)
    .returning(['cards_issued as cardsIssued', 'change_no as changeNo', 'scatter_key as scatterKey'])
    .executeTakeFirst()
  return row && { ...row, firstNumber: Number(row.cardsIssued) - of.count }
}

export async function insertCards(tx: Tx, rows: readonly CardRow[], changeNo: bigint): Promise<void> {
  await tx
    .insertInto('cards_card')
    .values(
      rows.map((row) => ({
        card_id: row.cardId,
        city: row.city,
        status_index: row.statusIndex,
        person_id: row.personId,
        masked_name: row.maskedName,
        insured_city: row.insuredCity,
        insured_until: row.insuredUntil,
        status: row.status,
        issued_at: row.issuedAt,
        expires_at: row.expiresAt,
        change_no: changeNo,
      })),
    )
    .execute()
}

/** A card; with `city`, only where that city issued it. */
export async function readCard(
  db: Db,
  of: { readonly cardId: string; readonly city?: string | undefined },
): Promise<CardRow | undefined> {
  let query = db
    .selectFrom('cards_card')
    .select([
      'card_id as cardId',
      'city',
      'status_index as statusIndex',
      'person_id as personId',
      'masked_name as maskedName',
      'insured_city as insuredCity',
      'insured_until as insuredUntil',
      'status',
      'issued_at as issuedAt',
      'expires_at as expiresAt',
    ])
    .where('card_id', '=', of.cardId)
  if (of.city !== undefined) query = query.where('city', '=', of.city)
  const row = await query.executeTakeFirst()
  return row && { ...row, city: row.city as CityCode, insuredCity: row.insuredCity as CityCode | null }
}

/** Call with the issuer's row locked (`takePlaces` with count 0), which orders all changes of one issuer's cards. */
export async function updateStatus(
  tx: Tx,
  change: {
    readonly cardId: string
    readonly status: number
    readonly reason: string
    readonly at: Date
    readonly changeNo: bigint
  },
): Promise<void> {
  await tx
    .updateTable('cards_card')
    .set({ status: change.status, status_reason: change.reason, status_at: change.at, change_no: change.changeNo })
    .where('card_id', '=', change.cardId)
    .execute()
}

/** The next page of one issuer's cards that changed after a change number, by (change_no, status_index). */
export async function listChangedCards(
  db: Db,
  after: { readonly city: CityCode; readonly changeNo: bigint; readonly index: number; readonly limit: number },
): Promise<readonly ChangedCard[]> {
  const rows = await db
    .selectFrom('cards_card')
    .select([
      'status_index as index',
      'person_id as personId',
      'masked_name as maskedName',
      'insured_city as insuredCity',
      'insured_until as insuredUntil',
      'status',
      'change_no as changeNo',
    ])
    .where('city', '=', after.city)
    // A row comparison, which the index (city, change_no, status_index) serves as one range.
    .where(sql<boolean>`(change_no, status_index) > (${after.changeNo}, ${after.index})`)
    .orderBy('change_no')
    .orderBy('status_index')
    .limit(after.limit)
    .execute()
  return rows.map(({ insuredUntil, ...row }) => ({
    ...row,
    insuredCity: row.insuredCity as CityCode | null,
    insuredUntilDay: insuredUntil === null ? null : dayOfDate(insuredUntil),
  }))
}

/** True where the use is the code's first, or the same client's same use again. */
export async function claimCodeUse(db: Db, use: CodeUse, at: Date): Promise<boolean> {
  const inserted = await db
    .insertInto('cards_code_use')
    .values({
      city: use.city,
      nonce: use.nonce,
      card_id: use.cardId,
      used_by: use.usedBy,
      use_key: use.useKey,
      used_at: at,
      expires_at: use.expiresAt,
    })
    .onConflict((conflict) => conflict.columns(['city', 'nonce']).doNothing())
    .returning('nonce')
    .executeTakeFirst()
  if (inserted !== undefined) return true
  if (use.useKey === null) return false
  const same = await db
    .selectFrom('cards_code_use')
    .select('nonce')
    .where('city', '=', use.city)
    .where('nonce', '=', use.nonce)
    .where('used_by', '=', use.usedBy)
    .where('use_key', '=', use.useKey)
    .executeTakeFirst()
  return same !== undefined
}

export async function deleteExpiredUses(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('cards_code_use').where('expires_at', '<', before).execute()
}

export interface FreshnessPolicyRow {
  readonly from: string
  readonly warnAfterS: number
  readonly refuseAfterS: number
}

/** The newest first. */
export async function readFreshnessPolicies(db: Db): Promise<readonly FreshnessPolicyRow[]> {
  return await db
    .selectFrom('cards_freshness_policy')
    .select(['effective_from as from', 'warn_after_s as warnAfterS', 'refuse_after_s as refuseAfterS'])
    .orderBy('effective_from', 'desc')
    .execute()
}
