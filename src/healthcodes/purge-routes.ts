import { allow, type Role } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import { auditHealth, callerOf, cityOf } from './caller.ts'
import { previewPurge, releaseHold, setHold } from './purge.ts'
import * as schema from './purge-schema.ts'
import { type Hold, listHolds, listProofs, type Purged } from './purge-store.ts'
import { clearText, type HealthRouteDeps, instantMs, tags } from './route-deps.ts'
import { goesWithOrder } from './rules.ts'
import { IdParams, OfficerBody } from './schema.ts'

const READERS: readonly Role[] = ['cdc', 'operator']

/** Deletion and its proofs, and what is kept from deletion. These routes answer while the function sleeps. */
export function purgeRoutes(app: App, deps: HealthRouteDeps): void {
  app.get(
    '/healthcodes/purges/preview',
    {
      config: allow('healthcodes.purge', READERS),
      schema: {
        tags,
        summary: "Dry run of the deletion at an order's end: what would go, what a legal hold keeps",
        querystring: schema.PreviewQuery,
        response: { 200: schema.PreviewAnswer },
      },
    },
    async (request) => {
      const { orderId, classes } = await previewPurge(deps, request.query.orderId.toLowerCase(), callerOf(request))
      return {
        orderId,
        classes: classes.map((one) => ({
          class: one.class,
          wouldGo: one.wouldGo === undefined ? null : presentRows(one.wouldGo),
          held: one.held,
        })),
      }
    },
  )

  app.get(
    '/healthcodes/purges',
    {
      config: allow('healthcodes.purge', READERS),
      schema: {
        tags,
        summary: 'Proofs of deletion, newest first; they hold no ids',
        querystring: schema.ProofQuery,
        response: { 200: schema.ProofList },
      },
    },
    async (request) => {
      const by = callerOf(request)
      const proofs = await listProofs(deps.db, {
        city: by.role === 'operator' ? undefined : cityOf(by),
        orderId: request.query.orderId?.toLowerCase(),
      })
      return {
        proofs: proofs.map((proof) => ({
          proofId: proof.proofId,
          class: proof.class,
          orderId: proof.orderId,
          city: proof.city,
          cause: proof.cause,
          policy: proof.policy,
          ...presentRows(proof),
          by: proof.purgedBy,
          approvedBy: proof.approvedBy,
          endedBy: proof.endedBy,
          at: proof.at.toISOString(),
        })),
      }
    },
  )

  app.post(
    '/healthcodes/holds',
    {
      config: allow('healthcodes.hold', ['cdc'], 'key'),
      schema: {
        tags,
        summary: 'Keep what an order holds, of all or of one person, from deletion for a time (法定留存)',
        headers: IdempotencyHeaders,
        body: schema.HoldBody,
        response: { 201: schema.HoldAnswer },
      },
    },
    async (request, reply) =>
      await answerOnce(deps, request, reply, async (tx) => {
        const { orderId, personId, reason, until, officer } = request.body
        const hold = await setHold(deps, tx, {
          orderId: orderId.toLowerCase(),
          personId: personId?.toLowerCase() ?? null,
          reason: clearText(reason, '/reason'),
          until: new Date(instantMs(until, '/until')),
          officer,
          by: callerOf(request),
        })
        return {
          status: 201,
          body: presentHold(hold),
          location: '/healthcodes/holds',
          goesWith: goesWithOrder(hold.orderId),
        }
      }),
  )

  app.post(
    '/healthcodes/holds/:id/release',
    {
      config: allow('healthcodes.hold', ['cdc'], 'key'),
      schema: {
        tags,
        summary: 'Release a legal hold',
        headers: IdempotencyHeaders,
        params: IdParams,
        body: OfficerBody,
        response: { 200: schema.ReleaseAnswer },
      },
    },
    async (request, reply) =>
      await answerOnce(deps, request, reply, async (tx) => {
        const holdId = request.params.id.toLowerCase()
        await releaseHold(deps, tx, { holdId, officer: request.body.officer, by: callerOf(request) })
        return { status: 200, body: { holdId, released: true } }
      }),
  )

  app.get(
    '/healthcodes/holds',
    {
      config: allow('healthcodes.hold', ['cdc']),
      schema: { tags, summary: 'Legal holds of your city', response: { 200: schema.HoldList } },
    },
    async (request) => {
      const by = callerOf(request)
      const holds = await listHolds(deps.db, cityOf(by))
      await auditHealth(
        deps,
        deps.db,
        by,
        ...holds.flatMap(({ holdId, personId, orderId }) =>
          personId === null
            ? []
            : [{ action: 'healthcodes.hold-read', targetType: 'hold' as const, targetId: holdId, personId, orderId }],
        ),
      )
      return { holds: holds.map(presentHold) }
    },
  )
}

const presentRows = ({ count, from, to, idsSha256 }: Purged) => ({
  count,
  from: from.toISOString(),
  to: to.toISOString(),
  idsSha256,
})

const presentHold = ({ city: _ofTheCaller, setAt, until, releasedAt, ...rest }: Hold) => ({
  ...rest,
  setAt: setAt.toISOString(),
  until: until.toISOString(),
  releasedAt: releasedAt?.toISOString() ?? null,
})
