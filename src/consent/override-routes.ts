import { allow } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { callerOf, clearText } from './caller.ts'
import { openOverride } from './open-override.ts'
import * as schema from './override-schema.ts'
import { presentOverride } from './present.ts'
import { openWords, reviewOverride, showOverrides } from './review-override.ts'
import { IdParams } from './schema.ts'
import type { Consents } from './state.ts'

const tags = ['consent']
const DEFAULT_LIST = 100

/** Break-glass: opened by who treats, seen at once by who reviews. */
export function overrideRoutes(
  app: App,
  deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'outbox'> & { readonly consents: Consents },
): void {
  app.post(
    '/consents/overrides',
    {
      config: allow('consents.override', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Open a person’s records in an emergency (紧急调阅)',
        description:
          'For one person and two hours, then read with X-Purpose-Of-Use: ETREAT. It is reviewed within three working days; a unit with overdue reviews is warned once and then refused.',
        headers: IdempotencyHeaders,
        body: schema.OverrideBody,
        response: { 201: schema.OpenedAnswer },
      },
    },
    async (request, reply) => {
      const { personId, reason, unit, ...body } = request.body
      const answer = await answerOnce(deps, request, reply, async (tx) => {
        const { override, overdue } = await openOverride(deps, tx, {
          ...body,
          personId: personId.toLowerCase(),
          unit: clearText(unit, '/unit'),
          officer: clearText(body.officer, '/officer'),
          reasonCode: reason,
          by: callerOf(request),
        })
        const warning = `${overdue} earlier uses of the unit wait for a review that is overdue: the next use is refused.`
        return {
          status: 201,
          body: {
            override: presentOverride(openWords(deps.keyring, override)),
            ...(overdue > 0 ? { warning } : {}),
          },
          location: '/consents/overrides',
        }
      })
      deps.outbox.wake()
      return answer
    },
  )

  app.get(
    '/consents/overrides',
    {
      config: allow('consents.overrides', ['supervisor', 'hospital']),
      schema: {
        tags,
        summary: 'Emergency accesses: those of your city to review, or those of your institution',
        querystring: schema.OverrideQuery,
        response: { 200: schema.OverrideList },
      },
    },
    async (request) => {
      const { state = 'unreviewed', count: limit = DEFAULT_LIST } = request.query
      const overrides = await showOverrides(deps, { state, limit, by: callerOf(request) })
      return { overrides: overrides.map(presentOverride) }
    },
  )

  app.post(
    '/consents/overrides/:id/review',
    {
      config: allow('consents.review', ['supervisor'], 'key'),
      schema: {
        tags,
        summary: 'Give the verdict on an emergency access of your city',
        headers: IdempotencyHeaders,
        params: IdParams,
        body: schema.ReviewBody,
        response: { 200: schema.OverrideAnswer },
      },
    },
    async (request, reply) => {
      const { verdict, note, officer } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const reviewed = await reviewOverride(deps, tx, {
          overrideId: request.params.id.toLowerCase(),
          verdict,
          note: note ?? null,
          officer: clearText(officer, '/officer'),
          by: callerOf(request),
        })
        return { status: 200, body: presentOverride(reviewed) }
      })
    },
  )
}
