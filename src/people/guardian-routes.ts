import type { CityCode } from '../codes/index.ts'
import { allow } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { showGuardians } from './acting-for.ts'
import { askedBy } from './asked-by.ts'
import { peopleError } from './errors.ts'
import * as schema from './guardian-schema.ts'
import { endGuardian, linkGuardian } from './link-guardian.ts'
import { PersonParams } from './schema.ts'

const tags = ['people']

/** Guardians and family. Issuers alone: whoever could link people could have the code of anybody. */
export function guardianRoutes(app: App, deps: Pick<Deps, 'db' | 'clock' | 'keyring'>): void {
  app.post(
    '/people/:id/guardians',
    {
      config: allow('people.guardians', ['issuer'], 'key'),
      schema: {
        tags,
        summary: 'Record that somebody acts for a person: a guardian, or family',
        description:
          'Your city has seen the evidence. A child under 14 gets no card without a guardian in force; a link counts in all four cities and is ended by the city that recorded it.',
        headers: IdempotencyHeaders,
        params: PersonParams,
        body: schema.LinkBody,
        response: { 201: schema.RecordedLink },
      },
    },
    async (request, reply) => {
      const by = askedBy(request)
      const { city } = by
      if (city === undefined) throw peopleError('guardian-not-found')
      const personId = request.params.id.toLowerCase()
      const { guardianId } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const link = await linkGuardian(deps, tx, {
          link: { ...request.body, personId, guardianId: guardianId.toLowerCase() },
          by: { ...by, city: city as CityCode },
        })
        return { status: 201, body: link, location: `/people/${personId}/guardians` }
      })
    },
  )

  app.post(
    '/people/:id/guardians/:linkId/end',
    {
      config: allow('people.guardians', ['issuer'], 'key'),
      schema: {
        tags,
        summary: 'End a link that your city recorded, at once',
        headers: IdempotencyHeaders,
        params: schema.LinkParams,
        body: schema.EndLinkBody,
        response: { 200: schema.EndedLink },
      },
    },
    async (request, reply) => {
      const linkId = request.params.linkId.toLowerCase()
      return await answerOnce(deps, request, reply, async (tx) => {
        await endGuardian(deps, tx, {
          personId: request.params.id.toLowerCase(),
          linkId,
          reason: request.body.reason,
          by: askedBy(request),
        })
        return { status: 200, body: { linkId, state: 'ended' } }
      })
    },
  )

  app.get(
    '/people/:id/guardians',
    {
      config: allow('people.guardians', ['issuer']),
      schema: {
        tags,
        summary: 'Who acts for a person',
        params: PersonParams,
        response: { 200: schema.LinksBody },
      },
    },
    async (request) => ({
      guardians: [...(await showGuardians(deps, request.params.id.toLowerCase(), askedBy(request)))],
    }),
  )
}
