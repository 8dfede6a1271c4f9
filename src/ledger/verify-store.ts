import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { type Fen, fen } from '../kernel/money.ts'
import { inStretch, type Stretch, sidesOfStretch, sumsByDay } from './chain-store.ts'
import { PERSONAL_ACCOUNT_FUND } from './rules.ts'

/** Journals that there are, by the planner's estimate: only to say how far a proof has come. */
export async function estimateJournals(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select greatest(reltuples, 0)::bigint::float8 as n from pg_class where oid = 'ledger_journal'::regclass`.execute(db)
  return rows[0]?.n ?? 0
}

/** A journal and the book in which something is wrong with it. */
export interface FaultyJournal {
  readonly bizId: string
  readonly book: string
}

/** Books of a stretch's journals that do not sum to zero. */
export async function findUnbalanced(db: Db, stretch: Stretch, limit: number): Promise<readonly FaultyJournal[]> {
  const { rows } = await sql<FaultyJournal>`
    select s.biz_id as "bizId", s.book from ${sidesOfStretch(stretch)} s
    where (select coalesce(sum(amount_fen), 0) from unnest(s.amounts) as e (amount_fen)) <> 0
    order by s.written_by, s.biz_id limit ${limit}`.execute(db)
  return rows
}

/** Accounts of a stretch's journals that are not registered in the book they stand in, each with one journal. */
export async function findUnregistered(db: Db, stretch: Stretch, limit: number): Promise<readonly FaultyJournal[]> {
  const { rows } = await sql<FaultyJournal>`
    select (u.biz_ids)[1] as "bizId", u.book
    from (
      select s.book, e.account_no, array_agg(s.biz_id) as biz_ids
      from ${sidesOfStretch(stretch)} s, unnest(s.accounts) as e (account_no)
      group by s.book, e.account_no
    ) u
    left join ledger_account a on a.account_no = u.account_no and a.book = u.book
    where a.account_no is null
    order by 1, 2 limit ${limit}`.execute(db)
  return rows
}

/**
 * Reversals of a stretch that are not the negated entries of what they take back, account by account, or not the only one.
 * What one city owes another is booked by window, so for these accounts the window is left out.
 */
export async function findFalseReversals(db: Db, stretch: Stretch, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ bizId: string }>`
    select j.biz_id as "bizId"
    from ledger_journal j
    left join ledger_journal o on o.person_id = j.person_id and o.source = j.source and o.biz_id = j.reverses
    where ${inStretch(stretch)} and j.reverses is not null and (
      o.kind is distinct from 'settlement' or exists (
        select from ledger_journal r where r.person_id = j.person_id and r.source = j.source and r.reverses = j.reverses
          and r.biz_id <> j.biz_id
      ) or exists (
        select from (
          select account_no, amount_fen from unnest(j.accounts || j.other_accounts, j.amounts || j.other_amounts) as e (account_no, amount_fen)
          union all
          select account_no, amount_fen from unnest(o.accounts || o.other_accounts, o.amounts || o.other_amounts) as e (account_no, amount_fen)
        ) e
        left join ledger_account a using (account_no)
        group by case when a.kind in ('due_to', 'due_from') then split_part(a.code, '/', 1) || split_part(a.code, '/', 2) || split_part(a.code, '/', 3)
          else coalesce(a.code, e.account_no::text) end
        having sum(amount_fen) <> 0
      )
    )
    order by j.written_by, j.biz_id limit ${limit}`.execute(db)
  return rows.map((row) => row.bizId)
}

/** A counter as the journals give it. */
export interface RecountedTotal {
  readonly key: string
  readonly amount: Fen
  readonly settlements: bigint
  readonly reversals: bigint
}

/**
 * The counters of windows, counted from a stretch's journals. Their names are `month payer payee fund clr_type`: the fund is
 * named by a leg of cost, the kind of clearing by the provider's leg, which is the last of the place of treatment.
 */
export async function recountTotals(db: Db, stretch: Stretch): Promise<readonly RecountedTotal[]> {
  const { rows } = await sql<{ key: string; amount: bigint; settlements: bigint; reversals: bigint }>`
    select concat_ws(' ', c.month, c.payer, c.payee,
        case a.kind when 'psn_account' then ${sql.lit(PERSONAL_ACCOUNT_FUND)} else split_part(a.code, '/', 3) end,
        split_part(p.code, '/', 4)) as key,
      sum(c.amount)::bigint as amount, sum(c.settlements)::bigint as settlements, sum(c.reversals)::bigint as reversals
    from (
      select j.month, j.book as payer, coalesce(j.other_book, j.book) as payee, e.account_no,
        (coalesce(j.other_accounts, j.accounts))[cardinality(coalesce(j.other_accounts, j.accounts))] as provider_no,
        sum(e.amount_fen) as amount, count(*) filter (where j.kind = 'settlement') as settlements,
        count(*) filter (where j.kind = 'reversal') as reversals
      from ledger_journal j, unnest(j.accounts, j.amounts) as e (account_no, amount_fen)
      where ${inStretch(stretch)}
      group by 1, 2, 3, 4, 5
    ) c
    join ledger_account a on a.account_no = c.account_no and a.kind in ('fund_expense', 'psn_account')
    join ledger_account p on p.account_no = c.provider_no
    group by 1`.execute(db)
  return rows.map((row) => ({ ...row, amount: fen(row.amount) }))
}

/** The counters as they are kept, buckets summed. */
export async function readAllTotals(db: Db): Promise<readonly RecountedTotal[]> {
  const { rows } = await sql<{ key: string; amount: bigint; settlements: bigint; reversals: bigint }>`
    select concat_ws(' ', month, payer, payee, fund, clr_type) as key, sum(amount_fen)::bigint as amount,
      sum(settlements)::bigint as settlements, sum(reversals)::bigint as reversals
    from ledger_total group by 1`.execute(db)
  return rows.map((row) => ({ ...row, amount: fen(row.amount) }))
}

/**
 * Balances by day are counted again in a table of this connection: there is a row for each account and day, which a process
 * should not hold in memory.
 */
export async function openRecount(db: Db): Promise<void> {
  await sql`drop table if exists pg_temp.recount`.execute(db)
  await sql`create temporary table recount (account_no bigint, event_day date, written_day date, amount_fen bigint,
    entries bigint, primary key (account_no, event_day, written_day))`.execute(db)
}

export async function recountBalances(db: Db, stretch: Stretch): Promise<void> {
  await sql`
    insert into pg_temp.recount as b (account_no, event_day, written_day, amount_fen, entries)
    ${sumsByDay(stretch)}
    on conflict (account_no, event_day, written_day) do update set
      amount_fen = b.amount_fen + excluded.amount_fen, entries = b.entries + excluded.entries`.execute(db)
}

/** A balance that is not what the sealed entries give. */
export interface BalanceDifference {
  readonly account: string
  readonly day: string
  readonly kept: Fen | null
  readonly counted: Fen | null
}

export async function compareBalances(db: Db, limit: number): Promise<readonly BalanceDifference[]> {
  const { rows } = await sql<{ account: string; day: string; kept: bigint | null; counted: bigint | null }>`
    select coalesce(a.code, account_no::text) as account, event_day as day, b.amount_fen as kept, r.amount_fen as counted
    from ledger_balance b
    full join pg_temp.recount r using (account_no, event_day, written_day)
    left join ledger_account a using (account_no)
    where b.amount_fen is distinct from r.amount_fen or b.entries is distinct from r.entries
    order by 1, 2 limit ${limit}`.execute(db)
  return rows.map((row) => ({ ...row, kept: row.kept as Fen | null, counted: row.counted as Fen | null }))
}

/** What the entries counted say of the accounts between two cities: both sides must be each other's opposite. */
export async function findUnequalPairs(
  db: Db,
): Promise<readonly { readonly pair: string; readonly difference: Fen }[]> {
  const { rows } = await sql<{ pair: string; difference: bigint }>`
    select pair, sum(amount_fen)::bigint as difference from (
      select r.amount_fen, concat_ws(' ', case a.kind when 'due_to' then split_part(a.code, '/', 2) else split_part(a.code, '/', 3) end,
        case a.kind when 'due_to' then split_part(a.code, '/', 3) else split_part(a.code, '/', 2) end, split_part(a.code, '/', 4)) as pair
      from pg_temp.recount r join ledger_account a using (account_no)
      where a.kind in ('due_to', 'due_from')
    ) s group by pair having sum(amount_fen) <> 0 order by pair`.execute(db)
  return rows.map((row) => ({ ...row, difference: fen(row.difference) }))
}

export async function closeRecount(db: Db): Promise<void> {
  await sql`drop table if exists pg_temp.recount`.execute(db)
}
