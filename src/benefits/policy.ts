import { type Fen, ONE, type Ratio } from '../kernel/money.ts'
import type { RatioSteps } from './basic-fund.ts'
import type { PolicyDay } from './parameter-book.ts'
import { type ParameterItem, type ParameterRow, readAmount, readFactor, readScope, readSteps } from './parameters.ts'
import type { BillPart } from './personal-account.ts'
import type { BenefitClaim } from './types.ts'

/** No row at all, a row without a figure, or a row that does not list the city of treatment. */
type MissingReason = 'no-row' | 'empty' | 'not-listed'

/** Why a claim is not settled. Each names what is needed, so that an operator can supply it. */
export type BenefitRefusal =
  | {
      readonly code: 'parameter-missing'
      readonly item: ParameterItem
      readonly city: string
      readonly insutype: string
      readonly psnType: string
      readonly medType: string
      readonly hospLv: string
      readonly on: string
      readonly reason: MissingReason
    }
  | {
      readonly code: 'benefit-unsupported'
      readonly benefit: 'insurance' | 'civil-servant' | 'medical-aid' | 'family-account'
    }
  | { readonly code: 'bill-empty' }

/** The rows one claim needs, by item. They are all that the figures of its settlement rest on. */
export type PolicyRows = ReadonlyMap<ParameterItem, ParameterRow>

export interface OutpatientPolicy {
  readonly deductible: Fen
  readonly steps: RatioSteps
  readonly cap: Fen
  readonly factor: Ratio
  readonly acctScope: readonly BillPart[]
}

type PolicyQuestion = Pick<
  BenefitClaim,
  'insuplcAdmdvs' | 'mdtrtareaAdmvs' | 'insutype' | 'psnType' | 'medType' | 'dedcHospLv' | 'acctUsedFlag'
>

/** Finds the insured city's rows for a claim (参保地待遇), or says of every one that is missing. */
export const findPolicy = (
  question: PolicyQuestion,
  day: PolicyDay,
): { rows: PolicyRows; missing: readonly BenefitRefusal[] } => {
  const rows = new Map<ParameterItem, ParameterRow>()
  const missing: BenefitRefusal[] = []
  for (const item of neededItems(question)) {
    const key = {
      city: question.insuplcAdmdvs,
      insutype: question.insutype,
      psnType: question.psnType,
      medType: question.medType,
      hospLv: question.dedcHospLv,
      item,
    }
    const found = judge(day.find(key), question.mdtrtareaAdmvs)
    if (typeof found === 'string') missing.push({ code: 'parameter-missing', ...key, on: day.date, reason: found })
    else rows.set(item, found)
  }
  return { rows, missing }
}

/** Reads the figures out of the rows. The rows are complete: {@link findPolicy} said so, or a trace holds them. */
export const readPolicy = (rows: PolicyRows, question: PolicyQuestion): OutpatientPolicy => ({
  deductible: readAmount(valueOf(rows, 'deductible')),
  steps: readSteps(valueOf(rows, 'ratio')),
  cap: readAmount(valueOf(rows, 'cap')),
  factor: isCrossCity(question)
    ? required(readFactor(valueOf(rows, 'cross_city_factor'), question.mdtrtareaAdmvs), 'cross_city_factor')
    : ONE,
  acctScope: question.acctUsedFlag === '1' ? readScope(valueOf(rows, 'acct_scope')) : [],
})

/** Cross-city or not is decided by the two divisions alone. */
export const isCrossCity = (claim: Pick<BenefitClaim, 'insuplcAdmdvs' | 'mdtrtareaAdmvs'>): boolean =>
  claim.insuplcAdmdvs !== claim.mdtrtareaAdmvs

const neededItems = (question: PolicyQuestion): readonly ParameterItem[] => [
  'deductible',
  'ratio',
  'cap',
  ...(isCrossCity(question) ? (['cross_city_factor'] as const) : []),
  ...(question.acctUsedFlag === '1' ? (['acct_scope'] as const) : []),
]

/** The row where it has a figure for this claim, else why it has none. */
const judge = (row: ParameterRow | undefined, treatmentCity: string): ParameterRow | MissingReason => {
  if (row === undefined) return 'no-row'
  if (row.value === null) return 'empty'
  if (row.item === 'cross_city_factor' && readFactor(row.value, treatmentCity) === undefined) return 'not-listed'
  return row
}

const valueOf = (rows: PolicyRows, item: ParameterItem) => required(rows.get(item)?.value, item)

const required = <T>(value: T | null | undefined, item: ParameterItem): T => {
  if (value === null || value === undefined) throw new TypeError(`no figure for ${item}`)
  return value
}
