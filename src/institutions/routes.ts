import { allow, type Role } from '../http/access.ts'
import { type App, isSuccess } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { isDate, localDate } from '../kernel/time.ts'
import { readInstitutionCode } from './check.ts'
import { institutionsError } from './errors.ts'
import { factsAt } from './rules.ts'
import * as schema from './schema.ts'
import { listCodes, readInstitutions } from './store.ts'
import { suspendInstitution } from './suspend-institution.ts'
import type { InstitutionTable } from './table.ts'
import type { Institution } from './types.ts'

const READERS: readonly Role[] = ['hospital', 'pharmacy', 'bureau', 'cdc', 'issuer', 'operator']
const tags = ['institutions']

export function institutionsRoutes(
  app: App,
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'> & { readonly institutions: InstitutionTable },
): void {
  app.get(
    '/institutions/:code',
    {
      config: allow('institutions.read', READERS),
      schema: {
        tags,
        summary: 'One designated institution with its history',
        params: schema.CodeParams,
        response: { 200: schema.InstitutionBody },
      },
    },
    (request) => {
      const code = readInstitutionCode(request.params.code, 'params/code')
      const institution = deps.institutions.get(code)
      if (institution === undefined) throw institutionsError('not-found')
      return present(institution, localDate(deps.clock.now()))
    },
  )

  app.get(
    '/institutions',
    {
      config: allow('institutions.read', READERS),
      schema: {
        tags,
        summary: 'Designated institutions, in code order',
        querystring: schema.ListQuery,
        response: { 200: schema.ListBody },
      },
    },
    async (request) => {
      const { city, kind, division, cursor, limit = 50 } = request.query
      const codes = await listCodes(deps.db, { city, kind, division, after: cursor, limit })
      const date = localDate(deps.clock.now())
      const institutions = (await readInstitutions(deps.db, codes)).map((one) => present(one, date))
      return { institutions, next: codes.length === limit ? (codes.at(-1) ?? null) : null }
    },
  )

  app.get(
    '/institutions/:code/recognition',
    {
      config: allow('institutions.read', READERS),
      schema: {
        tags,
        summary: 'May people insured in a city settle here? (双定互认)',
        description:
          'A refusal is an answer with every reason, not an error. Answered from memory; `registerAgeMs` says how old that can be.',
        params: schema.CodeParams,
        querystring: schema.RecognitionQuery,
        response: { 200: schema.RecognitionBody },
      },
    },
    (request) => {
      const code = readInstitutionCode(request.params.code, 'params/code')
      const { insured } = request.query
      const date = readDay(request.query.at, deps.clock.now())
      const { recognised, reasons } = deps.institutions.recognitionAt(code, insured, date)
      return {
        code,
        insured,
        date,
        recognised,
        reasons: [...reasons],
        registerAgeMs: Math.round(deps.institutions.ageMs()),
      }
    },
  )

  app.post(
    '/institutions/:code/suspensions',
    {
      config: allow('institutions.write', ['bureau', 'operator'], 'key'),
      // After the commit and before the answer: who was told "suspended" must not see the old state here. What was
      // refused changed nothing, and must not cost a read of the database.
      onSend: async (_request, reply) => {
        if (isSuccess(reply)) await deps.institutions.refresh()
      },
      schema: {
        tags,
        summary: 'Suspend a designated institution (协议中止)',
        description: 'A bureau suspends institutions of its own city only.',
        params: schema.CodeParams,
        headers: IdempotencyHeaders,
        body: schema.SuspensionBody,
        response: { 201: schema.SuspensionAnswer },
      },
    },
    async (request, reply) => {
      const code = readInstitutionCode(request.params.code, 'params/code')
      const { caller, body } = request
      const suspension = { from: body.from, to: body.to ?? null, reason: body.reason }
      const city = caller.role === 'operator' ? undefined : (caller.city ?? '')
      await answerOnce(deps, request, reply, async (tx) => {
        await suspendInstitution(deps, tx, {
          code,
          suspension,
          by: { clientId: caller.clientId, role: caller.role, city },
        })
        return { status: 201, body: { code, ...suspension }, location: `/institutions/${code}` }
      })
      return reply
    },
  )
}

function present(institution: Institution, date: string) {
  const { levels, designations, suspensions, recognitions } = institution
  return {
    ...factsAt(institution, date),
    date,
    levels: [...levels],
    designations: [...designations],
    suspensions: [...suspensions],
    recognitions: [...recognitions],
  }
}

/** A day as it is; an instant as its day in Asia/Shanghai. */
function readDay(text: string | undefined, now: Date): string {
  if (text === undefined) return localDate(now)
  if (isDate(text)) return text
  const instant = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(instant)) {
    throw requestError('invalid', {
      detail: 'The day cannot be read.',
      errors: [{ pointer: 'querystring/at', detail: 'must be YYYY-MM-DD or an RFC 3339 instant with its offset' }],
    })
  }
  return localDate(new Date(instant))
}
