import { ONE, ZERO_FEN } from '../kernel/money.ts'
import { readAmount, readCap, readFactor, readLaterStay, readScope, readSteps } from './figures.ts'
import { ANY, type ParameterItem, type ParameterKey, type ParameterRow, type ParameterValue } from './parameters.ts'
import type { FundPolicy, Policy, UsedRow } from './policy-types.ts'

/** What decides which figures a claim needs. */
export interface PolicyQuestion {
  readonly city: string
  readonly treatmentCity: string
  readonly insutype: string
  readonly psnClass: string
  readonly medType: string
  readonly hospLv: string
  readonly diseCodg: string | null
  /** A stay that is not the first of the year. */
  readonly laterStay: boolean
  /** The bill exceeds the yearly cap of the basic fund. */
  readonly aboveCap: boolean
  readonly account: boolean
  readonly civilServant: boolean
  readonly supplement: boolean
  /** Special identity with a right to 医疗救助. */
  readonly aid: string | null
}

/** No row at all, a row without a figure, or a row that does not list the city of treatment. */
type MissingReason = 'no-row' | 'empty' | 'not-listed'

/** A figure that the policy does not have, named so that an operator can supply it. */
export interface ParameterMissing extends ParameterKey {
  readonly code: 'parameter-missing'
  readonly on: string
  readonly reason: MissingReason
}

export type PolicyFinding = Policy | { readonly missing: readonly ParameterMissing[] }

/** Finds the insured city's figures for a claim (参保地待遇), or says of every one that is missing. */
export const findPolicy = (
  question: PolicyQuestion,
  on: string,
  find: (key: ParameterKey) => ParameterRow | undefined,
): PolicyFinding => {
  const rows: ParameterRow[] = []
  const missing: ParameterMissing[] = []
  for (const item of neededItems(question)) {
    const key = keyOf(question, item)
    const found = judge(find(key), question.treatmentCity)
    if (typeof found === 'string') missing.push({ code: 'parameter-missing', ...key, on, reason: found })
    else rows.push(found)
  }
  return missing.length > 0 ? { missing } : readPolicy(rows, question.treatmentCity)
}

/** Reads the figures out of rows that {@link findPolicy} found, or that a trace holds. */
export const readPolicy = (rows: readonly UsedRow[], treatmentCity: string): Policy => {
  const figures = new Map<ParameterItem, ParameterValue>()
  for (const row of rows) if (row.value !== null) figures.set(row.item, row.value)
  const valueOf = (item: ParameterItem): ParameterValue => required(figures.get(item), item)
  const optional = <T>(item: ParameterItem, read: (value: ParameterValue) => T): T | undefined => {
    const value = figures.get(item)
    return value === undefined ? undefined : read(value)
  }
  const fund = (name: 'hifob' | 'hifmi' | 'cvlserv' | 'hifes' | 'maf'): FundPolicy | undefined => {
    const steps = optional(`${name}_ratio`, readSteps)
    if (steps === undefined) return undefined
    const deductible = name === 'hifmi' || name === 'maf' ? readAmount(valueOf(`${name}_deductible`)) : ZERO_FEN
    return { deductible, steps, cap: readCap(valueOf(`${name}_cap`)) }
  }
  return {
    rows,
    verified: rows.every((row) => row.verified),
    deductible: readAmount(valueOf('deductible')),
    laterStay: optional('later_stay', readLaterStay),
    steps: readSteps(valueOf('ratio')),
    cap: readCap(valueOf('cap')),
    factor:
      optional('cross_city_factor', (value) => required(readFactor(value, treatmentCity), 'cross_city_factor')) ?? ONE,
    acctScope: optional('acct_scope', readScope) ?? [],
    hifob: fund('hifob'),
    hifmi: fund('hifmi'),
    cvlserv: fund('cvlserv'),
    hifes: fund('hifes'),
    maf: fund('maf'),
  }
}

/** 职工 have 大额 above the cap of their stays; 居民 have 大病 on the burden of the year, whatever care it came from. */
const neededItems = (question: PolicyQuestion): readonly ParameterItem[] => [
  'deductible',
  ...when(question.laterStay, 'later_stay'),
  'ratio',
  'cap',
  ...when(question.city !== question.treatmentCity, 'cross_city_factor'),
  ...when(question.aboveCap, 'hifob_ratio', 'hifob_cap'),
  ...when(question.insutype === '390', 'hifmi_deductible', 'hifmi_ratio', 'hifmi_cap'),
  ...when(question.civilServant, 'cvlserv_ratio', 'cvlserv_cap'),
  ...when(question.supplement, 'hifes_ratio', 'hifes_cap'),
  ...when(question.aid !== null, 'maf_deductible', 'maf_ratio', 'maf_cap'),
  ...when(question.account, 'acct_scope'),
]

const when = (needed: boolean, ...items: readonly ParameterItem[]): readonly ParameterItem[] => (needed ? items : [])

const keyOf = (question: PolicyQuestion, item: ParameterItem): ParameterKey => ({
  city: question.city,
  insutype: question.insutype,
  psnType: question.aid !== null && item.startsWith('maf_') ? question.aid : question.psnClass,
  medType: question.medType,
  hospLv: question.hospLv,
  diseCodg: question.diseCodg ?? ANY,
  item,
})

/** The row where it has a figure for this claim, else why it has none. */
const judge = (row: ParameterRow | undefined, treatmentCity: string): ParameterRow | MissingReason => {
  if (row === undefined) return 'no-row'
  if (row.value === null) return 'empty'
  if (row.item === 'cross_city_factor' && readFactor(row.value, treatmentCity) === undefined) return 'not-listed'
  return row
}

const required = <T>(value: T | undefined, item: ParameterItem): T => {
  if (value === undefined) throw new TypeError(`no figure for ${item}`)
  return value
}
