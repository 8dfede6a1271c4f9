import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { fen } from '../kernel/money.ts'
import { plainArray } from '../kernel/pg-array.ts'
import type { Outdated } from './rules.ts'
import type { ClaimRef } from './types.ts'
import type { WholeYear } from './year-history-store.ts'

/**
 * Makes the flags of a person's year those of `outdated`: new ones are added, changed ones updated, the others go,
 * because their settlements were reversed or hold again.
 */
export async function replaceFlags(
  db: Db,
  year: WholeYear,
  outdated: readonly Outdated[],
  cause: { readonly reversalId: string; readonly at: Date },
): Promise<void> {
  const rows = JSON.stringify(outdated.map((one) => ({ result_id: one.resultId, overpaid_fen: String(one.overpaid) })))
  await sql`
    with flags as (
      select * from json_to_recordset(${rows}::json) as f (result_id uuid, overpaid_fen bigint)
    ), gone as (
      delete from settlement_resettle s using settlement_result r
      where r.person_id = s.person_id and r.id = s.result_id
        and s.person_id = any(${plainArray(year.personIds)}::uuid[]) and r.insured_city = ${year.insuredCity}
        and r.year = ${year.year} and r.insutype = ${year.insutype} and not exists (select from flags f where f.result_id = s.result_id)
    )
    insert into settlement_resettle as s (person_id, result_id, overpaid_fen, because_of, flagged_at)
    select r.person_id, f.result_id, f.overpaid_fen, ${cause.reversalId}::uuid, ${cause.at}::timestamptz
    from flags f join settlement_result r on r.id = f.result_id and r.person_id = any(${plainArray(year.personIds)}::uuid[])
    on conflict (person_id, result_id) do update set
      overpaid_fen = excluded.overpaid_fen, because_of = excluded.because_of, flagged_at = excluded.flagged_at
    where s.overpaid_fen <> excluded.overpaid_fen
  `.execute(db)
}

/** What happened to a settlement since it was answered. */
export async function readAftermath(db: Db, ref: ClaimRef) {
  const row = await db
    .selectFrom('settlement_result as r')
    .leftJoin('settlement_result as v', (join) =>
      join.onRef('v.person_id', '=', 'r.person_id').onRef('v.original_id', '=', 'r.id').on('v.kind', '=', 'reversal'),
    )
    .leftJoin('settlement_resettle as f', (join) =>
      join.onRef('f.person_id', '=', 'r.person_id').onRef('f.result_id', '=', 'r.id'),
    )
    .select([
      'v.id as reversalId',
      'v.setl_time as reversedAt',
      'f.overpaid_fen as overpaid',
      'f.because_of as becauseOf',
      'f.flagged_at as flaggedAt',
    ])
    .where('r.person_id', '=', ref.personId)
    .where('r.claim_id', '=', ref.claimId)
    .where('r.kind', '=', 'settlement')
    .executeTakeFirst()
  return {
    reversal: row?.reversalId && row.reversedAt ? { id: row.reversalId, at: row.reversedAt } : undefined,
    resettle:
      row?.becauseOf && row.flaggedAt && row.overpaid !== null
        ? { overpaid: fen(row.overpaid), becauseOf: row.becauseOf, at: row.flaggedAt }
        : undefined,
  }
}
