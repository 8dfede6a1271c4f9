import { allow } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import { issuerName } from '../issuers/index.ts'
import { auditHealth, callerOf, cityOf } from './caller.ts'
import { healthcodesError } from './errors.ts'
import { figureOn, orderInForce } from './in-force.ts'
import { type Change, readChanges } from './level-store.ts'
import * as schema from './people-schema.ts'
import { makeHealthCode, type PersonLevel, readPersonLevel } from './person-level.ts'
import { decideOnChange, proposeChange } from './propose-change.ts'
import { type HealthRouteDeps, instantMs, iso, refreshAfter, tags } from './route-deps.ts'
import { goesWithOrder } from './rules.ts'
import { ApprovalBody, IdParams } from './schema.ts'
import { type EvidenceClass, type HealthLevel, LEVELS } from './types.ts'
import { listUpdated } from './verification-store.ts'
import { type ShownHealthCode, verifyShownHealthCode } from './verify-shown-code.ts'

/** Levels of persons, their codes and the reading of codes. All of it sleeps without an order in force. */
export function levelRoutes(app: App, deps: HealthRouteDeps): void {
  const onSend = refreshAfter(deps)
  const nowMs = (): number => deps.clock.now().getTime()

  app.post(
    '/healthcodes/changes',
    {
      config: allow('healthcodes.decide', ['cdc'], 'key'),
      onSend,
      schema: {
        tags,
        summary: 'Propose a level for people, on a ground of the order in force (赋码)',
        description:
          'Red waits for an approver, several people for two. What the rule lets one officer do for one person is applied at once.',
        headers: IdempotencyHeaders,
        body: schema.ChangeBody,
        response: { 201: schema.ChangeAnswer },
      },
    },
    async (request, reply) => {
      const { officer, validUntil, personIds, ...rest } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const change = await proposeChange(deps, tx, {
          change: {
            ...rest,
            personIds: personIds.map((id) => id.toLowerCase()),
            validUntilMs: instantMs(validUntil, '/validUntil'),
          },
          officer,
          by: callerOf(request),
        })
        return {
          status: 201,
          body: presentChange(change),
          location: `/healthcodes/changes/${change.changeId}`,
          goesWith: goesWithOrder(change.orderId),
        }
      })
    },
  )

  app.post(
    '/healthcodes/changes/:id/approval',
    {
      config: allow('healthcodes.decide', ['cdc'], 'key'),
      onSend,
      schema: {
        tags,
        summary: 'Approve or refuse a change, as another client and another officer than all before',
        headers: IdempotencyHeaders,
        params: IdParams,
        body: ApprovalBody,
        response: { 200: schema.ChangeAnswer },
      },
    },
    async (request, reply) =>
      await answerOnce(deps, request, reply, async (tx) => {
        const { decision, officer } = request.body
        const changeId = request.params.id.toLowerCase()
        const by = callerOf(request)
        const change = await decideOnChange(deps, tx, { changeId, decision, officer, by })
        return { status: 200, body: presentChange(change), goesWith: goesWithOrder(change.orderId) }
      }),
  )

  app.get(
    '/healthcodes/changes',
    {
      config: allow('healthcodes.decide', ['cdc']),
      schema: {
        tags,
        summary: 'Changes of your city under the order in force, newest first',
        querystring: schema.ChangeQuery,
        response: { 200: schema.ChangeList },
      },
    },
    async (request) => {
      const city = cityOf(callerOf(request))
      const { orderId } = await orderInForce(deps.db, city, nowMs())
      const changes = await readChanges(deps.db, { city, orderId, state: request.query.state })
      return { changes: changes.map(presentChange) }
    },
  )

  app.get(
    '/healthcodes/changes/:id',
    {
      config: allow('healthcodes.decide', ['cdc']),
      schema: {
        tags,
        summary: 'One change of your city',
        params: IdParams,
        response: { 200: schema.ChangeAnswer },
      },
    },
    async (request) => {
      const by = callerOf(request)
      const city = cityOf(by)
      const { orderId } = await orderInForce(deps.db, city, nowMs())
      const [change] = await readChanges(deps.db, { city, orderId, changeId: request.params.id.toLowerCase() })
      if (change === undefined) throw healthcodesError('change-not-found')
      const { changeId } = change
      await auditHealth(deps, deps.db, by, {
        action: 'healthcodes.change-read',
        targetType: 'change',
        targetId: changeId,
        orderId,
      })
      return presentChange(change)
    },
  )

  app.get(
    '/healthcodes/people/:id',
    {
      config: allow('healthcodes.read', ['cdc', 'issuer']),
      schema: {
        tags,
        summary: "A person's level of your city, with reason, what to do, and history (健康信息查询)",
        params: IdParams,
        response: { 200: schema.PersonLevelAnswer },
      },
    },
    async (request) => {
      const level = await readPersonLevel(deps, request.params.id.toLowerCase(), callerOf(request))
      return presentLevel(level, (await figureOn(deps.db, 'appeal-due-h', nowMs())).value)
    },
  )

  app.post(
    '/healthcodes/people/:id/code',
    {
      // Makes nothing that is kept but the audit event: each call is a fresh signature over the same level.
      config: allow('healthcodes.code', ['cdc', 'issuer'], 'none'),
      schema: {
        tags,
        summary: "A signed code of a person's level of your city, for screen or paper (制码)",
        params: IdParams,
        response: { 200: schema.CodeAnswer },
      },
    },
    async (request) => {
      const made = await makeHealthCode(deps, request.params.id.toLowerCase(), callerOf(request))
      return { code: made.code, issuedAt: iso(made.issuedAtMs), expiresAt: iso(made.expiresAtMs) }
    },
  )

  app.post(
    '/healthcodes/verify',
    {
      // Changes nothing but the log of readings and the audit log.
      config: allow('healthcodes.verify', ['hospital', 'pharmacy', 'cdc', 'issuer'], 'none'),
      schema: {
        tags,
        summary: 'Read a health code of the four cities or of a registered issuer (验码)',
        description: 'Not recognised is an answer with every reason, and never green and never red.',
        body: schema.VerifyBody,
        response: { 200: schema.VerdictAnswer },
      },
    },
    async (request) => {
      const shown = await verifyShownHealthCode(deps, request.body.code, callerOf(request))
      return presentVerdict(shown, {
        levelsAgeMs: Math.round(deps.healthCodes.ageMs()),
        keysAgeMs: Math.round(deps.issuerKeys.ageMs()),
      })
    },
  )

  app.get(
    '/healthcodes/verifications',
    {
      config: allow('healthcodes.verify', ['hospital', 'pharmacy', 'cdc', 'issuer']),
      schema: {
        tags,
        summary: 'Readings of yours whose level was corrected since; nothing more is told',
        querystring: schema.UpdatesQuery,
        response: { 200: schema.UpdatesAnswer },
      },
    },
    async (request) => {
      if (!deps.healthCodes.isActive(nowMs())) throw healthcodesError('dormant')
      const since = new Date(instantMs(request.query.updatedSince, 'querystring/updatedSince'))
      const updated = await listUpdated(deps.db, request.caller.clientId, since)
      return {
        verifications: updated.map((one) => ({ ...one, updatedAt: one.updatedAt.toISOString() })),
      }
    },
  )
}

function presentChange(change: Change) {
  const { city: _ofTheCaller, validUntilMs, proposedAtMs, approvals, ...rest } = change
  return { ...rest, approvals: [...approvals], validUntil: iso(validUntilMs), proposedAt: iso(proposedAtMs) }
}

function levelName(level: HealthLevel): { zh: string; en: string } {
  const { zh = level, en = level } = LEVELS.find((one) => one.level === level) ?? {}
  return { zh, en }
}

function presentLevel({ personId, order, current, history }: PersonLevel, dueHours: number) {
  return {
    personId,
    city: order.city,
    state: current === undefined ? ('none' as const) : ('set' as const),
    current:
      current === undefined
        ? null
        : {
            level: current.rule.level,
            levelName: levelName(current.rule.level),
            reasonCode: current.rule.reasonCode,
            reason: { zh: current.rule.zh, en: current.rule.en },
            evidence: current.state.evidence as EvidenceClass,
            issuer: issuerName(order.city),
            validUntil: iso(current.state.validUntilMs),
            whatToDo: current.rule.whatToDo,
            appeal: { method: 'POST', href: '/healthcodes/appeals', dueHours },
          },
    history: history.map((one) => ({
      versionNo: one.versionNo,
      stateId: one.stateId,
      level: one.level,
      reasonCode: one.reasonCode,
      evidence: one.evidence as EvidenceClass,
      issuerLevel: one.issuerLevel,
      version: one.mapVersion,
      cause: one.appealId === null ? ('change' as const) : ('appeal' as const),
      causeId: one.appealId ?? one.changeId ?? one.stateId,
      setAt: iso(one.setAtMs),
      validUntil: iso(one.validUntilMs),
    })),
  }
}

function presentVerdict(
  { verificationId, verdict }: ShownHealthCode,
  ages: { readonly levelsAgeMs: number; readonly keysAgeMs: number },
) {
  const { result, reasons, freshness } = verdict
  const common = {
    verificationId,
    reasons: [...reasons],
    ...(freshness === null ? {} : { freshness: { ...freshness, ...ages } }),
  }
  if (result === 'notRecognised') {
    return { result, ...common, ...(verdict.issuer === null ? {} : { issuer: verdict.issuer }) }
  }
  const { level, issuer, issuerName: name, region, issuerLevel, version, clockSkewS } = verdict
  return {
    result,
    ...common,
    level,
    levelName: levelName(level),
    issuer,
    issuerName: name,
    region,
    issuerLevel,
    version,
    issuedAt: iso(verdict.issuedAtMs),
    expiresAt: iso(verdict.expiresAtMs),
    clockSkewS,
  }
}
