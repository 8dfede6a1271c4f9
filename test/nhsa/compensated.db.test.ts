import { beforeAll, describe, expect, it } from 'vitest'
import { seedIssuers } from '../../src/issuers/index.ts'
import { useDatabase } from '../support/database.ts'
import { chinaTime, type His } from './his/client.ts'
import { querySettlement } from './his/flows.ts'
import { type Enrolled, personFields, readPerson } from './his/patient.ts'
import { useNhsaHub } from './hub.ts'
import { purchaseOf } from './purchase.ts'
import type { Insured } from './seed.ts'

const database = useDatabase()
const stage = useNhsaHub(database, { workers: false, env: { YMT_SETTLEMENT_WAIT_MS: '50' } })
const insured = { insuplcAdmdvs: '510100' }
let shop: His
let his: His
let person: Insured
let of: Enrolled

beforeAll(async () => {
  await seedIssuers(stage.hub.deps)
  await stage.hub.refresh()
  shop = await stage.his('510600', 'pharmacy')
  his = await stage.his('510600')
  for (const one of [shop, his]) await one.signIn()
  person = await stage.person('510100')
  of = await readPerson(shop, person)
})

const purchase = (shown: object = {}) => purchaseOf(of, chinaTime(shop.config.now()), shown)

const admission = () => {
  const { psn_cert_type, ...said } = personFields(of)
  const begntime = chinaTime(new Date(his.config.now().getTime() - 86_400_000))
  return {
    mdtrtinfo: {
      ...said,
      cert_type: psn_cert_type,
      begntime,
      med_type: '21',
      ipt_no: `Z${his.nextMsgid().slice(-4)}`,
      atddr_no: 'D1',
      chfpdr_name: '医师甲',
      adm_diag_dscr: '肺炎',
      adm_dept_codg: 'A03',
      adm_dept_name: '呼吸内科',
      adm_bed: '1',
      dscg_maindiag_code: 'J18.900',
      dscg_maindiag_name: '肺炎',
      insuplc_admdvs: '510100',
      mdtrtarea_admvs: '510600',
    },
    diseinfo: [
      {
        psn_no: of.psnNo,
        diag_type: '1',
        maindiag_flag: '1',
        diag_srt_no: '1',
        diag_code: 'J18.900',
        diag_name: '肺炎',
        diag_dept: 'A03',
        dise_dor_no: 'D1',
        dise_dor_name: '医师甲',
        diag_time: begntime,
      },
    ],
  }
}

const drain = async () => await stage.hub.live.settlement.pump.drain()
const again = (who: His, envelope: Record<string, unknown>) =>
  who.send(envelope, who.headers(String(envelope['infno'])))
const takeBack = (who: His, omsgid: unknown, oinfno: string) =>
  who.ask('2601', { data: { psn_no: of.psnNo, omsgid, oinfno } }, insured)

describe('a settlement whose answer does not come in time', () => {
  it('is told as unknown, holds 2601 without keeping that answer, and the same message gets the real one later', async () => {
    const envelope = shop.envelope('2102', purchase(), insured)
    const first = await again(shop, envelope)
    expect(first.body).toMatchObject({
      infcode: -1,
      err_msg: '结算结果未知，请以原报文重发，或用5203查询、2601冲正',
      output: {},
    })
    const compensation = shop.envelope(
      '2601',
      { data: { psn_no: of.psnNo, omsgid: envelope['msgid'], oinfno: '2102' } },
      insured,
    )
    expect((await again(shop, compensation)).body.err_msg).toMatch(/^该就诊有结算尚无结果/)
    await drain()
    const known = await again(shop, envelope)
    expect(known.body).toMatchObject({ infcode: 0, output: { setlinfo: { medfee_sumamt: '500.00' } } })
    expect((await again(shop, envelope)).text).toBe(known.text)
    // 2601 was told to come later: the same message may.
    expect((await again(shop, compensation)).body.infcode).toBe(0)
    expect((await querySettlement(shop, of, known.body.output)).setlinfo.refd_setl_flag).toBe('1')
  })

  it('gets its answer by the same message when the code that was shown has long expired', async () => {
    const post = async (url: string, payload: object) => {
      const headers = { ...(await stage.hub.token('issuer', { city: '510100' })), 'idempotency-key': url }
      return (await stage.hub.app.inject({ method: 'POST', url, headers, payload })).json()
    }
    const { cardId } = await post('/cards', { personId: person.personId })
    await stage.hub.refresh()
    const { code } = await post(`/cards/${cardId}/code`, { purpose: 'purchase' })
    const input = purchase({ mdtrt_cert_type: '01', mdtrt_cert_no: code })
    const envelope = shop.envelope('2102', input, insured)
    expect((await again(shop, envelope)).body.err_msg).toMatch(/^结算结果未知/)
    stage.hub.deps.clock.advance(10 * 60_000)
    await drain()
    const known = await again(shop, envelope)
    expect(known.body.infcode, known.body.err_msg).toBe(0)
    // Another message cannot use it: it has expired, and it was used.
    expect((await shop.ask('2102', input, insured)).body.err_msg).toMatch(/^就诊凭证核验不通过；/)
  })
})

describe('a message that 2601 took back', () => {
  it('is not answered any more with the success that is kept of it', async () => {
    const envelope = shop.envelope('2102', purchase(), insured)
    await again(shop, envelope)
    await drain()
    expect((await again(shop, envelope)).body.infcode).toBe(0)
    expect((await takeBack(shop, envelope['msgid'], '2102')).body.infcode).toBe(0)
    expect((await again(shop, envelope)).body).toMatchObject({
      infcode: -1,
      err_msg: '该报文已被2601冲正（msgid），重办请使用新的msgid',
      output: {},
    })
    // Nor after its sign-in ended.
    await shop.signOut()
    expect((await again(shop, envelope)).body.err_msg).toMatch(/^该报文已被2601冲正/)
    await shop.signIn()
  })

  it('may be an admission, and one that comes late is refused', async () => {
    const envelope = his.envelope('2401', admission(), insured)
    expect((await again(his, envelope)).body.infcode).toBe(0)
    expect((await takeBack(his, envelope['msgid'], '2401')).body.infcode).toBe(0)
    expect((await again(his, envelope)).body.err_msg).toMatch(/^该报文已被2601冲正/)
    const late = his.envelope('2401', admission(), insured)
    expect((await takeBack(his, late['msgid'], '2401')).body.infcode).toBe(0)
    expect((await again(his, late)).body.err_msg).toBe('该报文已被冲正（msgid）')
  })
})
