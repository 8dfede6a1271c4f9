import type { CityCode } from '../codes/index.ts'
import type { HealthCodeState } from '../healthcodes/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import type { IssuerKeys } from '../issuers/index.ts'
import type { Holder } from './types.ts'
import type { UsedCodes } from './used-codes.ts'
import type { VerifiedTokens } from './verified-tokens.ts'

/** Cards of one issuer. */
export interface CardLists {
  /** 0 valid, 1 revoked, 2 suspended, 3 no such card. */
  status(index: number): number
  /**
   * Whose card it is, on a day (days since 1970-01-01): a promise where the facts of this part of the list are still on
   * their way into memory; `undefined` where no card has the place.
   */
  holder(index: number, day: number): Holder | undefined | Promise<Holder | undefined>
}

export interface FreshnessLimits {
  /** First day of the policy. */
  readonly from: string
  readonly warnAfterS: number
  readonly refuseAfterS: number
}

/** All that a verification reads: memory only. */
export interface CardMemory {
  readonly keys: Pick<IssuerKeys, 'issuer' | 'ageMs'>
  lists(city: CityCode): CardLists | undefined
  statusAgeMs(): number
  readonly institutions: Pick<InstitutionTable, 'recognitionAt' | 'ageMs'>
  readonly healthCodes: Pick<HealthCodeState, 'levelOf' | 'ageMs'>
  readonly verified: VerifiedTokens
  readonly usedCodes: Pick<UsedCodes, 'has'>
  limitsOn(date: string): FreshnessLimits
  /** False for a verifier that has no holders' facts: it says whether a card is good, not whose it is. */
  readonly knowsHolders: boolean
}
