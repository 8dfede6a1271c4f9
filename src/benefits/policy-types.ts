import type { Fen, Ratio } from '../kernel/money.ts'
import type { ParameterRow } from './parameters.ts'
import type { BillPart } from './personal-account.ts'

/** A step of the policy: the ratio for the part of an amount up to a bound; null is the last, open step. */
export interface RatioStep {
  readonly upTo: Fen | null
  readonly ratio: Ratio
}

/** At least one step, in rising order, the last one open. */
export type RatioSteps = readonly [RatioStep, ...RatioStep[]]

/** How the deductible of the second and later stays of a year follows from that of the first. */
export type LaterStay = { readonly ratio: Ratio } | { readonly minus: Fen; readonly floor: Fen }

/** What a trace keeps of a policy row: enough to compute again and to find the row. */
export type UsedRow = Pick<ParameterRow, 'id' | 'version' | 'item' | 'value' | 'verified'>

/** Steps and yearly cap of a fund that follows the basic one. */
export interface FundPolicy {
  /** Zero where the fund has none. */
  readonly deductible: Fen
  readonly steps: RatioSteps
  readonly cap: Fen
}

/** The figures for one kind of claim, read once and used for every claim of that kind. */
export interface Policy {
  readonly rows: readonly UsedRow[]
  /** False as long as one row has not been checked against its source. */
  readonly verified: boolean
  readonly deductible: Fen
  readonly laterStay: LaterStay | undefined
  readonly steps: RatioSteps
  readonly cap: Fen
  readonly factor: Ratio
  readonly acctScope: readonly BillPart[]
  /** 大额: read only for a claim that exceeds the cap. */
  readonly hifob: FundPolicy | undefined
  /** 大病. */
  readonly hifmi: FundPolicy | undefined
  /** 公务员. */
  readonly cvlserv: FundPolicy | undefined
  /** 企业补充. */
  readonly hifes: FundPolicy | undefined
  /** 医疗救助. */
  readonly maf: FundPolicy | undefined
}
