import { sql } from 'kysely'
import { decodeTrace } from '../benefits/index.ts'
import type { Db } from '../kernel/db.ts'
import { plainArray } from '../kernel/pg-array.ts'
import { unpackAccumulators } from './compact.ts'
import type { YearEvent } from './rules.ts'
import type { YearKey } from './types.ts'

/** What moved a person's year, at its place in the order. */
export type PlacedEvent = YearEvent & YearPlace

/** A person's year, over all ids of a merged person. */
export type WholeYear = Omit<YearKey, 'personId'> & { readonly personIds: readonly string[] }

/** A place in the order of a year: when it was written, and as which of its moves. */
export interface YearPlace {
  readonly at: Date
  readonly no: bigint
}

const ofYear = (alias: string, year: WholeYear) => {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return sql`${column('person_id')} = any(${plainArray(year.personIds)}::uuid[]) and ${column('year')} = ${year.year}
    and ${column('insured_city')} = ${year.insuredCity} and ${column('insutype')} = ${year.insutype}`
}

/**
 * Where a person's year first stops being what was stored: at the earliest settlement that was taken back. Everything
 * before it rests on what still holds, so what it read is right as it stands. Undefined where nothing was.
 */
export async function readFirstReversed(
  db: Db,
  year: WholeYear,
): Promise<(YearPlace & { readonly trace: string }) | undefined> {
  const { rows } = await sql<YearPlace & { trace: string }>`
    select r.created_at as at, r.no, r.trace from settlement_result r
    join settlement_result v on v.original_id = r.id and v.person_id = r.person_id and v.kind = 'reversal'
    where ${ofYear('r', year)} and r.kind = 'settlement'
    order by r.created_at, r.no limit 1
  `.execute(db)
  return rows[0]
}

/**
 * Up to `limit` of what moved a person's year from a place on, in order: settlements with their traces, and what was brought
 * in. What was taken back shows as `reversed`. A trace of 200 lines is some 20 kB, so a year is read in pages.
 */
export async function readYearEvents(
  db: Db,
  year: WholeYear,
  from: YearPlace,
  limit: number,
): Promise<readonly PlacedEvent[]> {
  const { rows } = await sql<YearPlace & { id: string; opening: readonly bigint[] | null; trace: string | null }>`
    select * from (
      select r.created_at as at, r.no, r.id, null::bigint[] as opening,
        -- What was taken back is not computed again: its trace stays where it is.
        case when v.id is null then r.trace end as trace
      from settlement_result r
      left join settlement_result v on v.original_id = r.id and v.person_id = r.person_id and v.kind = 'reversal'
      where ${ofYear('r', year)} and r.kind = 'settlement'
      union all
      select o.created_at, o.no, o.person_id, o.moved, null from settlement_opening o where ${ofYear('o', year)}
    ) e
    where (e.at, e.no) >= (${from.at}::timestamptz, ${from.no}::bigint)
    order by e.at, e.no
    limit ${limit}
  `.execute(db)
  return rows.map(({ at, no, id, opening, trace }): PlacedEvent => {
    if (opening !== null) return { at, no, kind: 'opening', movements: unpackAccumulators(opening) }
    return trace === null
      ? { at, no, kind: 'reversed', id }
      : { at, no, kind: 'settlement', id, trace: decodeTrace(trace) }
  })
}
