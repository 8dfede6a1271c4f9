import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import type { App, FastifyRequest } from '../http/app-type.ts'
import { toAppError } from '../http/failure.ts'
import { AnyResource, type FhirPiece, sendFhir } from '../http/fhir-part.ts'
import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { ANONYMOUS, createDenials, type DenialLimits } from './denials.ts'
import type { AuditEvent } from './event.ts'
import { DEFAULT_COUNT, MAX_COUNT, MAX_DAYS } from './read-search.ts'
import { type AuditReader, type AuditSearchDeps, readAuditEvent, searchAuditEvents } from './search-audit-events.ts'

const tags = ['audit']
const access = allow('system/AuditEvent.rs', ['hospital', 'supervisor'])

/**
 * The audit log under /fhir, and the events of requests that were denied there. Its parameters are read by
 * `read-search.ts`, which answers each of them by name; the schema is for the API reference.
 */
export function auditFhir(
  deps: AuditSearchDeps & Pick<Deps, 'log'>,
  options: { readonly denials?: DenialLimits } = {},
): FhirPiece {
  return {
    resources: [
      {
        type: 'AuditEvent',
        documentation:
          'In the form of IHE BALP. An institution sees what it did and what was done with its data; the health authority of a city what was done by and with the institutions of the city. The newest first; no total.',
        interaction: [{ code: 'search-type' }, { code: 'read' }],
        searchParam: [
          { name: 'patient', type: 'reference', documentation: 'The person id of this hub, as ID or Patient/ID.' },
          {
            name: 'date',
            type: 'date',
            documentation: `Prefixes eq, gt, lt, ge, le, sa, eb; twice for a range. Needed, of ${MAX_DAYS} days at most, where no patient is named.`,
          },
          { name: 'action', type: 'token' },
          { name: 'outcome', type: 'token', documentation: '0 allowed, 8 refused, 12 failed.' },
          {
            name: 'agent',
            type: 'reference',
            documentation: 'Organization/CODE or Device/CLIENT, also by :identifier.',
          },
          { name: 'entity-type', type: 'token' },
        ],
      },
    ],
    notes: [
      'AuditEvent: accepted verifications of a code are found by patient only. A query is kept with its type and patient, not with the values of other parameters.',
    ],
    routes: (fhir) => {
      auditDenials(fhir, deps, options.denials)
      eventRoutes(fhir, deps)
    },
  }
}

function eventRoutes(fhir: App, deps: AuditSearchDeps): void {
  const described = { validatorCompiler: () => () => true } as const
  fhir.get(
    '/AuditEvent',
    {
      ...described,
      config: access,
      schema: {
        tags,
        summary: 'Who read, changed or was denied what (IHE BALP)',
        description:
          'Own events and those about own data; `date` is needed where no `patient` is named. Each reading is an event.',
        querystring: AuditQuery,
        response: { 200: AnyResource },
      },
    },
    async (request, reply) => {
      const { publicUrl } = deps.config
      const bundle = await searchAuditEvents(
        deps,
        readerOf(request),
        parametersOf(request.url),
        `${publicUrl}${request.url}`,
      )
      return sendFhir(reply, bundle)
    },
  )
  fhir.get(
    '/AuditEvent/:id',
    {
      config: access,
      schema: {
        tags,
        summary: 'One event of the audit log',
        params: Type.Object({ id: Type.String({ maxLength: 64, examples: ['4711'] }) }),
        response: { 200: AnyResource },
      },
    },
    async (request, reply) => sendFhir(reply, await readAuditEvent(deps, readerOf(request), request.params.id)),
  )
}

const AuditQuery = Type.Object({
  patient: Type.Optional(Type.String({ examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })),
  date: Type.Optional(Type.Array(Type.String(), { examples: [['ge2026-11-01']] })),
  action: Type.Optional(Type.String({ description: 'C, R, U, D, E; alternatives by comma', examples: ['R'] })),
  outcome: Type.Optional(Type.String({ description: '0 allowed, 8 refused, 12 failed', examples: ['8'] })),
  agent: Type.Optional(Type.String({ examples: ['Organization/H51010400001'] })),
  'agent:identifier': Type.Optional(Type.String({ examples: ['urn:yimatong:client|hospital-chengdu'] })),
  'entity-type': Type.Optional(Type.String({ description: '1 a person, 2 an object', examples: ['1'] })),
  _count: Type.Optional(
    Type.Integer({ minimum: 1, description: `${DEFAULT_COUNT} when left out, ${MAX_COUNT} at most` }),
  ),
  _sort: Type.Optional(Type.String({ description: '-date, as when left out' })),
  _page: Type.Optional(Type.String({ description: 'Of link.next; holds the whole search, beside a _count at most' })),
  _format: Type.Optional(Type.String({ examples: ['json'] })),
})

function parametersOf(url: string): readonly (readonly [string, string])[] {
  const mark = url.indexOf('?')
  return mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))]
}

function readerOf(request: FastifyRequest): AuditReader {
  const { clientId, role, institution, city } = request.caller
  const viewer = role === 'supervisor' ? city && { city } : institution && { institution }
  // Every client of these roles has one; a token without it must not read anything.
  if (!viewer) throw requestError('invalid', { detail: 'The token names neither an institution nor a city.' })
  return { clientId, role, viewer, requestId: request.id, sourceAddress: request.ip }
}

/**
 * Requests under /fhir that were denied for their token, role or scope leave an event (401, 403). What a slice denies for
 * its own reasons, such as consent, it audits itself.
 */
function auditDenials(fhir: App, deps: Pick<Deps, 'db' | 'clock' | 'log'>, limits: DenialLimits | undefined): void {
  const denials = createDenials(deps, limits)
  fhir.addHook('onError', async (request, _reply, error) => {
    const { code, status } = toAppError(error)
    if (code.startsWith('auth.') && (status === 401 || status === 403)) denials.note(denialOf(request, code))
  })
  fhir.addHook('onClose', () => denials.flush())
}

function denialOf(request: FastifyRequest, code: string): AuditEvent {
  // Set once the token was good, so that a known caller is named whose role or scope does not do.
  const caller = request.caller as FastifyRequest['caller'] | undefined
  const [, type = ''] = /^\/fhir\/([A-Za-z]{1,40})/.exec(request.routeOptions.url ?? '') ?? []
  return {
    ...(caller === undefined
      ? ANONYMOUS
      : { actor: caller.clientId, actorOrg: caller.institution ?? caller.city ?? 'hub', role: caller.role }),
    action: 'fhir.refuse',
    targetType: type === '' ? 'operation' : type,
    purpose: 'unknown',
    basis: 'none',
    result: 'refused',
    reasonCodes: [code],
    sourceAddress: request.ip,
    requestId: request.id,
  }
}
