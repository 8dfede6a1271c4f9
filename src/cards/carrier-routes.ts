import type { CityCode } from '../codes/index.ts'
import { allow } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { callerOf } from './caller-of.ts'
import type { CardState } from './card-state.ts'
import type { CarrierRow } from './carrier-store.ts'
import { changeCarrier, showCarrierHistory, showCarriersOf } from './change-carrier.ts'
import { cardsError } from './errors.ts'
import * as life from './life-schema.ts'
import { presentEvent, statusName } from './present-card.ts'
import { maskedNumber, registerCarrier } from './register-carrier.ts'
import * as schema from './schema.ts'
import { verifyCarrier } from './verify-carrier.ts'

const tags = ['cards']

export type CarrierDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'keyring'> & { readonly cards: CardState }

/** The social-security card and the insurance voucher as further carriers of the same person (一卡通). */
export function carrierRoutes(app: App, deps: CarrierDeps): void {
  const present = (row: CarrierRow) => ({
    carrierId: row.carrierId,
    personId: row.personId,
    kind: row.kind,
    maskedNumber: maskedNumber(deps.keyring, row),
    issuer: row.city,
    validFrom: row.validFrom,
    validTo: row.validTo,
    status: statusName(row.status),
  })

  app.post(
    '/cards/carriers',
    {
      config: allow('cards.carriers', ['issuer'], 'key'),
      schema: {
        tags,
        summary: 'Register a social-security card or insurance voucher that your city issued to a person',
        description: 'The number stands in the body alone; it is stored encrypted and never shown whole again.',
        headers: IdempotencyHeaders,
        body: life.CarrierBody,
        response: { 201: life.CarrierAnswer },
      },
    },
    async (request, reply) => {
      const { city } = request.caller
      if (city === undefined) throw cardsError('issuer-unknown')
      return await answerOnce(deps, request, reply, async (tx) => {
        const row = await registerCarrier(deps, tx, {
          ...request.body,
          personId: request.body.personId.toLowerCase(),
          city: city as CityCode,
          by: callerOf(request),
        })
        return { status: 201, body: present(row), location: `/cards/carriers?personId=${row.personId}` }
      })
    },
  )

  app.get(
    '/cards/carriers',
    {
      config: allow('cards.carriers', ['issuer']),
      schema: {
        tags,
        summary: 'The carriers of a person that your city registered',
        querystring: life.CardsQuery,
        response: { 200: life.CarriersBody },
      },
    },
    async (request) => {
      const rows = await showCarriersOf(deps, request.query.personId.toLowerCase(), callerOf(request))
      return { carriers: rows.map(present) }
    },
  )

  app.get(
    '/cards/carriers/:id/history',
    {
      config: allow('cards.carriers', ['issuer']),
      schema: {
        tags,
        summary: 'What happened to a carrier of your city, with the reasons',
        params: schema.CardParams,
        response: { 200: life.HistoryBody },
      },
    },
    async (request) => {
      const events = await showCarrierHistory(deps, request.params.id.toLowerCase(), callerOf(request))
      return { events: events.map(presentEvent) }
    },
  )

  const statusRoute = (verb: string, action: 'suspend' | 'restore' | 'revoke', summary: string): void => {
    app.post(
      `/cards/carriers/:id/${verb}`,
      {
        config: allow('cards.carriers', ['issuer'], 'key'),
        schema: {
          tags,
          summary,
          headers: IdempotencyHeaders,
          params: schema.CardParams,
          body: schema.StatusReason,
          response: { 200: life.CarrierStatusAnswer },
        },
      },
      async (request, reply) =>
        await answerOnce(deps, request, reply, async (tx) => {
          const changed = await changeCarrier(deps, tx, {
            carrierId: request.params.id.toLowerCase(),
            action,
            reason: request.body.reason,
            by: callerOf(request),
          })
          return { status: 200, body: { ...changed, at: changed.at.toISOString() } }
        }),
    )
  }
  statusRoute('suspension', 'suspend', 'Suspend a carrier of your city')
  statusRoute('restoration', 'restore', 'End the suspension of a carrier of your city')
  statusRoute('revocation', 'revoke', 'Revoke a carrier of your city for good')

  app.post(
    '/cards/verify-carrier',
    {
      config: allow('cards.verify', ['hospital', 'pharmacy', 'cdc', 'issuer']),
      schema: {
        tags,
        summary: 'Is this social-security card or insurance voucher good?',
        description:
          'The verdict has the form of /cards/verify. The number is looked up by its keyed hash and appears nowhere else. A number can be shown twice: for settlement and purchase it is refused (`single-use-needs-code`).',
        body: life.VerifyCarrierBody,
        response: { 200: life.CarrierVerdictBody },
      },
    },
    async (request) => {
      const withName = request.caller.scopes.has('cards.read')
      return await verifyCarrier(deps, request.body, { by: callerOf(request), withName })
    },
  )
}
