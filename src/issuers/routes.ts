import { CITIES } from '../codes/index.ts'
import { allow, open, type Role } from '../http/access.ts'
import { type App, type FastifyReply, type FastifyRequest, isSuccess } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import type { KeyCaller } from './audit-key.ts'
import { issuersError } from './errors.ts'
import type { IssuerKeys } from './open-issuer-keys.ts'
import { retireKey } from './retire-key.ts'
import { rotateKeyIn } from './rotate-key.ts'
import * as schema from './schema.ts'
import type { IssuerKeyRow } from './store.ts'
import { issuerName } from './types.ts'

const tags = ['issuers']
const KEEPERS: readonly Role[] = ['issuer', 'operator']

export interface IssuerRouteDeps extends Pick<Deps, 'config' | 'db' | 'clock' | 'keyring'> {
  readonly issuerKeys: IssuerKeys
}

export function issuersRoutes(app: App, deps: IssuerRouteDeps): void {
  // After the commit and before the answer: who was told of a new key must find it published here at once.
  const onSend = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (isSuccess(reply)) await deps.issuerKeys.refresh()
  }

  app.get(
    '/issuers',
    {
      config: open(),
      schema: { tags, summary: 'The issuing cities and where their keys are', response: { 200: schema.IssuerList } },
    },
    () => ({
      issuers: CITIES.filter(({ code }) => deps.issuerKeys.issuer(issuerName(code)) !== undefined).map(({ code }) => ({
        city: code,
        issuer: issuerName(code),
        jwksUri: `${deps.config.publicUrl}/issuers/${code}/jwks.json`,
      })),
    }),
  )

  app.get(
    '/issuers/:city/jwks.json',
    {
      config: open(),
      schema: {
        tags,
        summary: "An issuer's public keys (RFC 7517), with what each may sign",
        params: schema.IssuerParams,
        response: { 200: schema.Jwks },
      },
    },
    (request, reply) => {
      void reply.header('cache-control', 'public, max-age=60')
      return {
        keys: deps.issuerKeys
          .publishedKeys(request.params.city)
          .map((key) => ({ ...key, ymt_uses: [...key.ymt_uses] })),
      }
    },
  )

  app.post(
    '/issuers/:city/keys',
    {
      config: allow('issuers.manage', KEEPERS, 'key'),
      onSend,
      schema: {
        tags,
        summary: 'Put a new signing key in force, now or on a later day',
        description:
          'The key before it signs until then; what it signed stays good. A later day lets everybody fetch the key before it signs. A compromised key is revoked from the command line: `keys compromised`.',
        headers: IdempotencyHeaders,
        params: schema.IssuerParams,
        body: schema.RotationBody,
        response: { 201: schema.KeyBody },
      },
    },
    async (request, reply) => {
      refuseOthers(request, request.params.city)
      await answerOnce(deps, request, reply, async (tx) => {
        const { city } = request.params
        const { use, alg, activeFrom } = request.body
        const order = { city, use, alg, activeFrom: dateOf(activeFrom) }
        const key = await rotateKeyIn(deps, tx, order, callerOf(request))
        return { status: 201, body: present(key), location: `/issuers/${city}/jwks.json` }
      })
      return reply
    },
  )

  app.post(
    '/issuers/:city/keys/:kid/retirement',
    {
      config: allow('issuers.manage', KEEPERS, 'key'),
      onSend,
      schema: {
        tags,
        summary: 'Set until when a key signs, and until when what it signed counts',
        headers: IdempotencyHeaders,
        params: schema.KeyParams,
        body: schema.RetirementBody,
        response: { 200: schema.KeyBody },
      },
    },
    async (request, reply) => {
      refuseOthers(request, request.params.city)
      await answerOnce(deps, request, reply, async (tx) => {
        const { city, kid } = request.params
        const { retiredAt, verifyUntil } = request.body
        const order = { city, kid, retiredAt: dateOf(retiredAt), verifyUntil: dateOf(verifyUntil) }
        return { status: 200, body: present(await retireKey(deps, tx, order, callerOf(request))) }
      })
      return reply
    },
  )
}

/** An issuer keeps its own keys; the operator, all. */
function refuseOthers(request: FastifyRequest, city: string): void {
  if (request.caller.role === 'issuer' && request.caller.city !== city) throw issuersError('not-found')
}

function callerOf({ caller, id, ip }: FastifyRequest): KeyCaller {
  const actorOrg = caller.city ?? caller.clientId
  return { actor: caller.clientId, actorOrg, role: caller.role, requestId: id, sourceAddress: ip }
}

const dateOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text))

function present(key: IssuerKeyRow) {
  return {
    kid: key.kid,
    alg: key.alg,
    uses: [...key.uses],
    activeFrom: key.activeFrom.toISOString(),
    retiredAt: key.retiredAt?.toISOString() ?? null,
    verifyUntil: key.verifyUntil?.toISOString() ?? null,
  }
}
