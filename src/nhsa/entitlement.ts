import type { InstitutionTable } from '../institutions/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { type InsuranceOnDay, insurancesAt } from '../people/index.ts'
import { visits } from '../settlement/index.ts'
import { type Call, rowOf, valueOf } from './call.ts'
import { nhsaError } from './errors.ts'
import { personIdOf } from './person-info.ts'
import type { Input } from './read-input.ts'
import { readTime } from './times.ts'
import type { Output } from './write-output.ts'

/** One fund with what stands against it for everybody or for this person; undefined: nothing. */
interface Fund {
  readonly type: string
  readonly against: (insurance: InsuranceOnDay) => string | undefined
}

const forAll = (type: string): Fund => ({ type, against: () => undefined })
const civilServants: Fund = {
  type: '320100',
  against: (one) => (one.cvlservFlag === '1' ? undefined : '不享受公务员医疗补助'),
}
const medicalAid: Fund = {
  type: '610100',
  against: (one) => (one.psnIdetType?.startsWith('23') === true ? undefined : '不属于医疗救助对象'),
}

/** Kinds of care that one basic fund pays: outpatient visits and purchases; the rest are chronic diseases and stays. */
const OUTPATIENT = new Set(['11', '12', '13', '19', '41', '51'])

/** Kinds of care that settlement knows. */
const SETTLED = new Set(Object.values(visits.MED_TYPES).flat())

/** The funds of an insurance for a kind of care, in the order in which a bill meets them. */
function fundsOf(insutype: string, medType: string): readonly Fund[] {
  const outpatient = OUTPATIENT.has(medType)
  if (insutype === '310') {
    return [
      forAll(outpatient ? '310102' : '310100'),
      ...(outpatient ? [] : [forAll('330100')]),
      civilServants,
      medicalAid,
      forAll('310200'),
    ]
  }
  return [forAll(outpatient ? '390102' : '390100'), ...(outpatient ? [] : [forAll('390200')]), medicalAid]
}

/** 2001: one row for each fund, whether the person may have it on that day at that institution, and why not. */
export async function checkEntitlement(
  deps: Pick<Deps, 'db'> & { readonly institutions: InstitutionTable },
  call: Call,
  input: Input,
): Promise<Output> {
  const row = rowOf(input, 'data')
  if (valueOf(row, 'fixmedins_code') !== call.institution.code) throw nhsaError('not-your-institution')
  const psnNo = valueOf(row, 'psn_no')
  const personId = personIdOf(psnNo)
  const date = localDate(readTime(valueOf(row, 'begntime')))
  const insurance = (await insurancesAt(deps.db, [personId], date)).get(personId)
  if (insurance === undefined) throw nhsaError('person-unknown')
  const insutype = valueOf(row, 'insutype')
  const medType = valueOf(row, 'med_type')
  const general = [
    ...(SETTLED.has(medType) ? [] : ['本平台不结算此医疗类别']),
    ...reasonsForAll(deps.institutions, call, insurance, insutype, date),
  ]
  return {
    trtinfo: fundsOf(insutype, medType).map((fund) => {
      const reasons = [...general, ...(insurance.insutype === insutype ? [fund.against(insurance)] : [])].filter(
        (reason) => reason !== undefined,
      )
      return {
        psn_no: psnNo,
        trt_chk_type: '01',
        fund_pay_type: fund.type,
        trt_enjymnt_flag: reasons.length === 0 ? '1' : '0',
        begndate: insurance.from,
        enddate: insurance.to,
        trt_chk_rslt: reasons.join('；'),
      }
    }),
  }
}

function reasonsForAll(
  institutions: InstitutionTable,
  call: Call,
  insurance: InsuranceOnDay,
  insutype: string,
  date: string,
): readonly string[] {
  const recognition = institutions.recognitionAt(call.institution.code, insurance.insuredCity, date)
  return [
    ...(insurance.insutype === insutype ? [] : ['该日未参加此险种']),
    ...(insurance.insuredCity === call.insuredCity ? [] : ['参保地与报文insuplc_admdvs不一致']),
    ...(insurance.status === '1' ? [] : [insurance.status === '2' ? '参保已暂停' : '参保已终止']),
    ...recognition.reasons.map((one) => one.zh),
  ]
}
