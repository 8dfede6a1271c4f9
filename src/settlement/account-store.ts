import { sql } from 'kysely'
import { type Db, PREPARED } from '../kernel/db.ts'
import { type Fen, fen } from '../kernel/money.ts'
import { nullableArray, plainArray } from '../kernel/pg-array.ts'
import type { AccountBook } from './types.ts'
import type { Lock } from './year-store.ts'

export interface AccountKey {
  readonly personId: string
  readonly insuredCity: string
}

export const accountName = (key: AccountKey): string => `${key.personId}/${key.insuredCity}`

const columns = (keys: readonly AccountKey[]) => sql`unnest(
    ${plainArray(keys.map((key) => key.personId))}::uuid[], ${plainArray(keys.map((key) => key.insuredCity))}::text[]
  ) as k (person_id, insured_city)`

/** Personal accounts of these owners, locked in key order; one who has none is left out. */
export async function readAccounts(db: Db, keys: readonly AccountKey[], lock: Lock): Promise<AccountBook[]> {
  if (keys.length === 0) return []
  const locking = sql.raw({ none: '', wait: 'for update of a', skip: 'for update of a skip locked' }[lock])
  const { rows } = await sql<{ personId: string; insuredCity: string; balance: bigint; moves: bigint }>`${PREPARED}
    select a.person_id as "personId", a.insured_city as "insuredCity", a.balance_fen as balance, a.moves
    from ${columns(keys)} join settlement_account a on a.person_id = k.person_id and a.insured_city = k.insured_city
    order by a.person_id, a.insured_city
    ${locking}
  `.execute(db)
  return rows.map((row) => ({ ...row, balance: fen(row.balance) }))
}

export interface AccountMove extends AccountKey {
  readonly seq: bigint
  readonly resultId: string | null
  readonly amount: Fen
  readonly after: Fen
}

/** Writes movements and the balances after them; `seq` fails on its key where it was taken from a stale account. */
export async function moveAccounts(db: Db, moves: readonly AccountMove[], at: Date): Promise<void> {
  if (moves.length === 0) return
  await sql`${PREPARED}
    with m as (
      select * from unnest(
        ${plainArray(moves.map((one) => one.personId))}::uuid[], ${plainArray(moves.map((one) => one.insuredCity))}::text[],
        ${plainArray(moves.map((one) => one.seq))}::bigint[], ${nullableArray(moves.map((one) => one.resultId))}::uuid[],
        ${plainArray(moves.map((one) => one.amount))}::bigint[], ${plainArray(moves.map((one) => one.after))}::bigint[]
      ) as m (person_id, insured_city, seq, result_id, amount_fen, balance_after_fen)
    ), written as (
      insert into settlement_account_movement
        (person_id, insured_city, seq, result_id, amount_fen, balance_after_fen, created_at)
      select person_id, insured_city, seq, result_id, amount_fen, balance_after_fen, ${at}::timestamptz from m
    )
    update settlement_account a
    set balance_fen = a.balance_fen + s.amount_fen, moves = s.seq
    from (
      select person_id, insured_city, sum(amount_fen)::bigint as amount_fen, max(seq) as seq
      from m group by person_id, insured_city
    ) s
    where a.person_id = s.person_id and a.insured_city = s.insured_city
  `.execute(db)
}

/** Adds personal accounts at zero; those that exist stay. Returns the new ones. */
export async function insertAccounts(db: Db, keys: readonly AccountKey[]): Promise<readonly AccountKey[]> {
  const { rows } = await sql<AccountKey>`
    insert into settlement_account (person_id, insured_city)
    select person_id, insured_city from ${columns(keys)}
    order by person_id, insured_city
    on conflict do nothing
    returning person_id as "personId", insured_city as "insuredCity"
  `.execute(db)
  return rows
}

/** Whose account pays for a member on a day: one holder, the first that was told. */
export async function readHolders(
  db: Db,
  asked: readonly { readonly personId: string; readonly insuredCity: string; readonly date: string }[],
): Promise<ReadonlyMap<string, string>> {
  if (asked.length === 0) return new Map()
  const { rows } = await sql<{ memberId: string; holderId: string }>`${PREPARED}
    select distinct on (f.member_id) f.member_id as "memberId", f.holder_id as "holderId"
    from unnest(${plainArray(asked.map((one) => one.personId))}::uuid[], ${plainArray(asked.map((one) => one.insuredCity))}::text[],
      ${plainArray(asked.map((one) => one.date))}::date[]) as k (person_id, insured_city, day)
    join settlement_family f on f.member_id = k.person_id and f.insured_city = k.insured_city
      and f.from_date <= k.day and (f.to_date is null or f.to_date >= k.day)
    order by f.member_id, f.from_date, f.holder_id
  `.execute(db)
  return new Map(rows.map((row) => [row.memberId, row.holderId]))
}

/** A permission, or another last day of one that is there. */
export async function upsertFamily(
  db: Db,
  of: {
    readonly memberId: string
    readonly holderId: string
    readonly insuredCity: string
    readonly from: string
    readonly to: string | null
    readonly by: string
    readonly at: Date
  },
): Promise<void> {
  await sql`
    insert into settlement_family as f (member_id, holder_id, insured_city, from_date, to_date, told_by, told_at)
    values (${of.memberId}, ${of.holderId}, ${of.insuredCity}, ${of.from}, ${of.to}, ${of.by}, ${of.at})
    on conflict (member_id, holder_id, from_date) do update
      set to_date = excluded.to_date, ended_by = excluded.told_by, ended_at = excluded.told_at
      where f.to_date is distinct from excluded.to_date
  `.execute(db)
}
