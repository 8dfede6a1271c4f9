import type {
  CapabilityStatement,
  CapabilityStatementMessaging,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceOperation,
} from 'fhir/r4.js'
import { Type } from 'typebox'
import type { Config } from '../kernel/config.ts'
import type { Clock } from '../kernel/time.ts'
import { open } from './access.ts'
import type { App, FastifyReply } from './app-type.ts'
import { FHIR_JSON, useOutcomes } from './fhir-outcome.ts'

/** What one slice serves under /fhir, and what it says of that in the CapabilityStatement. */
export interface FhirPiece {
  /** Merged by type over the pieces. */
  readonly resources?: readonly CapabilityStatementRestResource[]
  /** Operations of the whole system; those of a type stand with the type. */
  readonly operations?: readonly CapabilityStatementRestResourceOperation[]
  readonly messaging?: readonly CapabilityStatementMessaging[]
  /** What a client must know beyond the lists. */
  readonly notes?: readonly string[]
  /** Addresses without the /fhir before them. */
  routes(fhir: App): void
}

const VERSION = '0.1.0'

/** Opaque: a schema of all of FHIR would drop what it does not know. */
export const AnyResource = Type.Unsafe<unknown>({
  type: 'object',
  additionalProperties: true,
  description: 'FHIR R4 resource',
  examples: [{ resourceType: 'Bundle', type: 'searchset', total: 0 }],
})

/** Registers the pieces under /fhir: errors are OperationOutcomes there, and only there. */
export function useFhir(
  app: App,
  deps: { readonly config: Pick<Config, 'publicUrl'>; readonly clock: Clock },
  pieces: readonly FhirPiece[],
): void {
  void app.register(
    async (part) => {
      const fhir = part as unknown as App
      useOutcomes(fhir)
      fhir.get(
        '/metadata',
        {
          config: open(),
          schema: {
            tags: ['records'],
            summary: 'CapabilityStatement: what works here',
            response: { 200: AnyResource },
          },
        },
        (_request, reply) => sendFhir(reply, capabilityOf(deps, pieces)),
      )
      for (const piece of pieces) piece.routes(fhir)
    },
    { prefix: '/fhir' },
  )
}

export function sendFhir(reply: FastifyReply, resource: object): FastifyReply {
  // No response schema could list FHIR; decimals keep their spelling only in plain JSON.stringify.
  return reply.type(FHIR_JSON).serializer(JSON.stringify).send(resource)
}

function capabilityOf(
  { config, clock }: { readonly config: Pick<Config, 'publicUrl'>; readonly clock: Clock },
  pieces: readonly FhirPiece[],
): CapabilityStatement {
  const operations = pieces.flatMap((piece) => piece.operations ?? [])
  const messaging = pieces.flatMap((piece) => piece.messaging ?? [])
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: clock.now().toISOString(),
    kind: 'instance',
    software: { name: 'Yimatong', version: VERSION },
    implementation: {
      description: 'Records of the registered hospitals of four cities, asked when they are read',
      url: `${config.publicUrl}/fhir`,
    },
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        documentation: pieces.flatMap((piece) => piece.notes ?? []).join('\n'),
        security: security(config.publicUrl),
        resource: mergeByType(pieces.flatMap((piece) => piece.resources ?? [])),
        ...(operations.length > 0 ? { operation: operations } : {}),
      },
    ],
    ...(messaging.length > 0 ? { messaging } : {}),
  }
}

/** One entry a type, in the order of the alphabet: what several slices do with a type stands together. */
function mergeByType(resources: readonly CapabilityStatementRestResource[]): CapabilityStatementRestResource[] {
  const byType = Map.groupBy(resources, (one) => one.type)
  return [...byType.keys()].sort().map((type) => {
    const parts = byType.get(type) ?? []
    const all = <K extends 'interaction' | 'searchParam' | 'operation' | 'searchInclude' | 'searchRevInclude'>(
      name: K,
    ) => {
      const found = parts.flatMap((part) => (part[name] as unknown[] | undefined) ?? [])
      // R4 JSON has no empty arrays.
      return found.length > 0 ? { [name]: found } : {}
    }
    return {
      ...Object.assign({}, ...parts),
      ...all('interaction'),
      ...all('searchParam'),
      ...all('operation'),
      ...all('searchInclude'),
      ...all('searchRevInclude'),
    } as CapabilityStatementRestResource
  })
}

const security = (publicUrl: string) => ({
  cors: false,
  service: [
    {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }],
      text: 'SMART Backend Services: client credentials with private_key_jwt',
    },
  ],
  extension: [
    {
      url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
      extension: [{ url: 'token', valueUri: `${publicUrl}/oauth/token` }],
    },
  ],
})
