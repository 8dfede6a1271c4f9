import { CITIES } from '../codes/index.ts'
import type { Role } from '../http/access.ts'
import { generateInstitutions, type SyntheticInstitution } from './institutions.ts'
import { generatePeople, type SyntheticPerson } from './people.ts'

/** Everything in the sandbox follows from this text: two machines have the same institutions and people. */
export const SANDBOX_SEED = 'yimatong'
export const SANDBOX_PEOPLE = 300

export interface SandboxFacts {
  readonly institutions: readonly SyntheticInstitution[]
  readonly people: readonly SyntheticPerson[]
  /** The four hospitals that hold records, one a city. */
  readonly hospitals: readonly SyntheticInstitution[]
  readonly clients: readonly SandboxClientFacts[]
}

export interface SandboxClientFacts {
  readonly clientId: string
  readonly role: Role
  readonly institution?: string
  readonly city?: string
}

const CITY_NAMES = new Map(CITIES.map((city) => [city.code, city.en.toLowerCase()]))

export function sandboxFacts(): SandboxFacts {
  const institutions = generateInstitutions(SANDBOX_SEED)
  const hospitals = institutions.filter((one) => one.recordHolder)
  const pharmacies = institutions.filter((one) => one.scenario?.startsWith('pharmacy-'))
  const ofCity = (role: 'bureau' | 'cdc' | 'issuer' | 'supervisor') =>
    CITIES.map(({ code }) => ({ clientId: `${role}-${CITY_NAMES.get(code)}`, role, city: code }))
  return {
    institutions,
    hospitals,
    people: generatePeople(SANDBOX_SEED, SANDBOX_PEOPLE),
    clients: [
      ...hospitals.map((one) => ({
        clientId: `hospital-${CITY_NAMES.get(one.city)}`,
        role: 'hospital' as const,
        institution: one.code,
      })),
      ...pharmacies.map((one) => ({
        clientId: one.scenario as string,
        role: 'pharmacy' as const,
        institution: one.code,
      })),
      ...ofCity('bureau'),
      ...ofCity('cdc'),
      // What two people must do needs two clients; what neither of them may decide, a third.
      ...ofCity('cdc').flatMap((one) =>
        ['approver', 'appeals'].map((desk) => ({ ...one, clientId: `${one.clientId}-${desk}` })),
      ),
      ...ofCity('issuer'),
      ...ofCity('supervisor'),
      { clientId: 'operator', role: 'operator' },
    ],
  }
}
