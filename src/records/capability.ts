import type { FhirPiece } from '../http/fhir-part.ts'
import { DEFAULT_COUNT, MAX_COUNT } from './schema.ts'
import { RECORD_TYPES } from './types.ts'

const PARAMETERS = [
  { name: 'patient', type: 'reference', documentation: 'Required. The person id of this hub, as ID or Patient/ID.' },
  { name: 'code', type: 'token', documentation: 'Passed to the hospitals as it is.' },
  { name: 'category', type: 'token', documentation: 'Passed to the hospitals as it is.' },
  { name: 'status', type: 'token', documentation: 'Passed to the hospitals as it is.' },
  { name: 'date', type: 'date', documentation: 'Prefixes eq, gt, lt, ge, le, sa, eb; twice for a range.' },
] as const

/** What this slice does under /fhir; nothing that it does not. */
export const capability: Pick<FhirPiece, 'resources' | 'notes'> = {
  notes: [
    'Every read names its purpose of use in the header X-Purpose-Of-Use: TREAT, ETREAT or HPAYMT.',
    'A search asks all hospitals that may know the patient, in parallel and up to a deadline. Each one that did not give everything has an OperationOutcome entry (search.mode outcome); Bundle.total is then a lower bound.',
    `_count: ${DEFAULT_COUNT} when left out, at most ${MAX_COUNT}; the newest matches of all hospitals. There is no paging over hospitals: narrow by date.`,
    '_format: json, application/json or application/fhir+json; nothing else is spoken.',
    'Identity numbers are withheld. References inside a resource are those of its hospital and are resolved against the fullUrl of the entry.',
    'Not here: read by id, sorting, _include, chained parameters, XML, writing. A parameter that is not listed is answered 400.',
  ],
  resources: RECORD_TYPES.map((type) => ({
    type,
    interaction: [{ code: 'search-type' as const }],
    searchParam: PARAMETERS.map((one) => ({ ...one })),
  })),
}
