import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SearchPage } from './answer-search.ts'
import { hospitalError } from './errors.ts'
import { MALICE_KINDS, sendMalice } from './malice.ts'
import { FHIR_JSON, outcomeText } from './outcome.ts'
import type { HospitalStore, Row } from './store.ts'
import { isObject, type Json } from './types.ts'

const FAULT_KINDS = [
  'none',
  'slow',
  'hang',
  'status500',
  'unavailable',
  'garbage',
  'huge',
  'foreign-next-link',
  'wrong-patient',
  'reset',
  ...MALICE_KINDS,
] as const
const REQUEST_KINDS = [
  'any',
  'metadata',
  'token',
  'read',
  'search',
  'create',
  'update',
  'delete',
  'bundle',
  'message',
] as const

type FaultKind = (typeof FAULT_KINDS)[number]
export type RequestKind = (typeof REQUEST_KINDS)[number]

/** A misbehaviour to show. `on` says for which requests (default `any`); `none` takes that one away again. */
export interface Fault {
  readonly kind: FaultKind
  readonly on?: RequestKind
  /** After so many requests it is over; left out: it stays. For faults that replace or delay the whole answer. */
  readonly times?: number
  /** slow: how long to wait; drip: between two bytes. */
  readonly ms?: number
  /** garbage: half of a JSON text, an HTML page, JSON that is no FHIR, or a list; default `half`. */
  readonly form?: 'half' | 'html' | 'not-fhir' | 'list'
  /** huge: bytes to send before the body ends, default 256 MiB; bomb: bytes when unfolded; deep: levels. */
  readonly bytes?: number
  /** foreign-next-link, redirect: where the link or the redirect points. */
  readonly url?: string
  /** unavailable: what `Retry-After` says; left out: nothing. */
  readonly retryAfterS?: number
}

interface FaultDesk {
  readonly set: (fault: Fault) => void
  /** The fault in force: that of the request's own kind, else that of `any`. */
  readonly of: (kind: RequestKind) => Fault | undefined
  /** Counts a fault that was played. */
  readonly played: (fault: Fault) => void
}

export function createFaultDesk(initial: readonly Fault[]): FaultDesk {
  const faults = new Map<RequestKind, Fault>()
  const set = (fault: Fault): void => {
    const on = fault.on ?? 'any'
    if (fault.kind !== 'none') faults.set(on, fault)
    else if (on === 'any') faults.clear()
    else faults.delete(on)
  }
  for (const fault of initial) set(fault)
  return {
    set,
    of: (kind) => faults.get(kind) ?? faults.get('any'),
    played(fault) {
      const on = fault.on ?? 'any'
      if (fault.times === undefined || faults.get(on) !== fault) return
      if (fault.times > 1) faults.set(on, { ...fault, times: fault.times - 1 })
      else faults.delete(on)
    },
  }
}

export function readFault(body: Json): Fault {
  if (!isObject(body)) throw hospitalError('bad-value', { detail: 'The fault is not an object.' })
  const { kind, on, times, ms, form, bytes, url, retryAfterS, ...unknown } = body
  const valid =
    Object.keys(unknown).length === 0 &&
    FAULT_KINDS.some((known) => known === kind) &&
    (on === undefined || REQUEST_KINDS.some((known) => known === on)) &&
    [times, ms, bytes, retryAfterS].every(
      (item) => item === undefined || (Number.isInteger(item) && Number(item) >= 0),
    ) &&
    (form === undefined || ['half', 'html', 'not-fhir', 'list'].some((known) => known === form)) &&
    (url === undefined || typeof url === 'string')
  if (!valid) throw hospitalError('bad-value', { detail: `The fault needs a kind: ${FAULT_KINDS.join(', ')}.` })
  return body as unknown as Fault
}

/**
 * Plays a fault that replaces or delays the whole answer. Returns true where the request has been dealt with.
 * `stop` ends waiting when the server closes.
 */
export async function playFault(
  fault: Fault,
  request: FastifyRequest,
  reply: FastifyReply,
  stop: AbortSignal,
): Promise<boolean> {
  switch (fault.kind) {
    case 'slow':
      await delay(fault.ms ?? 1_500, undefined, { signal: stop })
      return false
    case 'hang':
      // The socket stays open without a byte until the client gives up or the server closes.
      reply.hijack()
      return true
    case 'reset':
      reply.hijack()
      request.raw.socket.resetAndDestroy()
      return true
    case 'status500':
      void reply
        .code(500)
        .type(FHIR_JSON)
        .send(outcomeText('error', 'exception', 'The hospital system has failed.'))
      return true
    case 'unavailable':
      if (fault.retryAfterS !== undefined) void reply.header('retry-after', String(fault.retryAfterS))
      void reply
        .code(503)
        .type(FHIR_JSON)
        .send(outcomeText('error', 'transient', 'The hospital system is being maintained.'))
      return true
    case 'garbage':
      sendGarbage(reply, fault.form ?? 'half')
      return true
    case 'huge':
      void reply
        .code(200)
        .type(FHIR_JSON)
        .send(Readable.from(hugeBundle(fault.bytes ?? 268_435_456)))
      return true
    case 'endless':
    case 'drip':
    case 'wrong-type':
    case 'redirect':
    case 'deep':
    case 'bomb':
      sendMalice({ ...fault, kind: fault.kind }, request.url, reply, stop)
      return true
    case 'none':
    case 'foreign-next-link':
    case 'wrong-patient':
      return false
  }
}

function sendGarbage(reply: FastifyReply, form: NonNullable<Fault['form']>): void {
  const [type, text] = {
    half: [
      FHIR_JSON,
      '{"resourceType":"Bundle","type":"searchset","total":3,"entry":[{"resource":{"resourceType":"Obs',
    ],
    html: ['text/html; charset=utf-8', '<!doctype html><title>Maintenance</title><p>Back soon.</p>'],
    'not-fhir': [FHIR_JSON, '{"code":0,"msg":"success","data":[]}'],
    list: [FHIR_JSON, '[]'],
  }[form] as [string, string]
  void reply.code(200).type(type).send(text)
}

/** Well-formed FHIR without end as far as a client can tell; made as it is read, so the server holds none of it. */
function* hugeBundle(bytes: number): Generator<string> {
  const filler = `{"resource":{"resourceType":"Basic","code":{"text":"${'x'.repeat(65_000)}"}}}`
  yield '{"resourceType":"Bundle","type":"searchset","entry":['
  for (let sent = 0; sent < bytes; sent += filler.length) yield sent === 0 ? filler : `,${filler}`
  yield ']}'
}

/** Plants the faults that lie inside an otherwise good search page. */
export function spoilPage(fault: Fault | undefined, page: SearchPage, store: HospitalStore): SearchPage {
  if (fault?.kind === 'foreign-next-link') {
    return { ...page, next: fault.url ?? 'http://another-host.invalid/fhir/DiagnosticReport?_page=2' }
  }
  if (fault?.kind === 'wrong-patient')
    return { ...page, matches: page.matches.map((row) => ofAnotherPatient(store, row)) }
  return page
}

/** Another person's row of the same type; where there is none, this one under another person's name. */
export function ofAnotherPatient(store: HospitalStore, row: Row): Row {
  const owner = row.keys.get('patient')?.[0]
  for (const other of store.rowsOf(row.type)) {
    const differs = row.type === 'Patient' ? other.id !== row.id : other.keys.get('patient')?.[0] !== owner
    if (differs) return other
  }
  const element = isObject(row.resource['subject']) ? 'subject' : 'patient'
  const resource = { ...row.resource, [element]: { reference: 'Patient/somebody-else' } }
  return { ...row, resource, json: JSON.stringify(resource) }
}
