import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import { institutionOf } from '../http/acting-institution.ts'
import type { App, FastifyRequest } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { askedBy } from './asked-by.ts'
import { readSystemsOf } from './local-id-store.ts'
import { PersonParams } from './schema.ts'
import { forgetLocalId, LOCAL_END_REASONS, setLocalSystem, tellLocalId } from './tell-local-id.ts'

const strict = { additionalProperties: false } as const
const tags = ['people']

const System = Type.String({
  minLength: 3,
  maxLength: 200,
  pattern: '^[A-Za-z][A-Za-z0-9+.-]*:[\\x21-\\x7B\\x7D\\x7E]+$',
  description: 'An absolute URI without “|”; of the institution that tells it first, and of no other.',
  examples: ['urn:oid:1.2.156.112604.1.2.1'],
})
const Value = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[\\x21-\\x7B\\x7D\\x7E]+$',
  description: 'The number of the record; never an identity or phone number.',
  examples: ['MR0001234'],
})
const LocalIdBody = Type.Object({ system: System, value: Value }, strict)
const LinkedBody = Type.Object({ state: Type.Enum(['linked', 'known']) }, strict)
const SystemBody = Type.Object(
  {
    system: System,
    shared: Type.Boolean({
      description:
        'Whether other hospitals may be told your numbers: a number says that the person is a patient there.',
    }),
  },
  strict,
)

/** The numbers by which hospitals know their patients. */
export function localIdRoutes(app: App, deps: Pick<Deps, 'db' | 'clock' | 'keyring'>): void {
  app.post(
    '/people/:id/local-ids',
    {
      config: allow('people.write', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Tell your own number of a person',
        description:
          'Used by `Patient/$ihe-pix`, by laboratory messages and by messages to you. 409 where it stands for somebody else.',
        headers: IdempotencyHeaders,
        params: PersonParams,
        body: LocalIdBody,
        response: { 200: LinkedBody, 201: LinkedBody },
      },
    },
    async (request, reply) => {
      const by = hospitalOf(request)
      const personId = request.params.id.toLowerCase()
      return await answerOnce(deps, request, reply, async (tx) => {
        const state = await tellLocalId(deps, tx, { personId, localId: request.body, by })
        return { status: state === 'linked' ? 201 : 200, body: { state } }
      })
    },
  )

  app.post(
    '/people/local-ids/end',
    {
      config: allow('people.write', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'End the link of one of your numbers',
        headers: IdempotencyHeaders,
        body: Type.Object(
          { ...LocalIdBody.properties, reason: Type.Enum([...LOCAL_END_REASONS], { examples: ['wrong-person'] }) },
          strict,
        ),
        response: { 200: Type.Object({ state: Type.Enum(['ended']) }, strict) },
      },
    },
    async (request, reply) => {
      const by = hospitalOf(request)
      const { reason, ...localId } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        await forgetLocalId(deps, tx, { localId, reason, by })
        return { status: 200, body: { state: 'ended' } }
      })
    },
  )

  app.put(
    '/people/local-systems',
    {
      // The name space is the key: the same settings again leave the same row.
      config: allow('people.write', ['hospital'], 'natural'),
      schema: {
        tags,
        summary: 'Claim a name space of your numbers, and say whether others may be told them',
        body: SystemBody,
        response: { 200: SystemBody },
      },
    },
    async (request) => {
      const by = hospitalOf(request)
      const { system, shared } = await inTx(
        deps.db,
        async (tx) => await setLocalSystem(deps, tx, { ...request.body, by }),
      )
      return { system, shared }
    },
  )

  app.get(
    '/people/local-systems',
    {
      config: allow('people.read', ['hospital']),
      schema: {
        tags,
        summary: 'Your name spaces',
        response: { 200: Type.Object({ systems: Type.Array(SystemBody, { maxItems: 500 }) }, strict) },
      },
    },
    async (request) => {
      const systems = await readSystemsOf(deps.db, hospitalOf(request).institution)
      return { systems: systems.map(({ system, shared }) => ({ system, shared })) }
    },
  )
}

/** Who asks, of a hospital. */
export function hospitalOf(request: FastifyRequest) {
  return { ...askedBy(request), institution: institutionOf(request.caller) }
}
