import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { seedSampleParameters } from '../../../src/benefits/index.ts'
import { seedInstitutions } from '../../../src/institutions/index.ts'
import { seedIssuers } from '../../../src/issuers/index.ts'
import { toWireId } from '../../../src/kernel/wire-id.ts'
import { seedPeople } from '../../../src/people/index.ts'
import { generateInstitutions } from '../../../src/sandbox/institutions.ts'
import { generatePeople } from '../../../src/sandbox/people.ts'
import { useApp } from '../../support/app.ts'
import { seedItems } from '../../support/catalogue.ts'
import { useDatabase } from '../../support/database.ts'

const INSTITUTIONS = generateInstitutions('visit vouchers')
const PEOPLE = generatePeople('visit vouchers', 2)
const ids: string[] = []
const hub = useApp(useDatabase(), {
  workers: true,
  env: { YMT_SETTLEMENT_WAIT_MS: '30000' },
  seed: async (deps) => {
    await seedIssuers(deps)
    await seedInstitutions(deps, INSTITUTIONS)
    await seedSampleParameters(deps.db)
    await seedItems(deps, [{ code: 'ITEM' }])
    const insured = { insuredCity: '510100' as const, insutype: '310' as const, psnType: '11' as const }
    ids.push(
      ...(await seedPeople(
        deps,
        PEOPLE.map((one) => ({ ...one, ...insured })),
      )),
    )
  },
})
const PHARMACY = INSTITUTIONS.find((one) => one.scenario === 'pharmacy-recognised-by-all')?.code ?? ''

const post = async (url: string, payload: object, by: { authorization: string }, key: string = randomUUID()) => {
  const answer = await hub.app.inject({ method: 'POST', url, headers: { ...by, 'idempotency-key': key }, payload })
  return { status: answer.statusCode, body: answer.json() as ReturnType<typeof JSON.parse> }
}
const issuer = () => hub.token('issuer', { city: '510100' })
const shop = () => hub.token('pharmacy', { institution: PHARMACY })

const purchase = (at: number, shown: object) => ({
  psn_no: toWireId(ids[at] ?? ''),
  psn_cert_type: '01',
  certno: PEOPLE[at]?.idNumber,
  insutype: '310',
  begntime: '2026-11-24 14:00:00',
  med_type: '41',
  medfee_sumamt: '300.00',
  drugdetail: [
    {
      feedetl_sn: '1',
      fee_ocur_time: '2026-11-24 14:00:00',
      med_list_codg: 'ITEM',
      medins_list_codg: 'L',
      det_item_fee_sumamt: '300.00',
      cnt: '1',
      pric: '300.00',
    },
  ],
  ...shown,
})

const codeOf = async (at: number, purpose: string) => {
  const issued = await post('/cards', { personId: ids[at] }, await issuer())
  const cardId = issued.body.cardId as string
  const { body } = await post(`/cards/${cardId}/code`, { purpose }, await issuer())
  await hub.refresh()
  return body.code as string
}

describe('what is shown at the counter', () => {
  test('a code pays once, for its holder, and its repeat gets the same answer', async () => {
    const code = await codeOf(0, 'purchase')
    const shown = { mdtrt_cert_type: '01', mdtrt_cert_no: code }
    const stranger = await post('/settlement/visits/pharmacy', purchase(1, shown), await shop(), 'v-0')
    expect(stranger).toMatchObject({ status: 409, body: { errors: [{ pointer: '/mdtrt_cert_no' }] } })
    const other = await codeOf(1, 'purchase')
    const fresh = { mdtrt_cert_type: '01', mdtrt_cert_no: other }
    const paid = await post('/settlement/visits/pharmacy', purchase(1, fresh), await shop(), 'v-1')
    expect(paid.body).toMatchObject({ state: 'settled', setlinfo: { mdtrt_cert_type: '01' } })
    expect((await post('/settlement/visits/pharmacy', purchase(1, fresh), await shop(), 'v-1')).body).toEqual(paid.body)
    const again = await post('/settlement/visits/pharmacy', purchase(1, fresh), await shop(), 'v-2')
    expect(again).toMatchObject({ status: 409, body: { code: 'visit.person-mismatch' } })
  })

  test('a registered social-security card counts as long as it is good', async () => {
    const number = 'C00000077'
    const registered = await post(
      '/cards/carriers',
      { personId: ids[0], kind: 'social-security-card', number },
      await issuer(),
    )
    expect(registered.status).toBe(201)
    const shown = { mdtrt_cert_type: '03', mdtrt_cert_no: number, card_sn: 'SN' }
    expect((await post('/settlement/visits/pharmacy', purchase(0, shown), await shop())).body).toMatchObject({
      state: 'settled',
    })
    expect((await post('/settlement/visits/pharmacy', purchase(1, shown), await shop())).status).toBe(409)
    await post(`/cards/carriers/${registered.body.carrierId}/suspension`, { reason: 'lost' }, await issuer())
    expect(await post('/settlement/visits/pharmacy', purchase(0, shown), await shop())).toMatchObject({
      status: 409,
      body: { reasons: ['carrier-suspended'] },
    })
  })

  test('a key that is a UUID names its call to 5203 and to 2601', async () => {
    const said = { mdtrt_cert_type: '02', mdtrt_cert_no: PEOPLE[0]?.idNumber }
    const key = randomUUID().toUpperCase()
    const { body } = await post('/settlement/visits/pharmacy', purchase(0, said), await shop(), key)
    const { psn_no, mdtrt_id, medins_setl_id } = body.setlinfo
    expect(medins_setl_id).toBe(toWireId(key.toLowerCase()))
    const done = await post('/settlement/visits/compensations', { psn_no, omsgid: key, oinfno: '2102' }, await shop())
    expect(done).toMatchObject({ status: 200, body: { done: true } })
    const url = `/settlement/visits/${mdtrt_id}/settlements/${key}?psn_no=${psn_no}`
    const read = await hub.app.inject({ url, headers: await shop() })
    expect(read.json().setlinfo).toMatchObject({ refd_setl_flag: '1', medins_setl_id })
    const late = await post('/settlement/visits/pharmacy', purchase(0, said), await shop(), key)
    expect(late).toMatchObject({ status: 409, body: { code: 'visit.message-compensated' } })
  })
})
