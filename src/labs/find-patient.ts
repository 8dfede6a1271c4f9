import { AppError } from '../kernel/errors.ts'
import { contradictsPerson, findPersonId, type PersonId } from '../people/index.ts'
import type { LabsCaller, LabsDeps } from './caller.ts'
import type { ReviewReason } from './review-store.ts'
import type { ReportForPatient } from './types.ts'

export type PatientFound = { readonly personId: PersonId } | { readonly reason: ReviewReason }

/**
 * The person behind the identifiers of a report, by them alone: a name attaches nothing to anybody. It can only stop: a
 * number with the name, birth date or sex of another person is mistyped, or borrowed.
 */
export async function findPatient(
  deps: Pick<LabsDeps, 'db' | 'clock' | 'keyring'>,
  { patient: identifiers, said }: Pick<ReportForPatient, 'patient' | 'said'>,
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
    if (personId === undefined) return { reason: 'person-unknown' }
    return (await contradictsPerson(deps, personId, identifiers, said))
      ? { reason: 'person-contradicted' }
      : { personId }
  } catch (error) {
    if (error instanceof AppError && error.code === 'people.identifiers-of-several')
      return { reason: 'person-ambiguous' }
    throw error
  }
}
