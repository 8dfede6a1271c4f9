import type { Deps } from '../kernel/deps.ts'
import { type HospitalInput, registerHospital } from './register-hospital.ts'
import type { Hospital } from './types.ts'

/** Registers a sandbox's test hospitals, through the operator's own verb. Repeating it changes nothing but addresses. */
export async function seedHospitals(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>,
  list: readonly (HospitalInput & { readonly institution: string })[],
): Promise<readonly Hospital[]> {
  const hospitals: Hospital[] = []
  for (const { institution, ...input } of list) hospitals.push(await registerHospital(deps, institution, input, 'seed'))
  return hospitals
}
