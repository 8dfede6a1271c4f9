import { sql } from 'kysely'
import type { Database } from '../../src/kernel/db.ts'

/** Counts of everything that must never be, over the whole database. All zero when nothing was lost or doubled. */
export async function faults(db: Database) {
  const { rows } = await sql<Record<string, number>>`
    select
      (select count(*)::int from settlement_claim where state = 'settled' and not exists (
        select from settlement_result r where r.person_id = settlement_claim.person_id and r.claim_id = settlement_claim.id
          and r.kind = 'settlement')) as "settledWithoutResult",
      (select count(*)::int from (select 1 from settlement_result group by claim_id, kind having count(*) > 1) d) as "doubled",
      (select count(*)::int from settlement_result r where not exists (
        select from ledger_journal j where j.person_id = r.person_id and j.source = 'settlement' and j.biz_id = r.id)) as "withoutJournal",
      (select count(*)::int from ledger_journal j where not exists (
        select from settlement_result r where r.person_id = j.person_id and r.id = j.biz_id)) as "journalOfNothing",
      (select count(*)::int from (
        select 1 from ledger_entry group by person_id, source, biz_id, book having sum(amount_fen) <> 0) d) as "unbalanced",
      (select count(*)::int from settlement_accumulator a where balance_fen <> (
        select coalesce(sum(amount_fen), 0) from settlement_movement m where m.person_id = a.person_id
          and m.insured_city = a.insured_city and m.year = a.year and m.insutype = a.insutype and m.kind = a.kind)) as "accumulatorOff",
      (select count(*)::int from settlement_account a where balance_fen <> (
        select coalesce(sum(amount_fen), 0) from settlement_account_movement m where m.person_id = a.person_id
          and m.insured_city = a.insured_city)) as "accountOff",
      (select count(*)::int from settlement_result r where fund_pay_fen <> (
        select coalesce(sum(d.fund_pay_fen), 0) from settlement_detail d where d.person_id = r.person_id
          and d.result_id = r.id and d.fund_pay_type <> '310200')) as "detailOff",
      (select abs(
        (select coalesce(sum(amount_fen), 0) from ledger_total)
        - (select coalesce(sum(fund_pay_fen + acct_pay_fen), 0) from settlement_result)))::int as "countersOff"
  `.execute(db)
  return rows[0]
}

export const NO_FAULTS = {
  settledWithoutResult: 0,
  doubled: 0,
  withoutJournal: 0,
  journalOfNothing: 0,
  unbalanced: 0,
  accumulatorOff: 0,
  accountOff: 0,
  detailOff: 0,
  countersOff: 0,
}
