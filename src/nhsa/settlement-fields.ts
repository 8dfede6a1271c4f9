import type { InstitutionTable } from '../institutions/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { fromWireId } from '../kernel/wire-id.ts'
import { insurancesAt, type PersonId, readFullPeople } from '../people/index.ts'
import type { visits } from '../settlement/index.ts'
import type { Call } from './call.ts'
import { dictionaryOf } from './dictionaries.ts'
import { askedBy, personFields } from './person-fields.ts'
import { hospLv } from './provider-lookup.ts'
import { readTime } from './times.ts'
import type { OutRow } from './write-output.ts'

type FieldDeps = Pick<Deps, 'db' | 'clock' | 'keyring'> & { readonly institutions: InstitutionTable }

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * Everything that table 4.1 asks about a settlement; each transaction's own columns decide what of it is written. Name and
 * number come from the person index, under an audit event.
 */
export async function setlinfoRow(deps: FieldDeps, call: Call, info: visits.SetlInfo): Promise<OutRow> {
  const personId = fromWireId(info.psnNo) as PersonId | undefined
  if (personId === undefined) throw new Error('a settlement names a person')
  const date = info.setlTime === '' ? localDate(call.now) : localDate(readTime(info.setlTime))
  const ask = { by: askedBy(call), action: 'people.read-full', purpose: 'settlement' }
  const person = (await readFullPeople(deps, [personId], ask)).get(personId)
  const insurance = (await insurancesAt(deps.db, [personId], date)).get(personId)
  const facts = deps.institutions.factsAt(call.institution.code, date)
  const own = Object.fromEntries(Object.entries(info).map(([name, value]) => [snake(name), value as string]))
  return {
    ...(person === undefined ? {} : personFields(person, date)),
    ...own,
    psn_no: info.psnNo,
    cvlserv_flag: insurance?.cvlservFlag ?? '0',
    // 1 按项目: the only way in which this hub settles.
    clr_way: '1',
    // Names that single transactions have for the same amounts (section 4.1).
    pdn_cash_pay: info.psnCashPay,
    cash_payamt: info.psnCashPay,
    psn_pay: info.psnPartAmt,
    crt_dedc: info.actPayDedc,
    insu_admdvs: info.insuplcAdmdvs,
    insu_optins: info.insuplcAdmdvs,
    fixmedins_name: call.institution.name,
    fixmedins_poolarea: call.institution.city,
    hosp_lv: facts === undefined || facts.kind === 'pharmacy' ? '' : hospLv(facts),
    // 2 医疗机构 at home, 3 省内异地 between the cities: the four belong to one province.
    pay_loc: info.insuplcAdmdvs === info.mdtrtareaAdmvs ? '2' : '3',
  }
}

const FUND_NAMES = dictionaryOf('fund_pay_type') ?? {}

export const setldetailRow = (one: visits.SetlDetail): OutRow => ({
  fund_pay_type: one.fundPayType,
  inscp_scp_amt: one.inscpScpAmt,
  crt_payb_lmt_amt: one.crtPaybLmtAmt,
  fund_payamt: one.fundPayamt,
  fund_pay_type_name: FUND_NAMES[one.fundPayType],
  setl_proc_info: one.setlProcInfo,
})
