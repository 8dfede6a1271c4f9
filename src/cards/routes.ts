import type { CityCode } from '../codes/index.ts'
import { allow, open, type Role } from '../http/access.ts'
import { type App, type FastifyReply, type FastifyRequest, isSuccess } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders, readKey } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import type { CardState } from './card-state.ts'
import { changeStatus } from './change-status.ts'
import { cardsError } from './errors.ts'
import { issueCard } from './issue-cards.ts'
import { makeCode } from './make-code.ts'
import { presentVerdict } from './present-verdict.ts'
import { showCard } from './read-card.ts'
import * as schema from './schema.ts'
import { CARD_STATUS, type CardCaller, type CardStatus } from './types.ts'
import type { VerificationAudit } from './verification-audit.ts'
import { verifyShownCode } from './verify-shown-code.ts'

const tags = ['cards']
const HOLDERS_SIDE: readonly Role[] = ['hospital', 'issuer']

export interface CardRouteDeps extends Pick<Deps, 'db' | 'clock' | 'config' | 'keyring'> {
  readonly cards: CardState
  readonly verificationAudit: VerificationAudit
}

export function cardsRoutes(app: App, deps: CardRouteDeps): void {
  // After the commit and before the answer: who was told "issued" or "revoked" must find it so here at once.
  // What was refused changed nothing, and must not cost a read of the database.
  const onSend = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (isSuccess(reply)) await deps.cards.refresh()
  }

  app.post(
    '/cards/verify',
    {
      // `natural`: a single use is kept by the unique nonce of the code; everything else changes nothing.
      config: allow('cards.verify', ['hospital', 'pharmacy', 'cdc', 'issuer'], 'natural'),
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
    async (request) => {
      const by = callerOf(request)
      // The key is stored with the use: where there is one, it is looked at like that of any keyed route.
      const useKey = request.headers['idempotency-key'] === undefined ? undefined : readKey(request)
      const verdict = await verifyShownCode(deps, { ...request.body, useKey }, by)
      return presentVerdict(verdict, { withName: request.caller.scopes.has('cards.read') })
    },
  )

  app.post(
    '/cards',
    {
      config: allow('cards.issue', ['issuer'], 'key'),
      onSend,
      schema: {
        tags,
        summary: 'Issue a card of your city for a registered person',
        headers: IdempotencyHeaders,
        body: schema.IssueBody,
        response: { 201: schema.IssuedBody },
      },
    },
    async (request, reply) => {
      await answerOnce(deps, request, reply, async (tx) => {
        const { personId, expiresAt } = request.body
        const card = await issueCard(deps, tx, {
          city: issuerCity(request),
          personId: personId.toLowerCase(),
          expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
          by: callerOf(request),
        })
        const { cardId, city, card: token } = card
        return {
          status: 201,
          body: { cardId, issuer: city, card: token, expiresAt: card.expiresAt.toISOString() },
          location: `/cards/${cardId}`,
        }
      })
      return reply
    },
  )

  app.post(
    '/cards/:id/code',
    {
      // The issuer alone: its app is the holder's channel. Whoever could make a code could act as the holder.
      config: allow('cards.code', ['issuer'], 'none'),
      schema: {
        tags,
        summary: 'A dynamic code for a card of your city, good for some seconds',
        params: schema.CardParams,
        body: schema.CodeBody,
        response: { 200: schema.CodeAnswer },
      },
    },
    async (request) => {
      const { code, expiresAt } = await makeCode(deps, {
        cardId: request.params.id.toLowerCase(),
        purpose: request.body.purpose,
        by: callerOf(request),
      })
      const expiresInS = Math.max(0, Math.floor((expiresAt.getTime() - deps.clock.now().getTime()) / 1000))
      return { code, expiresAt: expiresAt.toISOString(), expiresInS }
    },
  )

  app.get(
    '/cards/:id',
    {
      config: allow('cards.read', HOLDERS_SIDE),
      schema: {
        tags,
        summary: 'One card with its status and masked holder',
        params: schema.CardParams,
        response: { 200: schema.CardBody },
      },
    },
    async (request) => {
      const row = await showCard(deps, request.params.id.toLowerCase(), callerOf(request))
      const status = (Object.keys(CARD_STATUS) as CardStatus[]).find((name) => CARD_STATUS[name] === row.status)
      return {
        cardId: row.cardId,
        issuer: row.city,
        status: status ?? 'revoked',
        personId: row.personId,
        maskedName: row.maskedName,
        insuredCity: row.insuredCity,
        issuedAt: row.issuedAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
      }
    },
  )

  const statusRoute = (verb: string, status: CardStatus, summary: string): void => {
    app.post(
      `/cards/:id/${verb}`,
      {
        config: allow('cards.revoke', ['issuer', 'operator'], 'key'),
        onSend,
        schema: {
          tags,
          summary,
          headers: IdempotencyHeaders,
          params: schema.CardParams,
          body: schema.StatusReason,
          response: { 200: schema.StatusAnswer },
        },
      },
      async (request, reply) => {
        await answerOnce(deps, request, reply, async (tx) => {
          const changed = await changeStatus(deps, tx, {
            cardId: request.params.id.toLowerCase(),
            status,
            reason: request.body.reason,
            by: callerOf(request),
          })
          return { status: 200, body: { ...changed, at: changed.at.toISOString() } }
        })
        return reply
      },
    )
  }
  statusRoute('revocation', 'revoked', 'Revoke a card for good, in all four cities')
  statusRoute('suspension', 'suspended', 'Suspend a card, in all four cities')
  statusRoute('restoration', 'valid', 'End the suspension of a card')

  app.get(
    '/cards/issuers/:city/jwks.json',
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
        keys: deps.cards.publishedKeys(request.params.city).map((key) => ({ ...key, ymt_uses: [...key.ymt_uses] })),
      }
    },
  )
}

function callerOf(request: FastifyRequest): CardCaller {
  const { caller } = request
  return {
    clientId: caller.clientId,
    org: caller.institution ?? caller.city ?? caller.clientId,
    role: caller.role,
    institution: caller.institution,
    city: caller.city,
    requestId: request.id,
    sourceAddress: request.ip,
  }
}

function issuerCity(request: FastifyRequest): CityCode {
  const { city } = request.caller
  if (city === undefined) throw cardsError('issuer-unknown')
  return city as CityCode
}
