import { multiply } from './decimal.ts'
import { normalUnit } from './rules.ts'
import type { CodeMapping, MappingProblem } from './types.ts'

export type UnitReading =
  | { readonly value: string; readonly ucum: string }
  | { readonly problem: Extract<MappingProblem, 'unit-missing' | 'unit-unknown'> }

/**
 * A reported value in the unit of its mapping. A unit that is missing, or is not the one that was confirmed, is a problem
 * of the mapping and never taken one to one.
 */
export function readUnit(
  mapping: Pick<CodeMapping, 'unit' | 'ucum' | 'factor'>,
  value: string,
  unit: string | null,
): UnitReading {
  const [given, expected] = [normalUnit(unit), normalUnit(mapping.unit)]
  if (mapping.ucum === null) return { problem: given === null ? 'unit-missing' : 'unit-unknown' }
  if (given !== expected) return { problem: given === null ? 'unit-missing' : 'unit-unknown' }
  const converted = mapping.factor === null ? value : multiply(value, mapping.factor)
  return converted === undefined ? { problem: 'unit-unknown' } : { value: converted, ucum: mapping.ucum }
}
