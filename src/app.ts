import type { Redis } from 'ioredis'
import { auditFhir } from './audit/index.ts'
import { cardsRoutes } from './cards/index.ts'
import { catalogueRoutes } from './catalogue/index.ts'
import { clearingRoutes } from './clearing/index.ts'
import { consentFhir, consentRoutes } from './consent/index.ts'
import { foreignRoutes } from './foreign/index.ts'
import { healthcodesRoutes } from './healthcodes/index.ts'
import type { App } from './http/app-type.ts'
import { type FhirPiece, useFhir } from './http/fhir-part.ts'
import { healthRoutes } from './http/health.ts'
import { createServer } from './http/server.ts'
import { identityRoutes } from './identity/index.ts'
import { institutionsRoutes } from './institutions/index.ts'
import { issuersRoutes } from './issuers/index.ts'
import type { Deps } from './kernel/deps.ts'
import { labsRoutes } from './labs/index.ts'
import type { Live } from './live.ts'
import { mappingsRoutes } from './mappings/index.ts'
import { nhsaRoutes } from './nhsa/index.ts'
import { idsOfPerson, peopleFhir, peopleRoutes } from './people/index.ts'
import { recognitionRoutes } from './recognition/index.ts'
import { reconciliationRoutes } from './reconciliation/index.ts'
import { recordsFhir, recordsRoutes } from './records/index.ts'
import { routingFhir, routingRoutes } from './routing/index.ts'
import { settlementRoutes, slipRoutes, visits } from './settlement/index.ts'
import { trustRoutes } from './trust/index.ts'

/** The one list of the slices' routes. */
export async function buildApp(
  deps: Deps,
  live: Live,
  options: { readonly redis?: Redis | undefined } = {},
): Promise<App> {
  const app = await createServer({ ...deps, tokenKeys: live.tokenKeys, redis: options.redis })
  const all = { ...deps, ...live }
  healthRoutes(app, deps)
  identityRoutes(app, all)
  institutionsRoutes(app, all)
  catalogueRoutes(app, all)
  peopleRoutes(app, all)
  issuersRoutes(app, all)
  mappingsRoutes(app, all)
  labsRoutes(app, all)
  foreignRoutes(app, all)
  healthcodesRoutes(app, all)
  consentRoutes(app, all)
  cardsRoutes(app, all)
  const fhirPieces: readonly FhirPiece[] = [
    consentFhir(all),
    peopleFhir(all),
    recordsFhir(all),
    routingFhir({ ...all, ...live.routing }),
    auditFhir({ ...all, personIdsOf: idsOfPerson }),
  ]
  useFhir(app, deps, fhirPieces)
  recordsRoutes(app, all)
  recognitionRoutes(app, all)
  routingRoutes(app, all)
  settlementRoutes(app, all)
  slipRoutes(app, all)
  visits.visitRoutes(app, all)
  nhsaRoutes(app, all)
  reconciliationRoutes(app, all)
  clearingRoutes(app, all)
  trustRoutes(app, all)
  return app
}
