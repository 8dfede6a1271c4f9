import type { Bundle } from 'fhir/r4.js'
import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { AnyResource, type FhirPiece, sendFhir } from '../http/fhir-part.ts'
import type { Deps } from '../kernel/deps.ts'
import { callerOf } from './caller.ts'
import { consentResource } from './consent-resource.ts'
import { showConsents } from './person-view.ts'

const Query = Type.Object(
  {
    patient: Type.String({
      pattern: '^(?:Patient/)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
      maxLength: 64,
      description: 'Our person id, `ID` or `Patient/ID`',
      examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'],
    }),
    status: Type.Optional(Type.Enum(['active', 'inactive'], { examples: ['active'] })),
    _format: Type.Optional(
      Type.Enum(['json', 'application/json', 'application/fhir+json', 'application/fhir json'], { examples: ['json'] }),
    ),
  },
  { additionalProperties: false },
)

/** Consents as R4 resources, read-only: they are given and withdrawn at `/consents`, under a notice. */
export function consentFhir(deps: Pick<Deps, 'db' | 'clock' | 'config'>): FhirPiece {
  return {
    resources: [
      {
        type: 'Consent',
        interaction: [{ code: 'search-type' }],
        searchParam: [
          { name: 'patient', type: 'reference', documentation: 'required' },
          { name: 'status', type: 'token', documentation: 'active or inactive' },
        ],
      },
    ],
    notes: ['Consent is read-only here; a hospital sees those that name it or its city.'],
    routes(fhir: App) {
      fhir.get(
        '/Consent',
        {
          config: allow('system/Consent.rs', ['issuer', 'hospital']),
          schema: {
            tags: ['consent'],
            summary: 'Consents of a patient (R4)',
            querystring: Query,
            response: { 200: AnyResource },
          },
        },
        async (request, reply) => {
          const by = callerOf(request)
          const { patient, status } = request.query
          const now = deps.clock.now()
          const consents = await showConsents(deps, patient.replace(/^Patient\//, ''), by)
          const resources = consents
            // A hospital learns that it may read, not who decided for the person.
            .map((one) => consentResource(by.institution === undefined ? one : { ...one, giverId: null }, now))
            .filter((one) => status === undefined || one.status === status)
          const base = `${deps.config.publicUrl}/fhir`
          const bundle: Bundle = {
            resourceType: 'Bundle',
            meta: { lastUpdated: now.toISOString() },
            type: 'searchset',
            total: resources.length,
            link: [{ relation: 'self', url: `${deps.config.publicUrl}${request.url}` }],
            ...(resources.length > 0
              ? {
                  entry: resources.map((resource) => ({
                    fullUrl: `${base}/Consent/${resource.id}`,
                    resource,
                    search: { mode: 'match' as const },
                  })),
                }
              : {}),
          }
          return await sendFhir(reply, bundle)
        },
      )
    },
  }
}
