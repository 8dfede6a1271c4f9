import { type ManualClock, manualClock } from '../../../src/kernel/time.ts'
import { parseFhirJson } from '../../../src/sandbox/hospital/json.ts'
import { buildHospital, type Hospital, type HospitalOptions } from '../../../src/sandbox/hospital/server.ts'
import { isList, isObject, type JsonObject, type Resource } from '../../../src/sandbox/hospital/types.ts'

export const CODE = 'H51010400001'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: JsonObject
}

export interface RunningHospital extends Hospital {
  readonly clock: ManualClock
  readonly base: string
  /** One request to the running server; `path` is relative to the FHIR base or absolute. */
  readonly ask: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  readonly search: (query: string) => Promise<SearchAnswer>
}

export interface SearchAnswer {
  readonly total: unknown
  readonly ids: string[]
  readonly included: string[]
  readonly next: string | undefined
}

/** A hospital on a free loopback port, spoken to over real HTTP. */
export async function startHospital(options: Partial<HospitalOptions> = {}): Promise<RunningHospital> {
  const clock = manualClock('2026-03-10T02:00:00Z')
  const hospital = buildHospital({ code: CODE, name: '示范医院', auth: 'none', ...options, clock })
  await hospital.app.listen({ port: 0, host: '127.0.0.1' })
  const base = hospital.baseUrl()

  const ask: RunningHospital['ask'] = async (method, path, body, headers = {}) => {
    const init: RequestInit = { method, headers }
    if (body !== undefined) {
      init.body = typeof body === 'string' || body instanceof URLSearchParams ? body : JSON.stringify(body)
      if (!(body instanceof URLSearchParams)) init.headers = { 'content-type': 'application/fhir+json', ...headers }
    }
    const response = await fetch(path.startsWith('http') ? path : `${base}${path}`, init)
    const text = await response.text()
    const parsed = text === '' ? {} : parseFhirJson(text)
    return { status: response.status, headers: response.headers, text, body: isObject(parsed) ? parsed : {} }
  }
  const search: RunningHospital['search'] = async (query) => {
    const { status, body, text } = await ask('GET', query.startsWith('http') ? query : `/${query}`)
    if (status !== 200) throw new Error(`search answered ${status}: ${text}`)
    return readSearch(body)
  }
  return { ...hospital, clock, base, ask, search }
}

export function readSearch(body: JsonObject): SearchAnswer {
  const entries = isList(body['entry']) ? body['entry'].filter(isObject) : []
  const ofMode = (mode: string): string[] =>
    entries
      .filter((entry) => isObject(entry['search']) && entry['search']['mode'] === mode)
      .map((entry) => entry['resource'] as Resource)
      .map((resource) => (mode === 'match' ? asText(resource.id) : `${resource.resourceType}/${asText(resource.id)}`))
  const links = isList(body['link']) ? body['link'].filter(isObject) : []
  const next = links.find((link) => link['relation'] === 'next')?.['url']
  return {
    total: body['total'],
    ids: ofMode('match'),
    included: ofMode('include'),
    next: typeof next === 'string' ? next : undefined,
  }
}

export function issueCode(answer: Answer): unknown {
  const issues = answer.body['issue']
  return answer.body['resourceType'] === 'OperationOutcome' && isList(issues) && isObject(issues[0])
    ? issues[0]['code']
    : undefined
}

export function observation(id: string, more: JsonObject = {}): Resource {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '2823-3' }] },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2026-03-01T08:00:00+08:00',
    ...more,
  }
}

export function patient(id: string, more: JsonObject = {}): Resource {
  return { resourceType: 'Patient', id, active: true, name: [{ text: '测试甲' }], ...more }
}

/** The value as text; anything else is a failure of the test, not the text "[object Object]". */
export function asText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`expected text, got ${typeof value}`)
  return value
}
