import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import { announcement } from '../kernel/change-feed.ts'
import type { Db, Tx } from '../kernel/db.ts'
import { dayOfDate } from './days.ts'
import type { ListedHolder } from './holder-facts.ts'
import { CODE_USED, type Holder } from './types.ts'

/** Each city's order of places is its own secret. */
const SCATTER_KEY_BYTES = 32

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
  /** Key that signed it when it was issued; null for cards whose key nobody wrote down. */
  readonly kid: string | null
}

/** One row of a verifying process's catch-up, with its place in the order of the reading. */
export interface ChangedCard extends ListedHolder {
  readonly status: number
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
 * Deals out places for `count` new cards and a change number. The city's row stays locked until the commit, so change
 * numbers become visible in their order: issuing of one city is serial, for as long as its transactions last.
 */
export async function takePlaces(
  tx: Tx,
  of: { readonly city: CityCode; readonly count: number },
): Promise<{ readonly firstNumber: number; readonly changeNo: bigint; readonly scatterKey: Buffer }> {
  const row = await tx
    .insertInto('cards_issuer')
    .values({
      city: of.city,
      cards_issued: BigInt(of.count),
      change_no: 1n,
      scatter_key: randomBytes(SCATTER_KEY_BYTES),
    })
    .onConflict((conflict) =>
      conflict.column('city').doUpdateSet({
        cards_issued: sql`cards_issuer.cards_issued + ${of.count}`,
        change_no: sql`cards_issuer.change_no + 1`,
      }),
    )
    .returning(['cards_issued as cardsIssued', 'change_no as changeNo', 'scatter_key as scatterKey'])
    .executeTakeFirstOrThrow()
  return { ...row, firstNumber: Number(row.cardsIssued) - of.count }
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
        kid: row.kid,
        change_no: changeNo,
      })),
    )
    .execute()
}

/** What a card row is read with. */
export const CARD_COLUMNS = [
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
  'kid',
] as const

/** The texts of a row as what the checks of the table say they are. */
export const toCardRow = <R extends { readonly city: string; readonly insuredCity: string | null }>(row: R) => ({
  ...row,
  city: row.city as CityCode,
  insuredCity: row.insuredCity as CityCode | null,
})

/** A card; with `city`, only where that city issued it. */
export async function readCard(
  db: Db,
  of: { readonly cardId: string; readonly city?: string | undefined },
): Promise<CardRow | undefined> {
  let query = db.selectFrom('cards_card').select(CARD_COLUMNS).where('card_id', '=', of.cardId)
  if (of.city !== undefined) query = query.where('city', '=', of.city)
  const row = await query.executeTakeFirst()
  return row && toCardRow(row)
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

export interface ListHead {
  readonly city: CityCode
  readonly changeNo: bigint
}

export async function readListHeads(db: Db): Promise<readonly ListHead[]> {
  const rows = await db.selectFrom('cards_issuer').select(['city', 'change_no as changeNo']).execute()
  return rows.map((row) => ({ ...row, city: row.city as CityCode }))
}

/** The holder of the card at one place, by the unique key (city, status_index). */
export async function readHolderAt(
  db: Db,
  at: { readonly city: CityCode; readonly index: number },
): Promise<(Holder & { readonly insuredUntilDay: number | null }) | undefined> {
  const row = await db
    .selectFrom('cards_card')
    .select([
      'person_id as personId',
      'masked_name as maskedName',
      'insured_city as insuredCity',
      'insured_until as insuredUntil',
    ])
    .where('city', '=', at.city)
    .where('status_index', '=', at.index)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { insuredUntil, insuredCity, ...holder } = row
  return {
    ...holder,
    insuredCity: insuredCity as CityCode | null,
    insuredUntilDay: insuredUntil === null ? null : dayOfDate(insuredUntil),
  }
}

/** True where the use is the code's first (then all processes hear of it), or the same client's same use again. */
export async function claimCodeUse(db: Db, use: CodeUse, at: Date): Promise<boolean> {
  const {
    rows: [inserted],
  } = await sql`
    with used as (
      insert into cards_code_use (city, nonce, card_id, used_by, use_key, used_at, expires_at)
      values (${use.city}, ${use.nonce}, ${use.cardId}, ${use.usedBy}, ${use.useKey}, ${at}, ${use.expiresAt})
      on conflict (city, nonce) do nothing
      returning nonce
    )
    select nonce, ${announcement(CODE_USED, sql`nonce`)} from used`.execute(db)
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

/** Nonces of codes that were used since then and have not expired. */
export async function listLiveUses(
  db: Db,
  of: { readonly now: Date; readonly usedSince: Date },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('cards_code_use')
    .select('nonce')
    .where('expires_at', '>', of.now)
    .where('used_at', '>=', of.usedSince)
    .execute()
  return rows.map((row) => row.nonce)
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
