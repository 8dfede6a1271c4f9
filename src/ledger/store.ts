import { sql } from 'kysely'
import { type Db, PREPARED } from '../kernel/db.ts'
import { type Fen, fen } from '../kernel/money.ts'
import { nullableArray, plainArray, textArray, timeArray } from '../kernel/pg-array.ts'
import { accountNo, type Side, type TotalChange } from './rules.ts'
import type { Account, Posting, WindowTotal } from './types.ts'

/** States of the months that exist, share-locked: nobody can close one of them before this transaction ends. */
export async function lockWindows(db: Db, months: readonly string[]) {
  return await db
    .selectFrom('ledger_window')
    .select(['month', 'state'])
    .where('month', '=', sql<string>`any(${months}::text[])`)
    .orderBy('month')
    .forShare()
    .execute()
}

export async function insertWindows(db: Db, months: readonly string[], at: Date): Promise<void> {
  await db
    .insertInto('ledger_window')
    .values(months.map((month) => ({ month, opened_at: at })))
    .onConflict((conflict) => conflict.column('month').doNothing())
    .execute()
}

/** Closes an open window; false where it is not open. Waits for the postings that hold its share lock. */
export async function closeWindowRow(db: Db, month: string, at: Date): Promise<boolean> {
  const done = await db
    .updateTable('ledger_window')
    .set({ state: 'CLOSED', closed_at: at })
    .where('month', '=', month)
    .where('state', '=', 'OPEN')
    .executeTakeFirst()
  return done.numUpdatedRows === 1n
}

/** Waits for the postings under way and holds back new ones until the transaction ends. */
export async function holdWindows(db: Db): Promise<void> {
  await sql`select month from ledger_window where state = 'OPEN' order by month for update`.execute(db)
}

/** False where there is no such account. */
export async function setClosed(db: Db, code: string, at: Date | null): Promise<boolean> {
  const done = await db.updateTable('ledger_account').set({ closed_at: at }).where('code', '=', code).executeTakeFirst()
  return done.numUpdatedRows === 1n
}

/**
 * Registers what is not registered yet, in the order of the codes, so that transactions that add the same accounts meet in
 * one order.
 *
 * @returns codes among them that are closed
 */
export async function insertAccounts(db: Db, accounts: readonly Account[], at: Date): Promise<readonly string[]> {
  const { rows } = await sql<{ code: string }>`${PREPARED}
    with wanted as materialized (
      select * from unnest(${textArray(accounts.map((one) => one.code))}::text[], ${textArray(accounts.map((one) => one.book))}::text[],
        ${textArray(accounts.map((one) => one.kind))}::text[]) as w (code, book, kind)
    ), added as (
      insert into ledger_account (code, book, kind, created_at)
      select code, book, kind, ${at}::timestamptz from wanted w
      where not exists (select from ledger_account a where a.code = w.code)
      order by code
      on conflict (code) do nothing
    )
    select a.code from wanted join ledger_account a using (code) where a.closed_at is not null order by a.code
  `.execute(db)
  return rows.map((row) => row.code)
}

/**
 * Journals with their entries, one row each. The key (person, source, biz_id) refuses a second posting of the same
 * settlement with SQLSTATE 23505.
 */
export async function insertPostings(
  db: Db,
  postings: readonly { readonly posting: Posting; readonly sides: readonly [Side, Side | null] }[],
  at: Date,
): Promise<void> {
  const own = postings.map((one) => one.sides[0])
  const other = postings.map((one) => one.sides[1])
  const all = postings.map((one) => one.posting)
  await sql`${PREPARED}
    insert into ledger_journal (event_at, created_at, person_id, biz_id, reverses, source, kind, month,
      book, accounts, amounts, other_book, other_accounts, other_amounts)
    select event_at, ${at}::timestamptz, person_id, biz_id, reverses, source, kind, month,
      book, accounts::bigint[], amounts::bigint[], other_book, other_accounts::bigint[], other_amounts::bigint[]
    from unnest(
      ${timeArray(all.map((one) => one.eventAt))}::timestamptz[],
      ${plainArray(all.map((one) => one.personId))}::uuid[],
      ${plainArray(all.map((one) => one.bizId))}::uuid[],
      ${nullableArray(all.map((one) => one.reverses))}::uuid[],
      ${textArray(all.map((one) => one.source))}::text[],
      ${plainArray(all.map((one) => one.kind))}::text[],
      ${textArray(all.map((one) => one.month))}::text[],
      ${textArray(own.map((side) => side.book))}::text[],
      ${textArray(own.map(numbersOf))}::text[],
      ${textArray(own.map(amountsOf))}::text[],
      ${textArray(other.map((side) => side && side.book))}::text[],
      ${textArray(other.map((side) => side && numbersOf(side)))}::text[],
      ${textArray(other.map((side) => side && amountsOf(side)))}::text[]
    ) as j (event_at, person_id, biz_id, reverses, source, kind, month,
      book, accounts, amounts, other_book, other_accounts, other_amounts)
  `.execute(db)
}

const numbersOf = (side: Side): string => `{${side.entries.map((entry) => accountNo(entry.account.code)).join(',')}}`
const amountsOf = (side: Side): string => `{${side.entries.map((entry) => entry.amount).join(',')}}`

/**
 * Adds to the counters. `changes` is sorted by key: rows are locked in that order by every transaction. Each connection has
 * a bucket of its own, so that workers do not queue for one row, and a batch moves a counter once.
 */
export async function addToTotals(db: Db, changes: readonly TotalChange[]): Promise<void> {
  const texts = (value: (change: TotalChange) => string): string => textArray(changes.map(value))
  await sql`${PREPARED}
    insert into ledger_total as t (month, payer, payee, fund, clr_type, bucket, amount_fen, settlements, reversals)
    select month, payer, payee, fund, clr_type, pg_backend_pid() % ${BUCKETS}, amount_fen, settlements, reversals
    from unnest(
      ${texts((one) => one.month)}::text[], ${texts((one) => one.payer)}::text[], ${texts((one) => one.payee)}::text[],
      ${texts((one) => one.fund)}::text[], ${texts((one) => one.clrType)}::text[],
      ${plainArray(changes.map((one) => one.amount))}::bigint[],
      ${plainArray(changes.map((one) => one.settlements))}::bigint[],
      ${plainArray(changes.map((one) => one.reversals))}::bigint[]
    ) as c (month, payer, payee, fund, clr_type, amount_fen, settlements, reversals)
    on conflict (month, payer, payee, fund, clr_type, bucket) do update set
      amount_fen = t.amount_fen + excluded.amount_fen,
      settlements = t.settlements + excluded.settlements,
      reversals = t.reversals + excluded.reversals
  `.execute(db)
}

/** A counter is split this many ways; who reads it sums them. */
const BUCKETS = 16

/**
 * Counters of a month, their buckets summed; with `city` only those in which it pays or is paid. Reads O(city pairs x
 * buckets) rows by the primary key, whatever the month's volume.
 */
export async function readTotals(db: Db, month: string, city?: string): Promise<WindowTotal[]> {
  const rows = await db
    .selectFrom('ledger_total')
    .select((eb) => [
      'payer',
      'payee',
      'fund',
      'clr_type as clrType',
      // sum(bigint) is numeric in PostgreSQL; fen of one month fit a bigint.
      sql<bigint>`sum(amount_fen)::bigint`.as('amount'),
      sql<bigint>`sum(settlements)::bigint`.as('settlements'),
      sql<bigint>`sum(reversals)::bigint`.as('reversals'),
      eb.ref('month').as('month'),
    ])
    .where('month', '=', month)
    .$if(city !== undefined, (query) =>
      query.where((eb) => eb.or([eb('payer', '=', city as string), eb('payee', '=', city as string)])),
    )
    .groupBy(['month', 'payer', 'payee', 'fund', 'clr_type'])
    .orderBy('payer')
    .orderBy('payee')
    .orderBy('fund')
    .orderBy('clr_type')
    .execute()
  return rows.map((row) => ({ ...row, amount: fen(row.amount) }))
}

/** What each city is owed by the others less what it owes them, from the counters; a city without either is left out. */
export async function readNets(db: Db, month: string): Promise<ReadonlyMap<string, Fen>> {
  const { rows } = await sql<{ city: string; net: bigint }>`
    select city, sum(amount)::bigint as net
    from ledger_total t, lateral (values (t.payee, t.amount_fen), (t.payer, -t.amount_fen)) as s (city, amount)
    where t.month = ${month} and t.payer <> t.payee
    group by city
  `.execute(db)
  return new Map(rows.map((row) => [row.city, fen(row.net)]))
}

export async function readWindow(db: Db, month: string) {
  return await db
    .selectFrom('ledger_window')
    .select(['month', 'state', 'closed_at as closedAt'])
    .where('month', '=', month)
    .executeTakeFirst()
}

/**
 * Sums of a month's entries on the accounts between cities, with `city` only those that concern it. Scans the month: for
 * proofs, never for every request.
 */
export async function sumBetweenCities(
  db: Db,
  month: string,
  city?: string,
): Promise<readonly { account: string; amount: Fen }[]> {
  // Numbers are summed first: the few codes are looked up afterwards.
  const { rows } = await sql<{ account: string; amount: bigint }>`
    select a.code as account, s.amount
    from (
      select e.account_no, sum(e.amount_fen)::bigint as amount
      from ledger_journal j, lateral (
        select * from unnest(j.accounts, j.amounts) as own (account_no, amount_fen)
        union all
        select * from unnest(j.other_accounts, j.other_amounts) as other (account_no, amount_fen)
      ) e
      where j.month = ${month} and j.other_book is not null
        ${city === undefined ? sql`` : sql`and ${city} in (j.book, j.other_book)`}
      group by e.account_no
    ) s
    join ledger_account a using (account_no)
    where a.kind in ('due_to', 'due_from')
      ${city === undefined ? sql`` : sql`and ${city} in (a.book, split_part(a.code, '/', 3))`}
    order by a.code
  `.execute(db)
  return rows.map((row) => ({ ...row, amount: fen(row.amount) }))
}

/** Entries of one person's journals in one city's book, in order. By the primary key. */
export async function readEntries(
  db: Db,
  of: {
    readonly personId: string
    readonly source: string
    readonly bizIds: readonly string[]
    readonly book: string
  },
): Promise<readonly { readonly bizId: string; readonly account: string; readonly amount: Fen }[]> {
  if (of.bizIds.length === 0) return []
  const { rows } = await sql<{ bizId: string; account: string; amount: bigint }>`
    select biz_id as "bizId", account, amount_fen as amount
    from ledger_entry
    where person_id = ${of.personId} and source = ${of.source} and biz_id = any(${of.bizIds}::uuid[]) and book = ${of.book}
    order by biz_id, leg
  `.execute(db)
  return rows.map((row) => ({ ...row, amount: fen(row.amount) }))
}

/** How many journals a slice has posted, and what they come to. Scans all journals: for proofs, never for a request. */
export async function sumPosted(db: Db, source: string): Promise<{ readonly journals: number; readonly amount: Fen }> {
  const { rows } = await sql<{ journals: number; amount: bigint }>`
    select (select count(*)::int from ledger_journal where source = ${source}) as journals,
      (select coalesce(sum(amount_fen), 0)::bigint from ledger_total) as amount
  `.execute(db)
  return { journals: rows[0]?.journals ?? 0, amount: fen(rows[0]?.amount ?? 0n) }
}
