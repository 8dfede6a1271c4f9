import { isCityCode, lookupDivision } from '../codes/index.ts'

/**
 * The city that an organisation of the hub belongs to: a city's own code, or the division in an institution's code, which
 * may be retired and is resolved to today's (identity-and-codes C1). Undefined for others.
 */
export function cityOfOrg(org: string): string | undefined {
  if (isCityCode(org)) return org
  return /^[HP]\d{11}$/.test(org) ? cityOfDivision(org.slice(1, 7)) : undefined
}

export function cityOfDivision(division: string): string | undefined {
  const { city } = lookupDivision(division)
  return city !== null && isCityCode(city) ? city : undefined
}

/** What is known of where a person belongs. Nothing of it comes from the digits of an identity number (D3). */
export interface Ties {
  readonly registeredOrg: string | null
  readonly residenceDivision: string | null
  readonly insuredCities: readonly string[]
  /** Hospitals that told their own number of the person. */
  readonly institutions: readonly string[]
}

/** The institutions and cities that have to do with a person. */
export function concernedOrgs(ties: Ties): readonly string[] {
  const own = [...ties.institutions, ...(ties.registeredOrg === null ? [] : [ties.registeredOrg])]
  const cities = [
    ...own.map(cityOfOrg),
    ...ties.insuredCities,
    ties.residenceDivision === null ? undefined : cityOfDivision(ties.residenceDivision),
  ]
  return [...new Set([...own, ...cities])].filter((one) => one !== undefined)
}
