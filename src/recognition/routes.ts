import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import { actingInstitution } from '../http/acting-institution.ts'
import type { App } from '../http/app-type.ts'
import { answerOnceAfter, IdempotencyHeaders } from '../http/repeat.ts'
import { localDate } from '../kernel/time.ts'
import { PurposeHeader, readerOf, readPurpose } from '../records/index.ts'
import { checkOrder } from './check-order.ts'
import { checkSignedOrder, recordSignedOrder } from './check-signed-orders.ts'
import { figuresRoutes } from './figures-routes.ts'
import { judgeResults, type RecognitionDeps, type RecognitionQuestion } from './judge-results.ts'
import { listDecisions } from './list-decisions.ts'
import { listReopened } from './list-reopened.ts'
import { recordDecisions } from './record-decisions.ts'
import { registerRoutes } from './register-routes.ts'
import { inForce } from './rules.ts'
import * as schema from './schema.ts'

const tags = ['recognition']

export function recognitionRoutes(app: App, deps: RecognitionDeps): void {
  decisionRoutes(app, deps)
  orderRoutes(app, deps)
  catalogueRoutes(app, deps)
  figuresRoutes(app, deps)
  registerRoutes(app, deps)
}

function decisionRoutes(app: App, deps: RecognitionDeps): void {
  app.post(
    '/recognition/decisions',
    {
      config: allow('recognition.decide', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Must this result be accepted here, item by item, and why or why not',
        description:
          'The hub fetches the named result from its issuer. Send X-Purpose-Of-Use. Each call decides anew; the latest decision on a result counts in the figures.',
        headers: Type.Object({ ...IdempotencyHeaders.properties, ...PurposeHeader.properties }),
        body: schema.DecideBody,
        response: { 200: schema.DecisionsBody },
      },
      onRequest: async (request) => void readPurpose(request),
    },
    async (request, reply) => {
      const by = readerOf(request)
      const question: RecognitionQuestion = { ...request.body, statements: request.body.statements ?? [] }
      return await answerOnceAfter(
        deps,
        request,
        reply,
        // Hospitals are asked before the transaction begins: no lock and no connection waits for a network.
        () => judgeResults(deps, by, question),
        async (tx, judged) => ({
          status: 200,
          body: { decisions: await recordDecisions(deps, tx, by, question, judged) },
        }),
      )
    },
  )

  app.get(
    '/recognition/decisions',
    {
      config: allow('recognition.decide', ['hospital']),
      schema: {
        tags,
        summary: "What was decided on a person's results, as far as it concerns your institution",
        description:
          'As receiver: your own decisions, the newest state of each. As issuer: whether others accepted your results, without clinical text. Send X-Purpose-Of-Use.',
        querystring: schema.PersonQuery,
        headers: PurposeHeader,
        response: { 200: schema.PersonDecisionsBody },
      },
      onRequest: async (request) => void readPurpose(request),
    },
    async (request) => await listDecisions(deps, readerOf(request), request.query.personId),
  )

  app.get(
    '/recognition/decisions/reopened',
    {
      config: allow('recognition.decide', ['hospital']),
      schema: {
        tags,
        summary: 'Own decisions whose report was corrected or withdrawn since, and that wait for a new one',
        response: { 200: schema.ReopenedBody },
      },
    },
    async (request) => {
      return await listReopened(deps, { ...actingInstitution(request), role: request.caller.role })
    },
  )
}

function orderRoutes(app: App, deps: RecognitionDeps): void {
  app.post(
    '/recognition/check-order',
    {
      // Nothing is changed but the audit log, and what a correction has outdated.
      config: allow('recognition.decide', ['hospital'], 'none'),
      schema: {
        tags,
        summary: 'Before ordering: which of these items have a valid result elsewhere (开单提醒)',
        description:
          'One search at each hospital for all items, within the deadline; a hospital that did not answer is named and holds up nothing. Send X-Purpose-Of-Use.',
        headers: PurposeHeader,
        body: schema.CheckOrderBody,
        response: { 200: schema.OrderBody },
      },
      onRequest: async (request) => void readPurpose(request),
    },
    async (request) => await checkOrder(deps, readerOf(request), request.body),
  )

  app.post(
    '/recognition/orders',
    {
      config: allow('recognition.decide', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Check an order afterwards that was signed without the reminder',
        description:
          'As of the day of the order. A valid result without a decision is counted as a repetition without one. Send X-Purpose-Of-Use.',
        headers: Type.Object({ ...IdempotencyHeaders.properties, ...PurposeHeader.properties }),
        body: schema.SignedOrderBody,
        response: { 200: schema.OrderBody },
      },
      onRequest: async (request) => void readPurpose(request),
    },
    async (request, reply) => {
      const by = readerOf(request)
      const order = request.body
      return await answerOnceAfter(
        deps,
        request,
        reply,
        () => checkSignedOrder(deps, by, order),
        async (tx, checked) => {
          await recordSignedOrder(deps, tx, by, order, checked)
          return { status: 200, body: checked }
        },
      )
    },
  )
}

function catalogueRoutes(app: App, deps: RecognitionDeps): void {
  app.get(
    '/recognition/items',
    {
      config: allow('recognition.read', ['hospital', 'bureau', 'cdc', 'operator']),
      schema: { tags, summary: 'The catalogue in force today', response: { 200: schema.ItemsBody } },
    },
    () => {
      const today = localDate(deps.clock.now())
      const items = deps.recognition.register.catalogue().items.filter((one) => inForce(one, today))
      return { items: items.map((one) => ({ ...one, loinc: [...one.loinc], scope: [...one.scope] })) }
    },
  )

  app.get(
    '/recognition/reasons',
    {
      config: allow('recognition.read', ['hospital', 'bureau', 'cdc', 'operator']),
      schema: {
        tags,
        summary: 'Reasons for testing again that are in force today, and what each needs',
        response: { 200: schema.ReasonsBody },
      },
    },
    () => {
      const reasons = deps.recognition.register.catalogue().reasonsOn(localDate(deps.clock.now()))
      return { reasons: [...reasons.values()] }
    },
  )
}
