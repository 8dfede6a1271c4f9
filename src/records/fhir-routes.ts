import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import type { App, FastifyReply, FastifyRequest } from '../http/app-type.ts'
import { FHIR_JSON } from '../http/fhir-outcome.ts'
import { AnyResource, type FhirPiece } from '../http/fhir-part.ts'
import { requestError } from '../kernel/errors.ts'
import { capability, searchParametersOf } from './capability.ts'
import type { Cursor } from './cursor.ts'
import { decideReading } from './decide.ts'
import { readPerson } from './patient-resource.ts'
import {
  checkOnlyFormat,
  DEFAULT_COUNT,
  includePaths,
  MAX_COUNT,
  PERSON_ID,
  parametersOf,
  readSearch,
} from './read-parameters.ts'
import { readEverything, readPatientSearch } from './read-patient-parameters.ts'
import { readRecord } from './read-record.ts'
import { readerOf, readPurpose } from './reader.ts'
import { RECORD_TYPE_FACTS, RECORD_TYPES, type RecordType } from './record-types.ts'
import type { RecordsDeps } from './records-deps.ts'
import * as schema from './schema.ts'
import { searchPersons } from './search-persons.ts'
import { everythingOf, searchRecords, turnPage } from './search-records.ts'
import {
  cancelledWith,
  checkScopes,
  contextOf,
  FORM,
  isLenient,
  mayRead,
  pageOf,
  parametersIn,
  withScopes,
} from './search-request.ts'

const tags = ['records']

/** Search and read of records under /fhir. */
export function recordsFhir(deps: RecordsDeps): FhirPiece {
  return {
    ...capability,
    routes(fhir) {
      for (const type of RECORD_TYPES) recordRoutes(fhir, deps, type)
      patientRoutes(fhir, deps)
    },
  }
}

/**
 * The parameters of a search are read by `read-parameters.ts`, which answers each of them by name; the schema here is for
 * the API reference.
 */
const described = { validatorCompiler: () => () => true } as const
const onRequest = async (request: FastifyRequest): Promise<void> => {
  readPurpose(request)
  const { accept } = request.headers
  if (accept !== undefined && !/json|\*\/\*|application\/\*/i.test(accept)) throw requestError('not-acceptable')
}

function recordRoutes(fhir: App, deps: RecordsDeps, type: RecordType): void {
  const config = allow(`system/${type}.rs`, ['hospital'])
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const parameters = parametersIn(request)
    const reader = readerOf(request)
    const page = pageOf(parameters)
    const context = contextOf(deps, reply, type, parameters)
    if (page !== undefined) {
      const mine = (one: Cursor) => one.kind === 'search' && one.types[0] === type
      return sendText(reply, await turnPage(deps, reader, page, withScopes(request, mine), context))
    }
    const search = readSearch(type, parameters, { lenient: isLenient(request) })
    checkScopes(request, [...search.includes.map((one) => one.type), ...(search.withPatient ? ['Patient'] : [])])
    return sendText(reply, await searchRecords(deps, reader, type, search, context))
  }
  const description =
    'Asks the hospitals in parallel; each that did not give everything is named in an outcome entry. Further pages by link.next.'
  const query = queryOf(type)

  fhir.get(
    `/${type}`,
    {
      ...described,
      config,
      onRequest,
      schema: {
        tags,
        summary: `${type} of a patient at all hospitals`,
        description,
        querystring: query,
        headers: schema.PurposeHeader,
        response: { 200: schema.Searchset },
      },
    },
    answer,
  )
  fhir.post(
    `/${type}/_search`,
    {
      ...described,
      // Changes nothing but the audit log.
      config,
      onRequest,
      schema: {
        tags,
        summary: `${type} of a patient at all hospitals, parameters in the body`,
        description,
        consumes: [FORM],
        body: query,
        headers: schema.PurposeHeader,
        response: { 200: schema.Searchset },
      },
    },
    answer,
  )
  fhir.get(
    `/${type}/:id`,
    {
      ...described,
      config,
      onRequest,
      schema: {
        tags,
        summary: `One ${type}, from the hospital that holds it`,
        params: schema.IdParams,
        headers: schema.PurposeHeader,
        response: { 200: AnyResource },
      },
    },
    async (request, reply) => {
      checkOnlyFormat(parametersOf(request.url))
      const { id } = request.params as { readonly id: string }
      return sendRecord(reply, await readRecord(deps, readerOf(request), { type, id }, cancelledWith(reply)))
    },
  )
}

function patientRoutes(fhir: App, deps: RecordsDeps): void {
  const config = allow('system/Patient.rs', ['hospital'])
  const search = async (request: FastifyRequest, reply: FastifyReply) => {
    const isPost = request.method === 'POST'
    const asked = readPatientSearch(parametersIn(request), { isPost, lenient: isLenient(request) })
    return sendText(reply, await searchPersons(deps, readerOf(request), asked))
  }
  const patientQuery = Type.Object({
    _id: Type.Optional(Type.String({ description: 'The person id of this hub' })),
    identifier: Type.Optional(
      Type.String({
        description: 'SYSTEM|VALUE; an identity number by POST _search only, for addresses end up in logs',
      }),
    ),
  })
  fhir.get(
    '/Patient',
    {
      ...described,
      config,
      onRequest,
      schema: {
        tags,
        summary: 'A person of this hub, masked',
        querystring: patientQuery,
        headers: schema.PurposeHeader,
        response: { 200: schema.Searchset },
      },
    },
    search,
  )
  fhir.post(
    '/Patient/_search',
    {
      ...described,
      // Changes nothing but the audit log.
      config,
      onRequest,
      schema: {
        tags,
        summary: 'A person of this hub, masked, by an identifier in the body',
        consumes: [FORM],
        body: patientQuery,
        headers: schema.PurposeHeader,
        response: { 200: schema.Searchset },
      },
    },
    search,
  )
  fhir.get(
    '/Patient/:id',
    {
      ...described,
      config,
      onRequest,
      schema: {
        tags,
        summary: 'A person of this hub, masked; or what one hospital has of the person',
        params: schema.IdParams,
        headers: schema.PurposeHeader,
        response: { 200: AnyResource },
      },
    },
    async (request, reply) => {
      checkOnlyFormat(parametersOf(request.url))
      const { id } = request.params as { readonly id: string }
      const reader = readerOf(request)
      if (PERSON_ID.test(id)) {
        const decision = await decideReading(deps, reader, { personId: id, types: ['Patient'], action: 'people.read' })
        return sendText(reply, Buffer.from(JSON.stringify(await readPerson(deps, reader, id, decision))))
      }
      return sendRecord(reply, await readRecord(deps, reader, { type: 'Patient', id }, cancelledWith(reply)))
    },
  )
  fhir.get(
    '/Patient/:id/$everything',
    {
      ...described,
      config,
      onRequest,
      schema: {
        tags,
        summary: 'All that the hospitals hold about a person, page by page',
        params: schema.IdParams,
        querystring: Type.Object({
          _since: Type.Optional(Type.String({ description: 'R4 instant: changed since' })),
          _type: Type.Optional(Type.String({ description: 'Types, by comma' })),
          _count: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
        }),
        headers: schema.PurposeHeader,
        response: { 200: schema.Searchset },
      },
    },
    async (request, reply) => {
      const { id } = request.params as { readonly id: string }
      const parameters = parametersOf(request.url)
      const reader = readerOf(request)
      const context = contextOf(deps, reply, `Patient/${id}/$everything`, parameters)
      const page = pageOf(parameters)
      if (page !== undefined) {
        const mine = (one: Cursor) => one.kind === 'everything' && one.personId === id
        return sendText(reply, await turnPage(deps, reader, page, withScopes(request, mine), context))
      }
      const asked = readEverything(id, parameters)
      checkScopes(request, asked.types ?? [])
      const types = asked.types ?? RECORD_TYPES.filter((one) => mayRead(request, one))
      return sendText(reply, await everythingOf(deps, reader, { ...asked, types }, context))
    },
  )
}

function sendRecord(reply: FastifyReply, { body, etag }: { body: Buffer; etag: string | undefined }): FastifyReply {
  if (etag !== undefined) reply.header('etag', etag)
  return sendText(reply, body)
}

const sendText = (reply: FastifyReply, body: Buffer): FastifyReply => reply.type(FHIR_JSON).send(body)

function queryOf(type: RecordType) {
  const { date } = RECORD_TYPE_FACTS[type]
  const described = (text: string) => Type.Optional(Type.String({ description: text }))
  return Type.Object({
    ...Object.fromEntries(
      searchParametersOf(type).map(({ name, documentation = '' }) => [
        name,
        name === 'patient' ? Type.String({ description: documentation }) : described(documentation),
      ]),
    ),
    _sort: described(`${date}, -${date} (as when left out), _lastUpdated or -_lastUpdated`),
    _count: described(`Matches on a page, at most ${MAX_COUNT}; ${DEFAULT_COUNT} when left out`),
    _include: described(includePaths(type).join(', ')),
    _revinclude: described('Provenance:target'),
    _format: described('json or application/fhir+json'),
    _page: described('As link.next gives it, alone'),
  })
}
