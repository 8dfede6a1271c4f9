import { recordsError } from './errors.ts'
import type { RecordsDeps } from './records-deps.ts'
import { searchForPerson } from './search-for-person.ts'
import type { Reader, Resource, SourceResult } from './types.ts'

export interface ResultAddress {
  readonly institution: string
  readonly type: 'DiagnosticReport' | 'Observation'
  readonly id: string
}

/** A result as its hospital holds it now, with the observations and specimens that belong to it. */
export interface FetchedResult {
  readonly state: SourceResult['state']
  /** Why there is nothing, or not all. */
  readonly issue: SourceResult['issue']
  readonly resource: Resource | undefined
  readonly observations: readonly Resource[]
  readonly specimens: readonly Resource[]
}

const INCLUDES = {
  DiagnosticReport: ['DiagnosticReport:result', 'DiagnosticReport:specimen'],
  Observation: ['Observation:specimen'],
} as const

/**
 * Fetches one named result from the hospital that issued it, so that nobody has to believe a caller about its values.
 * It is found only as a result of this person: another's is as absent as one that does not exist.
 */
export async function fetchResult(
  deps: RecordsDeps,
  by: Reader,
  personId: string,
  address: ResultAddress,
  signal?: AbortSignal,
): Promise<FetchedResult> {
  const [result] = await searchForPerson(deps, by, {
    personId,
    type: address.type,
    form: { _id: [address.id], _include: INCLUDES[address.type] },
    includes: ['Observation', 'Specimen'],
    count: 1,
    institution: address.institution,
    signal,
  })
  if (result === undefined) throw recordsError('hospital-unknown')
  const resource = result.found.find((one) => one.resource.id === address.id)?.resource
  const ofType = (type: string) => result.included.map((one) => one.resource).filter((one) => one.resourceType === type)
  const own = resource?.resourceType === 'Observation' ? [resource] : []
  return {
    state: result.state,
    issue: result.issue,
    resource,
    observations: [...own, ...ofType('Observation')],
    specimens: ofType('Specimen'),
  }
}
