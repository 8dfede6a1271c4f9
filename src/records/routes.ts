import { allow, open } from '../http/access.ts'
import type { App, FastifyReply, FastifyRequest } from '../http/app-type.ts'
import { type FhirPiece, sendFhir } from '../http/fhir-part.ts'
import { readInstitutionCode } from '../institutions/index.ts'
import { requestError } from '../kernel/errors.ts'
import type { Reader, RecordsDeps } from './ask-hospitals.ts'
import { capability } from './capability.ts'
import { recordsError } from './errors.ts'
import type { SearchForm } from './guarded-client.ts'
import { registerHospital } from './register-hospital.ts'
import * as schema from './schema.ts'
import { searchRecords } from './search-records.ts'
import { readHospitals } from './store.ts'
import { type Hospital, PURPOSES, type Purpose, RECORD_TYPES } from './types.ts'

const tags = ['records']

export function recordsFhir(deps: RecordsDeps): FhirPiece {
  return { ...capability, routes: (fhir) => fhirRoutes(fhir, deps) }
}

export function recordsRoutes(app: App, deps: RecordsDeps): void {
  hospitalRoutes(app, deps)
}

function fhirRoutes(app: App, deps: RecordsDeps): void {
  for (const type of RECORD_TYPES) {
    app.get(
      `/${type}`,
      {
        config: allow(`system/${type}.rs`, ['hospital']),
        schema: {
          tags,
          summary: `${type} of a patient at all hospitals`,
          description:
            'Asks the hospitals in parallel; each that did not give everything is named in an outcome entry.',
          querystring: schema.SearchQuery,
          headers: schema.PurposeHeader,
          response: { 200: schema.Searchset },
        },
        onRequest: async (request) => void readPurpose(request),
      },
      async (request, reply) => {
        const { patient, _count: count = schema.DEFAULT_COUNT, _format, date, ...tokens } = request.query
        const form: SearchForm = {
          ...Object.fromEntries(Object.entries(tokens).map(([name, value]) => [name, [value]])),
          ...(date === undefined ? {} : { date }),
        }
        const bundle = await searchRecords(deps, readerOf(request), {
          personId: patient.replace(/^Patient\//, ''),
          type,
          form,
          count,
          signal: cancelledWith(reply),
          self: `${deps.config.publicUrl}${request.url}`,
        })
        return await sendFhir(reply, bundle)
      },
    )
  }
}

/** Fires when the caller closes its connection before the answer is sent. */
function cancelledWith(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort()
  })
  return controller.signal
}

export function readPurpose(request: FastifyRequest): Purpose {
  const given = request.headers['x-purpose-of-use']
  const purpose = (Object.keys(PURPOSES) as Purpose[]).find((one) => one === given)
  if (purpose === undefined) {
    throw recordsError('purpose-missing', {
      detail: `Send X-Purpose-Of-Use: ${Object.keys(PURPOSES).join(', ')}.`,
      errors: [{ pointer: 'headers/x-purpose-of-use', detail: 'is required' }],
    })
  }
  return purpose
}

export function readerOf(request: FastifyRequest): Reader {
  const { caller } = request
  // Every client of the role has one; a token without it must not read anything.
  if (caller.institution === undefined) throw requestError('invalid', { detail: 'The token names no institution.' })
  return {
    clientId: caller.clientId,
    institution: caller.institution,
    role: caller.role,
    purpose: readPurpose(request),
    requestId: request.id,
    sourceAddress: request.ip,
  }
}

function hospitalRoutes(app: App, deps: RecordsDeps): void {
  app.get(
    '/records/hospitals',
    {
      config: allow('records.manage', ['operator']),
      schema: { tags, summary: 'Hospitals that the hub may ask', response: { 200: schema.HospitalList } },
    },
    async () => ({ hospitals: (await readHospitals(deps.db)).map(present) }),
  )

  app.put(
    '/records/hospitals/:code',
    {
      // The institution code is the key: the same settings again leave the same row.
      config: allow('records.manage', ['operator'], 'natural'),
      schema: {
        tags,
        summary: 'Register a hospital, or change how it is asked',
        params: schema.HospitalParams,
        body: schema.HospitalSettings,
        response: { 200: schema.HospitalBody },
      },
    },
    async (request) => {
      const hospital = await registerHospital(deps, request.params.code, request.body, request.caller.clientId)
      await deps.exchange.refresh()
      return present(hospital)
    },
  )

  app.get(
    '/records/hospitals/:code/jwks.json',
    {
      config: open(),
      schema: {
        tags,
        summary: 'Public key of the assertions that the hub sends to this hospital (RFC 7517)',
        params: schema.HospitalParams,
        response: { 200: schema.Jwks },
      },
    },
    (request) => {
      const code = readInstitutionCode(request.params.code, 'params/code')
      const hospital = deps.exchange.get(code)?.hospital
      if (hospital?.auth.kind !== 'backend-services') throw recordsError('hospital-unknown')
      return { keys: [hospital.auth.publicJwk] }
    },
  )
}

/** A hospital without its private key. */
function present(hospital: Hospital) {
  const { auth, changeNo: _change, ...rest } = hospital
  return {
    ...rest,
    notifies: [...rest.notifies],
    identifierSystems: { ...rest.identifierSystems } as Record<string, string>,
    auth:
      auth.kind === 'none'
        ? { kind: auth.kind }
        : {
            kind: auth.kind,
            clientId: auth.clientId,
            tokenUrl: auth.tokenUrl,
            jwksPath: `/records/hospitals/${hospital.institution}/jwks.json`,
          },
  }
}
