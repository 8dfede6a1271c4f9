import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnceAfter, IdempotencyHeaders } from '../http/repeat.ts'
import { requestError } from '../kernel/errors.ts'
import { localDate } from '../kernel/time.ts'
import { PurposeHeader, readerOf, readPurpose } from '../records/index.ts'
import { judgeResults, type RecognitionDeps, type RecognitionQuestion } from './judge-results.ts'
import { recordDecisions } from './record-decisions.ts'
import { inForce } from './rules.ts'
import * as schema from './schema.ts'
import { countMonth, readItems } from './store.ts'

const tags = ['recognition']

export function recognitionRoutes(app: App, deps: RecognitionDeps): void {
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
    '/recognition/figures',
    {
      config: allow('recognition.read', ['hospital']),
      schema: {
        tags,
        summary: "The own institution's month: outcomes by item and reason, and the recognition rate",
        querystring: schema.FiguresQuery,
        response: { 200: schema.FiguresBody },
      },
    },
    async (request) => {
      const { institution } = request.caller
      if (institution === undefined) throw requestError('invalid', { detail: 'The token names no institution.' })
      const { month } = request.query
      const rows = await countMonth(deps.db, institution, month, deps.clock.now())
      const sum = (of: (row: (typeof rows)[number]) => boolean) =>
        rows.filter(of).reduce((all, row) => all + row.count, 0)
      const recognised = sum((row) => row.outcome === 'recognised')
      const notRecognised = sum((row) => row.inRate && row.outcome !== 'recognised')
      const all = recognised + notRecognised
      return {
        institution,
        month,
        recognised,
        notRecognised,
        rateBasisPoints: all === 0 ? null : Math.round((recognised * 10_000) / all),
        rows: [...rows],
      }
    },
  )

  app.get(
    '/recognition/items',
    {
      config: allow('recognition.read', ['hospital', 'bureau', 'cdc', 'operator']),
      schema: { tags, summary: 'The catalogue in force today', response: { 200: schema.ItemsBody } },
    },
    async () => {
      const today = localDate(deps.clock.now())
      const items = (await readItems(deps.db)).filter((one) => inForce(one, today))
      return { items: items.map((one) => ({ ...one, loinc: [...one.loinc] })) }
    },
  )
}
