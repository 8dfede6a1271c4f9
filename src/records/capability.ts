import type { CapabilityStatementRestResource, CapabilityStatementRestResourceSearchParam } from 'fhir/r4.js'
import type { FhirPiece } from '../http/fhir-part.ts'
import { DEFAULT_COUNT, includePaths, MAX_COUNT } from './read-parameters.ts'
import { RECORD_TYPE_FACTS, RECORD_TYPES, type RecordType } from './record-types.ts'

type SearchParam = CapabilityStatementRestResourceSearchParam

const PREFIXES = 'Prefixes eq, gt, lt, ge, le, sa, eb; again for the other end of a range.'

/** What each type is searched by, as the parser takes it (`read-parameters.ts`). */
export function searchParametersOf(type: RecordType): SearchParam[] {
  const facts = RECORD_TYPE_FACTS[type]
  return [
    { name: 'patient', type: 'reference', documentation: 'Required. The person id of this hub, as ID or Patient/ID.' },
    ...facts.tokens.map((name): SearchParam => ({ name, type: 'token', documentation: 'Passed to the hospitals.' })),
    ...[facts.date, ...facts.otherDates, '_lastUpdated'].map(
      (name): SearchParam => ({ name, type: 'date', documentation: PREFIXES }),
    ),
  ]
}

const read = { code: 'read' as const }
const search = { code: 'search-type' as const }

function resourceOf(type: RecordType): CapabilityStatementRestResource {
  return {
    type,
    documentation: `_sort: ${RECORD_TYPE_FACTS[type].date} or _lastUpdated, with - for the newest first, which is the default.`,
    interaction: [read, search],
    versioning: 'no-version',
    readHistory: false,
    searchInclude: includePaths(type),
    searchRevInclude: ['Provenance:target'],
    searchParam: searchParametersOf(type),
  }
}

const patient: CapabilityStatementRestResource = {
  type: 'Patient',
  documentation:
    'The person of this hub, masked; link.other leads to what each hospital has of the same person. Search by POST _search where the identifier is an identity number.',
  interaction: [read, search],
  versioning: 'no-version',
  readHistory: false,
  searchParam: [
    { name: '_id', type: 'token', documentation: 'The person id of this hub.' },
    { name: 'identifier', type: 'token', documentation: 'SYSTEM|VALUE; an identity number by POST _search only.' },
  ],
  operation: [
    {
      name: 'everything',
      definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
      documentation: 'GET, on one Patient; _since, _type and _count. Pages go type by type, the person first.',
    },
  ],
}

/** What this slice does under /fhir; nothing that it does not. */
export const capability: Pick<FhirPiece, 'resources' | 'notes'> = {
  notes: [
    'Every read names its purpose of use in the header X-Purpose-Of-Use: TREAT, ETREAT or HPAYMT. Consent is decided before any hospital is asked; a refusal is 403.',
    'A search asks all hospitals that may know the patient, in parallel and up to a deadline. Each one that did not give everything has an OperationOutcome entry (search.mode outcome); Bundle.total is then a lower bound.',
    `_count: ${DEFAULT_COUNT} when left out; of more than ${MAX_COUNT}, ${MAX_COUNT} are shown. Pages keep the size of the first. Further pages by link.next, which is good for ten minutes and for this client only; a hospital that failed is asked again with it.`,
    '_format: json, application/json or application/fhir+json; nothing else is spoken.',
    'Ids of this hub name hospital and person, so equal ids of two hospitals never meet. References lead to what can be read here; any other reference is the whole address at its hospital. entry.link "via" and meta.source tell where a record comes from.',
    'A record of which several houses have a copy is shown once, in its issuer’s own copy; _revinclude=Provenance:target names the copies.',
    'Identity numbers are withheld. A parameter or value that is not listed is answered 400; with Prefer: handling=lenient an unknown parameter is left out and named in an outcome entry.',
    'Not here: chained parameters, _has, _summary, _elements, _total, history, XML, writing.',
  ],
  resources: [patient, ...RECORD_TYPES.map(resourceOf)],
}
