import type { ParameterRow } from './parameters.ts'
import { SAMPLE_EMPLOYEES } from './sample-employees.ts'
import { SAMPLE_RESIDENTS } from './sample-residents.ts'

/** The unverified sample figures of the four cities for 职工 (310) and 居民 (390). */
export const SAMPLE_PARAMETERS: readonly ParameterRow[] = [...SAMPLE_EMPLOYEES, ...SAMPLE_RESIDENTS]
