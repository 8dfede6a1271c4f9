import { allow, type Role } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import { decryptField } from '../kernel/crypto/index.ts'
import { type Appeal, listAppeals, readAppeal, readAppealEvents } from './appeal-store.ts'
import { auditHealth, callerOf, cityOf, type HealthCaller } from './caller.ts'
import { decideAppeal } from './decide-appeal.ts'
import { healthcodesError } from './errors.ts'
import { fileAppeal, fileSecondAppeal, mayRead, statementPlace } from './file-appeal.ts'
import { anyOrderInForce, orderInForce } from './in-force.ts'
import * as schema from './people-schema.ts'
import { clearText, type HealthRouteDeps, instantMs, iso, isoOrNull, refreshAfter, tags } from './route-deps.ts'
import { appealStateAt, goesWithOrder } from './rules.ts'
import { IdParams } from './schema.ts'

/** Who helps a person to appeal: the app of the issuer, the hospital's desk, the CDC itself. */
const DESKS: readonly Role[] = ['cdc', 'hospital', 'issuer']

/** Correction of levels (健康信息纠错): received at once, decided by a person in time. */
export function appealRoutes(app: App, deps: HealthRouteDeps): void {
  const nowMs = (): number => deps.clock.now().getTime()

  app.post(
    '/healthcodes/appeals',
    {
      config: allow('healthcodes.appeal', DESKS, 'key'),
      schema: {
        tags,
        summary: "Appeal against a person's level (纠错); the receipt has a number and the time of the decision",
        description: 'Against the heaviest level in force, or that of the city that is named. That city decides.',
        headers: IdempotencyHeaders,
        body: schema.AppealBody,
        response: { 201: schema.Receipt },
      },
    },
    async (request, reply) =>
      await answerOnce(deps, request, reply, async (tx) => {
        const { personId, ...rest } = request.body
        const command = { ...rest, personId: personId.toLowerCase(), by: callerOf(request) }
        return receipt(await fileAppeal(deps, tx, command), nowMs())
      }),
  )

  app.post(
    '/healthcodes/appeals/:id/second',
    {
      config: allow('healthcodes.appeal', DESKS, 'key'),
      schema: {
        tags,
        summary: 'Take a refused appeal to the second level, where another person decides',
        headers: IdempotencyHeaders,
        params: IdParams,
        body: schema.SecondAppealBody,
        response: { 201: schema.Receipt },
      },
    },
    async (request, reply) =>
      await answerOnce(deps, request, reply, async (tx) => {
        const command = { ...request.body, appealId: request.params.id.toLowerCase(), by: callerOf(request) }
        return receipt(await fileSecondAppeal(deps, tx, command), nowMs())
      }),
  )

  app.get(
    '/healthcodes/appeals/:id',
    {
      config: allow('healthcodes.appeal', DESKS),
      schema: {
        tags,
        summary: 'One appeal with its result and history, for who filed it and the deciding CDC',
        params: IdParams,
        response: { 200: schema.AppealAnswer },
      },
    },
    async (request) => {
      await anyOrderInForce(deps.db, nowMs())
      return await showAppeal(deps, request.params.id.toLowerCase(), callerOf(request))
    },
  )

  app.get(
    '/healthcodes/appeals',
    {
      config: allow('healthcodes.decide', ['cdc']),
      schema: {
        tags,
        summary: 'Appeals that your city decides, those due first at the front',
        querystring: schema.AppealQuery,
        response: { 200: schema.AppealList },
      },
    },
    async (request) => {
      const city = cityOf(callerOf(request))
      const now = deps.clock.now()
      const { orderId } = await orderInForce(deps.db, city, now.getTime())
      const which = request.query.state ?? 'open'
      const appeals = await listAppeals(deps.db, { city, orderId, which, now })
      return {
        appeals: appeals.map((one) => ({
          ...presentAppeal(one, now.getTime()),
          escalatedAt: isoOrNull(one.escalatedAtMs),
        })),
      }
    },
  )

  app.post(
    '/healthcodes/appeals/:id/decision',
    {
      config: allow('healthcodes.decide', ['cdc'], 'key'),
      onSend: refreshAfter(deps),
      schema: {
        tags,
        summary: 'Decide an appeal, as another client and another officer than all who set the level',
        description: 'Granted, the level is corrected at once in all four cities; who read it is told "updated" only.',
        headers: IdempotencyHeaders,
        params: IdParams,
        body: schema.DecisionBody,
        response: { 200: schema.Receipt },
      },
    },
    async (request, reply) =>
      await answerOnce(deps, request, reply, async (tx) => {
        const { officer, result, reason, correction } = request.body
        clearText(`${reason.zh} ${reason.en}`, '/reason')
        const decided = await decideAppeal(deps, tx, {
          appealId: request.params.id.toLowerCase(),
          decision: {
            result,
            reason,
            ...(correction === undefined
              ? {}
              : {
                  correction: {
                    reasonCode: correction.reasonCode,
                    evidence: correction.evidence,
                    validUntilMs: instantMs(correction.validUntil, '/correction/validUntil'),
                  },
                }),
          },
          officer,
          by: callerOf(request),
        })
        return { status: 200, body: presentAppeal(decided, nowMs()), goesWith: goesWithOrder(decided.orderId) }
      }),
  )
}

async function showAppeal(deps: HealthRouteDeps, appealId: string, by: HealthCaller) {
  const appeal = await readAppeal(deps.db, appealId)
  if (appeal === undefined || !mayRead(appeal, by)) throw healthcodesError('appeal-not-found')
  const events = await readAppealEvents(deps.db, appeal)
  await auditHealth(deps, deps.db, by, {
    action: 'healthcodes.appeal-read',
    targetType: 'appeal',
    targetId: appealId,
    personId: appeal.personId,
    orderId: appeal.orderId,
  })
  return {
    ...presentAppeal(appeal, deps.clock.now().getTime()),
    ground: appeal.ground,
    escalatedAt: isoOrNull(appeal.escalatedAtMs),
    reason: appeal.reason,
    decidedBy: appeal.decidedBy,
    decidedAt: isoOrNull(appeal.decidedAtMs),
    ...(appeal.statementEncrypted === null
      ? {}
      : { statement: decryptField(deps.keyring, appeal.statementEncrypted, statementPlace(appealId)) }),
    history: events.map(({ state, at, by: who }) => ({ state, at: at.toISOString(), by: who })),
  }
}

const receipt = (appeal: Appeal, nowMs: number) => ({
  status: 201,
  body: presentAppeal(appeal, nowMs),
  location: `/healthcodes/appeals/${appeal.appealId}`,
  goesWith: goesWithOrder(appeal.orderId),
})

function presentAppeal(appeal: Appeal, nowMs: number) {
  const { appealId, number, level, firstAppealId, city, filedAtMs, dueAtMs } = appeal
  const state = appealStateAt(appeal, nowMs)
  return { appealId, number, level, firstAppealId, city, state, filedAt: iso(filedAtMs), dueAt: iso(dueAtMs) }
}
