import { CITIES, type CityCode } from './cities.ts'
import { CURRENT_UNITS, RETIRED_UNITS } from './divisions-data.ts'

/** What is known of a six-digit division code. `city` is always the city of today. */
export type DivisionLookup =
  | {
      readonly code: string
      readonly name: string
      readonly city: CityCode
      readonly status: 'current' | 'aggregate' | 'city'
    }
  | {
      readonly code: string
      readonly name: string
      readonly city: CityCode
      readonly status: 'retired'
      /** The current code that took over. */
      readonly now: string
      /** The city that the unit belonged to when it was coded. */
      readonly cityAtCoding: CityCode
    }
  | { readonly code: string; readonly name: null; readonly city: null; readonly status: 'unknown' }

/** A county-level unit in force. */
export interface Division {
  readonly code: string
  readonly name: string
  readonly city: CityCode
}

const current: readonly Division[] = CITIES.flatMap((city) =>
  CURRENT_UNITS[city.code].map(([code, name]) => ({ code, name, city: city.code })),
)

const byCode = indexDivisions()

function indexDivisions(): ReadonlyMap<string, DivisionLookup> {
  const index = new Map<string, DivisionLookup>()
  for (const city of CITIES) {
    index.set(city.code, { code: city.code, name: city.zh, city: city.code, status: 'city' })
    // GB/T 2260 gives every city a row xxxx01 that sums its districts; older identity numbers carry it.
    const aggregate = `${city.code.slice(0, 4)}01`
    index.set(aggregate, { code: aggregate, name: `${city.zh}市辖区`, city: city.code, status: 'aggregate' })
  }
  for (const unit of current) index.set(unit.code, { ...unit, status: 'current' })
  for (const [code, name, now, cityAtCoding] of RETIRED_UNITS) {
    const successor = current.find((unit) => unit.code === now)
    if (!successor) throw new Error(`retired division ${code} names a successor that is not in force`)
    index.set(code, { code, name, city: successor.city, status: 'retired', now, cityAtCoding })
  }
  return index
}

/**
 * Looks a code up among current, retired, city and aggregate codes; an unknown code is an answer, not an exception.
 * Use it for codes inside other identifiers. Never derive a person's insured city or residence from the result:
 * the address part of a number says where it was issued, nothing more.
 */
export function lookupDivision(code: string): DivisionLookup {
  return byCode.get(code) ?? { code, name: null, city: null, status: 'unknown' }
}

/** True for the 35 county-level units in force: the only codes that a present address may carry. */
export function isCurrentDivision(code: string): boolean {
  return byCode.get(code)?.status === 'current'
}

/** The county-level units in force, of one city or of all four, in code order within a city. */
export function listDivisions(city?: CityCode): readonly Division[] {
  return city ? current.filter((unit) => unit.city === city) : current
}
