import { allow, type Role } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { addInsurance } from './add-insurance.ts'
import { askedBy } from './asked-by.ts'
import { auditPerson } from './audit-person.ts'
import { findPerson } from './find-person.ts'
import { guardianRoutes } from './guardian-routes.ts'
import { insuranceRoutes } from './insurance-routes.ts'
import { localIdRoutes } from './local-id-routes.ts'
import { mergeRoutes } from './merge-routes.ts'
import { readMaskedPerson } from './read-person.ts'
import { registerPerson } from './register-person.ts'
import * as schema from './schema.ts'

const REGISTRARS: readonly Role[] = ['hospital', 'issuer', 'bureau']
const INSURERS: readonly Role[] = ['issuer', 'bureau']
const READERS: readonly Role[] = ['hospital', 'bureau', 'issuer']
const tags = ['people']

export function peopleRoutes(app: App, deps: Pick<Deps, 'db' | 'clock' | 'keyring'>): void {
  guardianRoutes(app, deps)
  insuranceRoutes(app, deps)
  mergeRoutes(app, deps)
  localIdRoutes(app, deps)

  app.post(
    '/people',
    {
      config: allow('people.write', REGISTRARS, 'key'),
      schema: {
        tags,
        summary: 'Register a person, or find the one who has this identifier',
        description:
          'Identity number, name and phone are stored encrypted. Another registration of the same identifier returns the person (200, `existing`), or 409 where name, birth date or the insurances that are told differ. Insurances are taken from the issuer or the bureau of the insured city only.',
        headers: IdempotencyHeaders,
        body: schema.PersonBody,
        response: { 200: schema.RegistrationBody, 201: schema.RegistrationBody },
      },
    },
    async (request, reply) => {
      const by = askedBy(request)
      try {
        return await answerOnce(deps, request, reply, async (tx) => {
          const registration = await registerPerson(deps, tx, {
            person: { ...request.body, insurances: request.body.insurances ?? [] },
            by,
          })
          return {
            status: registration.existing ? 200 : 201,
            body: registration,
            location: `/people/${registration.personId}`,
          }
        })
      } catch (error) {
        // The refusal tells that the identifier is known: its event is written although the transaction is gone.
        if (error instanceof AppError && error.status === 409 && error.code.startsWith('people.')) {
          await auditPerson(deps, deps.db, by, {
            action: 'people.register',
            purpose: 'registration',
            result: 'refused',
            reasonCodes: [error.code],
          })
        }
        throw error
      }
    },
  )

  app.post(
    '/people/:id/insurances',
    {
      config: allow('people.write', INSURERS, 'key'),
      schema: {
        tags,
        summary: 'Tell an insurance of your city for a registered person',
        description: '409 where the person is insured already on one of the days.',
        headers: IdempotencyHeaders,
        params: schema.PersonParams,
        body: schema.InsuranceBody,
        response: { 201: schema.InsuranceBody },
      },
    },
    async (request, reply) => {
      const personId = request.params.id.toLowerCase()
      return await answerOnce(deps, request, reply, async (tx) => {
        await addInsurance(deps, tx, { personId, insurance: request.body, by: askedBy(request) })
        return { status: 201, body: request.body, location: `/people/${personId}` }
      })
    },
  )

  app.post(
    '/people/search',
    {
      config: allow('people.read', READERS, 'none'),
      schema: {
        tags,
        summary: 'Find a person by an identifier',
        description: 'The identifier stands in the body and never in an address, which ends up in logs.',
        body: schema.SearchBody,
        response: { 200: schema.SearchAnswer },
      },
    },
    async (request) => {
      const person = await findPerson(deps, request.body.identifier, askedBy(request))
      return { people: person === undefined ? [] : [present(person)] }
    },
  )

  app.get(
    '/people/:id',
    {
      config: allow('people.read', READERS),
      schema: {
        tags,
        summary: 'One person, masked',
        params: schema.PersonParams,
        response: { 200: schema.MaskedPersonBody },
      },
    },
    async (request) =>
      present(
        await readMaskedPerson(deps, request.params.id.toLowerCase(), {
          by: askedBy(request),
          action: 'people.read',
          purpose: 'identification',
        }),
      ),
  )
}

/** Lists of the wire are plain arrays. */
function present(person: Awaited<ReturnType<typeof readMaskedPerson>>) {
  return { ...person, identifiers: [...person.identifiers], insurances: [...person.insurances] }
}
