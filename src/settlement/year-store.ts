import { sql } from 'kysely'
import type { Accumulators } from '../benefits/index.ts'
import { type Db, PREPARED } from '../kernel/db.ts'
import { plainArray, textArray } from '../kernel/pg-array.ts'
import { packAccumulators, unpackAccumulators } from './compact.ts'
import type { YearBook, YearKey } from './types.ts'

export const yearName = (key: YearKey): string => `${key.personId}/${key.insuredCity}/${key.year}/${key.insutype}`

/** In the order of the primary key: every transaction locks in that order. */
const columns = (keys: readonly YearKey[]) => sql`unnest(
    ${plainArray(keys.map((key) => key.personId))}::uuid[], ${plainArray(keys.map((key) => key.year))}::smallint[],
    ${plainArray(keys.map((key) => key.insuredCity))}::text[], ${textArray(keys.map((key) => key.insutype))}::text[]
  ) as k (person_id, year, insured_city, insutype)`

/** `wait` holds the rows to the end of the transaction, `skip` does too but leaves out what another transaction holds. */
export type Lock = 'none' | 'wait' | 'skip'

/**
 * Reads years that exist and, with a lock, holds their rows to the end of the transaction: a person's settlements happen one
 * after another. Plan: LockRows → Sort → Nested Loop of the keys with the primary key; the sort lies below the locking, so
 * rows are locked in key order.
 */
export async function readYears(db: Db, keys: readonly YearKey[], lock: Lock): Promise<YearBook[]> {
  if (keys.length === 0) return []
  const locking = sql.raw({ none: '', wait: 'for update of a', skip: 'for update of a skip locked' }[lock])
  const { rows } = await sql<YearKey & { moves: bigint; used: readonly bigint[] }>`${PREPARED}
    select a.person_id as "personId", a.insured_city as "insuredCity", a.year, a.insutype, a.moves, a.used
    from ${columns(keys)}
    join settlement_accumulator a on a.person_id = k.person_id and a.year = k.year
      and a.insured_city = k.insured_city and a.insutype = k.insutype
    order by a.person_id, a.year, a.insured_city, a.insutype
    ${locking}
  `.execute(db)
  return rows.map(({ used, ...row }) => ({ ...row, accumulators: unpackAccumulators(used) }))
}

/** Adds years that are not there yet, at zero. Sorted, so that two transactions with the same new person never cross. */
export async function ensureYears(db: Db, keys: readonly YearKey[]): Promise<void> {
  await sql`${PREPARED}
    insert into settlement_accumulator (person_id, year, insured_city, insutype, moves, used)
    select person_id, year, insured_city, insutype, 0, '{}' from ${columns(keys)}
    order by person_id, year, insured_city, insutype
    on conflict do nothing
  `.execute(db)
}

/** Where a person's year stands after this transaction. */
export interface YearState extends YearKey {
  /** Moves before; 0 and `fresh`: the year has no row yet. */
  readonly before: bigint
  readonly fresh: boolean
  readonly moves: bigint
  readonly used: Accumulators
}

/**
 * Writes years: those that were read with a lock, and new ones. Returns how many were written: fewer than asked where
 * another transaction has begun the year meanwhile, and then nothing of this one may stand.
 */
export async function writeYears(db: Db, states: readonly YearState[]): Promise<number> {
  if (states.length === 0) return 0
  const sorted = states.toSorted((a, b) => (a.personId < b.personId ? -1 : a.personId > b.personId ? 1 : 0))
  const { rows } = await sql<{ written: number }>`${PREPARED}
    with k as (
      select person_id, year, insured_city, insutype, before, fresh, moves, used::bigint[] as used from unnest(
        ${plainArray(sorted.map((one) => one.personId))}::uuid[], ${plainArray(sorted.map((one) => one.year))}::smallint[],
        ${plainArray(sorted.map((one) => one.insuredCity))}::text[], ${textArray(sorted.map((one) => one.insutype))}::text[],
        ${plainArray(sorted.map((one) => one.before))}::bigint[], ${plainArray(sorted.map((one) => one.fresh))}::boolean[],
        ${plainArray(sorted.map((one) => one.moves))}::bigint[],
        ${textArray(sorted.map((one) => packAccumulators(one.used)))}::text[]
      ) as k (person_id, year, insured_city, insutype, before, fresh, moves, used)
    ), added as (
      insert into settlement_accumulator (person_id, year, insured_city, insutype, moves, used)
      select person_id, year, insured_city, insutype, moves, used from k where fresh
      on conflict do nothing
      returning 1
    ), changed as (
      update settlement_accumulator a set moves = k.moves, used = k.used from k
      where not k.fresh and a.person_id = k.person_id and a.year = k.year and a.insured_city = k.insured_city
        and a.insutype = k.insutype and a.moves = k.before
      returning 1
    )
    select ((select count(*) from added) + (select count(*) from changed))::integer as written
  `.execute(db)
  return rows[0]?.written ?? 0
}

/** What was used elsewhere; the primary key keeps a second one out. False where the year has one already. */
export async function insertOpening(
  db: Db,
  opening: YearKey & { readonly no: bigint; readonly moved: Accumulators },
  at: Date,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into settlement_opening (person_id, insured_city, year, insutype, no, moved, created_at)
    values (${opening.personId}, ${opening.insuredCity}, ${opening.year}, ${opening.insutype}, ${opening.no},
      ${packAccumulators(opening.moved)}::bigint[], ${at})
    on conflict do nothing
  `.execute(db)
  return numAffectedRows === 1n
}
