import { chinaTime, type His } from './client.ts'
import {
  inpatient,
  outpatient,
  pharmacy,
  querySettlement,
  undoInpatient,
  undoOutpatient,
  undoPharmacy,
} from './flows.ts'
import { type Patient, readPerson } from './patient.ts'

const ITEMS = [
  { code: 'XA01', cnt: '10', pric: '50', amt: '500.00' },
  { code: 'XB02', cnt: '4', pric: '100', amt: '400.00' },
]
const DAY_MS = 86_400_000

/** One patient at a hospital and a pharmacy: a visit, a stay and a purchase, each settled, looked up and taken back. */
export async function runStory(hospital: His, shop: His, patient: Patient, say: (line: string) => void): Promise<void> {
  await hospital.signIn()
  await shop.signIn()
  const person = await readPerson(hospital, patient)
  say(`1101 insured in ${person.insuplcAdmdvs}, insutype ${person.insutype}, balance ${person.balc}`)
  const insured = { insuplcAdmdvs: person.insuplcAdmdvs }

  const visit = await outpatient(hospital, person, ITEMS, say)
  const found = await querySettlement(hospital, person, visit)
  say(`5203 the same settlement: ${found.setlinfo.setl_id === visit.setlinfo.setl_id}`)
  const now = hospital.config.now().getTime()
  const { mdtrtinfo } = await hospital.call(
    '5201',
    {
      data: {
        psn_no: person.psnNo,
        begntime: chinaTime(new Date(now - DAY_MS)),
        endtime: chinaTime(new Date(now + 60_000)),
        med_type: '11',
        mdtrt_id: visit.setlinfo.mdtrt_id,
      },
    },
    insured,
  )
  const undone = await undoOutpatient(hospital, person, visit, mdtrtinfo[0].ipt_otp_no)
  say(`2208, 2205, 2202 taken back: fund ${undone.setlinfo.fund_pay_sumamt}`)

  const stay = { from: chinaTime(new Date(now - 5 * DAY_MS)), to: chinaTime(new Date(now)) }
  const settled = await inpatient(hospital, person, ITEMS, stay, say)
  const returned = await undoInpatient(hospital, person, settled)
  say(`2305, 2405, 2302, 2404 taken back: fund ${returned.setlinfo.fund_pay_sumamt}`)

  const bought = await pharmacy(shop, person, ITEMS, say)
  const refunded = await undoPharmacy(shop, person, bought)
  say(`2103 taken back: fund ${refunded.setlinfo.fund_pay_sumamt}`)

  await hospital.signOut()
  await shop.signOut()
}
