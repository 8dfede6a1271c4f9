import { sql } from 'kysely'
import type { Database } from '../src/kernel/db.ts'
import type { Service } from './service.ts'

const AT_A_TIME = 250_000

/**
 * Stores settlements of the past: one real settlement is made by the caller's own verbs elsewhere, here its rows are
 * multiplied, spread over people and days, with keys and ids of their own. Claims, results and journals are as long as real ones;
 * years are those of the year before, so that the settlements that are measured read and write their own.
 */
export async function store(service: Service, order: Past): Promise<void> {
  // One connection: the numbering of the people is a table of the session.
  await service.runtime.deps.db.connection().execute(async (db) => await storeOver(db, order))
}

interface Past {
  readonly institution: string
  readonly count: number
}

async function storeOver(db: Database, order: Past): Promise<void> {
  const { rows } = await sql<{ count: string }>`select count(*)::text as count from people_person`.execute(db)
  const people = Number(rows[0]?.count)
  const lines = JSON.stringify(
    Array.from({ length: 10 }, (_, at) => [
      String(at + 1),
      `XA02BCA159A00101010144${at}`,
      '01',
      2400,
      10000,
      24000000,
      0,
      0,
      '0',
      '0',
    ]),
  )
  await sql`create temporary table person as
    select person_id, (row_number() over (order by person_id) - 1)::integer as n from people_person`.execute(db)
  for (let from = 0; from < order.count; from += AT_A_TIME) {
    const to = Math.min(order.count, from + AT_A_TIME)
    await sql`
      with g as materialized (
        select s.n, p.person_id, s.n / ${people} + 1 as no,
          ('01900000-0000-7000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid as id,
          ('01900000-0000-7000-9000-' || lpad(to_hex(s.n), 12, '0'))::uuid as result_id,
          timestamptz '2025-01-01 08:00+08' + make_interval(mins => s.n % 500000) as at
        from generate_series(${from}::integer, ${to - 1}::integer) as s (n) join pg_temp.person p on p.n = s.n % ${people}
      ), claims as (
        insert into settlement_claim (id, person_id, institution, treatment_city, med_type, setl_time, acct_used_flag,
          medfee_fen, lines, submitted_at)
        select id, person_id, ${order.institution}, '510100', '11', at, '0', 26850, ${lines}, at from g
      )
      insert into settlement_result (id, claim_id, person_id, setl_time, created_at, medfee_fen, fund_pay_fen, acct_pay_fen,
        no, setl_date, year, verified, waived, kind, insured_city, treatment_city, insutype, psn_type, med_type, clr_type,
        month, institution, shares, details, moved, trace)
      select result_id, id, person_id, at, at, 26850, 0, 0, no, (at at time zone 'Asia/Shanghai')::date, 2025, false, true,
        'settlement', '510600', '510100', '310', '11', '11', '11', '2025-01', ${order.institution},
        '26850,4800,0,480,21570,20000,785,5000,0,0,0,0,0,0,785,26065,0,0,26065,0,0', '310102:21570:200000:785',
        '{20000,785,0,0,20785}', repeat(md5(n::text), 36)
      from g`.execute(db)
    await sql`
      insert into settlement_accumulator (person_id, insured_city, year, insutype, moves, used)
      select p.person_id, '510600', 2025, '310', 1, '{20000,785,0,0,20785}' from pg_temp.person p
      on conflict do nothing`.execute(db)
  }
}
