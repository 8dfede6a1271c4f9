import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { type Fen, fen } from '../kernel/money.ts'
import type { TotalChange } from './rules.ts'
import type { Account, Entry, Posting, WindowTotal } from './types.ts'

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

/** In the order of the codes, so that transactions that add the same accounts meet in one order. */
export async function insertAccounts(db: Db, accounts: readonly Account[], at: Date): Promise<void> {
  await db
    .insertInto('ledger_account')
    .values(accounts.map((one) => ({ code: one.code, book: one.book, kind: one.kind, created_at: at })))
    .onConflict((conflict) => conflict.column('code').doNothing())
    .execute()
}

/**
 * Journals, then their entries, one statement each: a trigger wants the journal to be there when an entry comes. The
 * journal's key (person, source, biz_id) refuses a second posting of the same settlement with SQLSTATE 23505.
 */
export async function insertPostings(
  db: Db,
  postings: readonly (Posting & { readonly entries: readonly Entry[] })[],
  at: Date,
): Promise<void> {
  const journals = postings.map((one) => ({
    person_id: one.personId,
    source: one.source,
    biz_id: one.bizId,
    kind: one.kind,
    event_at: one.eventAt,
    created_at: at,
    month: one.month,
    reverses: one.reverses,
  }))
  await sql`
    insert into ledger_journal (person_id, source, biz_id, kind, event_at, created_at, month, reverses)
    select * from json_to_recordset(${JSON.stringify(journals)}::json) as j
      (person_id uuid, source text, biz_id uuid, kind text, event_at timestamptz, created_at timestamptz, month text, reverses uuid)
  `.execute(db)
  const entries = postings.flatMap((one) =>
    one.entries.map((entry) => ({
      person_id: one.personId,
      source: one.source,
      biz_id: one.bizId,
      leg: entry.leg,
      book: entry.account.book,
      account: entry.account.code,
      amount_fen: String(entry.amount),
    })),
  )
  if (entries.length === 0) return
  await sql`
    insert into ledger_entry (person_id, source, biz_id, leg, book, account, amount_fen)
    select * from json_to_recordset(${JSON.stringify(entries)}::json) as e
      (person_id uuid, source text, biz_id uuid, leg smallint, book text, account text, amount_fen bigint)
  `.execute(db)
}

/** Adds to the counters. `changes` is sorted by key: rows are locked in that order by every transaction. */
export async function addToTotals(db: Db, changes: readonly TotalChange[]): Promise<void> {
  const rows = changes.map((one) => ({
    month: one.month,
    payer: one.payer,
    payee: one.payee,
    fund: one.fund,
    clr_type: one.clrType,
    bucket: one.bucket,
    amount_fen: String(one.amount),
    settlements: one.settlements,
    reversals: one.reversals,
  }))
  await sql`
    insert into ledger_total as t (month, payer, payee, fund, clr_type, bucket, amount_fen, settlements, reversals)
    select * from json_to_recordset(${JSON.stringify(rows)}::json) as c
      (month text, payer text, payee text, fund text, clr_type text, bucket smallint, amount_fen bigint,
       settlements bigint, reversals bigint)
    on conflict (month, payer, payee, fund, clr_type, bucket) do update set
      amount_fen = t.amount_fen + excluded.amount_fen,
      settlements = t.settlements + excluded.settlements,
      reversals = t.reversals + excluded.reversals
  `.execute(db)
}

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
  const { rows } = await sql<{ account: string; amount: bigint }>`
    select e.account, sum(e.amount_fen)::bigint as amount
    from ledger_journal j
    join ledger_entry e on e.person_id = j.person_id and e.source = j.source and e.biz_id = j.biz_id
    where j.month = ${month} and split_part(e.account, '/', 1) in ('due_to', 'due_from')
      ${city === undefined ? sql`` : sql`and ${city} in (e.book, split_part(e.account, '/', 3))`}
    group by e.account
    order by e.account
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
  const rows = await db
    .selectFrom('ledger_entry')
    .select(['biz_id as bizId', 'account', 'amount_fen as amount'])
    .where('person_id', '=', of.personId)
    .where('source', '=', of.source)
    .where('biz_id', 'in', of.bizIds)
    .where('book', '=', of.book)
    .orderBy('biz_id')
    .orderBy('leg')
    .execute()
  return rows.map((row) => ({ ...row, amount: fen(row.amount) }))
}
