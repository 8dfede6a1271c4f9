import { Type } from 'typebox'
import { allow, type Caller } from '../http/access.ts'
import { institutionOf } from '../http/acting-institution.ts'
import type { App, FastifyReply, FastifyRequest } from '../http/app-type.ts'
import { logFailure, toAppError } from '../http/failure.ts'
import { setFailureHeaders } from '../http/problem.ts'
import type { AppError } from '../kernel/errors.ts'
import { envelopeText, messageOf } from './envelope.ts'
import { usesGateway, verifyGateway } from './gateway.ts'
import { type CallDeps, handleCall } from './handle-call.ts'
import { makeTransactions, type TransactionDeps } from './transactions.ts'

export type NhsaRouteDeps = CallDeps & TransactionDeps

const SCOPE = 'nhsa.call'

/** An input of 40,000 characters of up to four bytes, and an envelope. */
const BODY_LIMIT = 256 * 1024

const Envelope = Type.Unsafe<unknown>({
  type: 'object',
  additionalProperties: true,
  description: 'Envelope with infno, msgid, … and input; see src/nhsa/tables for every transaction',
  examples: [{ infno: '9001', msgid: 'H51010400001202611240900000001', input: { signIn: {} } }],
})
const Answer = Type.Unsafe<unknown>({
  type: 'object',
  additionalProperties: true,
  description: 'infcode 0 with output, or -1 with err_msg',
  examples: [{ infcode: 0, inf_refmsgid: '510100202611240900000000000001', err_msg: '', output: {} }],
})

/** The national interface at one address, or at one a transaction as some systems have it. */
export function nhsaRoutes(app: App, deps: NhsaRouteDeps): void {
  const transactions = makeTransactions(deps)
  void app.register(async (scoped) => {
    const part = scoped as unknown as App
    part.setErrorHandler((error, request, reply) => sendFailure(deps, request, reply, toAppError(error)))
    const route = (url: '/nhsa' | '/nhsa/:infno', summary: string): void => {
      part.post(
        url,
        {
          bodyLimit: BODY_LIMIT,
          config: {
            // A message has its own unique key: institution and msgid.
            ...allow(SCOPE, ['hospital', 'pharmacy'], 'natural'),
            signed: (request: FastifyRequest) => callerByKey(deps, request),
          },
          schema: {
            tags: ['nhsa'],
            summary,
            description:
              'The caller signs with an access key (headers _api_name, _api_version, _api_timestamp, _api_access_key, _api_signature) or sends an access token.',
            body: Envelope,
            response: { 200: Answer },
          },
        },
        async (request, reply) => {
          const { infno } = request.params as { readonly infno?: string }
          const apiName = request.headers['_api_name']
          const text = await handleCall(deps, transactions, {
            body: request.body,
            namedElsewhere: [infno, apiName].filter((name) => typeof name === 'string'),
            institution: institutionOf(request.caller),
            by: {
              clientId: request.caller.clientId,
              role: request.caller.role as 'hospital' | 'pharmacy',
              requestId: request.id,
              sourceAddress: request.ip,
            },
          })
          return sendText(reply, text)
        },
      )
    }
    route('/nhsa', 'A transaction of the national interface for designated institutions')
    route('/nhsa/:infno', 'The same, with the transaction named in the address')
  })
}

/** The institution behind an access key; undefined where a call brings no header of the gateway. */
function callerByKey(deps: NhsaRouteDeps, request: FastifyRequest): Caller | undefined {
  const { headers } = request
  if (!usesGateway(headers) && headers.authorization !== undefined) return undefined
  const key = verifyGateway(headers, deps.nhsa.keyOf, deps.clock.now().getTime())
  return {
    clientId: key.accessKey,
    role: key.institution.startsWith('P') ? 'pharmacy' : 'hospital',
    institution: key.institution,
    city: undefined,
    scopes: new Set([SCOPE]),
  }
}

const sendText = (reply: FastifyReply, text: string): FastifyReply =>
  reply
    .type('application/json; charset=utf-8')
    .serializer((one: string) => one)
    .send(text)

/**
 * What fails before a call is read. The gateway's refusals stand outside the envelope, as the document has them; the rest is an
 * envelope with infcode -1 under its HTTP status.
 */
async function sendFailure(
  deps: NhsaRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  error: AppError,
): Promise<FastifyReply> {
  logFailure(request, error)
  setFailureHeaders(reply, error)
  void reply.code(error.status)
  if (error.code.startsWith('nhsa.gateway-')) {
    return sendText(reply, JSON.stringify({ code: error.status, message: error.titleZh }))
  }
  const now = deps.clock.now()
  const receipt = { admdvs: '510000', serial: await deps.nhsa.nextSerial(), receivedAt: now }
  return sendText(reply, envelopeText(receipt, now, { errMsg: messageOf(error) }))
}
