import { isListed } from './fields.ts'

/** How one area writes codes, and what it demands of a call: the rows of its profile. */
export interface AreaCodes {
  readonly profile: string
  /** The national code for a local one; undefined where the area does not have that code. */
  inward(dictionary: string, code: string): string | undefined
  /** The code that the area writes for a national one. */
  outward(dictionary: string, code: string): string
  setting(name: SettingName): string
}

export type SettingName = 'infver' | 'recer_sys_code' | 'token_length' | 'sign_in_hours' | 'answer_days'

export interface VariantRow {
  readonly profile: string
  readonly dictionary: string
  readonly localCode: string
  readonly nationalCode: string
  readonly outward: boolean
}

export interface SettingRow {
  readonly profile: string
  readonly name: string
  readonly value: string
}

/** A profile from its rows. A dictionary that has no rows is that of the document, and its codes are written as they are. */
export function areaCodes(
  profile: string,
  variants: readonly VariantRow[],
  settings: readonly SettingRow[],
): AreaCodes {
  const inward = new Map<string, Map<string, string>>()
  const outward = new Map<string, string>()
  for (const row of variants) {
    if (row.profile !== profile) continue
    const known = inward.get(row.dictionary) ?? new Map<string, string>()
    inward.set(row.dictionary, known.set(row.localCode, row.nationalCode))
    if (row.outward) outward.set(`${row.dictionary} ${row.nationalCode}`, row.localCode)
  }
  const values = new Map(settings.filter((row) => row.profile === profile).map((row) => [row.name, row.value]))
  return {
    profile,
    inward(dictionary, code) {
      const known = inward.get(dictionary)
      if (known !== undefined) return known.get(code)
      return isListed(dictionary, code) ? code : undefined
    },
    outward: (dictionary, code) => outward.get(`${dictionary} ${code}`) ?? code,
    setting(name) {
      const value = values.get(name)
      if (value === undefined) throw new Error(`the profile ${profile} lacks ${name}`)
      return value
    },
  }
}
