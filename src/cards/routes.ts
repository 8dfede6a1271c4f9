import type { CityCode } from '../codes/index.ts'
import { allow, type Role } from '../http/access.ts'
import { type App, type FastifyReply, type FastifyRequest, isSuccess } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { IssuerKeys } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { callerOf } from './caller-of.ts'
import type { CardState } from './card-state.ts'
import { changeStatus } from './change-status.ts'
import { cardsError } from './errors.ts'
import { issueCard } from './issue-cards.ts'
import { makeCode } from './make-code.ts'
import { showCard } from './read-card.ts'
import * as schema from './schema.ts'
import { CARD_STATUS, type CardStatus } from './types.ts'
import type { VerificationAudit } from './verification-audit.ts'
import { verifyRoutes } from './verify-routes.ts'

const tags = ['cards']
const HOLDERS_SIDE: readonly Role[] = ['hospital', 'issuer']

export interface CardRouteDeps extends Pick<Deps, 'db' | 'clock' | 'config' | 'keyring'> {
  readonly issuerKeys: IssuerKeys
  readonly cards: CardState
  readonly verificationAudit: VerificationAudit
}

export function cardsRoutes(app: App, deps: CardRouteDeps): void {
  // After the commit and before the answer: who was told "issued" or "revoked" must find it so here at once.
  // What was refused changed nothing, and must not cost a read of the database.
  const onSend = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (isSuccess(reply)) await deps.cards.refresh()
  }

  verifyRoutes(app, deps)

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
        const { personId, expiresAt, algorithm } = request.body
        const card = await issueCard(deps, tx, {
          city: issuerCity(request),
          personId: personId.toLowerCase(),
          expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
          alg: algorithm,
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
        alg: request.body.algorithm,
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
}

function issuerCity(request: FastifyRequest): CityCode {
  const { city } = request.caller
  if (city === undefined) throw cardsError('issuer-unknown')
  return city as CityCode
}
