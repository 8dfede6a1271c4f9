import type { CityCode } from '../codes/index.ts'
import { allow, type Role } from '../http/access.ts'
import { type App, type FastifyReply, type FastifyRequest, isSuccess } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { IssuerKeys } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { callerOf } from './caller-of.ts'
import type { CardState } from './card-state.ts'
import { carrierRoutes } from './carrier-routes.ts'
import { cardsError } from './errors.ts'
import { issueCard } from './issue-cards.ts'
import { lifeRoutes } from './life-routes.ts'
import { makeCode } from './make-code.ts'
import { presentCard } from './present-card.ts'
import { showCard } from './read-card.ts'
import * as schema from './schema.ts'
import type { VerificationAudit } from './verification-audit.ts'
import { verifyRoutes } from './verify-routes.ts'

const tags = ['cards']
const HOLDERS_SIDE: readonly Role[] = ['hospital', 'issuer']

export interface CardRouteDeps extends Pick<Deps, 'db' | 'clock' | 'config' | 'keyring' | 'log'> {
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
  lifeRoutes(app, deps, onSend)
  carrierRoutes(app, deps)

  app.post(
    '/cards',
    {
      config: allow('cards.issue', ['issuer'], 'key'),
      onSend,
      schema: {
        tags,
        summary: 'Issue a card of your city for a registered person',
        description:
          'A city has one good card for a person: 409 with the id of the one that is there, to be renewed or replaced. A child under 14 needs a guardian in force.',
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
        heldBy: request.body.heldBy?.toLowerCase(),
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
      return presentCard(await showCard(deps, request.params.id.toLowerCase(), callerOf(request)))
    },
  )
}

function issuerCity(request: FastifyRequest): CityCode {
  const { city } = request.caller
  if (city === undefined) throw cardsError('issuer-unknown')
  return city as CityCode
}
