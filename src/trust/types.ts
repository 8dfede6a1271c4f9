import type { CityCode } from '../codes/index.ts'

/** How long what is published may be used; rows of `trust_policy`. Seconds. */
export interface TrustPolicy {
  /** First day in force. */
  readonly from: string
  readonly listTtlS: number
  readonly listLifeS: number
  readonly bundleWarnS: number
  readonly bundleLifeS: number
  /** City whose issuer signs the bundles. */
  readonly bundleCity: CityCode
}
