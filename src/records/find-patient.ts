import { isList, isObject } from '../fhir/index.ts'
import type { PersonIdentifier } from '../people/index.ts'
import { FHIR_ID, isSound } from './check-entry.ts'
import { type Failure, structureFailure } from './classify-failure.ts'
import type { Connection } from './connection.ts'
import type { Call } from './guarded-client.ts'
import type { Found, Resource } from './types.ts'

/** Whom a hospital is asked about. */
export interface SoughtPerson {
  readonly personId: string
  readonly identifier: PersonIdentifier
  /** Resolves when the audit log says that the identifier is told to hospitals. */
  readonly beforeDisclosure: () => Promise<void>
}

export type PatientSearch = { readonly found: Found } | { readonly failure: Failure } | undefined

/**
 * The person's Patient at the hospital, found by identifier; undefined where the person is not known there. The answer
 * must carry the identifier itself: a server that got it wrong would give us somebody else's records.
 */
export async function findPatient(
  { client, hospital }: Connection,
  person: SoughtPerson,
  call: Call,
): Promise<PatientSearch> {
  const { identifier, personId } = person
  const system = hospital.identifierSystems[identifier.type]
  if (system === undefined) return undefined
  await person.beforeDisclosure()
  const reply = await client.search('Patient', { identifier: [`${system}|${identifier.value}`], _count: ['3'] }, call)
  if ('failure' in reply) return reply
  const { body, raw, places } = reply
  const patients = (isList(body['entry']) ? body['entry'] : []).flatMap((entry, index) => {
    const resource = isObject(entry) ? entry['resource'] : undefined
    const place = places[index]
    return isObject(resource) && resource['resourceType'] === 'Patient' && place !== undefined
      ? [{ resource: resource as Resource, place }]
      : []
  })
  if (patients.length === 0) return undefined
  if (!patients.every((one) => bears(one.resource, system, identifier.value))) {
    return { failure: structureFailure('The hospital answered with another patient than the one asked for.') }
  }
  const [patient] = patients
  if (patients.length > 1 || patient === undefined) {
    const text = 'The hospital has several patients with this identifier.'
    return { failure: { code: 'multiple-matches', text, verdict: 'neutral' } }
  }
  const { resource, place } = patient
  const { id } = resource
  if (typeof id !== 'string' || !FHIR_ID.test(id)) {
    return { failure: structureFailure('The hospital gave its patient no usable id.') }
  }
  if (!isSound(resource, place)) return { failure: structureFailure('The patient of the hospital is not valid R4.') }
  const { institution, baseUrl } = hospital
  const origin = { institution, baseUrl, personId, patientId: id }
  return {
    found: {
      source: institution,
      fullUrl: `${baseUrl}/Patient/${id}`,
      resource,
      origin,
      text: raw,
      place,
      time: undefined,
    },
  }
}

function bears(patient: Resource, system: string, value: string): boolean {
  const identifiers = isList(patient['identifier']) ? patient['identifier'] : []
  return identifiers.some((one) => isObject(one) && one['system'] === system && one['value'] === value)
}
