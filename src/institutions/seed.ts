import type { CityCode } from '../codes/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { saveInstitutions } from './save-institutions.ts'
import type { Institution, InstitutionGrade, InstitutionKind, InstitutionLevel, Period, Suspension } from './types.ts'

/** What a generator gives for one institution of a sandbox. */
export interface InstitutionSeed {
  readonly code: string
  readonly kind: InstitutionKind
  readonly name: string
  readonly uscc: string
  readonly level: InstitutionLevel
  readonly grade: InstitutionGrade
  readonly community: boolean
  readonly city: CityCode
  readonly division: string
  readonly zone?: string | null
  readonly designations: readonly Period[]
  readonly suspensions: readonly Suspension[]
  readonly recognisedBy: readonly CityCode[]
}

/** Level and recognition of a sandbox have no history: they hold on every day that a story may be placed on. */
const ALWAYS: Period = { from: '2015-01-01', to: null }

/** Saves a sandbox's institutions; saving the same ones again changes nothing that can be seen. */
export async function seedInstitutions(
  deps: Pick<Deps, 'db' | 'clock'>,
  seeds: readonly InstitutionSeed[],
): Promise<void> {
  await saveInstitutions(deps, seeds.map(toInstitution), 'seed')
}

function toInstitution(seed: InstitutionSeed): Institution {
  const { code, kind, name, uscc, city, division, designations, suspensions } = seed
  return {
    code,
    kind,
    name,
    uscc,
    city,
    division,
    zone: seed.zone ?? null,
    levels: [{ ...ALWAYS, level: seed.level, grade: seed.grade, community: seed.community }],
    designations,
    suspensions,
    recognitions: seed.recognisedBy.map((insuredCity) => ({ ...ALWAYS, insuredCity })),
  }
}
