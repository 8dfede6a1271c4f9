import { type RawBuilder, sql } from 'kysely'
import type { HashAlgorithm } from '../kernel/crypto/index.ts'
import type { Db } from '../kernel/db.ts'
import { ZONE } from '../kernel/time.ts'

/** Place in the order of transactions, as text: an xid8 of PostgreSQL. */
export type Place = string

export const BEFORE_ALL: Place = '0'

/** A stretch of the journal: after `after`, up to and with `through`; without it up to what is written now. */
export interface Stretch {
  readonly after: Place
  readonly through: Place | undefined
}

export const inStretch = ({ after, through }: Stretch): RawBuilder<boolean> =>
  through === undefined
    ? sql`j.written_by > ${after}::xid8`
    : sql`j.written_by > ${after}::xid8 and j.written_by <= ${through}::xid8`

/** Journals of a stretch, once for each book that they stand in. */
export const sidesOfStretch = (stretch: Stretch): RawBuilder<unknown> => sql`(
  select j.written_by, j.person_id, j.source, j.biz_id, j.kind, j.event_at, j.created_at, j.reverses, j.month,
    j.book, j.accounts, j.amounts
  from ledger_journal j where ${inStretch(stretch)}
  union all
  select j.written_by, j.person_id, j.source, j.biz_id, j.kind, j.event_at, j.created_at, j.reverses, j.month,
    j.other_book, j.other_accounts, j.other_amounts
  from ledger_journal j where ${inStretch(stretch)} and j.other_book is not null
)`

/** Waits until no other transaction seals; released at its end. */
export async function lockChain(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('ledger.chain', 0))`.execute(db)
}

export interface SealBatch {
  readonly no: bigint
  readonly through: Place
  readonly journals: number
}

export async function readLastBatch(db: Db): Promise<SealBatch | undefined> {
  return (
    await sql<SealBatch>`select no, through::text, journals from ledger_seal_batch order by no desc limit 1`.execute(db)
  ).rows[0]
}

/** Batches after number `no`, in order. */
export async function readBatches(db: Db, no: bigint, limit: number): Promise<readonly SealBatch[]> {
  const { rows } = await sql<SealBatch>`
    select no, through::text, journals from ledger_seal_batch where no > ${no} order by no limit ${limit}`.execute(db)
  return rows
}

/**
 * The next stretch that nothing can join any more: all of its transactions have ended. At least `limit` journals where
 * there are as many, and never a part of a transaction.
 */
export async function findSealable(db: Db, after: Place, limit: number): Promise<Place | undefined> {
  const { rows } = await sql<{ through: Place }>`
    select written_by::text as through from (
      select written_by from ledger_journal
      where written_by > ${after}::xid8 and written_by < pg_snapshot_xmin(pg_current_snapshot())
      order by written_by limit ${limit}
    ) s order by written_by desc limit 1`.execute(db)
  return rows[0]?.through
}

/** True where the server counts its transactions from the start again, as after a restore from a dump. */
export async function isBehind(db: Db, through: Place): Promise<boolean> {
  const { rows } = await sql<{ behind: boolean }>`
    select pg_snapshot_xmax(pg_current_snapshot()) <= ${through}::xid8 as behind`.execute(db)
  return rows[0]?.behind === true
}

export async function countJournals(db: Db, stretch: Stretch): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ledger_journal j where ${inStretch(stretch)}`.execute(db)
  return rows[0]?.n ?? 0
}

/** What is hashed of one book and month in a stretch. */
export interface ChainPart {
  readonly book: string
  readonly month: string
  readonly journals: number
  readonly lines: string
}

/**
 * One line a journal and book, with everything that is stored of it, times in microseconds. In an order that does not
 * depend on the database's collation.
 */
export async function readParts(db: Db, stretch: Stretch): Promise<readonly ChainPart[]> {
  const { rows } = await sql<ChainPart>`
    select book, month, count(*)::int as journals,
      string_agg(concat_ws(' ', written_by, person_id, source, biz_id, kind, coalesce(reverses::text, '-'),
        (extract(epoch from event_at) * 1000000)::bigint, (extract(epoch from created_at) * 1000000)::bigint,
        accounts::text, amounts::text), E'\n' order by written_by, person_id, biz_id, source collate "C") as lines
    from ${sidesOfStretch(stretch)} s
    group by book, month order by book, month`.execute(db)
  return rows
}

/** The last link of a book and month. */
export interface Link {
  readonly book: string
  readonly month: string
  readonly no: bigint
  readonly hash: string
}

export async function readHeads(db: Db): Promise<readonly Link[]> {
  const { rows } = await sql<Link>`
    select distinct on (book, month) book, month, no, encode(hash, 'hex') as hash from ledger_seal
    order by book, month, no desc`.execute(db)
  return rows
}

export interface Seal extends Link {
  readonly batch: bigint
  readonly journals: number
  readonly alg: HashAlgorithm
}

export async function readSeals(db: Db, batch: bigint): Promise<readonly Seal[]> {
  const { rows } = await sql<Seal>`
    select book, month, no, batch, journals, alg, encode(hash, 'hex') as hash from ledger_seal
    where batch = ${batch} order by book, month`.execute(db)
  return rows
}

/** Links of batches that there are not: the sealer would go on from them. */
export async function findLooseSeals(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ what: string }>`
    select format('chain of %s %s, link %s: its batch %s was removed, or it was put in', book, month, s.no, batch) as what
    from ledger_seal s where not exists (select from ledger_seal_batch b where b.no = s.batch)
    order by book, month, s.no limit 20`.execute(db)
  return rows.map((row) => row.what)
}

export async function insertSeals(db: Db, batch: SealBatch, seals: readonly Seal[], at: Date): Promise<void> {
  await sql`insert into ledger_seal_batch (no, through, journals, sealed_at)
    values (${batch.no}, ${batch.through}::xid8, ${batch.journals}, ${at})`.execute(db)
  await sql`
    insert into ledger_seal (book, month, no, batch, journals, alg, hash)
    select book, month, no, batch, journals, alg, decode(hash, 'hex')
    from json_to_recordset(${JSON.stringify(seals.map((one) => ({ ...one, no: String(one.no), batch: String(one.batch) })))}::json)
      as s (book text, month text, no bigint, batch bigint, journals int, alg text, hash text)`.execute(db)
}

/** Entries of a stretch summed by account, day of the event and day of writing. */
export const sumsByDay = (stretch: Stretch): RawBuilder<unknown> => sql`
  select e.account_no, (s.event_at at time zone ${sql.lit(ZONE)})::date as event_day,
    (s.created_at at time zone ${sql.lit(ZONE)})::date as written_day,
    sum(e.amount_fen)::bigint as amount_fen, count(*) as entries
  from ${sidesOfStretch(stretch)} s, unnest(s.accounts, s.amounts) as e (account_no, amount_fen)
  group by 1, 2, 3`

export async function addToBalances(db: Db, stretch: Stretch): Promise<void> {
  await sql`
    insert into ledger_balance as b (account_no, event_day, written_day, amount_fen, entries)
    ${sumsByDay(stretch)}
    on conflict (account_no, event_day, written_day) do update set
      amount_fen = b.amount_fen + excluded.amount_fen, entries = b.entries + excluded.entries`.execute(db)
}
