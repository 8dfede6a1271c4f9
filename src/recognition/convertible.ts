import { convert } from '../mappings/index.ts'

/** Whether a value in one UCUM unit can be had in another, by the units alone. */
export function convertible(from: string, to: string): boolean {
  return convert('1', from, to) !== undefined
}
