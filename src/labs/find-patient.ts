import { AppError } from '../kernel/errors.ts'
import { findPersonId, type PersonId } from '../people/index.ts'
import type { LabsCaller, LabsDeps } from './caller.ts'
import type { ReviewReason } from './review-store.ts'
import type { PatientIdentifier } from './types.ts'

export type PatientFound = { readonly personId: PersonId } | { readonly reason: ReviewReason }

/** The person behind the identifiers of a report, by them alone: a name attaches nothing to anybody. */
export async function findPatient(
  deps: Pick<LabsDeps, 'db' | 'clock' | 'keyring'>,
  identifiers: readonly PatientIdentifier[],
  by: LabsCaller,
): Promise<PatientFound> {
  if (identifiers.length === 0) return { reason: 'identifier-missing' }
  try {
    const personId = await findPersonId(deps, identifiers, {
      clientId: by.clientId,
      org: by.institution,
      role: 'hospital',
      requestId: by.requestId,
      sourceAddress: by.sourceAddress,
    })
    return personId === undefined ? { reason: 'person-unknown' } : { personId }
  } catch (error) {
    if (error instanceof AppError && error.code === 'people.identifiers-of-several')
      return { reason: 'person-ambiguous' }
    throw error
  }
}
