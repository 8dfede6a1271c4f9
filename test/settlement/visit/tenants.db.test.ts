import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { seedSampleParameters } from '../../../src/benefits/index.ts'
import { seedInstitutions } from '../../../src/institutions/index.ts'
import { toWireId } from '../../../src/kernel/wire-id.ts'
import { seedPeople } from '../../../src/people/index.ts'
import { generateInstitutions } from '../../../src/sandbox/institutions.ts'
import { generatePeople } from '../../../src/sandbox/people.ts'
import { useApp } from '../../support/app.ts'
import { seedItems } from '../../support/catalogue.ts'
import { useDatabase } from '../../support/database.ts'

const INSTITUTIONS = generateInstitutions('visit tenants')
const PEOPLE = generatePeople('visit tenants', 4)
const database = useDatabase()
const logged: string[] = []
const ids: string[] = []
const hub = useApp(database, {
  workers: true,
  env: { YMT_SETTLEMENT_WAIT_MS: '30000' },
  onLog: (line) => logged.push(line),
  seed: async (deps) => {
    await seedInstitutions(deps, INSTITUTIONS)
    await seedSampleParameters(deps.db)
    await seedItems(deps, [{ code: 'ITEM' }])
    ids.push(
      ...(await seedPeople(
        deps,
        PEOPLE.map((one) => ({ ...one, insuredCity: '510600' as const, insutype: '310' as const, psnType: '11' })),
      )),
    )
  },
})

const institution = (kind: 'hospital' | 'pharmacy', city: string): string => {
  const found = INSTITUTIONS.find(
    (one) =>
      one.kind === kind &&
      one.city === city &&
      one.recognisedBy.length === 4 &&
      one.suspensions.length === 0 &&
      one.designations.some((period) => period.to === null),
  )
  assert(found !== undefined)
  return found.code
}
const CHENGDU = institution('hospital', '510100')
const DEYANG = institution('hospital', '510600')
const PHARMACY = institution('pharmacy', '510100')

let keys = 0
const send = async (code: string, method: 'GET' | 'POST', url: string, payload?: object, key?: string) => {
  const role = code === PHARMACY ? 'pharmacy' : 'hospital'
  const answer = await hub.app.inject({
    method,
    url,
    headers: { ...(await hub.token(role, { institution: code })), 'idempotency-key': key ?? `visit-${++keys}` },
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: answer.statusCode, body: answer.json() as ReturnType<typeof JSON.parse>, text: answer.body }
}
const post = async (code: string, url: string, payload: object, key?: string) =>
  await send(code, 'POST', url, payload, key)

const said = (at: number, more: object = {}) => ({
  psn_no: toWireId(ids[at] ?? ''),
  psn_cert_type: '01',
  certno: PEOPLE[at]?.idNumber,
  psn_name: PEOPLE[at]?.name,
  insutype: '310',
  psn_type: '11',
  mdtrt_cert_type: '02',
  mdtrt_cert_no: PEOPLE[at]?.idNumber,
  ...more,
})
const AT = '2026-11-24 14:00:00'
const registration = (at: number, no: string, more: object = {}) => ({
  ...said(at),
  begntime: AT,
  ipt_otp_no: no,
  ...more,
})
const line = (more: object = {}) => ({
  feedetl_sn: '1',
  chrg_bchno: 'B1',
  fee_ocur_time: AT,
  med_list_codg: 'ITEM',
  medins_list_codg: 'L-1',
  det_item_fee_sumamt: '300.00',
  cnt: '1',
  pric: '300.00',
  ...more,
})
const bill = (more: object = {}) => ({
  ...said(0),
  kind: 'outpatient',
  med_type: '11',
  chrg_bchno: 'B1',
  medfee_sumamt: '300.00',
  fulamt_ownpay_amt: '0',
  overlmt_selfpay: '0',
  preselfpay_amt: '0',
  inscp_scp_amt: '300.00',
  ...more,
})

let visit = ''
let setl = ''
const psn_no = () => toWireId(ids[0] ?? '')

beforeAll(async () => {
  const registered = await post(CHENGDU, '/settlement/visits/outpatient', registration(0, 'MZ-1'))
  assert.equal(registered.status, 201, registered.text)
  visit = registered.body.mdtrt_id
  const notes = {
    psn_no: psn_no(),
    med_type: '11',
    begntime: AT,
    diseinfo: [{ diag_type: '1', diag_srt_no: '1', diag_code: 'J00' }],
  }
  const noted = await post(CHENGDU, `/settlement/visits/${visit}/notes`, notes)
  assert.equal(noted.status, 200, noted.text)
  const lines = { psn_no: psn_no(), kind: 'outpatient', feedetail: [line()] }
  const sent = await post(CHENGDU, `/settlement/visits/${visit}/lines`, lines)
  assert.equal(sent.body.result?.[0]?.inscp_scp_amt, '300.00', sent.text)
})

describe('visits over REST', () => {
  test('are settled once under a key, and read by who settled them', async () => {
    expect(await post(CHENGDU, `/settlement/visits/${visit}/trial`, bill())).toMatchObject({
      status: 200,
      body: { state: 'settled' },
    })
    const first = await post(CHENGDU, `/settlement/visits/${visit}/settlements`, bill(), 'rest-settle')
    expect(first).toMatchObject({
      status: 200,
      body: { state: 'settled', setlinfo: { medins_setl_id: 'rest-settle' } },
    })
    expect((await post(CHENGDU, `/settlement/visits/${visit}/settlements`, bill(), 'rest-settle')).text).toBe(
      first.text,
    )
    setl = first.body.setlinfo.setl_id
    const read = await send(CHENGDU, 'GET', `/settlement/visits/${visit}/settlements/${setl}?psn_no=${psn_no()}`)
    expect(read.body.setlinfo).toEqual(first.body.setlinfo)
  })

  test('of one institution are unknown to every other, as if they did not exist', async () => {
    const nowhere = toWireId('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f')
    const named = { psn_no: psn_no() }
    const calls: [string, object | undefined][] = [
      ['registration/cancel', { ...named, ipt_otp_no: 'MZ-1' }],
      ['admission/cancel', named],
      ['notes', { ...named, med_type: '11', begntime: AT, diseinfo: [] }],
      ['lines', { ...named, kind: 'outpatient', feedetail: [line({ feedetl_sn: '2' })] }],
      ['lines/remove', { ...named, kind: 'outpatient', chrg_bchno: '0000' }],
      ['discharge', { ...named, insutype: '310', endtime: AT, dscg_way: '1', diseinfo: [] }],
      ['discharge/cancel', named],
      ['trial', bill()],
      ['settlements', bill()],
      [`settlements/${setl}/undo`, { ...named, kind: 'outpatient' }],
      [`settlements/${setl}?psn_no=${psn_no()}`, undefined],
      [`settlements/rest-settle?psn_no=${psn_no()}`, undefined],
    ]
    for (const [path, body] of calls) {
      const ask = async (id: string) => {
        const { status, text } = await send(
          DEYANG,
          body === undefined ? 'GET' : 'POST',
          `/settlement/visits/${id}/${path}`,
          body,
        )
        return { status, text: text.replaceAll(id, '').replaceAll(/"(instance|requestId|request_id)":"[^"]*"/g, '') }
      }
      const [theirs, none] = [await ask(visit), await ask(nowhere)]
      expect(theirs.status, path).toBe(404)
      expect(theirs.text, path).toBe(none.text)
    }
    const range = `psn_no=${psn_no()}&begntime=2026-11-24%2000:00:00&endtime=2026-11-24%2023:59:59`
    expect((await send(DEYANG, 'GET', `/settlement/visits?${range}`)).body).toEqual({ visits: [] })
    expect((await send(CHENGDU, 'GET', `/settlement/visits?${range}`)).body.visits).toMatchObject([{ mdtrt_id: visit }])
    // Nor by another person's number at its own institution.
    const other = { ...bill(said(1)), psn_no: toWireId(ids[1] ?? '') }
    expect((await post(CHENGDU, `/settlement/visits/${visit}/settlements`, other)).status).toBe(404)
  })

  test('keep stays apart: who lies in one hospital is not told to another', async () => {
    const stay = { ...said(1), begntime: '2026-11-20 08:00:00', med_type: '21', ipt_no: 'ZY-1', diseinfo: [] }
    const admitted = await post(DEYANG, '/settlement/visits/inpatient', stay, 'rest-admit')
    expect(admitted.status).toBe(201)
    expect((await post(DEYANG, '/settlement/visits/inpatient', stay, 'rest-admit')).body).toEqual(admitted.body)
    const range = 'begntime=2026-11-01%2000:00:00&endtime=2026-11-24%2023:59:59'
    expect((await send(DEYANG, 'GET', `/settlement/visits/in-hospital?${range}`)).body.visits).toMatchObject([
      { mdtrt_id: admitted.body.mdtrt_id, inhosp_stas: '1' },
    ])
    expect((await send(CHENGDU, 'GET', `/settlement/visits/in-hospital?${range}`)).body.visits).toEqual([])
    // Another's number in an institution of its own stays free.
    expect((await post(CHENGDU, '/settlement/visits/outpatient', registration(2, 'ZY-1'))).status).toBe(201)
  })

  test('of pharmacies and hospitals are theirs', async () => {
    const purchase = {
      ...said(2),
      begntime: AT,
      med_type: '41',
      medfee_sumamt: '300.00',
      drugdetail: [line({ chrg_bchno: '' })],
    }
    expect((await post(PHARMACY, '/settlement/visits/pharmacy/trial', purchase)).body).toMatchObject({
      state: 'settled',
    })
    const bought = await post(PHARMACY, '/settlement/visits/pharmacy', purchase, 'rest-buy')
    expect(bought.body).toMatchObject({ state: 'settled', detlcutinfo: [{ feedetl_sn: '1' }] })
    const { setl_id, mdtrt_id } = bought.body.setlinfo
    const undo = `/settlement/visits/${mdtrt_id}/settlements/${setl_id}/undo`
    const body = { psn_no: toWireId(ids[2] ?? ''), kind: 'pharmacy' }
    expect((await post(CHENGDU, undo, body)).status).toBe(404)
    expect((await post(CHENGDU, '/settlement/visits/pharmacy', purchase)).status).toBe(403)
    expect((await post(PHARMACY, '/settlement/visits/outpatient', registration(2, 'X'))).status).toBe(403)
    const compensation = { psn_no: toWireId(ids[2] ?? ''), omsgid: 'rest-buy', oinfno: '2102' }
    expect((await post(CHENGDU, '/settlement/visits/compensations', compensation)).status).toBe(200)
    expect((await post(PHARMACY, undo, body)).body.setlinfo.medfee_sumamt).toBe('-300.00')
  })
})

describe('what is said of the person', () => {
  test.each([
    ['certno', { certno: PEOPLE[1]?.idNumber, mdtrt_cert_no: PEOPLE[1]?.idNumber }],
    ['certno', { certno: '51010019000101900X' }],
    ['psn_name', { psn_name: '王不是' }],
    ['mdtrt_cert_no', { mdtrt_cert_no: PEOPLE[1]?.idNumber }],
    ['insutype', { insutype: '390' }],
    ['psn_type', { psn_type: '12' }],
    ['psn_cert_type', { psn_cert_type: '77' }],
    ['mdtrt_cert_type', { mdtrt_cert_type: '09' }],
    ['mdtrt_cert_no', { mdtrt_cert_type: '01', mdtrt_cert_no: 'no-token' }],
    ['mdtrt_cert_no', { mdtrt_cert_type: '01', mdtrt_cert_no: '' }],
    ['card_sn', { mdtrt_cert_type: '03', mdtrt_cert_no: 'A12345678' }],
    ['mdtrt_cert_no', { mdtrt_cert_type: '03', mdtrt_cert_no: 'A12345678', card_sn: 'X' }],
    ['psn_no', { psn_no: 'nobody' }],
    ['ipt_otp_no', { ipt_otp_no: PEOPLE[0]?.idNumber }],
    ['begntime', { begntime: '2026-11-25 14:00:00' }],
    ['begntime', { begntime: '2026-02-30 14:00:00' }],
  ])('is refused where %s is not so', async (field, more) => {
    const { status, body, text } = await post(CHENGDU, '/settlement/visits/outpatient', registration(0, 'MZ-P', more))
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(body.errors).toMatchObject([{ pointer: `/${field}` }])
    for (const person of PEOPLE) {
      expect(text).not.toContain(person.idNumber)
      expect(text).not.toContain(person.name)
    }
  })

  test('is in no table of visits and in no line of the log', async () => {
    const tables = [
      'settlement_visit',
      'settlement_visit_line',
      'settlement_visit_claim',
      'settlement_visit_message',
      'settlement_visit_number',
    ]
    for (const table of tables) {
      const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(table)} t`.execute(database.db)
      expect(rows.length, table).toBeGreaterThan(0)
      for (const { row } of rows) {
        for (const person of PEOPLE) {
          expect(row, table).not.toContain(person.idNumber)
          expect(row, table).not.toContain(person.name)
        }
      }
    }
    expect(logged.length).toBeGreaterThan(0)
    for (const person of PEOPLE) {
      expect(logged.filter((text) => text.includes(person.idNumber) || text.includes(person.name))).toEqual([])
    }
  })

  test('leaves an audit event for every call that read or changed something of a person', async () => {
    const { rows } = await sql<{ action: string }>`
      select distinct action from audit_event where target_type = 'settlement.visit' order by 1
    `.execute(database.db)
    expect(rows.map((one) => one.action)).toEqual(
      expect.arrayContaining([
        'settlement.visit-add-lines',
        'settlement.visit-admit',
        'settlement.visit-compensate',
        'settlement.visit-note',
        'settlement.visit-read',
        'settlement.visit-read-in-hospital',
        'settlement.visit-read-settlement',
        'settlement.visit-register',
        'settlement.visit-settle',
        'settlement.visit-try',
        'settlement.visit-undo',
      ]),
    )
  })
})

describe('garbage', () => {
  test.each([
    ['no lines', { feedetail: [] }],
    ['an unknown item', { feedetail: [line({ med_list_codg: 'NONE', feedetl_sn: '7', chrg_bchno: 'B7' })] }],
    ['an amount that is no decimal', { feedetail: [line({ det_item_fee_sumamt: '1e3' })] }],
    ['an amount that is not cnt times pric', { feedetail: [line({ cnt: '2' })] }],
    [
      'a huge amount',
      { feedetail: [line({ det_item_fee_sumamt: '99999999999999.99', pric: '9999999999', cnt: '10000' })] },
    ],
    ['a negative charge', { feedetail: [line({ det_item_fee_sumamt: '-300.00', cnt: '-1' })] }],
    [
      'a serial that stands twice',
      { feedetail: [line({ feedetl_sn: '8', chrg_bchno: 'B8' }), line({ feedetl_sn: '8', chrg_bchno: 'B8' })] },
    ],
    ['the serial 0000', { feedetail: [line({ feedetl_sn: '0000' })] }],
    ['a batch that was sent', { feedetail: [line({ feedetl_sn: '9' })] }],
    ['the batch 0000', { feedetail: [line({ feedetl_sn: '9', chrg_bchno: '0000' })] }],
    [
      'two diseases in a batch',
      {
        feedetail: [
          line({ feedetl_sn: '9', chrg_bchno: 'B9', dise_codg: 'A' }),
          line({ feedetl_sn: '10', chrg_bchno: 'B9', dise_codg: 'B' }),
        ],
      },
    ],
    [
      'a line of tomorrow',
      { feedetail: [line({ feedetl_sn: '9', chrg_bchno: 'B9', fee_ocur_time: '2026-11-26 00:00:00' })] },
    ],
    ['an approval that is none', { feedetail: [line({ feedetl_sn: '9', chrg_bchno: 'B9', hosp_appr_flag: '7' })] }],
    ['a field more', { feedetail: [line({ more: '1' })] }],
    ['1,001 lines', { feedetail: Array.from({ length: 1001 }, (_none, at) => line({ feedetl_sn: `x${at}` })) }],
  ])('in fee lines is refused: %s', async (_name, more) => {
    const { status } = await post(CHENGDU, `/settlement/visits/${visit}/lines`, {
      psn_no: psn_no(),
      kind: 'outpatient',
      ...more,
    })
    expect([400, 409]).toContain(status)
    const lines = await database.db
      .selectFrom('settlement_visit_line')
      .select('feedetl_sn')
      .where('person_id', '=', ids[0] ?? '')
      .execute()
    expect(lines).toEqual([{ feedetl_sn: '1' }])
  })

  test('in totals names each field that is not the sum of the lines', async () => {
    const registered = await post(CHENGDU, '/settlement/visits/outpatient', registration(3, 'MZ-T'))
    const id = registered.body.mdtrt_id
    const named = { psn_no: toWireId(ids[3] ?? '') }
    await post(CHENGDU, `/settlement/visits/${id}/notes`, { ...named, med_type: '11', begntime: AT, diseinfo: [] })
    await post(CHENGDU, `/settlement/visits/${id}/lines`, { ...named, kind: 'outpatient', feedetail: [line()] })
    const wrong = bill({ ...said(3), medfee_sumamt: '301.00', preselfpay_amt: '1.00' })
    expect(await post(CHENGDU, `/settlement/visits/${id}/settlements`, wrong)).toMatchObject({
      status: 409,
      body: { code: 'visit.total-mismatch', errors: [{ pointer: '/medfee_sumamt' }, { pointer: '/preselfpay_amt' }] },
    })
    const others = [{ med_type: '14' }, { chrg_bchno: 'B7' }, { acct_used_flag: '7' }, { insutype: '390' }]
    for (const more of others) {
      const { status } = await post(CHENGDU, `/settlement/visits/${id}/settlements`, bill({ ...said(3), ...more }))
      expect(status, JSON.stringify(more)).toBeGreaterThanOrEqual(400)
      expect(status, JSON.stringify(more)).toBeLessThan(500)
    }
    const long = 'k'.repeat(31)
    expect((await post(CHENGDU, `/settlement/visits/${id}/settlements`, bill(said(3)), long)).status).toBe(400)
    expect(
      (await post(CHENGDU, `/settlement/visits/${id}/notes`, { ...named, med_type: '14', begntime: AT, diseinfo: [] }))
        .status,
    ).toBe(400)
    expect(
      (
        await post(CHENGDU, `/settlement/visits/${id}/notes`, {
          ...named,
          med_type: '14',
          dise_codg: 'D',
          begntime: AT,
          diseinfo: [],
        })
      ).status,
    ).toBe(409)
    expect(
      (await post(CHENGDU, `/settlement/visits/${id}/notes`, { ...named, med_type: '21', begntime: AT, diseinfo: [] }))
        .status,
    ).toBe(400)
  })
})
