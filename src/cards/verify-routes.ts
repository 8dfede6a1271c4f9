import { allow, type Caller } from '../http/access.ts'
import type { App, FastifyReply, FastifyRequest } from '../http/app-type.ts'
import type { LaneCall } from '../http/fast-lane.ts'
import { readKey } from '../http/repeat.ts'
import { callerOf, cardCaller } from './caller-of.ts'
import * as schema from './schema.ts'
import { PURPOSES, type Purpose } from './types.ts'
import { type BatchDeps, verifyBatch } from './verify-batch.ts'
import { countsOnce, type ShownCode, verifyShownCode } from './verify-shown-code.ts'

const tags = ['cards']

// `natural`: a single use is kept by the unique nonce of the code; everything else changes nothing.
const access = allow('cards.verify', ['hospital', 'pharmacy', 'cdc', 'issuer'], 'natural')

/** Longer bodies hold something else than one code of ours. */
const LANE_BYTES = 2_048

const withName = (caller: Caller): boolean => caller.scopes.has('cards.read')

export function verifyRoutes(app: App, deps: BatchDeps): void {
  app.post(
    '/cards/verify',
    {
      config: access,
      schema: {
        tags,
        summary: 'Is this card or code good?',
        description:
          'A refusal is an answer (200) with every reason. Answered from memory unless the code counts once: where `singleUse` is asked for, and always for settlement and purchase. `freshness` says how old the memory can be.',
        headers: schema.VerifyHeaders,
        body: schema.VerifyBody,
        response: { 200: schema.VerdictBody },
      },
    },
    async (request, reply) => {
      const asker = { by: callerOf(request), withName: withName(request.caller) }
      return sendText(reply, await verifyShownCode(deps, { ...request.body, useKey: useKeyOf(request) }, asker))
    },
  )

  app.lanes.set('/cards/verify', {
    url: '/cards/verify',
    access: access.access,
    maxBytes: LANE_BYTES,
    answer({ body, caller, requestId, address }: LaneCall) {
      const shown = plainShowing(body)
      if (shown === undefined || !deps.verificationAudit.hasRoom()) return undefined
      return verifyShownCode(deps, shown, { by: cardCaller(caller, requestId, address), withName: withName(caller) })
    },
  })

  app.post(
    '/cards/verify-batch',
    {
      config: access,
      schema: {
        tags,
        summary: `Are these cards and codes good? Up to ${schema.MAX_BATCH} at once`,
        description:
          'Each item is answered as by /cards/verify, in the order of the items; `try-later` is the reason of one that could not be decided at this moment. With an Idempotency-Key the same list can be sent again without using a code twice.',
        headers: schema.VerifyHeaders,
        body: schema.VerifyBatchBody,
        response: { 200: schema.VerdictBatchBody },
      },
    },
    async (request, reply) => {
      const asker = { by: callerOf(request), withName: withName(request.caller) }
      return sendText(reply, await verifyBatch(deps, { ...request.body, useKey: useKeyOf(request) }, asker))
    },
  )
}

/** The key is stored with the use: where there is one, it is looked at like that of any keyed route. */
function useKeyOf(request: FastifyRequest): string | undefined {
  return request.headers['idempotency-key'] === undefined ? undefined : readKey(request)
}

/** The text is JSON already; what Fastify is told of its type is only what the schema says of it. */
function sendText(reply: FastifyReply, text: string): never {
  return reply
    .type('application/json; charset=utf-8')
    .serializer((ready: string) => ready)
    .send(text) as never
}

const PURPOSE_NAMES: ReadonlySet<unknown> = new Set<Purpose>(PURPOSES)

/** A body with a code and perhaps a purpose that does not pay: what nearly all are. Everything else goes the ordinary way. */
function plainShowing(body: unknown): ShownCode | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const { code, purpose } = body as { code?: unknown; purpose?: unknown }
  if (typeof code !== 'string' || code.length === 0) return undefined
  const members = Object.keys(body).length
  if (purpose === undefined) return members === 1 ? { code } : undefined
  if (members !== 2 || !PURPOSE_NAMES.has(purpose)) return undefined
  const shown = { code, purpose: purpose as Purpose }
  return countsOnce(shown) ? undefined : shown
}
