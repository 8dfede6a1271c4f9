import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'

export interface SettlementCounts {
  readonly pending: number
  readonly settled: number
  readonly refused: number
  readonly reversed: number
  /** What all of them came to: funds and accounts, reversals negative; a sum of fen. */
  readonly paid: bigint
}

export async function countSettlements(db: Db): Promise<SettlementCounts> {
  const { rows } = await sql<SettlementCounts>`
    select (select count(*)::int from settlement_pending) as pending,
      (select count(*)::int from settlement_refusal) as refused,
      count(*) filter (where kind = 'settlement')::int as settled,
      count(*) filter (where kind = 'reversal')::int as reversed,
      coalesce(sum(fund_pay_fen + acct_pay_fen), 0)::bigint as paid
    from settlement_result
  `.execute(db)
  return rows[0] as SettlementCounts
}

/**
 * How often each thing is there that must never be; all are zero when nothing was lost, doubled or computed from a stale
 * balance. Reads everything that was ever settled: for proofs, in a transaction with one snapshot where settling goes on.
 */
export async function countSettlementFaults(db: Db): Promise<Readonly<Record<string, number>>> {
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
        where split_part(d, ':', 1) <> '310200')) as "detailOff"
  `.execute(db)
  return rows[0] ?? {}
}
