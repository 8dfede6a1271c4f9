import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { clearingRoutes, readPositions } from '../../src/clearing/index.ts'
import { closeWindow } from '../../src/ledger/index.ts'
import { reconciliationRoutes } from '../../src/reconciliation/index.ts'
import { reverseSettlement } from '../../src/settlement/index.ts'
import { BY, bill, useStage } from '../settlement/stage.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const stage = useStage(database, {
  routes: (app, deps) => {
    reconciliationRoutes(app, deps)
    clearingRoutes(app, deps)
  },
})
const DATE = '2026-11-24'

let keys = 0
const send = async (institution: string, payload: object, key = `statement-${++keys}`) => {
  const answer = await stage.app.inject({
    method: 'POST',
    url: '/reconciliation/statements',
    headers: { ...(await stage.headers('hospital', { institution })), 'idempotency-key': key },
    payload,
  })
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
}
const totals = async (institution: string) =>
  (await stage.get(`/reconciliation/totals?date=${DATE}`, await stage.headers('hospital', { institution }))).body

interface Row {
  setl_id: string
  medfee_sumamt: string
  fund_pay_sumamt: string
  acct_pay: string
  refd_setl_flag: string
}
const rowOf = (info: Record<string, string>, refund = false): Row => ({
  setl_id: info['setl_id'] as string,
  medfee_sumamt: info['medfee_sumamt'] as string,
  fund_pay_sumamt: info['fund_pay_sumamt'] as string,
  acct_pay: info['acct_pay'] as string,
  refd_setl_flag: refund ? '1' : '0',
})

describe('daily reconciliation', () => {
  test('equal totals are confirmed, planted differences are all found with their class and next step', async () => {
    const chengdu = stage.hospital('510100', 3)
    const person = await stage.person('510600')
    const rows: Row[] = []
    for (const amount of ['300.00', '120.00', '80.00', '60.00']) {
      rows.push(rowOf((await stage.claim(chengdu, bill(person, amount))).body.setlinfo))
    }
    const refunded = await stage.claim(chengdu, bill(person, '90.00'))
    rows.push(rowOf(refunded.body.setlinfo))
    const refund = await stage.reverse(chengdu, refunded.body.claim_id)
    rows.push(rowOf(refund.body.setlinfo, true))

    const own = await totals(chengdu)
    expect(own.groups).toEqual([
      {
        insutype: '310',
        clr_type: '11',
        medfee_sumamt: '560.00',
        fund_pay_sumamt: '180.00',
        acct_pay: '0.00',
        fixmedins_setl_cnt: 6,
      },
    ])
    const equal = await send(chengdu, { date: DATE, groups: own.groups, details: rows })
    expect(equal).toMatchObject({ status: 200, body: { result: 'equal', differences: [] } })

    const [first, second, third, ...rest] = rows as [Row, Row, Row, ...Row[]]
    const ghost = { ...first, setl_id: '00000000-0000-7000-8000-000000000001' }
    const planted = [
      { ...second, medfee_sumamt: '130.00' },
      { ...third, refd_setl_flag: '1' },
      ...rest.filter((row) => row.refd_setl_flag === '0'),
      ghost,
    ]
    const wrong = await send(chengdu, {
      date: DATE,
      groups: [{ ...own.groups[0], medfee_sumamt: '1000.00', fixmedins_setl_cnt: 7 }],
      details: planted,
    })
    expect(wrong.body).toMatchObject({
      result: 'unequal',
      compared: 'details',
      groups: [
        { equal: false, difference: { medfee_sumamt: '440.00', fund_pay_sumamt: '0.00', fixmedins_setl_cnt: 1 } },
      ],
    })
    const found = Object.fromEntries(
      (wrong.body.differences as { setl_id: string; class: string; next_step: string }[]).map((one) => [
        one.setl_id,
        [one.class, one.next_step],
      ]),
    )
    expect(found).toEqual({
      [first.setl_id]: ['CENTER_ONLY', 'record-or-reverse'],
      [second.setl_id]: ['AMOUNT_DIFF', 'reverse-and-settle-again'],
      [third.setl_id]: ['REFUND_DIFF', 'refund-or-void'],
      [refund.body.setlinfo.setl_id]: ['REFUND_DIFF', 'record-the-refund'],
      [ghost.setl_id]: ['PROVIDER_ONLY', 'settle-again-or-void'],
    })
    const states = await database.db
      .selectFrom('reconciliation_difference')
      .select('state')
      .where('institution', '=', chengdu)
      .execute()
    expect(states.map((one) => one.state)).toEqual(Array(5).fill('open'))

    await send(chengdu, { date: DATE, groups: own.groups, details: rows })
    const after = await database.db
      .selectFrom('reconciliation_difference')
      .select('state')
      .where('institution', '=', chengdu)
      .execute()
    expect(after.map((one) => one.state)).toEqual(Array(5).fill('superseded'))
  })

  test('a settlement that stands on another day is named with its day, and not to be settled again', async () => {
    const place = stage.hospital('510600', 2)
    const person = await stage.person('510600')
    const yesterday = await stage.claim(place, bill(person, '50.00', { setl_time: '2026-11-23T10:00:00Z' }))
    const rows = [rowOf(yesterday.body.setlinfo)]
    const upper = rows.map((row) => ({ ...row, setl_id: row.setl_id.toUpperCase() }))
    const today = await send(place, { date: DATE, groups: [], details: upper })
    expect(today.body.differences).toMatchObject([
      {
        class: 'OTHER_DAY',
        setl_id: rows[0]?.setl_id,
        center_date: '2026-11-23',
        center: { medfee_sumamt: '50.00' },
        next_step: 'move-to-its-day',
      },
    ])
    // For another institution it does not exist on any day.
    const other = await send(stage.hospital('512000', 2), { date: DATE, groups: [], details: rows })
    expect(other.body.differences).toMatchObject([{ class: 'PROVIDER_ONLY' }])
  })

  test('statements of one day at the same time leave one open set of differences', async () => {
    const place = stage.hospital('511400', 2)
    const ghost = (n: number): Row => ({
      setl_id: `ghost-${n}`,
      medfee_sumamt: '1.00',
      fund_pay_sumamt: '0.00',
      acct_pay: '0.00',
      refd_setl_flag: '0',
    })
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => send(place, { date: DATE, groups: [], details: [ghost(n), ghost(99)] })),
    )
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200]))
    const open = await database.db
      .selectFrom('reconciliation_difference')
      .select('statement_id')
      .where('institution', '=', place)
      .where('state', '=', 'open')
      .execute()
    expect(open).toHaveLength(2)
    expect(new Set(open.map((one) => one.statement_id)).size).toBe(1)
  })

  test('a day of a large hospital is compared whole; the differences are read page by page', async () => {
    const place = stage.hospital('511400', 2)
    const details = Array.from({ length: 20_000 }, (_, n) => ({
      setl_id: `01975b4e-6a3c-7e10-9b1f-${String(n).padStart(12, '0')}`,
      medfee_sumamt: '1234567.00',
      fund_pay_sumamt: '1234567.00',
      acct_pay: '1234567.00',
      refd_setl_flag: '0',
    }))
    const { status, body } = await send(place, { date: DATE, groups: [], details })
    expect(status).toBe(200)
    expect(body.differences).toHaveLength(500)
    expect(body.differences_cnt).toBe(20_000)
    const as = await stage.headers('hospital', { institution: place })
    const url = `/reconciliation/statements/${body.statement_id}/differences`
    const ids: string[] = []
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page = await stage.get(`${url}?after=${after}`, as)
      expect(page.status).toBe(200)
      ids.push(...page.body.differences.map((one: { setl_id: string }) => one.setl_id))
      after = page.body.next_after
    }
    expect(ids).toEqual(details.map((one) => one.setl_id))
    const other = await stage.headers('hospital', { institution: stage.hospital('512000', 2) })
    expect(await stage.get(url, other)).toMatchObject({
      status: 404,
      body: { code: 'reconciliation.statement-not-found' },
    })
  })

  test('a statement is compared once per key, and another body under the key is refused', async () => {
    const deyang = stage.hospital('510600', 3)
    const first = await send(deyang, { date: DATE, groups: [] }, 'once')
    const again = await send(deyang, { date: DATE, groups: [] }, 'once')
    expect(again.body).toEqual(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect((await send(deyang, { date: '2026-11-23', groups: [] }, 'once')).status).toBe(409)
  })

  test('an institution neither sees nor is compared with the settlements of another', async () => {
    expect(await totals(stage.hospital('512000', 2))).toEqual({ date: DATE, groups: [] })
  })

  test('a date that does not exist, repeated groups and repeated rows are refused', async () => {
    const deyang = stage.hospital('510600', 3)
    expect((await send(deyang, { date: '2026-02-30', groups: [] })).status).toBe(400)
    const group = {
      insutype: '310',
      clr_type: '11',
      medfee_sumamt: '0',
      fund_pay_sumamt: '0',
      acct_pay: '0',
      fixmedins_setl_cnt: 0,
    }
    expect((await send(deyang, { date: DATE, groups: [group, group] })).body.code).toBe('reconciliation.group-repeated')
    const row = { setl_id: 'a', medfee_sumamt: '0', fund_pay_sumamt: '0', acct_pay: '0', refd_setl_flag: '0' }
    expect((await send(deyang, { date: DATE, groups: [], details: [row, row] })).body.code).toBe(
      'reconciliation.row-repeated',
    )
  })
})

describe('positions', () => {
  test('the four cities sum to zero, and a bureau sees the detail of its own side only', async () => {
    const meishan = await stage.person('511400')
    await stage.claim(stage.hospital('512000', 2), bill(meishan, '500.00'))
    const url = '/clearing/positions?month=2026-11'
    const all = (await stage.get(url, await stage.headers('operator', {}))).body
    expect(all.cities).toEqual([
      { city: '510100', net_amt: '180.00' },
      { city: '510600', net_amt: '-180.00' },
      { city: '511400', net_amt: '-180.00' },
      { city: '512000', net_amt: '180.00' },
    ])
    expect(all.pairs).toHaveLength(12)
    expect(all.pairs).toContainEqual({ payer: '511400', payee: '512000', gross_amt: '180.00', net_amt: '180.00' })
    expect(all.pairs).toContainEqual({ payer: '512000', payee: '511400', gross_amt: '0.00', net_amt: '-180.00' })
    const deyang = (await stage.get(url, await stage.headers('bureau', { city: '510600' }))).body
    expect(deyang.cities).toEqual(all.cities)
    expect(deyang.pairs).toHaveLength(6)
    expect(
      deyang.pairs.every((one: { payer: string; payee: string }) => [one.payer, one.payee].includes('510600')),
    ).toBe(true)
    expect(deyang.detail).toEqual([
      {
        payer: '510600',
        payee: '510100',
        fund_pay_type: '310102',
        clr_type: '11',
        amount: '180.00',
        settlements: 5,
        reversals: 1,
      },
    ])
  })

  test('are proved from the entries of both books, and a bureau gets the proof of its own pairs', async () => {
    const url = '/clearing/positions?month=2026-11'
    const operator = await stage.headers('operator', {})
    const deyang = await stage.headers('bureau', { city: '510600' })
    expect((await stage.get(url, operator)).body.proof).toBeUndefined()
    const three = (amt: string) => ({ due_to_amt: amt, due_from_amt: amt, counted_amt: amt })
    expect((await stage.get(`${url}&prove=true`, operator)).body.proof).toEqual({
      balanced: true,
      ...three('360.00'),
      disagreements: [],
    })
    expect((await stage.get(`${url}&prove=true`, deyang)).body.proof).toEqual({
      balanced: true,
      ...three('180.00'),
      disagreements: [],
    })
    // Counters that were tampered with still sum to zero over the four cities, but are found by the proof.
    const tamper = async (by: number) =>
      await sql`update ledger_total set amount_fen = amount_fen + ${by}
        where month = '2026-11' and payer = '511400' and payee = '512000'`.execute(database.db)
    await tamper(1)
    const proof = (await stage.get(`${url}&prove=true`, operator)).body.proof
    expect(proof).toEqual({
      balanced: false,
      ...three('360.00'),
      counted_amt: '360.01',
      disagreements: [{ payer: '511400', payee: '512000', ...three('180.00'), counted_amt: '180.01' }],
    })
    expect((await stage.get(`${url}&prove=true`, deyang)).body.proof.balanced).toBe(true)
    await tamper(-1)
  })

  test('a refund after its month was closed goes into the window open now, and the closed one stays as it was', async () => {
    const person = await stage.person('512000')
    const chengdu = stage.hospital('510100', 3)
    const settled = await stage.claim(chengdu, bill(person, '400.00'))
    const url = '/clearing/positions?month=2026-11'
    const as = await stage.headers('operator', {})
    await closeWindow(database.db, '2026-11', stage.deps.clock.now())
    const closed = (await stage.get(url, as)).body
    expect(closed.state).toBe('CLOSED')
    stage.deps.clock.set('2026-12-02T02:00:00.000Z')
    const { reversal } = await reverseSettlement(
      stage.deps,
      { institution: chengdu, key: 'late', requestHash: Buffer.from('late'), by: BY },
      settled.body.claim_id,
    )
    expect(reversal.month).toBe('2026-12')
    const november = await readPositions(stage.deps, '2026-11', 'all')
    expect(november.cities.map((one) => one.net)).toEqual([28_000n, -18_000n, -18_000n, 8_000n])
    const december = await readPositions(stage.deps, '2026-12', 'all')
    expect(december.cities.map((one) => one.net)).toEqual([-10_000n, 0n, 0n, 10_000n])
    await expect(closeWindow(database.db, '2026-11', stage.deps.clock.now())).rejects.toThrow(/not open/)
  })
})
