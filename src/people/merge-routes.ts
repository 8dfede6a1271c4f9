import { type CityCode, isCityCode } from '../codes/index.ts'
import { allow, type Role } from '../http/access.ts'
import type { App, FastifyReply, FastifyRequest } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { AppError, requestError } from '../kernel/errors.ts'
import { isUuid } from '../kernel/ids.ts'
import { askedBy } from './asked-by.ts'
import { auditPerson } from './audit-person.ts'
import { decideCandidate } from './decide-candidate.ts'
import { peopleError } from './errors.ts'
import { forgetIds } from './ids-of-person.ts'
import { listCandidates, type PairPlace } from './list-candidates.ts'
import { listMerges, showMerge } from './list-merges.ts'
import { mergePeople, unmergePeople } from './merge-people.ts'
import * as schema from './merge-schema.ts'
import type { AskedBy } from './types.ts'

type MergeDeps = Pick<Deps, 'db' | 'clock' | 'keyring'>
type Officer = AskedBy & { readonly city: CityCode }

const LOOKERS: readonly Role[] = ['hospital', 'bureau', 'issuer']
/** Whom a merge could give another person's insurance or card must not be able to make one. */
const OFFICERS: readonly Role[] = ['bureau', 'issuer']
const tags = ['people']

/** Rows that may be one person, and what was decided of them. */
export function mergeRoutes(app: App, deps: MergeDeps): void {
  candidateRoutes(app, deps)

  app.post(
    '/people/merges',
    {
      config: allow('people.merge', OFFICERS, 'key'),
      schema: {
        tags,
        summary: 'Make two registered persons one',
        description:
          'The survivor answers for both from now on; nothing is moved, so that it can be taken back. One of the two has to do with your city. 409 with every reason: merged already, or both insured on one day.',
        headers: IdempotencyHeaders,
        body: schema.MergeBody,
        response: { 201: schema.MergeEvent },
      },
    },
    async (request, reply) =>
      await answerAudited(deps, request, reply, 'people.merge', async (tx, by) => {
        const { survivorId, absorbedId, ...why } = request.body
        const row = await mergePeople(deps, tx, {
          ...why,
          survivorId: survivorId.toLowerCase(),
          absorbedId: absorbedId.toLowerCase(),
          by,
        })
        return { status: 201, body: showMerge(row, by.city), location: '/people/merges' }
      }),
  )

  app.post(
    '/people/merges/:mergeId/undo',
    {
      config: allow('people.merge', OFFICERS, 'key'),
      schema: {
        tags,
        summary: 'Take a merge back',
        description: 'Both answer for themselves again, exactly as before. They do not come back as candidates.',
        headers: IdempotencyHeaders,
        params: schema.MergeParams,
        body: schema.UnmergeBody,
        response: { 201: schema.MergeEvent },
      },
    },
    async (request, reply) =>
      await answerAudited(deps, request, reply, 'people.unmerge', async (tx, by) => {
        const row = await unmergePeople(deps, tx, {
          ...request.body,
          mergeId: request.params.mergeId.toLowerCase(),
          by,
        })
        return { status: 201, body: showMerge(row, by.city), location: '/people/merges' }
      }),
  )

  app.get(
    '/people/merges',
    {
      config: allow('people.merge', OFFICERS),
      schema: {
        tags,
        summary: 'What was merged and taken back, of your city or of one person',
        querystring: schema.MergesQuery,
        response: { 200: schema.MergesBody },
      },
    },
    async (request) => {
      const { personId, before, limit = 50 } = request.query
      const { merges, next } = await listMerges(deps, {
        personId: personId?.toLowerCase(),
        before: before?.toLowerCase(),
        limit,
        by: officerOf(request),
      })
      return { merges: [...merges], next: next ?? null }
    },
  )
}

function candidateRoutes(app: App, deps: MergeDeps): void {
  app.get(
    '/people/candidates',
    {
      config: allow('people.review', LOOKERS),
      schema: {
        tags,
        summary: 'Pairs of rows that may be one person, of your institution or city',
        description: 'The best first, masked, each with what agreed and what it counted. Decided by a city.',
        querystring: schema.CandidatesQuery,
        response: { 200: schema.CandidatesBody },
      },
    },
    async (request) => {
      const { after, limit = 20 } = request.query
      const { pairs, next } = await listCandidates(deps, { after: readPlace(after), limit, by: askedBy(request) })
      return {
        pairs: pairs.map((pair) => ({
          ...pair,
          foundAt: pair.foundAt.toISOString(),
          fields: [...pair.fields],
          people: pair.people.map((person) => ({ ...person, identifiers: [...person.identifiers] })),
        })),
        next: next === undefined ? null : `${next.points}_${next.pairId}`,
      }
    },
  )

  app.post(
    '/people/candidates/:pairId/decision',
    {
      config: allow('people.merge', OFFICERS, 'key'),
      schema: {
        tags,
        summary: 'Decide on a pair: one person, which merges them, or two',
        description: 'A pair that was found to be two persons does not come back.',
        headers: IdempotencyHeaders,
        params: schema.PairParams,
        body: schema.DecisionBody,
        response: { 200: schema.DecidedBody },
      },
    },
    async (request, reply) =>
      await answerAudited(deps, request, reply, 'people.decide-candidate', async (tx, by) => {
        const { body } = request
        const decision = body.decision === 'same' ? { ...body, survivorId: body.survivorId.toLowerCase() } : body
        const pairId = request.params.pairId.toLowerCase()
        return { status: 200, body: { ...(await decideCandidate(deps, tx, { pairId, decision, by })) } }
      }),
  )
}

/** Does the work once; where it is refused the event is written although the transaction is gone. */
async function answerAudited(
  deps: MergeDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  action: string,
  work: (tx: Tx, by: Officer) => Promise<{ status: number; body: object; location?: string }>,
): Promise<FastifyReply> {
  const by = officerOf(request)
  try {
    const answered = await answerOnce(deps, request, reply, async (tx) => await work(tx, by))
    forgetIds()
    return answered
  } catch (error) {
    if (error instanceof AppError && error.status < 500 && error.code.startsWith('people.')) {
      await auditPerson(deps, deps.db, by, {
        action,
        purpose: 'registration',
        result: 'refused',
        reasonCodes: [error.code],
      })
    }
    throw error
  }
}

function officerOf(request: FastifyRequest): Officer {
  const by = askedBy(request)
  // Every client of these roles has one; a token without it has nothing to do with anybody.
  if (by.city === undefined || !isCityCode(by.city)) throw peopleError('not-found')
  return { ...by, city: by.city }
}

function readPlace(text: string | undefined): PairPlace | undefined {
  if (text === undefined) return undefined
  const [, points, pairId] = /^(\d+)_(.+)$/.exec(text) ?? []
  if (points === undefined || pairId === undefined || !isUuid(pairId)) {
    throw requestError('invalid', {
      errors: [{ pointer: 'querystring/after', detail: 'is not the `next` of a page' }],
    })
  }
  return { points: Number(points), pairId }
}
