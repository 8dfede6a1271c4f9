import type { BundleEntry } from 'fhir/r4.js'
import { AppError } from '../kernel/errors.ts'
import { findPerson, type IdentifierType } from '../people/index.ts'
import { askedBy } from './asked-by.ts'
import { decideReading } from './decide.ts'
import { outcomesOf } from './outcomes.ts'
import { presentPerson, readPerson } from './patient-resource.ts'
import type { PatientSearch } from './read-patient-parameters.ts'
import type { RecordsDeps } from './records-deps.ts'
import { IDENTIFIER_SYSTEMS } from './register-hospital.ts'
import type { Reader } from './types.ts'

/**
 * The person of this hub whom the id or the identifier names; no hospital is asked. Who is not found is an empty answer,
 * and so is a person found by a number whom the access decision closes: a number must not tell the one from the other. Who
 * has the id knows the person already, and is refused with the reason.
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
    const decision = await decideReading(deps, by, { personId, types: ['Patient'], action: 'people.read' })
    return await unlessUnknown(() => readPerson(deps, by, personId, decision))
  }
  const type = typeOf(identifier.system)
  if (type === undefined) return undefined
  const person = await findPerson(deps, { type, value: identifier.value }, askedBy(by))
  if (person === undefined || (personId !== undefined && person.personId !== personId)) return undefined
  const decision = await decideUnlessClosed(deps, by, person.personId)
  return decision === undefined ? undefined : await presentPerson(deps, person, decision)
}

/** The refusal is audited; who only knows a number does not learn from the answer whom it belongs to, or that it is known. */
async function decideUnlessClosed(deps: RecordsDeps, by: Reader, personId: string) {
  try {
    return await decideReading(deps, by, { personId, types: ['Patient'], action: 'people.read' })
  } catch (error) {
    if (error instanceof AppError && error.code === 'records.access-denied') return undefined
    throw error
  }
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
