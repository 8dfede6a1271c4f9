import { MAX_COUNT } from './plan-search.ts'
import { RESOURCE_TYPES } from './resource-types.ts'
import { MAX_ENTRIES } from './run-bundle.ts'
import { parametersOf } from './search-parameters.ts'

interface CapabilityFacts {
  readonly code: string
  readonly name: string
  readonly base: string
  readonly date: string
  readonly tokenUrl: string | undefined
  readonly maxBodyBytes: number
}

const INTERACTIONS = ['read', 'vread', 'create', 'update', 'delete', 'search-type'].map((code) => ({ code }))

/** GET /metadata, made from the tables the server works by, so that it cannot promise what does not work. */
export function capabilityStatement(facts: CapabilityFacts): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: facts.date,
    kind: 'instance',
    software: { name: 'Yimatong test hospital' },
    implementation: {
      description: `${facts.name} (${facts.code}), a test system with synthetic records`,
      url: facts.base,
    },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        // R4 has no element for these limits, so they stand in the documentation.
        documentation:
          `At most ${MAX_ENTRIES} entries and ${facts.maxBodyBytes} bytes per bundle; at most ${MAX_COUNT} matches per page. ` +
          'Parameters that are not listed are refused. If-None-Exist takes identifier only.',
        ...(facts.tokenUrl === undefined ? {} : { security: security(facts.tokenUrl) }),
        resource: [...RESOURCE_TYPES].map(resourceEntry),
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
      },
    ],
  }
}

function security(tokenUrl: string): object {
  return {
    service: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }],
      },
    ],
    extension: [
      {
        url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
        extension: [{ url: 'token', valueUri: tokenUrl }],
      },
    ],
  }
}

function resourceEntry(type: string): object {
  const parameters = Object.entries(parametersOf(type))
  const includes = parameters
    .filter(([, parameter]) => parameter.kind === 'reference')
    .map(([name]) => `${type}:${name}`)
  const conditional = parameters.some(([name]) => name === 'identifier')
  return {
    type,
    interaction: INTERACTIONS,
    versioning: 'versioned',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: conditional,
    conditionalRead: 'not-match',
    ...(includes.length === 0 ? {} : { searchInclude: includes }),
    searchParam: [
      { name: '_id', type: 'token' },
      { name: '_lastUpdated', type: 'date' },
      ...parameters.map(([name, { kind }]) => ({ name, type: kind })),
    ],
  }
}
