import { allow, type Role } from '../http/access.ts'
import type { App, FastifyReply, FastifyRequest } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { callerOf } from './caller-of.ts'
import { changeStatus, type StatusChange } from './change-status.ts'
import { cardsError } from './errors.ts'
import * as life from './life-schema.ts'
import { type CodeDeps, makeCode, printCard } from './make-code.ts'
import { presentCard, presentEvent } from './present-card.ts'
import { qrSvg } from './qr.ts'
import { renewCard } from './renew-card.ts'
import { suspensionFor } from './rules.ts'
import * as schema from './schema.ts'
import { showCardsOf, showHistory } from './show-history.ts'

const tags = ['cards']
const HOLDERS_SIDE: readonly Role[] = ['hospital', 'issuer']

/** Runs after the commit and before the answer: who was told "revoked" must find it so here at once. */
type OnSend = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

export type LifeDeps = CodeDeps & Pick<Deps, 'keyring'>

/** What happens to a card between its issuing and its end. */
export function lifeRoutes(app: App, deps: LifeDeps, onSend: OnSend): void {
  const statusRoute = (verb: string, summary: string, actionFor: (reason: string) => StatusChange['action']): void => {
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
        const { reason } = request.body
        await answerChange(request, reply, { action: actionFor(reason), reason })
        return reply
      },
    )
  }

  const answerChange = (
    request: FastifyRequest,
    reply: FastifyReply,
    change: Pick<StatusChange, 'action' | 'reason' | 'personId'>,
  ): Promise<FastifyReply> =>
    answerOnce(deps, request, reply, async (tx) => {
      const { id } = request.params as { id: string }
      const changed = await changeStatus(deps, tx, { ...change, cardId: id.toLowerCase(), by: callerOf(request) })
      return { status: 200, body: { ...changed, at: changed.at.toISOString() } }
    })

  statusRoute('revocation', 'Revoke a card for good, in all four cities', () => 'revoke')
  statusRoute('suspension', 'Suspend a card, in all four cities', suspensionFor)
  statusRoute('restoration', 'End the suspension of a card, also of one that was found again', () => 'restore')

  app.post(
    '/cards/:id/loss',
    {
      // Hospitals too: a lost card does its harm at once, and the holder stands at a counter, not in the issuer's office.
      // What they can do is only the freeze, of the card of a person whom they name; restoring is the issuer's.
      config: allow('cards.loss', HOLDERS_SIDE, 'key'),
      onSend,
      schema: {
        tags,
        summary: 'Report a card as lost: suspended at once, in all four cities',
        description:
          'Ended by restoration where it is found, or by replacement. A hospital names the holder, who is there.',
        headers: IdempotencyHeaders,
        params: schema.CardParams,
        body: life.LossBody,
        response: { 200: schema.StatusAnswer },
      },
    },
    async (request, reply) => {
      const personId = request.body.personId?.toLowerCase()
      if (request.caller.role === 'hospital' && personId === undefined) {
        throw cardsError('holder-needed', {
          errors: [
            { pointer: '/personId', detail: 'is required from a hospital: the holder, as identified at the counter' },
          ],
        })
      }
      await answerChange(request, reply, { action: 'report-loss', reason: request.body.reason ?? 'lost', personId })
      return reply
    },
  )

  const renewRoute = (verb: string, action: 'renew' | 'replace', summary: string): void => {
    app.post(
      `/cards/:id/${verb}`,
      {
        config: allow('cards.issue', ['issuer'], 'key'),
        onSend,
        schema: {
          tags,
          summary,
          description: 'The old card is revoked in the same moment.',
          headers: IdempotencyHeaders,
          params: schema.CardParams,
          body: life.RenewBody,
          response: { 201: life.RenewedBody },
        },
      },
      async (request, reply) => {
        await answerOnce(deps, request, reply, async (tx) => {
          const { expiresAt, algorithm } = request.body
          const card = await renewCard(deps, tx, {
            cardId: request.params.id.toLowerCase(),
            action,
            expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
            alg: algorithm,
            by: callerOf(request),
          })
          const { cardId, city, card: token, replacedCardId } = card
          return {
            status: 201,
            body: { cardId, issuer: city, card: token, expiresAt: card.expiresAt.toISOString(), replacedCardId },
            location: `/cards/${cardId}`,
          }
        })
        return reply
      },
    )
  }
  renewRoute('renewal', 'renew', 'Put a new card in the place of a good one')
  renewRoute('replacement', 'replace', 'Put a new card in the place of a lost one')

  app.get(
    '/cards/:id/history',
    {
      config: allow('cards.read', ['issuer']),
      schema: {
        tags,
        summary: 'What happened to a card of your city, with the reasons',
        params: schema.CardParams,
        response: { 200: life.HistoryBody },
      },
    },
    async (request) => {
      const events = await showHistory(deps, request.params.id.toLowerCase(), callerOf(request))
      return { events: events.map(presentEvent) }
    },
  )

  app.get(
    '/cards',
    {
      config: allow('cards.read', HOLDERS_SIDE),
      schema: {
        tags,
        summary: 'The cards of a person: of your city to an issuer, all to a hospital',
        querystring: life.CardsQuery,
        response: { 200: life.CardsBody },
      },
    },
    async (request) => {
      const cards = await showCardsOf(deps, request.query.personId.toLowerCase(), callerOf(request))
      return { cards: cards.map(presentCard) }
    },
  )

  app.get(
    '/cards/:id/code.svg',
    {
      // A GET, so that a screen or a print-out can point at it; what it makes is evidence and a code that ends by itself.
      config: allow('cards.code', ['issuer']),
      schema: {
        tags,
        summary: 'A code of a card of your city as a QR picture',
        params: schema.CardParams,
        querystring: life.PictureQuery,
        response: {
          200: {
            description: 'An SVG picture of at most version 15-M, without personal data.',
            content: { 'image/svg+xml': { schema: { type: 'string', maxLength: 200_000 } } },
          },
        },
      },
    },
    async (request, reply) => {
      const { kind, purpose, algorithm, heldBy } = request.query
      const ask = {
        cardId: request.params.id.toLowerCase(),
        alg: algorithm,
        heldBy: heldBy?.toLowerCase(),
        by: callerOf(request),
      }
      if (kind === 'static' && purpose !== undefined) {
        throw requestError('invalid', {
          errors: [{ pointer: 'querystring/purpose', detail: 'binds a dynamic code only; a printed card serves all' }],
        })
      }
      const svg =
        kind === 'static'
          ? qrSvg((await printCard(deps, ask)).code, '一码通静态码 · Yimatong card')
          : qrSvg((await makeCode(deps, { ...ask, purpose })).code, '一码通动态码 · Yimatong dynamic code')
      return await reply
        .header('cache-control', 'no-store')
        .type('image/svg+xml; charset=utf-8')
        .serializer((text: string) => text)
        .send(svg as never)
    },
  )
}
