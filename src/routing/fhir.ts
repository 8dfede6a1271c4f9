import { isUtf8 } from 'node:buffer'
import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import { actingInstitution } from '../http/acting-institution.ts'
import type { App, FastifyRequest } from '../http/app-type.ts'
import { toAppError } from '../http/failure.ts'
import { FHIR_JSON } from '../http/fhir-outcome.ts'
import { AnyResource, type FhirPiece, sendFhir } from '../http/fhir-part.ts'
import { type AppError, requestError } from '../kernel/errors.ts'
import { countMembers, MAX_JSON_DEPTH, scanJson } from '../kernel/json-depth.ts'
import { RECORD_TYPES } from '../records/index.ts'
import { type AcceptDeps, acceptMessage, logRefused, type ReceivedMessage } from './accept-message.ts'
import { routingError } from './errors.ts'
import { type SubscriptionDeps, subscriptionRoutes } from './subscription-routes.ts'

const tags = ['routing']

/** Messages and subscriptions, as they stand under /fhir and in its CapabilityStatement. */
export function routingFhir(deps: AcceptDeps & SubscriptionDeps): FhirPiece {
  return {
    resources: [
      {
        type: 'Subscription',
        interaction: [{ code: 'create' }, { code: 'read' }, { code: 'delete' }, { code: 'search-type' }],
        documentation: `rest-hook without payload; criteria TYPE?patient=ID with TYPE one of ${RECORD_TYPES.join(', ')}. The endpoint lies at an address that the operator has registered and answers a handshake before the first notice. Requests carry the headers of the Standard Webhooks specification.`,
      },
    ],
    operations: [
      { name: 'process-message', definition: 'http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message' },
    ],
    get messaging() {
      const channel = deps.policy.channel('*', deps.clock.now())
      return [
        {
          endpoint: [
            {
              protocol: { system: 'http://terminology.hl7.org/CodeSystem/message-transport', code: 'http' },
              address: `${deps.config.publicUrl}/fhir/$process-message`,
            },
          ],
          // Minutes for which a message is known by its id.
          reliableCache: (channel.logDays - 1) * 1440,
          documentation: `Store and forward: the answer says that the message is durable. A repeat by MessageHeader.id gets the same answer. At most ${channel.maxBodyBytes} bytes. async and response-url are not supported. Bundle.timestamp is needed.`,
        },
      ]
    },
    notes: [
      'A message of event urn:yimatong:event|result-available or |result-corrected tells what the sender holds for its patient (focus); it needs no destination.',
    ],
    routes(fhir) {
      messageRoute(fhir, deps)
      subscriptionRoutes(fhir, deps)
    },
  }
}

const Query = Type.Object(
  {
    async: Type.Optional(Type.Boolean({ description: 'Only false: the answer comes when the message is durable' })),
    'response-url': Type.Optional(Type.String({ maxLength: 300, description: 'Not supported' })),
    _format: Type.Optional(Type.Enum(['json', 'application/json', 'application/fhir+json', 'application/fhir json'])),
  },
  { additionalProperties: false },
)

function messageRoute(fhir: App, deps: AcceptDeps): void {
  // A part of its own: the body is kept as the bytes that arrived.
  void fhir.register(async (part) => {
    const app = part as unknown as App
    keepBytes(app)
    app.post(
      '/$process-message',
      {
        // MessageHeader.id is the key, of the sending institution: a repeat gets the stored answer.
        config: allow('system/MessageHeader.c', ['hospital'], 'natural'),
        schema: {
          tags,
          summary: 'Take a message for other institutions: stored first, then answered, then delivered',
          description:
            'A Bundle of type message. The same MessageHeader.id with the same content gets the same answer, with another content 409.',
          querystring: Query,
          body: AnyResource,
          response: { 200: AnyResource, 202: AnyResource, 422: AnyResource },
        },
        // What was refused before the handler (too long, no JSON, nested too deeply) leaves its metadata, too.
        errorHandler: (error, request, reply) => {
          const failure = toAppError(error)
          void noteEarly(deps, request, failure).then(
            () => reply.send(failure),
            (fault: unknown) => reply.send(fault),
          )
        },
      },
      async (request, reply) => {
        const { async: asynchronous, 'response-url': responseUrl } = request.query
        if (asynchronous === true || responseUrl !== undefined) {
          throw routingError('not-supported', {
            detail: 'async and response-url are not supported: the answer comes when the message is durable.',
            errors: [{ pointer: responseUrl === undefined ? 'async' : 'response-url', detail: 'is not supported' }],
            meta: { issueCode: 'not-supported' },
          })
        }
        const answer = await acceptMessage(deps, actingInstitution(request), request.body as ReceivedMessage)
        if (answer.status === 422) return await sendFhir(reply.code(422), answer.outcome)
        if (answer.status === 202) {
          return await sendFhir(reply.code(202).header('retry-after', '2'), {
            resourceType: 'OperationOutcome',
            issue: [
              {
                severity: 'information',
                code: 'informational',
                diagnostics: 'Being stored; send the same message again.',
              },
            ],
          })
        }
        return await reply
          .type(FHIR_JSON)
          .serializer((text: string) => text)
          .send(answer.text)
      },
    )
  })
}

async function noteEarly(deps: AcceptDeps, request: FastifyRequest, failure: AppError): Promise<void> {
  // The handler's own refusals have left theirs.
  if (!failure.code.startsWith('request.') || failure.status >= 500) return
  const said = Number(request.headers['content-length'])
  const bytes = Number.isSafeInteger(said) && said >= 0 && said < 2 ** 31 ? said : 0
  await logRefused(deps, actingInstitution(request), { bytes, reason: failure.code })
}

/** FHIR JSON in bounds, as parsed and as it arrived. */
function keepBytes(app: App): void {
  app.removeContentTypeParser(['application/json', 'application/fhir+json'])
  app.addContentTypeParser(
    ['application/json', 'application/fhir+json'],
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, bytes: Buffer): Promise<ReceivedMessage> => {
      if (!isUtf8(bytes)) throw requestError('invalid', { detail: 'The body is not UTF-8.' })
      const text = bytes.toString('utf8')
      const { depth, members } = scanJson(text, MAX_JSON_DEPTH)
      if (depth > MAX_JSON_DEPTH) {
        throw requestError('too-deep', { detail: `The body is nested deeper than ${MAX_JSON_DEPTH} levels.` })
      }
      const bundle = parse(text)
      if (countMembers(bundle) !== members) {
        throw requestError('invalid', { detail: 'A member of an object in the body comes twice.' })
      }
      return { bytes, bundle }
    },
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw requestError('invalid', { detail: 'The body is not JSON.', cause })
  }
}
