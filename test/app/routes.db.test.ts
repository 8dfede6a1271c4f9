import { describe, expect, it } from 'vitest'
import { TAGS } from '../../src/http/openapi.ts'
import { routes, subscriptions } from '../../src/subscriptions.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const hub = useApp(useDatabase())

interface Operation {
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly security?: readonly unknown[]
  readonly requestBody?: unknown
  readonly responses: Record<string, unknown>
}

const operations = (): [string, Operation][] => {
  const { paths } = hub.app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )
}

describe('the list of subscriptions', () => {
  it('names the same topics and queues for the appending side as for the handlers', () => {
    const handled = subscriptions(hub.deps, hub.live).map(({ topic, queue }) => ({ topic, queue }))
    expect([...routes].sort((a, b) => (a.topic < b.topic ? -1 : 1))).toEqual(
      handled.sort((a, b) => (a.topic < b.topic ? -1 : 1)),
    )
  })
})

/** The national interface refuses inside its envelope, under HTTP 200 (infcode -1); everybody else by the status. */
const refusal = (reply: { readonly statusCode: number; readonly body: string }): number =>
  reply.statusCode === 200 && reply.body.startsWith('{"infcode":-1,') ? 400 : reply.statusCode

describe('every route', () => {
  it('stands in the API reference with a known tag, a summary and what it answers', () => {
    const tags = new Set<string>(TAGS.map((tag) => tag.name))
    const listed = operations()
    expect(listed.length).toBeGreaterThan(20)
    for (const [name, operation] of listed) {
      expect(
        operation.tags?.every((tag) => tags.has(tag)),
        `${name} has a known tag`,
      ).toBe(true)
      expect(operation.summary, `${name} has a summary`).toBeTruthy()
      expect(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        `${name} says what it answers`,
      ).toBe(true)
    }
  })

  it('that is keyed refuses a request without its key before it looks at the body', async () => {
    const keyed = hub.app.routeEntries.filter((route) => route.repeat === 'key')
    expect(keyed.length).toBeGreaterThan(5)
    for (const route of keyed) {
      if (route.access === 'public') throw new Error(`${route.url} is keyed and public: a key belongs to a client`)
      const [role] = route.access.roles
      if (role === undefined) throw new Error(`${route.url} serves nobody`)
      const reply = await hub.app.inject({
        method: route.method as 'POST',
        url: route.url.replace(/:\w+/g, 'x'),
        headers: await hub.token(role, { scopes: [route.access.scope] }),
        payload: {},
      })
      expect(
        [reply.statusCode, reply.json().code ?? reply.json().issue?.[0].details.coding[0].code],
        `${route.method} ${route.url}`,
      ).toEqual([400, 'request.key-missing'])
    }
  })

  it('that changes something is keyed, or says why a repeat is harmless', () => {
    const unsafe = hub.app.routeEntries.filter(
      (route) => route.method !== 'GET' && route.repeat !== 'key' && !route.url.startsWith('/docs'),
    )
    expect(unsafe.map((route) => `${route.method} ${route.url} ${route.repeat}`).sort()).toEqual([
      'DELETE /fhir/Subscription/:id natural',
      // A shown code is used once under its own nonce; the others change nothing but the audit log.
      'POST /cards/:id/code none',
      'POST /cards/verify natural',
      'POST /cards/verify-batch natural',
      'POST /cards/verify-carrier none',
      // A message is known by its id of the sender's.
      'POST /fhir/$process-message natural',
      // Searches with their parameters in the body.
      'POST /fhir/AllergyIntolerance/_search none',
      'POST /fhir/Condition/_search none',
      'POST /fhir/DiagnosticReport/_search none',
      'POST /fhir/DocumentReference/_search none',
      'POST /fhir/Encounter/_search none',
      'POST /fhir/ImagingStudy/_search none',
      'POST /fhir/Immunization/_search none',
      'POST /fhir/MedicationRequest/_search none',
      'POST /fhir/Observation/_search none',
      'POST /fhir/Patient/$ihe-pix none',
      'POST /fhir/Patient/$match none',
      'POST /fhir/Patient/_search none',
      'POST /fhir/Procedure/_search none',
      // Known by what it asks for.
      'POST /fhir/Subscription natural',
      // Changes nothing but the logs of readings.
      'POST /healthcodes/people/:id/code none',
      'POST /healthcodes/verify none',
      // An assertion is used once under its own jti.
      // A message by its sender and control id, a document by its id; a review is closed once.
      'POST /labs/cda natural',
      'POST /labs/hl7v2 natural',
      'POST /labs/reviews/:id/retry natural',
      // A message by its institution and msgid.
      'POST /nhsa natural',
      'POST /nhsa/:infno natural',
      'POST /oauth/token natural',
      'POST /people/search none',
      // A question about an order; what a correction outdated is opened once under its own key.
      'POST /recognition/check-order none',
      'POST /recognition/figures/links none',
      'POST /routing/destinations/:code/pause natural',
      'POST /routing/destinations/:code/resume natural',
      // Only what is dead is re-run.
      'POST /routing/rerun natural',
      // An authorisation by member, city and first day.
      'POST /settlement/family-accounts natural',
      'POST /settlement/trials none',
      // A visit by its number in the institution, lines by their serials, the rest by the state of the visit.
      'POST /settlement/visits/:id/admission/cancel natural',
      'POST /settlement/visits/:id/discharge natural',
      'POST /settlement/visits/:id/discharge/cancel natural',
      'POST /settlement/visits/:id/lines natural',
      'POST /settlement/visits/:id/lines/remove natural',
      'POST /settlement/visits/:id/notes natural',
      'POST /settlement/visits/:id/registration/cancel natural',
      'POST /settlement/visits/:id/settlements/:setl/undo natural',
      'POST /settlement/visits/:id/trial none',
      'POST /settlement/visits/compensations natural',
      'POST /settlement/visits/outpatient natural',
      'POST /settlement/visits/pharmacy/trial none',
      // A PUT says the whole state: twice is once.
      'PUT /labs/senders/:facility natural',
      'PUT /people/local-systems natural',
      'PUT /records/hospitals/:code natural',
      'PUT /routing/channels natural',
      'PUT /routing/destinations/:code natural',
      'PUT /routing/rules natural',
    ])
  })

  it('answers garbage with 4xx, never 5xx, and quotes none of it', async () => {
    const garbage = [
      'null',
      '[]',
      '"x"',
      '{"a":',
      '{"__proto__":{}}',
      `{"x":"${'9'.repeat(18)}"}`,
      '\u0000',
      `${'{"a":'.repeat(30)}1${'}'.repeat(30)}`,
    ]
    for (const route of hub.app.routeEntries) {
      if (route.access === 'public' || route.method === 'GET') continue
      const headers = await hub.token(route.access.roles[0] ?? 'operator', { scopes: [route.access.scope] })
      for (const payload of garbage) {
        const reply = await hub.app.inject({
          method: route.method as 'POST',
          url: route.url.replace(/:\w+/g, 'x'),
          headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': 'garbage' },
          payload,
        })
        expect(refusal(reply), `${route.method} ${route.url} ${payload}`).toBeGreaterThanOrEqual(400)
        expect(reply.statusCode, `${route.method} ${route.url} ${payload}`).toBeLessThan(500)
        expect(reply.body).not.toContain('9'.repeat(18))
      }
    }
  })

  it('answers strange addresses with 4xx, never 5xx', async () => {
    const strange = [
      "'; drop table people_person; --",
      '%00',
      '../../etc/passwd',
      '510104190001019995',
      'x'.repeat(300),
      '%F0%9F%98%80',
    ]
    for (const route of hub.app.routeEntries) {
      if (route.access === 'public' || !route.url.includes(':')) continue
      const headers = await hub.token(route.access.roles[0] ?? 'operator', { scopes: [route.access.scope] })
      for (const part of strange) {
        const reply = await hub.app.inject({
          method: route.method as 'GET',
          url: route.url.replace(/:\w+/g, part.startsWith('%') ? part : encodeURIComponent(part)),
          headers: { ...headers, 'idempotency-key': 'strange', 'x-purpose-of-use': 'TREAT' },
          ...(route.method === 'GET' ? {} : { payload: {} }),
        })
        expect(refusal(reply), `${route.method} ${route.url} ${part}`).toBeGreaterThanOrEqual(400)
        expect(reply.statusCode, `${route.method} ${route.url} ${part}`).toBeLessThan(500)
      }
    }
  })
})
