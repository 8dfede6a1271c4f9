import { allow, open } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { type ConsentCaller, callerOf, clearText } from './caller.ts'
import type { StoredConsent } from './consent-store.ts'
import { giveConsent } from './give-consent.ts'
import { instant } from './instant.ts'
import { overrideRoutes } from './override-routes.ts'
import { exportForPerson, showAccesses, showConsents, showWithdrawn } from './person-view.ts'
import { presentAccess, presentConsent, presentOwnOverride, presentRelationship, presentToReader } from './present.ts'
import { relationshipRoutes } from './relationship-routes.ts'
import * as schema from './schema.ts'
import type { Consents } from './state.ts'
import { withdrawConsent } from './withdraw-consent.ts'

interface ConsentRouteDeps extends Pick<Deps, 'db' | 'clock' | 'keyring' | 'outbox'> {
  readonly consents: Consents
  readonly institutions: Pick<InstitutionTable, 'get'>
}

const tags = ['consent']

/** Entries of a page of accesses where none is named. */
const DEFAULT_PAGE = 100

export function consentRoutes(app: App, deps: ConsentRouteDeps): void {
  const show = (one: StoredConsent, by: ConsentCaller) => {
    const shown = presentConsent(one, { now: deps.clock.now(), city: by.city, consents: deps.consents })
    return by.institution === undefined ? shown : presentToReader(shown)
  }

  app.get(
    '/consents/policy',
    {
      config: open(),
      schema: {
        tags,
        summary: 'Purposes, notices, special classes and reasons of emergency access in force',
        description: 'A consent names a notice by version and hash: show the person this text and no other.',
        response: { 200: schema.PolicyAnswer },
      },
    },
    () => {
      const now = deps.clock.now()
      const { consents } = deps
      return {
        purposes: consents.purposesOn(now).map((one) => ({
          ...one,
          roles: [...one.roles],
          dataClasses: [...one.dataClasses],
          defaultClasses: [...one.defaultClasses],
        })),
        sensitiveClasses: [...consents.sensitiveClasses()],
        notices: [...consents.noticesOn(now)],
        overrideReasons: [...consents.overrideReasonsOn(now)],
      }
    },
  )

  app.post(
    '/consents',
    {
      config: allow('consents.give', ['issuer'], 'key'),
      schema: {
        tags,
        summary: 'Record what a person decided: yes or no, for a purpose, to recipients by name',
        description:
          'For the citizen’s app. A child under 14 decides through a guardian, whose yes ends on the 14th birthday. Special diseases need a consent of their own.',
        headers: IdempotencyHeaders,
        body: schema.ConsentBody,
        response: { 201: schema.ConsentAnswer },
      },
    },
    async (request, reply) => {
      const by = callerOf(request)
      const { validUntil, personId, giverId, ...body } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const given = await giveConsent(deps, tx, {
          consent: {
            ...body,
            personId: personId.toLowerCase(),
            giverId: giverId?.toLowerCase(),
            separate: body.separate ?? false,
            sensitiveClasses: body.sensitiveClasses ?? [],
            sources: body.sources ?? [],
            evidenceRef: clearText(body.evidenceRef, '/evidenceRef'),
            validUntil: validUntil === undefined ? null : instant(validUntil, '/validUntil'),
          },
          by,
        })
        return { status: 201, body: show(given, by), location: '/consents' }
      })
    },
  )

  app.post(
    '/consents/:id/withdrawal',
    {
      config: allow('consents.give', ['issuer'], 'key'),
      schema: {
        tags,
        summary: 'Take back a consent or a refusal, at once and in all four cities',
        headers: IdempotencyHeaders,
        params: schema.IdParams,
        body: schema.WithdrawalBody,
        response: { 200: schema.ConsentAnswer },
      },
    },
    async (request, reply) => {
      const by = callerOf(request)
      const { personId, withdrawnBy, giverId, channel } = request.body
      const answer = await answerOnce(deps, request, reply, async (tx) => {
        const withdrawn = await withdrawConsent(deps, tx, {
          personId: personId.toLowerCase(),
          consentId: request.params.id.toLowerCase(),
          givenBy: withdrawnBy,
          giverId: giverId?.toLowerCase(),
          channel,
          by,
        })
        return { status: 200, body: show(withdrawn, by) }
      })
      deps.outbox.wake()
      return answer
    },
  )

  app.get(
    '/consents',
    {
      config: allow('consents.read', ['issuer', 'hospital']),
      schema: {
        tags,
        summary: 'What a person decided, with the history; a hospital sees what names it or its city',
        querystring: schema.PersonQuery,
        response: { 200: schema.ConsentList },
      },
    },
    async (request) => {
      const by = callerOf(request)
      const consents = await showConsents(deps, request.query.personId.toLowerCase(), by)
      return { consents: consents.map((one) => show(one, by)) }
    },
  )

  app.get(
    '/consents/withdrawals',
    {
      config: allow('consents.withdrawals', ['hospital']),
      schema: {
        tags,
        summary: 'Consents to your institution that were withdrawn since you asked last: stop using what rests on them',
        description: 'Ids alone. An entry may come twice, with the same consent id.',
        querystring: schema.WithdrawalQuery,
        response: { 200: schema.WithdrawalList },
      },
    },
    async (request) => {
      const since = instant(request.query.since, 'query/since')
      const { withdrawals, next } = await showWithdrawn(deps, since, callerOf(request))
      return {
        withdrawals: withdrawals.map((one) => ({ ...one, withdrawnAt: one.withdrawnAt.toISOString() })),
        next: next.toISOString(),
      }
    },
  )

  app.get(
    '/consents/accesses',
    {
      config: allow('consents.accesses', ['issuer']),
      schema: {
        tags,
        summary: 'Who read or changed what of a person, when and why, the newest first',
        querystring: schema.AccessQuery,
        response: { 200: schema.AccessList },
      },
    },
    async (request) => {
      const { personId, before, count = DEFAULT_PAGE } = request.query
      const ask = { personId: personId.toLowerCase(), before, count }
      const { entries, next } = await showAccesses(deps, ask, callerOf(request))
      return { accesses: entries.map(presentAccess), ...(next === undefined ? {} : { next }) }
    },
  )

  app.get(
    '/consents/export',
    {
      config: allow('consents.accesses', ['issuer']),
      schema: {
        tags,
        summary: 'Consents, relations of care, emergency accesses and readings of a person in one file',
        querystring: schema.PersonQuery,
        response: { 200: schema.ExportAnswer },
      },
    },
    async (request) => {
      const by = callerOf(request)
      const personId = request.query.personId.toLowerCase()
      const { consents, relationships, overrides, entries, next } = await exportForPerson(deps, personId, by)
      return {
        personId,
        at: deps.clock.now().toISOString(),
        consents: consents.map((one) => show(one, by)),
        relationships: relationships.map(presentRelationship),
        overrides: overrides.map((one) => presentOwnOverride(one, deps.consents)),
        accesses: entries.map(presentAccess),
        ...(next === undefined ? {} : { next }),
      }
    },
  )

  relationshipRoutes(app, deps)
  overrideRoutes(app, deps)
}
