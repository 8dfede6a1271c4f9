import type { CapabilityStatement } from 'fhir/r4.js'
import { DEFAULT_COUNT, MAX_COUNT } from './schema.ts'
import { RECORD_TYPES } from './types.ts'

const PARAMETERS = [
  { name: 'patient', type: 'reference', documentation: 'Required. The person id of this hub, as ID or Patient/ID.' },
  { name: 'code', type: 'token', documentation: 'Passed to the hospitals as it is.' },
  { name: 'category', type: 'token', documentation: 'Passed to the hospitals as it is.' },
  { name: 'status', type: 'token', documentation: 'Passed to the hospitals as it is.' },
  { name: 'date', type: 'date', documentation: 'Prefixes eq, gt, lt, ge, le, sa, eb; twice for a range.' },
] as const

/** What this endpoint does; nothing that it does not. */
export function capabilityStatement(options: {
  readonly publicUrl: string
  readonly version: string
  readonly date: string
}): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: options.date,
    kind: 'instance',
    software: { name: 'Yimatong', version: options.version },
    implementation: {
      description:
        'Laboratory and examination records of the registered hospitals of four cities, asked when they are read',
      url: `${options.publicUrl}/fhir`,
    },
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        documentation: [
          'Every read names its purpose of use in the header X-Purpose-Of-Use: TREAT, ETREAT or HPAYMT.',
          'A search asks all hospitals that may know the patient, in parallel and up to a deadline. Each one that did not give everything has an OperationOutcome entry (search.mode outcome); Bundle.total is then a lower bound.',
          `_count: ${DEFAULT_COUNT} when left out, at most ${MAX_COUNT}; the newest matches of all hospitals. There is no paging over hospitals: narrow by date.`,
          '_format: json, application/json or application/fhir+json; nothing else is spoken.',
          'Identity numbers are withheld. References inside a resource are those of its hospital and are resolved against the fullUrl of the entry.',
          'Not here: read by id, sorting, _include, chained parameters, XML, writing. A parameter that is not listed is answered 400.',
        ].join('\n'),
        security: {
          cors: false,
          service: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
              ],
              text: 'SMART Backend Services: client credentials with private_key_jwt',
            },
          ],
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [{ url: 'token', valueUri: `${options.publicUrl}/oauth/token` }],
            },
          ],
        },
        resource: RECORD_TYPES.map((type) => ({
          type,
          interaction: [{ code: 'search-type' as const }],
          searchParam: PARAMETERS.map((one) => ({ ...one })),
        })),
      },
    ],
  }
}
