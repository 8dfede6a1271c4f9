import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { NO_ACCUMULATORS } from '../../src/benefits/index.ts'
import { MIGRATIONS_DIR, migrateToLatest } from '../../src/kernel/migrate.ts'
import { claimStates, readAnswers, readResult } from '../../src/settlement/index.ts'
import { takePending } from '../../src/settlement/pending-store.ts'
import { useEmptyDatabase } from '../support/database.ts'
import { yearsOf } from './invariants.ts'

const database = useEmptyDatabase()
const dirs: string[] = []
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true })
})

async function before(number: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-test-migrations-'))
  dirs.push(dir)
  for (const file of await readdir(MIGRATIONS_DIR)) {
    if (file.endsWith('.sql') && file.slice(0, 4) < number) await copyFile(join(MIGRATIONS_DIR, file), join(dir, file))
  }
  return dir
}

const PERSON = '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'
const [SETTLED, WAITING, REFUSED, RESULT, BACK] = [1, 2, 3, 4, 5].map(
  (n) => `01975b4e-6a3c-7e10-9b1f-00000000000${n}`,
) as [string, string, string, string, string]
const AT = new Date('2026-10-20T02:00:00Z')
const LINES = JSON.stringify([
  {
    feedetlSn: '1',
    medListCodg: 'T1',
    chrgitmLv: '01',
    detItemFeeSumamt: '300.00',
    cnt: '1',
    pric: '300.00',
    selfpayProp: '0',
    pricUplmtAmt: '0',
    lmtUsedFlag: '0',
    hospApprFlag: '0',
  },
])
const SHARES = {
  medfeeSumamt: '300.00',
  fulamtOwnpayAmt: '0.00',
  overlmtSelfpay: '0.00',
  preselfpayAmt: '0.00',
  inscpScpAmt: '300.00',
  actPayDedc: '200.00',
  hifpPay: '50.00',
  poolPropSelfpay: '0.5000',
  cvlservPay: '0.00',
  hifesPay: '0.00',
  hifmiPay: '0.00',
  hifobPay: '0.00',
  mafPay: '0.00',
  othPay: '0.00',
  fundPaySumamt: '50.00',
  psnPartAmt: '250.00',
  acctPay: '0.00',
  acctMulaidPay: '0.00',
  psnCashPay: '250.00',
  hospPartAmt: '0.00',
  balc: '0.00',
}
const MOVED = { outpatientDeductible: '200.00', outpatientPaid: '50.00', inScopeBurden: '250.00' }

test('claims, answers, movements and openings of a running system are carried over', async () => {
  const { db } = database
  await migrateToLatest(db, await before('0128'))
  for (const [id, state, reasons] of [
    [SETTLED, 'settled', null],
    [WAITING, 'pending', null],
    [REFUSED, 'refused', '[{"code":"x","detail":"x","detailZh":"x"}]'],
  ] as const) {
    await sql`insert into settlement_claim (person_id, id, institution, treatment_city, med_type, setl_time, acct_used_flag,
        medfee_fen, lines, state, reasons, submitted_at, answered_at, faults)
      values (${PERSON}, ${id}, 'H51010499001', '510100', '11', ${AT}, '0', 30000, ${LINES}, ${state}, ${reasons}, ${AT},
        ${state === 'pending' ? null : AT}, ${state === 'pending' ? 2 : 0})`.execute(db)
  }
  for (const [id, kind, original, no, sign] of [
    [RESULT, 'settlement', null, 2, 1],
    [BACK, 'reversal', RESULT, 3, -1],
  ] as const) {
    const signed = (texts: object) =>
      JSON.stringify(texts).replaceAll(/"(\d+\.\d+)"/g, (_all, n) =>
        sign < 0 && n !== '0.5000' ? `"-${n}"` : `"${n}"`,
      )
    await sql`insert into settlement_result (person_id, id, claim_id, kind, original_id, institution, treatment_city,
        insured_city, insutype, psn_type, med_type, clr_type, year, no, setl_time, setl_date, month, medfee_fen,
        fund_pay_fen, acct_pay_fen, psn_part_fen, psn_cash_fen, shares, lines, movements, accumulators_after, verified,
        created_at)
      values (${PERSON}, ${id}, ${SETTLED}, ${kind}, ${original}, 'H51010499001', '510100', '510600', '310', '11', '11', '11',
        2026, ${no}, ${AT}, '2026-10-20', '2026-10', ${sign * 30000}, ${sign * 5000}, 0, ${sign * 25000}, ${sign * 25000},
        ${signed(SHARES)}, '[]', ${signed(MOVED)}, '{}', false, ${AT})`.execute(db)
    await sql`insert into settlement_detail values (${PERSON}, ${id}, '310102', ${sign * 30000}, 200000, ${sign * 5000})`.execute(
      db,
    )
  }
  await sql`insert into settlement_trace values (${PERSON}, ${RESULT}, '{"format": 1}')`.execute(db)
  for (const [kind, used, opened] of [
    ['outpatientDeductible', 20000, 0],
    ['outpatientPaid', 5000, 1000],
    ['inScopeBurden', 25000, 0],
  ] as const) {
    await sql`insert into settlement_movement (person_id, insured_city, year, insutype, kind, seq, result_id, amount_fen,
        balance_after_fen, created_at) values
      (${PERSON}, '510600', 2026, '310', ${kind}, 1, null, ${opened}, ${opened}, ${AT}),
      (${PERSON}, '510600', 2026, '310', ${kind}, 2, ${RESULT}, ${used}, ${used + opened}, ${AT}),
      (${PERSON}, '510600', 2026, '310', ${kind}, 3, ${BACK}, ${-used}, ${opened}, ${AT})`.execute(db)
    await sql`insert into settlement_accumulator (person_id, insured_city, year, insutype, kind, balance_fen, moves)
      values (${PERSON}, '510600', 2026, '310', ${kind}, ${opened}, 3)`.execute(db)
  }

  await migrateToLatest(db)

  const refs = [SETTLED, WAITING, REFUSED].map((claimId) => ({ personId: PERSON, claimId }))
  expect([...(await claimStates(db, refs))]).toEqual([
    [SETTLED, 'settled'],
    [WAITING, 'pending'],
    [REFUSED, 'refused'],
  ])
  const [answer] = await readAnswers(db, refs.slice(0, 1), { answeredOnly: true })
  expect(answer?.settled).toMatchObject({
    id: RESULT,
    shares: { medfeeSumamt: 30_000n, poolPropSelfpay: 5_000n, hifpPay: 5_000n, psnCashPay: 25_000n },
    details: [{ fundPayType: '310102', fundPayamt: 5_000n }],
    lines: [{ feedetlSn: '1', inscpScpAmt: 30_000n }],
  })
  expect(await readResult(db, { personId: PERSON, claimId: SETTLED }, 'reversal')).toMatchObject({
    originalId: RESULT,
    shares: { hifpPay: -5_000n },
    movements: { ...NO_ACCUMULATORS, outpatientDeductible: -20_000n, outpatientPaid: -5_000n, inScopeBurden: -25_000n },
    lines: [{ inscpScpAmt: -30_000n }],
  })
  expect(await yearsOf(db, PERSON)).toEqual([{ used: { ...NO_ACCUMULATORS, outpatientPaid: 1_000n }, moves: 3n }])
  const { rows } = await sql<{ off: string[] }>`
    select array(select a.used[k] - (select sum(moved[k]) from (
        select moved from settlement_result union all select moved from settlement_opening) m)
      from generate_series(1, 5) k)::bigint[] as off from settlement_accumulator a`.execute(db)
  expect(rows[0]?.off).toEqual(['0', '0', '0', '0', '0'])
  const pending = await db
    .transaction()
    .execute((tx) => takePending(tx, { after: '00000000-0000-0000-0000-000000000000', limit: 10, now: AT }))
  expect(pending.map((claim) => [claim.id, claim.lines[0]?.detItemFeeSumamt])).toEqual([[WAITING, 30_000n]])
})
