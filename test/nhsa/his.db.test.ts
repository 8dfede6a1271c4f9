import { beforeAll, describe, expect, it } from 'vitest'
import { CITIES } from '../../src/codes/index.ts'
import { compileTransaction } from '../../src/nhsa/read-input.ts'
import { TABLES } from '../../src/nhsa/tables/index.ts'
import { useDatabase } from '../support/database.ts'
import { chinaTime } from './his/client.ts'
import {
  inpatient,
  outpatient,
  pharmacy,
  querySettlement,
  undoInpatient,
  undoOutpatient,
  undoPharmacy,
} from './his/flows.ts'
import { type Enrolled, readPerson } from './his/patient.ts'
import { useNhsaHub } from './hub.ts'

const stage = useNhsaHub(useDatabase())
const quiet = (): void => {}
const CODES = CITIES.map((city) => city.code)
const PAIRS = CODES.flatMap((insured) => CODES.map((treated) => [insured, treated] as const))
/** 1,120.00: 甲 500, 乙 400 of which 40 first, 丙 100, and one of 120 with a limit of 100. In scope: 500 + 360 + 100. */
const ITEMS = [
  { code: 'XA01', cnt: '10', pric: '50', amt: '500.00' },
  { code: 'XB02', cnt: '4', pric: '100', amt: '400.00' },
  { code: 'XC03', cnt: '1', pric: '100', amt: '100.00' },
  { code: 'XL04', cnt: '1', pric: '120', amt: '120.00' },
]

/** What every settlement must be: the identities of the document (3.2). */
function checkIdentities(info: Record<string, string>, cash = 'psn_cash_pay'): void {
  const fen = (name: string) => Math.round(Number(info[name]) * 100)
  expect(fen('medfee_sumamt')).toBe(fen('fund_pay_sumamt') + fen('psn_part_amt') + fen('hosp_part_amt'))
  expect(fen('psn_part_amt')).toBe(fen('acct_pay') + fen(cash))
  expect(fen('inscp_scp_amt')).toBe(
    fen('medfee_sumamt') - fen('fulamt_ownpay_amt') - fen('overlmt_selfpay') - fen('preselfpay_amt'),
  )
}

/** Every output field is in the table, every required one has a value of its type. */
function checkOutput(infno: string, output: Record<string, unknown>): void {
  const table = TABLES.find((one) => one.infno === infno)
  if (table === undefined) throw new Error(infno)
  for (const node of compileTransaction(table).output) {
    const rows = [output[node.name]].flat() as Record<string, string>[]
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(node.fields.map((field) => field.name))
      for (const field of node.fields) {
        const value = row[field.name]
        if (value === undefined) throw new Error(`${infno} ${node.name} ${field.name} is missing`)
        if (field.required) expect(value, `${infno} ${node.name} ${field.name}`).not.toBe('')
        if (value !== '') expect(field.problem(value), `${infno} ${node.name} ${field.name} = ${value}`).toBeUndefined()
      }
    }
  }
}

async function enrol(
  insured: (typeof CODES)[number],
  treated: (typeof CODES)[number],
  insutype: '310' | '390' = '310',
) {
  const his = await stage.his(treated)
  if (his.signNo === '') await his.signIn()
  const person = await stage.person(insured, insutype === '390' ? { insutype, psnType: '15' } : {})
  const enrolled = await readPerson(his, person)
  return { his, enrolled }
}

beforeAll(async () => {
  for (const city of CODES) {
    await (await stage.his(city)).signIn()
    await (await stage.his(city, 'pharmacy')).signIn()
  }
})

describe('a hospital’s own system, written from the document', () => {
  it.each(PAIRS)('settles an outpatient visit of a person of %s in %s, and takes it back', async (insured, treated) => {
    const { his, enrolled } = await enrol(insured, treated)
    expect(enrolled.insuplcAdmdvs).toBe(insured)
    const settled = await outpatient(his, enrolled, ITEMS, quiet)
    checkIdentities(settled.setlinfo)
    checkOutput('2207', settled)
    expect(settled.setlinfo).toMatchObject({
      medfee_sumamt: '1120.00',
      fulamt_ownpay_amt: '100.00',
      overlmt_selfpay: '20.00',
      preselfpay_amt: '40.00',
      inscp_scp_amt: '960.00',
      act_pay_dedc: '200.00',
      clr_type: '11',
      psn_no: enrolled.psnNo,
      certno: enrolled.idNumber,
      psn_name: enrolled.name,
    })
    // The trial said the same as the settlement.
    for (const name of ['fund_pay_sumamt', 'psn_part_amt', 'act_pay_dedc', 'balc']) {
      expect(settled.trial[name], name).toBe(settled.setlinfo[name])
    }
    const found = await querySettlement(his, enrolled, settled)
    checkOutput('5203', found)
    expect(found.setlinfo).toMatchObject({ psn_pay: settled.setlinfo.psn_part_amt, refd_setl_flag: '0' })
    const undone = await undo(settled, his, enrolled)
    expect(undone.setlinfo.fund_pay_sumamt).toBe(`-${settled.setlinfo.fund_pay_sumamt}`)
    expect(undone.setlinfo.pdn_cash_pay).toBe(`-${settled.setlinfo.psn_cash_pay}`)
    checkOutput('2208', undone)
  })

  async function undo(
    settled: ReturnType<typeof JSON.parse>,
    his: Awaited<ReturnType<typeof stage.his>>,
    of: Enrolled,
  ) {
    const now = his.config.now().getTime()
    const { mdtrtinfo } = await his.call(
      '5201',
      {
        data: {
          psn_no: of.psnNo,
          begntime: chinaTime(new Date(now - 86_400_000)),
          endtime: chinaTime(new Date(now + 1000)),
          med_type: '11',
          mdtrt_id: settled.setlinfo.mdtrt_id,
        },
      },
      { insuplcAdmdvs: of.insuplcAdmdvs },
    )
    checkOutput('5201', { mdtrtinfo })
    return await undoOutpatient(his, of, settled, mdtrtinfo[0].ipt_otp_no)
  }

  it.each(PAIRS)('settles a stay of a person of %s in %s, and takes it back', async (insured, treated) => {
    const { his, enrolled } = await enrol(insured, treated, insured === treated ? '390' : '310')
    const now = his.config.now().getTime()
    const stay = { from: chinaTime(new Date(now - 5 * 86_400_000)), to: chinaTime(new Date(now)) }
    const settled = await inpatient(his, enrolled, ITEMS, stay, quiet)
    checkIdentities(settled.setlinfo)
    checkOutput('2304', settled)
    expect(settled.setlinfo).toMatchObject({ inscp_scp_amt: '960.00', clr_type: '21', med_type: '21' })
    const undone = await undoInpatient(his, enrolled, settled)
    checkOutput('2305', undone)
    expect(Number(undone.setlinfo.medfee_sumamt)).toBe(-1120)
  })

  it.each(PAIRS)(
    'settles a purchase of a person of %s at a pharmacy of %s, and takes it back',
    async (insured, treated) => {
      const shop = await stage.his(treated, 'pharmacy')
      const person = await stage.person(insured)
      const enrolled = await readPerson(shop, person)
      const settled = await pharmacy(shop, enrolled, ITEMS.slice(0, 2), quiet)
      checkIdentities(settled.setlinfo)
      checkOutput('2102', settled)
      // 900 - 40 first = 860 in scope; 660 over the deductible, half of it by the pool (三级 and 药店: 50 %).
      expect(settled.setlinfo).toMatchObject({ inscp_scp_amt: '860.00', act_pay_dedc: '200.00', hifp_pay: '330.00' })
      expect(settled.detlcutinfo).toHaveLength(2)
      const undone = await undoPharmacy(shop, enrolled, settled)
      checkOutput('2103', undone)
      expect(undone.setlinfo.fund_pay_sumamt).toBe('-330.00')
    },
  )
})
