import { allow } from '../http/access.ts'
import { institutionOf } from '../http/acting-institution.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { idsOfPerson } from '../people/index.ts'
import { auditConsent, callerOf, clearText } from './caller.ts'
import { instant } from './instant.ts'
import * as schema from './override-schema.ts'
import { presentRelationship } from './present.ts'
import { readRelationships } from './relationship-store.ts'
import { endRelationship, reportRelationship } from './report-relationship.ts'
import { IdParams, PersonQuery } from './schema.ts'

const tags = ['consent']

/** Whom a hospital treats. Its own word about itself: it gives access to nobody else, and stands in the audit log. */
export function relationshipRoutes(app: App, deps: Pick<Deps, 'db' | 'clock' | 'keyring'>): void {
  app.post(
    '/consents/relationships',
    {
      config: allow('consents.relate', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Report that your institution treats a person: visit, admission, referral, appointment, consultation',
        description: 'The same visit reported again is the same relation.',
        headers: IdempotencyHeaders,
        body: schema.RelationshipBody,
        response: { 201: schema.RelationshipAnswer },
      },
    },
    async (request, reply) => {
      const { personId, kind, from, to, visitRef } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const relationship = await reportRelationship(deps, tx, {
          personId: personId.toLowerCase(),
          kind,
          from: instant(from, '/from'),
          to: to === undefined ? null : instant(to, '/to'),
          visitRef: clearText(visitRef, '/visitRef'),
          by: callerOf(request),
        })
        return { status: 201, body: presentRelationship(relationship), location: '/consents/relationships' }
      })
    },
  )

  app.post(
    '/consents/relationships/:id/end',
    {
      config: allow('consents.relate', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Report its end: discharge, or a visit that did not take place',
        headers: IdempotencyHeaders,
        params: IdParams,
        body: schema.EndRelationshipBody,
        response: { 200: schema.RelationshipAnswer },
      },
    },
    async (request, reply) => {
      const { personId, at } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const ended = await endRelationship(deps, tx, {
          personId: personId.toLowerCase(),
          relationshipId: request.params.id.toLowerCase(),
          at: at === undefined ? undefined : instant(at, '/at'),
          by: callerOf(request),
        })
        return { status: 200, body: presentRelationship(ended) }
      })
    },
  )

  app.get(
    '/consents/relationships',
    {
      config: allow('consents.relate', ['hospital']),
      schema: {
        tags,
        summary: 'What your institution reported of a person',
        querystring: PersonQuery,
        response: { 200: schema.RelationshipList },
      },
    },
    async (request) => {
      const by = callerOf(request)
      const personId = request.query.personId.toLowerCase()
      await auditConsent(deps, deps.db, by, {
        action: 'consent.relationship-list',
        targetType: 'relationship',
        personId,
        purpose: 'TREAT',
        basis: 'treatment',
      })
      const own = await readRelationships(deps.db, {
        personIds: await idsOfPerson(deps.db, personId),
        institution: institutionOf(by),
      })
      return { relationships: own.map(presentRelationship) }
    },
  )
}
