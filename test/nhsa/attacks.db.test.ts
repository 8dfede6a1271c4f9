import { beforeAll, describe, expect, it } from 'vitest'
import { compileTransaction } from '../../src/nhsa/read-input.ts'
import { TABLES } from '../../src/nhsa/tables/index.ts'
import { useDatabase } from '../support/database.ts'
import { chinaTime, type His } from './his/client.ts'
import { inpatient, outpatient, pharmacy, querySettlement, undoOutpatient, undoPharmacy } from './his/flows.ts'
import { type Enrolled, personFields, readPerson } from './his/patient.ts'
import { useNhsaHub } from './hub.ts'
import { purchaseOf } from './purchase.ts'
import type { Insured } from './seed.ts'
import { validInput, wrongValues } from './values.ts'

const lines: string[] = []
const database = useDatabase()
const stage = useNhsaHub(database, { onLog: (line) => lines.push(line) })
const quiet = (): void => {}
const ITEMS = [{ code: 'XA01', cnt: '10', pric: '50', amt: '500.00' }]

let his: His
let other: His
let shop: His
let person: Insured
let enrolled: Enrolled
let insured: { insuplcAdmdvs: string }

beforeAll(async () => {
  his = await stage.his('510600')
  other = await stage.his('510100')
  shop = await stage.his('511400', 'pharmacy')
  for (const one of [his, other, shop]) await one.signIn()
  person = await stage.person('512000')
  enrolled = await readPerson(his, person)
  insured = { insuplcAdmdvs: '512000' }
})

describe('a wrong field', () => {
  it.each(TABLES.map((table) => table.infno))(
    'of %s is named over HTTP, with no value, no stack and no effect',
    async (infno) => {
      const table = compileTransaction(TABLES.find((one) => one.infno === infno) as (typeof TABLES)[number])
      for (const node of table.input.filter((one) => one.within === undefined)) {
        for (const field of node.fields.slice(0, 8)) {
          const wrong = wrongValues(field).find((value) => typeof value === 'object' && value !== null)
          const input = validInput(table)
          const row = [input[node.name]].flat()[0] as Record<string, unknown>
          row[field.name] = wrong
          const { status, body, text } = await his.ask(infno, input, insured)
          expect([status, body.infcode]).toEqual([200, -1])
          expect(body.err_msg).toContain(field.name)
          expect(text).not.toMatch(/\.ts:\d|node_modules|select |insert /i)
        }
      }
    },
  )

  it('of many is told with the first ones and how many more', async () => {
    const { body } = await his.ask('2204', { feedetail: [{}, {}, {}] }, insured)
    expect([...body.err_msg].length).toBeLessThanOrEqual(200)
    expect(body.err_msg).toMatch(/^feedetail第1行 feedetl_sn（费用明细流水号）不能为空；.*另有\d+处$/)
  })
})

describe('a stranger’s id', () => {
  it('of a visit or settlement is as unknown as none, whoever asks', async () => {
    const settled = await outpatient(his, enrolled, ITEMS, quiet)
    const { mdtrt_id, setl_id } = settled.setlinfo
    const name = { mdtrt_id, psn_no: enrolled.psnNo, exp_content: '' }
    const none = { ...name, mdtrt_id: '0'.repeat(26) }
    for (const [infno, data] of [
      ['2205', { chrg_bchno: '0000' }],
      ['2208', { setl_id }],
      ['5203', { setl_id }],
      ['2202', { ipt_otp_no: '1' }],
      ['2404', {}],
      ['2405', {}],
    ] as const) {
      const foreign = await other.ask(infno, { data: { ...name, ...data } }, insured)
      const nothing = await other.ask(infno, { data: { ...none, ...data } }, insured)
      expect(foreign.body.infcode, infno).toBe(-1)
      expect(foreign.body.err_msg, infno).toBe(nothing.body.err_msg)
    }
    // The owner still can.
    expect((await querySettlement(his, enrolled, settled)).setlinfo.setl_id).toBe(setl_id)
  })

  it('of a person who is another is refused, without saying which field is not that person’s name', async () => {
    const someone = await stage.person('510100')
    const mixed = await his.ask('1101', {
      data: {
        mdtrt_cert_type: '02',
        mdtrt_cert_no: person.idNumber,
        card_sn: '',
        begntime: '',
        psn_cert_type: '01',
        certno: person.idNumber,
        psn_name: someone.name,
      },
    })
    expect(mixed.body.err_msg).toBe('证件、姓名与就诊凭证不属于同一人')
    const unknown = await his.ask('1101', {
      data: {
        mdtrt_cert_type: '02',
        mdtrt_cert_no: '511402190001019973',
        psn_cert_type: '01',
        certno: '511402190001019973',
        psn_name: '王无此人',
      },
    })
    expect(unknown.body.err_msg).toBe('未查询到人员信息')
    expect(unknown.text).not.toContain('511402190001019973')
  })

  it('of an insured city that is not the person’s is refused', async () => {
    const time = chinaTime(his.config.now())
    const data = {
      ...personFields(enrolled),
      begntime: time,
      ipt_otp_no: 'X-1',
      dept_code: 'A01',
      dept_name: '全科',
      caty: 'A02',
    }
    const { body } = await his.ask('2201', { data }, { insuplcAdmdvs: '510100' })
    expect(body.err_msg).toBe('insuplc_admdvs（参保地医保区划）与人员参保地不一致')
  })

  it('that is no id at all does nothing', async () => {
    for (const psn of ["' or 1=1 --", '../../etc', '01M87DMA8AEA183RJJ5BKHMQHg', '%', '${7*7}']) {
      const { body } = await his.ask(
        '5303',
        {
          data: { psn_no: psn, begntime: '2026-11-01 00:00:00', endtime: '2026-11-30 00:00:00' },
        },
        insured,
      )
      expect(body.infcode, psn).toBe(-1)
      expect(body.err_msg).not.toContain(psn)
    }
  })

  it('as a voucher: a code that nobody signed is refused', async () => {
    const data = {
      ...personFields(enrolled),
      mdtrt_cert_type: '01',
      mdtrt_cert_no: 'eyJhbGciOiJub25lIn0.e30.',
      begntime: chinaTime(his.config.now()),
      ipt_otp_no: 'X-2',
      dept_code: 'A01',
      dept_name: '全科',
      caty: 'A02',
    }
    const { body } = await his.ask('2201', { data }, insured)
    expect(body.err_msg).toMatch(/^就诊凭证核验不通过；/)
    const noSn = await his.ask('2201', { data: { ...data, mdtrt_cert_type: '03' } }, insured)
    expect(noSn.body.err_msg).toContain('card_sn')
  })
})

describe('a message that settles', () => {
  const purchase = (of: Enrolled) => purchaseOf(of, chinaTime(shop.config.now()))
  const settlementsOf = async (personId: string) =>
    await database.db.selectFrom('settlement_claim').select('id').where('person_id', '=', personId).execute()

  it('100 times at once settles once, and every answer is the same', async () => {
    const buyer = await stage.person('510100')
    const of = await readPerson(shop, buyer)
    const envelope = shop.envelope('2102', purchase(of), { insuplcAdmdvs: '510100' })
    const answers = await Promise.all(Array.from({ length: 100 }, () => shop.send(envelope, shop.headers('2102'))))
    expect(new Set(answers.map((one) => one.text)).size).toBe(1)
    expect(answers[0]?.body.infcode, answers[0]?.body.err_msg).toBe(0)
    expect(await settlementsOf(buyer.personId)).toHaveLength(1)
  })

  it('whose answer was lost in a crash settles nothing twice and tells the same amounts', async () => {
    const buyer = await stage.person('510600')
    const of = await readPerson(shop, buyer)
    const envelope = shop.envelope('2102', purchase(of), { insuplcAdmdvs: '510600' })
    const first = await shop.send(envelope, shop.headers('2102'))
    expect(first.body.infcode, first.body.err_msg).toBe(0)
    await database.db
      .updateTable('nhsa_message')
      .set({ answer_encrypted: null })
      .where('msgid', '=', String(envelope['msgid']))
      .execute()
    const again = await shop.send(envelope, shop.headers('2102'))
    expect(again.body.output).toEqual(first.body.output)
    expect(await settlementsOf(buyer.personId)).toHaveLength(1)
    // Another institution's 2601 under the same number does not touch it.
    const omsg = { data: { psn_no: of.psnNo, omsgid: envelope['msgid'], oinfno: '2102' } }
    await other.ask('2601', omsg, { insuplcAdmdvs: '510600' })
    const standing = await querySettlement(shop, of, first.body.output)
    expect(standing.setlinfo.refd_setl_flag).toBe('0')
    // Its own takes it back, once; then it cannot be taken back again.
    expect((await shop.ask('2601', omsg, { insuplcAdmdvs: '510600' })).body.infcode).toBe(0)
    const twice = await undoPharmacy(shop, of, first.body.output).catch((error: Error) => error.message)
    expect(twice).toMatch(/^2103: 200 /)
  })

  it('with a total that is not the sum, or out of order, is refused with what is missing', async () => {
    const buyer = await stage.person('511400')
    const of = await readPerson(shop, buyer)
    const wrong = purchase(of)
    wrong.druginfo.medfee_sumamt = '500.01'
    expect((await shop.ask('2102', wrong, { insuplcAdmdvs: '511400' })).body.infcode).toBe(-1)
    const settled = await pharmacy(shop, of, ITEMS, quiet)
    const early = await his.ask(
      '2207',
      {
        data: {
          ...personFields(of),
          med_type: '11',
          medfee_sumamt: '1',
          psn_setlway: '01',
          mdtrt_id: settled.setlinfo.mdtrt_id,
          chrg_bchno: '1',
          acct_used_flag: '0',
          fulamt_ownpay_amt: '0',
          overlmt_selfpay: '0',
          preselfpay_amt: '0',
          inscp_scp_amt: '1',
        },
      },
      { insuplcAdmdvs: '511400' },
    )
    expect(early.body.infcode).toBe(-1)
  })

  it('with an unregistered item code is refused by the name of the code’s field, and a huge amount too', async () => {
    const of = await readPerson(shop, await stage.person('511400'))
    const strange = purchase(of)
    strange.drugdetail = strange.drugdetail.map((line) => ({
      ...line,
      med_list_codg: "X'; drop table people_person;--",
    }))
    expect((await shop.ask('2102', strange, { insuplcAdmdvs: '511400' })).body.infcode).toBe(-1)
    const huge = purchase(of)
    huge.druginfo.medfee_sumamt = '99999999999999.99'
    huge.drugdetail = huge.drugdetail.map((line) => ({
      ...line,
      det_item_fee_sumamt: '99999999999999.99',
      cnt: '1',
      pric: '9999999999.999999',
    }))
    expect((await shop.ask('2102', huge, { insuplcAdmdvs: '511400' })).body.infcode).toBe(-1)
  })
})

describe('amounts by hand', () => {
  it('a stay in Chengdu of a person insured in Chengdu: deductible and ratio of the level', async () => {
    const hospital = await stage.his('510100', 'hospital', 3)
    await hospital.signIn()
    const of = await readPerson(hospital, await stage.person('510100'))
    const now = hospital.config.now().getTime()
    const settled = await inpatient(
      hospital,
      of,
      [
        { code: 'XC03', cnt: '10', pric: '100', amt: '1000.00' },
        { code: 'XB02', cnt: '80', pric: '100', amt: '8000.00' },
        { code: 'XA01', cnt: '220', pric: '50', amt: '11000.00' },
      ],
      { from: chinaTime(new Date(now - 5 * 86_400_000)), to: chinaTime(new Date(now)) },
      quiet,
    )
    // G1: (18,200 - 800) x 0.85 = 14,790; the person pays 5,210.
    expect(settled.setlinfo).toMatchObject({
      inscp_scp_amt: '18200.00',
      act_pay_dedc: '800.00',
      hifp_pay: '14790.00',
      psn_part_amt: '5210.00',
    })
    const { data } = await hospital.call('5303', {
      data: { psn_no: '', begntime: chinaTime(new Date(now - 6 * 86_400_000)), endtime: chinaTime(new Date(now)) },
    })
    expect(Array.isArray(data)).toBe(true)
  })

  it('an outpatient visit in Deyang of a person insured in Ziyang leaves no trace after its undo', async () => {
    const of = await readPerson(his, await stage.person('512000'))
    const settled = await outpatient(his, of, ITEMS, quiet)
    const { mdtrtinfo } = await his.call(
      '5201',
      {
        data: {
          psn_no: of.psnNo,
          begntime: '2026-11-01 00:00:00',
          endtime: '2026-11-30 00:00:00',
          med_type: '11',
          mdtrt_id: '',
        },
      },
      insured,
    )
    expect(mdtrtinfo).toMatchObject([{ psn_no: of.psnNo, certno: of.idNumber, psn_name: of.name }])
    await undoOutpatient(his, of, settled, mdtrtinfo[0].ipt_otp_no)
    const again = await outpatient(his, of, ITEMS, quiet)
    expect(again.setlinfo.fund_pay_sumamt).toBe(settled.setlinfo.fund_pay_sumamt)
    expect(again.setlinfo.act_pay_dedc).toBe('200.00')
  })
})

describe('the catalogue', () => {
  it('is read page by page by 1312 and 1318', async () => {
    const page = { query_date: '2026-11-24', updt_time: '2000-01-01', page_num: '1', page_size: '2' }
    const items = await his.call('1312', { data: page })
    expect(items.data).toHaveLength(2)
    expect(items.data[0]).toMatchObject({ insu_admdvs: '510000', chrgitm_lv: expect.stringMatching(/^0[123]$/) })
    const limits = await his.call('1318', { data: { ...page, hilist_code: 'XL04' } })
    expect(limits.data[0]).toMatchObject({ hilist_code: 'XL04', hilist_pric_uplmt_amt: '100.000000' })
    expect((await his.ask('1312', { data: { ...page, page_size: '5000' } })).body.infcode).toBe(-1)
  })
})

describe('an area that writes other codes', () => {
  it('sends and gets its own, and settles as the others do', async () => {
    await database.db
      .insertInto('nhsa_area')
      .values({ admdvs: '512000', from_date: '2021-01-01', profile: 'hunan', source_document: 'test', verified: false })
      .execute()
    await stage.hub.live.nhsa.refresh()
    const ziyang = await stage.his('512000')
    await ziyang.signIn()
    const of = await readPerson(ziyang, await stage.person('512000'))
    const ask = (medType: string) =>
      ziyang.ask(
        '2001',
        {
          data: {
            psn_no: of.psnNo,
            insutype: '310',
            fixmedins_code: ziyang.config.fixmedinsCode,
            med_type: medType,
            begntime: chinaTime(ziyang.config.now()),
          },
        },
        insured,
      )
    expect((await ask('21')).body.err_msg).toBe('data med_type（医疗类别）不在字典中')
    const { trtinfo } = (await ask('2101')).body.output
    expect(trtinfo.map((one: { fund_pay_type: string }) => one.fund_pay_type)).toContain('310100')
  })
})

describe('what is logged', () => {
  it('holds no name, no number and no body', () => {
    expect(lines.length).toBeGreaterThan(50)
    const all = lines.join('\n')
    for (const secret of [person.name, person.idNumber, enrolled.psnNo, 'J06.900', '医师甲']) {
      expect(all.includes(secret), secret.slice(0, 2)).toBe(false)
    }
  })
})
