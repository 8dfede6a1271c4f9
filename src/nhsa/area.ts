import { type CityCode, isCityCode, lookupDivision } from '../codes/index.ts'

/**
 * The city of a 医保区划: its own code, a county's, or that of 市本级, which ends in 99 (section 2). Undefined where it is none
 * of the four cities.
 */
export function cityOfArea(admdvs: string): CityCode | undefined {
  if (isCityCode(admdvs)) return admdvs
  if (/^\d{4}99$/.test(admdvs)) {
    const city = `${admdvs.slice(0, 4)}00`
    return isCityCode(city) ? city : undefined
  }
  const found = lookupDivision(admdvs)
  return 'city' in found && typeof found.city === 'string' && isCityCode(found.city) ? found.city : undefined
}
