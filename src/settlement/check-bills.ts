import { isCityCode } from '../codes/index.ts'
import type { InstitutionFacts } from '../institutions/index.ts'
import type { FindInsurances, Institutions, PersonInsurance } from './ports.ts'
import {
  careNotOffered,
  careUnknown,
  diseaseMissing,
  filingNeeded,
  insuranceRests,
  notInsured,
  notRecognised,
  stayMissing,
} from './reasons.ts'
import { MED_TYPES, offersCare } from './rules.ts'
import { type Bill, careDate, type Reason } from './types.ts'

/** A bill whose person and institution are in order, or every reason why they are not. */
export type Checked<B extends Bill> =
  | {
      readonly bill: B
      readonly insurance: PersonInsurance
      readonly facts: InstitutionFacts
      readonly reasons?: never
    }
  | { readonly bill: B; readonly insurance: PersonInsurance | undefined; readonly reasons: readonly Reason[] }

/** Looks up persons (one query for all) and institutions (in memory) as of each bill's own day. */
export async function checkBills<B extends Bill>(
  db: Parameters<FindInsurances>[0],
  deps: { readonly institutions: Institutions; readonly findInsurances: FindInsurances },
  bills: readonly B[],
): Promise<readonly Checked<B>[]> {
  const dates = bills.map(careDate)
  const insurances = await deps.findInsurances(
    db,
    bills.map((bill, at) => ({ personId: bill.personId, date: dates[at] as string })),
  )
  return bills.map((bill, at) => checkBill(deps.institutions, bill, dates[at] as string, insurances[at]))
}

function checkBill<B extends Bill>(
  institutions: Institutions,
  bill: B,
  date: string,
  insurance: PersonInsurance | undefined,
): Checked<B> {
  const facts = institutions.factsAt(bill.institution, date)
  const reasons: Reason[] = []
  if (!(MED_TYPES as readonly string[]).includes(bill.medType)) reasons.push(careUnknown(bill.medType))
  else if (facts !== undefined && !offersCare(facts.kind, bill.medType)) {
    reasons.push(careNotOffered(bill.medType, facts.kind))
  }
  if (bill.medType === '21' && bill.stay === undefined) reasons.push(stayMissing)
  if (bill.medType === '14' && bill.diseCodg === undefined) reasons.push(diseaseMissing)
  if (bill.refusedBy !== undefined) reasons.push(...bill.refusedBy)
  if (insurance === undefined) return { bill, insurance, reasons: [...reasons, notInsured(date)] }
  if (insurance.status !== undefined && insurance.status !== '1') reasons.push(insuranceRests(insurance.status))
  if (!isCityCode(insurance.insuredCity)) reasons.push(filingNeeded(insurance.insuredCity))
  const recognition = institutions.recognitionAt(bill.institution, insurance.insuredCity, date)
  reasons.push(...recognition.reasons.map(notRecognised))
  if (!recognition.recognised || facts === undefined || reasons.length > 0) return { bill, insurance, reasons }
  return { bill, insurance, facts }
}
