import { allow } from '../http/access.ts'
import { actingInstitution } from '../http/acting-institution.ts'
import type { App, FastifyRequest } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Institution } from '../institutions/index.ts'
import { requestError } from '../kernel/errors.ts'
import type { LabsDeps } from './caller.ts'
import { listProofs } from './purge-store.ts'
import { receiveCda } from './receive-cda.ts'
import { receiveHl7 } from './receive-hl7.ts'
import { discardReview, listReviews, retryReview } from './reviews.ts'
import { registerSender } from './save-sender.ts'
import * as schema from './schema.ts'
import { readSenders } from './sender-store.ts'

const tags = ['labs']

export type LabsRouteDeps = LabsDeps & { readonly institutions: { get(code: string): Institution | undefined } }

const HL7_TYPES = ['application/hl7-v2', 'x-application/hl7-v2+er7']
const XML_TYPES = ['application/xml', 'text/xml', 'application/hl7-cda+xml']

/** HTTP status of an acknowledgement: the sender's software may look at it alone. */
const ACK_STATUS = { AA: 200, AE: 422, AR: 400 } as const

export function labsRoutes(app: App, deps: LabsRouteDeps): void {
  void app.register(async (part) => {
    const bytes = part as unknown as App
    bytes.addContentTypeParser([...HL7_TYPES, ...XML_TYPES], { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    receivingRoutes(bytes, deps)
  })
  reviewRoutes(app, deps)
  senderRoutes(app, deps)
}

function receivingRoutes(app: App, deps: LabsRouteDeps): void {
  app.post(
    '/labs/hl7v2',
    {
      // Unique by facility and MSH-10: a repeat gets the stored acknowledgement.
      config: allow('labs.write', ['hospital'], 'natural'),
      schema: {
        tags,
        summary: 'Send laboratory results of your institution as an HL7 v2 message (检验结果消息)',
        description:
          'Content-Type application/hl7-v2. The facility in MSH-4 must be registered for your institution. The same messages are taken over MLLP.',
        body: schema.Hl7Message,
        response: { 200: schema.Hl7Ack, 400: schema.Hl7Ack, 422: schema.Hl7Ack },
      },
    },
    async (request, reply) => {
      const body = bodyOf(request, HL7_TYPES)
      const way = { kind: 'http', ...actingInstitution(request) } as const
      const { code, text } = await receiveHl7(deps, body, way)
      return await reply
        .code(ACK_STATUS[code])
        .type('application/hl7-v2; charset=utf-8')
        .serializer((ack: string) => ack)
        .send(text)
    },
  )

  app.post(
    '/labs/cda',
    {
      // Unique by the document's id.
      config: allow('labs.write', ['hospital'], 'natural'),
      schema: {
        tags,
        summary: 'Send a laboratory report of your institution as WS/T 500 CDA XML (检验报告共享文档)',
        description:
          'Content-Type application/xml. The custodian must be your institution. A person who is not known by the identity number waits for review.',
        body: schema.CdaText,
        response: { 200: schema.CdaAnswer },
      },
    },
    async (request) => await receiveCda(deps, bodyOf(request, XML_TYPES), actingInstitution(request)),
  )
}

function bodyOf(request: FastifyRequest, types: readonly string[]): Buffer {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (!Buffer.isBuffer(request.body) || !types.includes(type)) {
    throw requestError('unsupported-media-type', { detail: `Send ${types.join(', ')}.` })
  }
  return request.body
}

function reviewRoutes(app: App, deps: LabsRouteDeps): void {
  app.get(
    '/labs/reviews',
    {
      config: allow('labs.review', ['hospital']),
      schema: {
        tags,
        summary: 'Reports of your institution whose person was not found (待核对报告)',
        querystring: schema.ReviewQuery,
        response: { 200: schema.ReviewList },
      },
    },
    async (request) => {
      const { after, limit = 50 } = request.query
      const found = await listReviews(deps, actingInstitution(request), { after, limit: limit + 1 })
      const page = found.slice(0, limit)
      return {
        reviews: page.map((one) => ({
          ...one,
          receivedAt: one.receivedAt.toISOString(),
          identifiers: [...one.identifiers],
        })),
        next: found.length > limit ? (page.at(-1)?.reviewId ?? null) : null,
      }
    },
  )

  app.post(
    '/labs/reviews/:id/retry',
    {
      // A review is closed once; a second attempt finds none that is open.
      config: allow('labs.review', ['hospital'], 'natural'),
      schema: {
        tags,
        summary: 'Look for the person of a report again, by the identifiers that came with it',
        params: schema.ReviewParams,
        body: schema.OfficerBody,
        response: { 200: schema.RetriedBody },
      },
    },
    async (request) => {
      const command = { reviewId: request.params.id.toLowerCase(), officer: request.body.officer }
      return await retryReview(deps, actingInstitution(request), command)
    },
  )

  app.post(
    '/labs/reviews/:id/discard',
    {
      config: allow('labs.review', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Discard a report whose person is not known',
        headers: IdempotencyHeaders,
        params: schema.ReviewParams,
        body: schema.OfficerBody,
        response: { 200: schema.DiscardedBody },
      },
    },
    async (request, reply) => {
      const reviewId = request.params.id.toLowerCase()
      return await answerOnce(deps, request, reply, async (tx) => {
        await discardReview(deps, tx, actingInstitution(request), { reviewId, officer: request.body.officer })
        return { status: 200, body: { reviewId, state: 'discarded' as const } }
      })
    },
  )

  app.get(
    '/labs/purges',
    {
      config: allow('labs.review', ['hospital']),
      schema: {
        tags,
        summary: 'What was deleted of the held results of your institution, and by which figure',
        response: { 200: schema.ProofList },
      },
    },
    async (request) => {
      const rows = await listProofs(deps.db, actingInstitution(request).institution, 500)
      return {
        proofs: rows.map(({ institution: _own, from, to, at, ...row }) => ({
          ...row,
          from: from.toISOString(),
          to: to.toISOString(),
          at: at.toISOString(),
        })),
      }
    },
  )
}

function senderRoutes(app: App, deps: LabsRouteDeps): void {
  app.get(
    '/labs/senders',
    {
      config: allow('labs.manage', ['operator']),
      schema: { tags, summary: 'Laboratory systems that may send HL7 v2', response: { 200: schema.SenderList } },
    },
    async () => ({
      senders: (await readSenders(deps.db)).map((one) => ({ ...one, addresses: [...one.addresses] })),
    }),
  )

  app.put(
    '/labs/senders/:facility',
    {
      // The facility is the key: the same settings again leave the same row.
      config: allow('labs.manage', ['operator'], 'natural'),
      schema: {
        tags,
        summary: 'Register a laboratory system by its sending facility (MSH-4), or change how it may send',
        params: schema.FacilityParams,
        body: schema.SenderSettings,
        response: { 200: schema.SenderBody },
      },
    },
    async (request) => {
      const { facility } = request.params
      const by = { clientId: request.caller.clientId, requestId: request.id, sourceAddress: request.ip }
      const saved = await registerSender(deps, { facility, ...request.body }, by)
      return { ...saved, addresses: [...saved.addresses] }
    },
  )
}
