import { beforeAll, describe, expect, it } from 'vitest'
import { seedIssuers } from '../../src/issuers/index.ts'
import { useDatabase } from '../support/database.ts'
import { chinaTime, type His } from './his/client.ts'
import { type Enrolled, personFields, readPerson } from './his/patient.ts'
import { useNhsaHub } from './hub.ts'
import { purchaseOf } from './purchase.ts'
import type { Insured } from './seed.ts'

const stage = useNhsaHub(useDatabase())
const insured = { insuplcAdmdvs: '510100' }
let shop: His
let person: Insured
let enrolled: Enrolled
let cardId: string

const post = async (url: string, payload: object, key = 'voucher') => {
  const headers = { ...(await stage.hub.token('issuer', { city: '510100' })), 'idempotency-key': key }
  const reply = await stage.hub.app.inject({ method: 'POST', url, headers, payload })
  expect(reply.statusCode, reply.body).toBeLessThan(300)
  return reply.json()
}

const newCode = async (purpose: string): Promise<string> => (await post(`/cards/${cardId}/code`, { purpose })).code

beforeAll(async () => {
  await seedIssuers(stage.hub.deps)
  await stage.hub.refresh()
  shop = await stage.his('510600', 'pharmacy')
  await shop.signIn()
  person = await stage.person('510100')
  enrolled = await readPerson(shop, person)
  ;({ cardId } = await post('/cards', { personId: person.personId }, 'card'))
  await stage.hub.refresh()
})

const purchase = (code: string) =>
  purchaseOf(enrolled, chinaTime(shop.config.now()), { mdtrt_cert_type: '01', mdtrt_cert_no: code })

describe('a shown code (mdtrt_cert_type 01)', () => {
  it('longer than C(50) tells at 1101 who it is, and is used up by the purchase that it pays, once', async () => {
    const code = await newCode('settlement')
    expect(code.length).toBeGreaterThan(50)
    const { baseinfo } = await shop.call('1101', {
      data: {
        mdtrt_cert_type: '01',
        mdtrt_cert_no: code,
        psn_cert_type: '01',
        certno: person.idNumber,
        psn_name: person.name,
      },
    })
    expect(baseinfo.psn_no).toBe(enrolled.psnNo)
    await shop.call('2101', purchase(code), insured)
    const envelope = shop.envelope('2102', purchase(code), insured)
    const first = await shop.send(envelope, shop.headers('2102'))
    expect(first.body.infcode, first.body.err_msg).toBe(0)
    expect((await shop.send(envelope, shop.headers('2102'))).text).toBe(first.text)
    const again = await shop.ask('2102', purchase(code), insured)
    expect(again.body.err_msg).toMatch(/^就诊凭证核验不通过；/)
  })

  it('of another person, or of a card that was reported lost, pays nothing', async () => {
    const other = await readPerson(shop, await stage.person('510100'))
    const foreign = purchase(await newCode('settlement'))
    foreign.druginfo = {
      ...foreign.druginfo,
      ...personFields(other),
      mdtrt_cert_type: '01',
      mdtrt_cert_no: foreign.druginfo.mdtrt_cert_no,
    }
    expect((await shop.ask('2102', foreign, insured)).body.err_msg).toBe('证件、姓名与就诊凭证不属于同一人')
    const code = await newCode('settlement')
    await post(`/cards/${cardId}/suspension`, { reason: 'lost' }, 'lost')
    await stage.hub.refresh()
    expect((await shop.ask('2102', purchase(code), insured)).body.err_msg).toMatch(/^就诊凭证核验不通过；/)
  })
})
