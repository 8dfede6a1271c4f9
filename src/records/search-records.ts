import type { Bundle } from 'fhir/r4.js'
import { askHospitals, type Reader, type RecordsDeps, type RecordsQuestion } from './ask-hospitals.ts'
import { toBundle } from './bundle.ts'

/** The records of a person over all hospitals, as one FHIR searchset with its named failures. */
export async function searchRecords(
  deps: RecordsDeps,
  by: Reader,
  question: RecordsQuestion & { readonly self: string },
): Promise<Bundle> {
  const results = await askHospitals(deps, by, question)
  return toBundle(results, { count: question.count, self: question.self, at: deps.clock.now() })
}
