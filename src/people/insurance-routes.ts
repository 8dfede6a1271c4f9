import type { CityCode } from '../codes/index.ts'
import { allow, type Role } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { askedBy } from './asked-by.ts'
import { auditPerson } from './audit-person.ts'
import { changeInsurance } from './change-insurance.ts'
import { peopleError } from './errors.ts'
import * as schema from './insurance-schema.ts'
import { readHeldInsurances, readIdentities, readInsuranceEvents } from './insurance-store.ts'
import { readGroup } from './merged-store.ts'
import { PersonParams } from './schema.ts'
import { endIdentity, noteIdentity } from './special-identity.ts'
import { readPeople } from './store.ts'
import type { AskedBy } from './types.ts'

const BUREAU: readonly Role[] = ['bureau']
const tags = ['people']

/** Insurance and special identities, by the bureau of the city whose fund they bind. */
export function insuranceRoutes(app: App, deps: Pick<Deps, 'db' | 'clock' | 'keyring'>): void {
  app.post(
    '/people/:id/insurances/:from/changes',
    {
      config: allow('people.insurances', BUREAU, 'key'),
      schema: {
        tags,
        summary: 'End, suspend, resume or move an insurance of your city, or say that its holder is a civil servant',
        description:
          'What is done counts from the day that is named, and stays in the history. 403 for an insurance of another city; 409 where its state does not allow it.',
        headers: IdempotencyHeaders,
        params: schema.InsuranceParams,
        body: schema.ChangeBody,
        response: { 201: schema.ChangeBody },
      },
    },
    async (request, reply) => {
      const personId = request.params.id.toLowerCase()
      return await answerOnce(deps, request, reply, async (tx) => {
        await changeInsurance(deps, tx, {
          personId,
          from: request.params.from,
          change: request.body,
          by: askedBy(request),
        })
        return { status: 201, body: request.body, location: `/people/${personId}/insurances` }
      })
    },
  )

  app.post(
    '/people/:id/identities',
    {
      config: allow('people.insurances', BUREAU, 'key'),
      schema: {
        tags,
        summary: 'Note a special identity of a person for the fund of your city (人员身份类别)',
        headers: IdempotencyHeaders,
        params: PersonParams,
        body: schema.IdentityBody,
        response: { 201: schema.IdentityAnswer },
      },
    },
    async (request, reply) => {
      const personId = request.params.id.toLowerCase()
      const { psnIdetType, from, to = null, memo = null, reason } = request.body
      return await answerOnce(deps, request, reply, async (tx) => ({
        status: 201,
        body: await noteIdentity(deps, tx, {
          personId,
          identity: { psnIdetType, from, to, memo },
          reason,
          by: ofCity(askedBy(request)),
        }),
        location: `/people/${personId}/insurances`,
      }))
    },
  )

  app.post(
    '/people/:id/identities/:identityId/end',
    {
      config: allow('people.insurances', BUREAU, 'key'),
      schema: {
        tags,
        summary: 'End a special identity that your city noted',
        headers: IdempotencyHeaders,
        params: schema.IdentityParams,
        body: schema.EndIdentityBody,
        response: { 200: schema.IdentityAnswer },
      },
    },
    async (request, reply) => {
      const { on, reason } = request.body
      const personId = request.params.id.toLowerCase()
      const identityId = request.params.identityId.toLowerCase()
      return await answerOnce(deps, request, reply, async (tx) => ({
        status: 200,
        body: await endIdentity(deps, tx, { personId, identityId, on, reason, by: ofCity(askedBy(request)) }),
      }))
    },
  )

  app.get(
    '/people/:id/insurances',
    {
      config: allow('people.insurances', BUREAU),
      schema: {
        tags,
        summary: 'All insurances of a person, with what your city noted and did',
        description: 'Special identities and the history are those of your own city.',
        params: PersonParams,
        response: { 200: schema.InsurancesBody },
      },
    },
    async (request) => {
      const personId = request.params.id.toLowerCase()
      const by = ofCity(askedBy(request))
      if ((await readPeople(deps.db, [personId])).length === 0) throw peopleError('not-found')
      await auditPerson(deps, deps.db, by, { action: 'people.insurances', personId, purpose: 'administration' })
      const group = await readGroup(deps.db, personId)
      const events = await readInsuranceEvents(deps.db, group, by.city)
      return {
        personId,
        insurances: [...(await readHeldInsurances(deps.db, group, localDate(deps.clock.now())))],
        identities: [...(await readIdentities(deps.db, group, by.city))],
        events: events.map((event) => ({ ...event, at: event.at.toISOString() })),
      }
    },
  )
}

/** Every bureau has a city; a token without one gets nothing. */
function ofCity(by: AskedBy): AskedBy & { readonly city: CityCode } {
  if (by.city === undefined) throw peopleError('insurance-not-yours')
  return { ...by, city: by.city as CityCode }
}
