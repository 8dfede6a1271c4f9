import { sql } from 'kysely'
import type { Database } from '../../src/kernel/db.ts'
import { unpackAccumulators } from '../../src/settlement/compact.ts'
import { claimStates } from '../../src/settlement/index.ts'

/** Counts of everything that must never be, over the whole database. All zero when nothing was lost or doubled. */
export async function faults(db: Database) {
  const { rows } = await sql<Record<string, number>>`
    select
      -- Every claim is in exactly one place: waiting, settled, or refused.
      (select count(*)::int from settlement_claim c where 1 <>
        (select count(*) from settlement_pending p where p.claim_id = c.id and p.person_id = c.person_id)
        + (select count(*) from settlement_refusal f where f.claim_id = c.id and f.person_id = c.person_id)
        + (select count(*) from settlement_result r where r.claim_id = c.id and r.person_id = c.person_id
            and r.kind = 'settlement')) as "notInOnePlace",
      (select count(*)::int from settlement_result r where not exists (
        select from settlement_claim c where c.id = r.claim_id and c.person_id = r.person_id)) as "resultOfNothing",
      (select count(*)::int from (select 1 from settlement_result group by claim_id, kind having count(*) > 1) d) as "doubled",
      (select count(*)::int from settlement_result r where not exists (
        select from ledger_journal j where j.person_id = r.person_id and j.source = 'settlement' and j.biz_id = r.id)) as "withoutJournal",
      (select count(*)::int from ledger_journal j where not exists (
        select from settlement_result r where r.person_id = j.person_id and r.id = j.biz_id)) as "journalOfNothing",
      (select count(*)::int from (
        select 1 from ledger_entry group by person_id, source, biz_id, book having sum(amount_fen) <> 0) d) as "unbalanced",
      (select count(*)::int from settlement_accumulator a where exists (
        select from generate_series(1, 64) k where coalesce(a.used[k], 0) <> (
          select coalesce(sum(m.moved[k]), 0) from (
            select moved from settlement_result r where r.person_id = a.person_id and r.insured_city = a.insured_city
              and r.year = a.year and r.insutype = a.insutype
            union all
            select moved from settlement_opening o where o.person_id = a.person_id and o.insured_city = a.insured_city
              and o.year = a.year and o.insutype = a.insutype) m))) as "accumulatorOff",
      (select count(*)::int from settlement_result r where not exists (
        select from settlement_accumulator a where a.person_id = r.person_id and a.insured_city = r.insured_city
          and a.year = r.year and a.insutype = r.insutype and a.moves >= r.no)) as "resultOutsideItsYear",
      (select count(*)::int from settlement_account a where balance_fen <> (
        select coalesce(sum(amount_fen), 0) from settlement_account_movement m where m.person_id = a.person_id
          and m.insured_city = a.insured_city)) as "accountOff",
      (select count(*)::int from settlement_result r where fund_pay_fen <> (
        select coalesce(sum(split_part(d, ':', 4)::bigint), 0) from unnest(string_to_array(r.details, ';')) d
        where split_part(d, ':', 1) <> '310200')) as "detailOff",
      (select abs(
        (select coalesce(sum(amount_fen), 0) from ledger_total)
        - (select coalesce(sum(fund_pay_fen + acct_pay_fen), 0) from settlement_result)))::int as "countersOff"
  `.execute(db)
  return rows[0]
}

export const NO_FAULTS = {
  notInOnePlace: 0,
  resultOfNothing: 0,
  doubled: 0,
  withoutJournal: 0,
  journalOfNothing: 0,
  unbalanced: 0,
  accumulatorOff: 0,
  resultOutsideItsYear: 0,
  accountOff: 0,
  detailOff: 0,
  countersOff: 0,
}

/** How far a claim is, and how often it failed. */
export async function stateOfClaim(db: Database, claimId: string) {
  const claim = await db.selectFrom('settlement_claim').select('person_id').where('id', '=', claimId).executeTakeFirst()
  if (claim === undefined) return undefined
  const waiting = await db
    .selectFrom('settlement_pending')
    .select('faults')
    .where('claim_id', '=', claimId)
    .executeTakeFirst()
  const states = await claimStates(db, [{ personId: claim.person_id, claimId }])
  return { state: states.get(claimId), faults: waiting?.faults ?? 0 }
}

export async function countClaims(db: Database): Promise<{ pending: number; settled: number; refused: number }> {
  const { rows } = await sql<{ pending: number; settled: number; refused: number }>`
    select (select count(*)::int from settlement_pending) as pending,
      (select count(*)::int from settlement_result where kind = 'settlement') as settled,
      (select count(*)::int from settlement_refusal) as refused`.execute(db)
  return rows[0] ?? { pending: 0, settled: 0, refused: 0 }
}

/** The years of one id of a person. */
export async function yearsOf(db: Database, personId: string) {
  const rows = await db
    .selectFrom('settlement_accumulator')
    .select(['used', 'moves'])
    .where('person_id', '=', personId)
    .orderBy('year')
    .execute()
  return rows.map((row) => ({ used: unpackAccumulators(row.used), moves: row.moves }))
}
