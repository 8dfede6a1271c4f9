import { sql } from 'kysely'
import {
  ACCUMULATOR_KINDS,
  type AccumulatorKind,
  type Accumulators,
  type BenefitTrace,
  NO_ACCUMULATORS,
} from '../benefits/index.ts'
import type { Db } from '../kernel/db.ts'
import { type Fen, fen } from '../kernel/money.ts'
import type { YearEvent } from './rules.ts'
import type { YearKey } from './types.ts'

type Texts<T> = { readonly [K in keyof T]: string }

/** What moved a person's year, at its place in the order. */
export type PlacedEvent = YearEvent & { readonly seq: bigint }

/**
 * Where a person's year first stops being what was stored: at the earliest settlement that was taken back. Everything
 * before it rests on what still holds, so its accumulators are right as they stand. Undefined where nothing was.
 */
export async function readFirstReversed(
  db: Db,
  key: YearKey,
): Promise<{ readonly seq: bigint; readonly before: Accumulators } | undefined> {
  const row = await ofYear(db, key)
    .innerJoin('settlement_result as v', (join) =>
      join.onRef('v.person_id', '=', 'r.person_id').onRef('v.original_id', '=', 'r.id').on('v.kind', '=', 'reversal'),
    )
    .select('r.no')
    .orderBy('r.no')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const balances = await db
    .selectFrom('settlement_movement')
    .select(['kind', 'balance_after_fen as after'])
    .where('person_id', '=', key.personId)
    .where('insured_city', '=', key.insuredCity)
    .where('year', '=', key.year)
    .where('insutype', '=', key.insutype)
    .where('seq', '=', row.no - 1n)
    .execute()
  const before = Object.fromEntries(balances.map((one) => [one.kind, fen(one.after)]))
  return { seq: row.no, before: { ...NO_ACCUMULATORS, ...before } }
}

const ofYear = (db: Db, key: YearKey) =>
  db
    .selectFrom('settlement_result as r')
    .where('r.person_id', '=', key.personId)
    .where('r.insured_city', '=', key.insuredCity)
    .where('r.year', '=', key.year)
    .where('r.insutype', '=', key.insutype)

/**
 * Up to `limit` of what moved a person's year from place `from` on, in order: settlements with their traces, and opening
 * balances. Reversals show as `reversed` of what they took back. A trace of 200 lines is some 40 kB, so a year is read
 * in pages.
 */
export async function readYearEvents(
  db: Db,
  key: YearKey,
  from: bigint,
  limit: number,
): Promise<readonly PlacedEvent[]> {
  const { rows } = await sql<{
    seq: bigint
    id: string | null
    reversed: boolean
    trace: BenefitTrace | null
    opening: Partial<Texts<Accumulators>> | null
  }>`
    select m.seq, r.id, v.id is not null as reversed,
      -- What was taken back is not computed again: its trace stays where it is.
      case when v.id is null then t.trace end as trace,
      case when r.id is null then (
        select json_object_agg(m2.kind, m2.amount_fen::text) from settlement_movement m2
        where m2.person_id = m.person_id and m2.insured_city = m.insured_city and m2.year = m.year
          and m2.insutype = m.insutype and m2.seq = m.seq
      ) end as opening
    from settlement_movement m
    left join settlement_result r on r.person_id = m.person_id and r.id = m.result_id
    left join settlement_result v on v.person_id = r.person_id and v.original_id = r.id and v.kind = 'reversal'
    left join settlement_trace t on t.person_id = r.person_id and t.result_id = r.id
    where m.person_id = ${key.personId} and m.insured_city = ${key.insuredCity} and m.year = ${key.year}
      and m.insutype = ${key.insutype} and m.kind = 'inScopeBurden' and m.seq >= ${from}
      and (r.id is null or r.kind = 'settlement')
    order by m.seq
    limit ${limit}
  `.execute(db)
  return rows.map((row): PlacedEvent => {
    if (row.id !== null) return { seq: row.seq, ...settlementEvent(row.id, row.reversed ? null : row.trace) }
    const opening = row.opening as Partial<Texts<Accumulators>>
    const amount = (text: string): Fen => fen(BigInt(text))
    return {
      seq: row.seq,
      kind: 'opening',
      movements: Object.fromEntries(ACCUMULATOR_KINDS.map((kind) => [kind, amount(opening[kind] ?? '0')])) as Record<
        AccumulatorKind,
        Fen
      >,
    }
  })
}

const settlementEvent = (id: string, trace: BenefitTrace | null): YearEvent =>
  trace === null ? { kind: 'reversed', id } : { kind: 'settlement', id, trace }
