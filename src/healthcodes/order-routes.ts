import { allow, type Role } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import { callerOf, cityOf } from './caller.ts'
import { type IssuerRecord, readIssuers } from './issuer-store.ts'
import { approveIssuer, registerIssuer, withdrawIssuer } from './register-issuer.ts'
import { decideOrder, endOrder, registerOrder } from './register-order.ts'
import { clearText, type HealthRouteDeps, instantMs, iso, isoOrNull, refreshAfter, tags } from './route-deps.ts'
import { orderStateAt } from './rules.ts'
import * as schema from './schema.ts'
import { readOrders, readPolicy } from './setup-store.ts'
import { type EmergencyOrder, LEVELS } from './types.ts'

const REGISTRARS: readonly Role[] = ['cdc', 'operator']

/** What wakes the function, and whom it believes. These routes answer while it sleeps. */
export function orderRoutes(app: App, deps: HealthRouteDeps): void {
  const onSend = refreshAfter(deps)
  const order = (one: EmergencyOrder) => presentOrder(one, deps.clock.now().getTime())

  app.post(
    '/healthcodes/orders',
    {
      config: allow('healthcodes.order', ['cdc'], 'key'),
      schema: {
        tags,
        summary: 'Register an emergency order of your city (应急命令)',
        description:
          'It activates nothing until another client and another officer have approved it. Its end is part of it: renewal is a new order.',
        headers: IdempotencyHeaders,
        body: schema.OrderBody,
        response: { 201: schema.OrderAnswer },
      },
    },
    async (request, reply) => {
      const { officer, from, to, rules, area, ...words } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const registered = await registerOrder(deps, tx, {
          order: {
            issuedBy: clearText(words.issuedBy, '/issuedBy'),
            legalBasis: clearText(words.legalBasis, '/legalBasis'),
            area: [...new Set(area)],
            fromMs: instantMs(from, '/from'),
            toMs: instantMs(to, '/to'),
            rules,
          },
          officer,
          by: callerOf(request),
        })
        return { status: 201, body: order(registered), location: '/healthcodes/orders' }
      })
    },
  )

  app.post(
    '/healthcodes/orders/:id/approval',
    {
      config: allow('healthcodes.order', ['cdc'], 'key'),
      onSend,
      schema: {
        tags,
        summary: 'Approve or refuse an order, as another client and another officer than who registered it',
        headers: IdempotencyHeaders,
        params: schema.IdParams,
        body: schema.ApprovalBody,
        response: { 200: schema.OrderAnswer },
      },
    },
    async (request, reply) =>
      await answerOnce(deps, request, reply, async (tx) => {
        const { decision, officer } = request.body
        const orderId = request.params.id.toLowerCase()
        const by = callerOf(request)
        return { status: 200, body: order(await decideOrder(deps, tx, { orderId, decision, officer, by })) }
      }),
  )

  app.post(
    '/healthcodes/orders/:id/end',
    {
      config: allow('healthcodes.order', ['cdc'], 'key'),
      onSend,
      schema: {
        tags,
        summary: 'End an order before its time; what it holds of persons is then deleted, with a proof',
        headers: IdempotencyHeaders,
        params: schema.IdParams,
        body: schema.OfficerBody,
        response: { 200: schema.OrderAnswer },
      },
    },
    async (request, reply) =>
      await answerOnce(deps, request, reply, async (tx) => {
        const command = { orderId: request.params.id.toLowerCase(), officer: request.body.officer }
        return { status: 200, body: order(await endOrder(deps, tx, { ...command, by: callerOf(request) })) }
      }),
  )

  app.get(
    '/healthcodes/orders',
    {
      config: allow('healthcodes.order', REGISTRARS),
      schema: {
        tags,
        summary: 'Orders, newest first; a CDC sees those of its city',
        response: { 200: schema.OrderList },
      },
    },
    async (request) => {
      const by = callerOf(request)
      const orders = await readOrders(deps.db, by.role === 'operator' ? {} : { city: cityOf(by) })
      return { orders: orders.map(order) }
    },
  )

  app.post(
    '/healthcodes/issuers',
    {
      config: allow('healthcodes.registry', REGISTRARS, 'key'),
      schema: {
        tags,
        summary: 'Register a version of an issuer: its keys and its level table',
        description:
          'A foreign issuer, or a new level table of your own city. It counts once somebody else has approved it.',
        headers: IdempotencyHeaders,
        body: schema.IssuerBody,
        response: { 201: schema.IssuerAnswer },
      },
    },
    async (request, reply) => {
      const { officer, from, to, maxAgeS, keys, ...rest } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const issuer = {
          ...rest,
          keys: keys.map(({ y, ...key }) => (y === undefined ? key : { ...key, y })),
          maxAgeS: maxAgeS ?? null,
          fromMs: instantMs(from, '/from'),
          toMs: to === undefined ? null : instantMs(to, '/to'),
        }
        const record = await registerIssuer(deps, tx, { issuer, officer, by: callerOf(request) })
        return { status: 201, body: presentIssuer(record), location: '/healthcodes/issuers' }
      })
    },
  )

  const issuerRoute = (verb: 'approval' | 'withdrawal', summary: string, act: typeof approveIssuer): void => {
    app.post(
      `/healthcodes/issuers/:id/${verb}`,
      {
        config: allow('healthcodes.registry', REGISTRARS, 'key'),
        onSend,
        schema: {
          tags,
          summary,
          headers: IdempotencyHeaders,
          params: schema.IdParams,
          body: schema.OfficerBody,
          response: { 200: schema.IssuerAnswer },
        },
      },
      async (request, reply) =>
        await answerOnce(deps, request, reply, async (tx) => {
          const command = { issuerVersionId: request.params.id.toLowerCase(), officer: request.body.officer }
          return { status: 200, body: presentIssuer(await act(deps, tx, { ...command, by: callerOf(request) })) }
        }),
    )
  }
  issuerRoute('approval', 'Approve a version of an issuer, as another client and another officer', approveIssuer)
  issuerRoute(
    'withdrawal',
    'Withdraw a version of an issuer for good: its codes are not recognised any more',
    withdrawIssuer,
  )

  app.get(
    '/healthcodes/issuers',
    {
      config: allow('healthcodes.registry', REGISTRARS),
      schema: {
        tags,
        summary: 'Issuers of health codes with all their versions',
        response: { 200: schema.IssuerList },
      },
    },
    async () => ({ issuers: (await readIssuers(deps.db)).map(presentIssuer) }),
  )

  app.get(
    '/healthcodes/policy',
    {
      config: allow('healthcodes.registry', REGISTRARS),
      schema: { tags, summary: 'The common levels and the figures of policy', response: { 200: schema.PolicyList } },
    },
    async () => ({ levels: [...LEVELS], policy: [...(await readPolicy(deps.db))] }),
  )
}

function presentOrder(order: EmergencyOrder, nowMs: number) {
  const { fromMs, toMs, closedAtMs, area, rules, ...rest } = order
  return {
    ...rest,
    state: orderStateAt(order, nowMs),
    area: [...area],
    rules: rules.map((rule) => ({ ...rule, evidence: [...rule.evidence] })),
    from: iso(fromMs),
    to: iso(toMs),
    closedAt: isoOrNull(closedAtMs),
  }
}

function presentIssuer(record: IssuerRecord) {
  const { fromMs, toMs, withdrawnAtMs, approvedBy, ...rest } = record
  const standing = approvedBy === null ? ('proposed' as const) : ('approved' as const)
  return {
    ...rest,
    approvedBy,
    state: withdrawnAtMs === null ? standing : ('withdrawn' as const),
    from: iso(fromMs),
    to: isoOrNull(toMs),
    keys: rest.keys.map((key) => ({ ...key })),
    levels: [...rest.levels],
  }
}
