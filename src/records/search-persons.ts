import type { BundleEntry } from 'fhir/r4.js'
import { AppError } from '../kernel/errors.ts'
import { findPerson, type IdentifierType } from '../people/index.ts'
import { decideReading } from './decide.ts'
import { outcomesOf } from './outcomes.ts'
import { presentPerson, readPerson } from './patient-resource.ts'
import type { RecordsDeps } from './question.ts'
import type { PatientSearch } from './read-patient-parameters.ts'
import { IDENTIFIER_SYSTEMS } from './register-hospital.ts'
import type { Reader } from './types.ts'

/**
 * The person of this hub whom the id or the identifier names; no hospital is asked. Who is not found is an empty answer,
 * also where the access decision closes the person: a search must not tell the one from the other.
 */
export async function searchPersons(deps: RecordsDeps, by: Reader, search: PatientSearch): Promise<Buffer> {
  const patient = await find(deps, by, search)
  const base = `${deps.config.publicUrl}/fhir`
  const entries: BundleEntry[] = [
    ...(patient === undefined
      ? []
      : [{ fullUrl: `${base}/Patient/${patient.id}`, resource: patient, search: { mode: 'match' as const } }]),
    ...outcomesOf([], { ignored: search.ignored, cut: false }).map((resource) => ({
      resource,
      search: { mode: 'outcome' as const },
    })),
  ]
  return Buffer.from(
    JSON.stringify({
      resourceType: 'Bundle',
      meta: { lastUpdated: deps.clock.now().toISOString() },
      type: 'searchset',
      total: patient === undefined ? 0 : 1,
      // The identifier stays out of every address, so out of this one as well.
      link: [
        {
          relation: 'self',
          url: search.personId === undefined ? `${base}/Patient` : `${base}/Patient?_id=${search.personId}`,
        },
      ],
      ...(entries.length > 0 ? { entry: entries } : {}),
    }),
  )
}

async function find(deps: RecordsDeps, by: Reader, { personId, identifier }: PatientSearch) {
  if (identifier === undefined) {
    if (personId === undefined) return undefined
    await decideReading(deps, by, { personId, types: ['Patient'], action: 'people.read' })
    return await unlessUnknown(() => readPerson(deps, by, personId))
  }
  const type = typeOf(identifier.system)
  if (type === undefined) return undefined
  const person = await findPerson(
    deps,
    { type, value: identifier.value },
    {
      clientId: by.clientId,
      org: by.institution,
      role: by.role,
      requestId: by.requestId,
      sourceAddress: by.sourceAddress,
    },
  )
  if (person === undefined || (personId !== undefined && person.personId !== personId)) return undefined
  await decideReading(deps, by, { personId: person.personId, types: ['Patient'], action: 'people.read' })
  return await presentPerson(deps, person)
}

async function unlessUnknown<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError && error.code === 'people.not-found') return undefined
    throw error
  }
}

/** Numbers of the hospitals' own are not known here: the hub knows persons by national identifiers. */
function typeOf(system: string): IdentifierType | undefined {
  return (Object.keys(IDENTIFIER_SYSTEMS) as (keyof typeof IDENTIFIER_SYSTEMS)[]).find(
    (type) => IDENTIFIER_SYSTEMS[type] === system,
  )
}
