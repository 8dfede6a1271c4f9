import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import { actingInstitution } from '../http/acting-institution.ts'
import type { App } from '../http/app-type.ts'
import { AnyResource, sendFhir } from '../http/fhir-part.ts'
import type { Deps } from '../kernel/deps.ts'
import {
  MOST_OF_ONE,
  ownSubscription,
  removeSubscription,
  type SaveDeps,
  saveSubscription,
  subscriptionResource,
} from './save-subscription.ts'
import { listSubscriptions, type SubscriptionRow } from './subscription-store.ts'

export type SubscriptionDeps = SaveDeps & Pick<Deps, 'config'>

const tags = ['routing']

const Params = Type.Object(
  { id: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', maxLength: 36 }) },
  { additionalProperties: false },
)

/** FHIR R4 Subscription of the caller's own institution: create, read, list, delete. */
export function subscriptionRoutes(fhir: App, deps: SubscriptionDeps): void {
  fhir.post(
    '/Subscription',
    {
      // Institution, criteria and endpoint are the key: the same wish again is the same subscription.
      config: allow('system/Subscription.cd', ['hospital'], 'natural'),
      schema: {
        tags,
        summary: 'Be told when a hospital has new results of a patient',
        description:
          'R4 rest-hook without payload; criteria TYPE?patient=ID. Active once the endpoint has answered a handshake.',
        body: AnyResource,
        response: { 200: AnyResource, 201: AnyResource },
      },
    },
    async (request, reply) => {
      const { row, created } = await saveSubscription(deps, actingInstitution(request), request.body)
      return await sendFhir(
        reply.code(created ? 201 : 200).header('location', `${deps.config.publicUrl}/fhir/Subscription/${row.id}`),
        subscriptionResource(row),
      )
    },
  )

  fhir.get(
    '/Subscription',
    {
      config: allow('system/Subscription.rs', ['hospital']),
      schema: { tags, summary: 'Your subscriptions', response: { 200: AnyResource } },
    },
    async (request, reply) => {
      const rows = await listSubscriptions(deps.db, actingInstitution(request).institution, MOST_OF_ONE)
      return await sendFhir(reply, {
        resourceType: 'Bundle',
        type: 'searchset',
        total: rows.length,
        link: [{ relation: 'self', url: `${deps.config.publicUrl}/fhir/Subscription` }],
        // R4 JSON has no empty arrays.
        ...(rows.length > 0 ? { entry: rows.map((row) => entryOf(deps.config.publicUrl, row)) } : {}),
      })
    },
  )

  fhir.get(
    '/Subscription/:id',
    {
      config: allow('system/Subscription.rs', ['hospital']),
      schema: {
        tags,
        summary: 'A subscription of yours, with its state',
        params: Params,
        response: { 200: AnyResource },
      },
    },
    async (request, reply) =>
      await sendFhir(
        reply,
        subscriptionResource(await ownSubscription(deps.db, actingInstitution(request), request.params.id)),
      ),
  )

  fhir.delete(
    '/Subscription/:id',
    {
      // Deleting what is gone finds nothing to delete.
      config: allow('system/Subscription.cd', ['hospital'], 'natural'),
      schema: {
        tags,
        summary: 'End a subscription',
        params: Params,
        response: { 204: Type.Null({ description: 'Ended' }) },
      },
    },
    async (request, reply) => {
      await removeSubscription(deps, actingInstitution(request), request.params.id)
      return await reply.code(204).send(null)
    },
  )
}

const entryOf = (publicUrl: string, row: SubscriptionRow) => ({
  fullUrl: `${publicUrl}/fhir/Subscription/${row.id}`,
  resource: subscriptionResource(row),
  search: { mode: 'match' },
})
