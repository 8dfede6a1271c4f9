import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { validateResource } from '../../src/fhir/index.ts'
import { readHubId } from '../../src/records/hub-id.ts'
import { RECORD_TYPE_FACTS, RECORD_TYPES, type RecordType } from '../../src/records/record-types.ts'
import { useDatabase } from '../support/database.ts'
import { CODES, useExchange } from './exchange.ts'

const hub = useExchange(useDatabase(), { env: { YMT_RECORDS_DEADLINE_MS: '900' } })
const person = (index = 0) => {
  const one = hub.people[index]
  if (one === undefined) throw new Error('no such person')
  return one
}
const peer = (index: number) => {
  const one = hub.peers[index]
  if (one === undefined) throw new Error('no such hospital')
  return one
}

interface Entry {
  readonly fullUrl?: string
  readonly link?: readonly { readonly relation: string; readonly url: string }[]
  readonly resource: Record<string, unknown> & { readonly resourceType: string; readonly id: string }
  readonly search: { readonly mode: string }
}
interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly entries: readonly Entry[]
  readonly matches: readonly Entry[]
  readonly includes: readonly Entry[]
  readonly outcomes: readonly string[]
  readonly next: string | undefined
  readonly text: string
}

const BASE = 'http://127.0.0.1:8080/fhir'
const headers = async (more: Record<string, string> = {}) => ({
  authorization: `Bearer ${await hub.token('hospital')}`,
  'x-purpose-of-use': 'TREAT',
  ...more,
})

async function get(address: string, more: Record<string, string> = {}): Promise<Answer> {
  const url = address.startsWith(BASE) ? address.slice(BASE.length - '/fhir'.length) : `/fhir/${address}`
  return readAnswer(await hub.app.inject({ url, headers: await headers(more) }))
}

async function post(address: string, form: Record<string, string>): Promise<Answer> {
  return readAnswer(
    await hub.app.inject({
      method: 'POST',
      url: `/fhir/${address}`,
      headers: await headers({ 'content-type': 'application/x-www-form-urlencoded' }),
      payload: new URLSearchParams(form).toString(),
    }),
  )
}

function readAnswer(response: { statusCode: number; body: string }): Answer {
  const body = JSON.parse(response.body) as Record<string, unknown>
  const entries = (body['entry'] ?? []) as Entry[]
  const links = (body['link'] ?? []) as { relation: string; url: string }[]
  const of = (mode: string) => entries.filter((one) => one.search.mode === mode)
  return {
    status: response.statusCode,
    body,
    entries,
    matches: of('match'),
    includes: of('include'),
    outcomes: of('outcome').map(({ resource }) => {
      const [issue] = resource['issue'] as [{ severity: string; code: string }]
      return `${issue.severity}/${issue.code}`
    }),
    next: links.find((one) => one.relation === 'next')?.url,
    text: response.body,
  }
}

async function allPages(first: string): Promise<Answer[]> {
  const pages = [await get(first)]
  for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
    if (pages.length > 100) throw new Error('pages without end')
    pages.push(await get(next))
  }
  return pages
}

/** One of the generated diagnoses is of a special class; what is withheld is told. */
const isNoSecret = (outcome: string) => outcome !== 'information/suppressed'
const idsOf = (entries: readonly Entry[]) => entries.map((one) => `${one.resource.resourceType}/${one.resource.id}`)

afterEach(() => {
  for (const one of hub.peers) one.setFault({ kind: 'none' })
  // Past every breaker's rest, so that no test meets what another one broke.
  hub.deps.clock.advance(20_000)
})

/** One record of each type at each hospital for the first person, so that nothing below is true of nothing. */
beforeAll(() => {
  for (const one of hub.peers) {
    for (const type of ['AllergyIntolerance', 'Procedure', 'ImagingStudy']) {
      const owner = RECORD_TYPE_FACTS[type as RecordType].owner
      const date = RECORD_TYPE_FACTS[type as RecordType].dateElements[0] ?? ''
      one.store.put(
        {
          resourceType: type,
          [owner]: { reference: 'Patient/p000001' },
          ...(type === 'AllergyIntolerance'
            ? { code: { text: '青霉素' } }
            : { status: type === 'Procedure' ? 'completed' : 'available' }),
          [date]: '2026-10-01T08:00:00+08:00',
        },
        `extra-${type}`,
      )
    }
  }
})

describe('pages over all hospitals', () => {
  it.each([1, 3, 7, 50])('of %s give every match once, in one order, and then end', async (count) => {
    const whole = await get(`Observation?patient=${person().personId}&_count=200`)
    expect(whole.next).toBeUndefined()
    if (count === 1) {
      // One page each is enough to see that the smallest pages go on where they should.
      const first = await get(`Observation?patient=${person().personId}&_count=1`)
      const second = await get(first.next ?? '')
      expect(idsOf([...first.matches, ...second.matches])).toEqual(idsOf(whole.matches.slice(0, 2)))
      return
    }
    const pages = await allPages(`Observation?patient=${person().personId}&_count=${count}`)
    expect(idsOf(pages.flatMap((one) => one.matches))).toEqual(idsOf(whole.matches))
    for (const page of pages) {
      expect(page.status).toBe(200)
      expect(page.body['total']).toBe(whole.matches.length)
      expect(page.matches.length).toBeLessThanOrEqual(count)
    }
    expect(pages.slice(0, -1).every((one) => one.matches.length === count)).toBe(true)
  })

  it('sort by date and by last change, in both directions', async () => {
    const at = (entry: Entry, name: string) =>
      Date.parse(
        name === '_lastUpdated'
          ? (entry.resource['meta'] as { lastUpdated: string }).lastUpdated
          : (entry.resource['effectiveDateTime'] as string),
      )
    for (const name of ['date', '_lastUpdated']) {
      for (const sign of ['', '-']) {
        const pages = await allPages(`Observation?patient=${person().personId}&_count=60&_sort=${sign}${name}`)
        const times = pages.flatMap((one) => one.matches).map((one) => at(one, name))
        expect(times.length).toBeGreaterThan(60)
        expect(times).toEqual(times.toSorted((a, b) => (sign === '-' ? b - a : a - b)))
      }
    }
  })

  it('neither repeat nor skip what was there when records come in between', async () => {
    const query = `DiagnosticReport?patient=${person(1).personId}&_count=3`
    const before = (await allPages(query)).flatMap((one) => idsOf(one.matches))
    const first = await get(query)
    for (const { store } of hub.peers) {
      const [row] = [...store.rowsOf('DiagnosticReport')].filter((one) => one.json.includes('Patient/p000002'))
      store.put(
        { ...row?.resource, resourceType: 'DiagnosticReport', effectiveDateTime: '2026-11-24T08:00:00+08:00' } as never,
        `new-${before.length}`,
      )
    }
    const seen = [...idsOf(first.matches)]
    for (let next = first.next; next !== undefined; ) {
      const page = await get(next)
      seen.push(...idsOf(page.matches))
      next = page.next
    }
    expect(seen.filter((one) => before.includes(one))).toEqual(before)
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('say the same again when they are asked for again', async () => {
    const first = await get(`Observation?patient=${person().personId}&_count=5`)
    const [once, again] = [await get(first.next ?? ''), await get(first.next ?? '')]
    expect(idsOf(again.matches)).toEqual(idsOf(once.matches))
  })

  it('bring what a hospital owes that failed before, and lose nothing of the others', async () => {
    const query = `Observation?patient=${person().personId}&_count=20`
    const whole = (await allPages(query)).flatMap((one) => idsOf(one.matches))
    peer(2).setFault({ kind: 'status500', on: 'search' })
    const first = await get(query)
    expect(first.outcomes).toEqual(['error/exception'])
    peer(2).setFault({ kind: 'none' })
    const seen = [...idsOf(first.matches)]
    for (let next = first.next; next !== undefined; ) {
      const page = await get(next)
      expect(page.outcomes).toEqual([])
      seen.push(...idsOf(page.matches))
      next = page.next
    }
    expect(seen.toSorted()).toEqual(whole.toSorted())
  })

  it('end although a hospital never comes back', async () => {
    peer(0).setFault({ kind: 'status500', on: 'search' })
    const pages = await allPages(`DiagnosticReport?patient=${person().personId}&_count=30`)
    expect(pages.length).toBeLessThan(8)
    expect(pages.at(-1)?.outcomes).toEqual(['error/exception'])
  })

  it('are for the client that was given the link, for ten minutes, for its type, and alone', async () => {
    const { next = '' } = await get(`Observation?patient=${person().personId}&_count=5`)
    const other = await hub.app.inject({
      url: next.slice(BASE.length - '/fhir'.length),
      headers: { authorization: `Bearer ${await hub.token('hospital', 'H51140200001')}`, 'x-purpose-of-use': 'TREAT' },
    })
    // The same client id would be the same client: tokens of the test differ in their institution only.
    expect([200, 400]).toContain(other.statusCode)
    expect((await get(next.replace('/Observation', '/DiagnosticReport'))).status).toBe(400)
    expect((await get(`${next}&code=x`)).status).toBe(400)
    // Clients put a count to every address; pages keep the size of the first.
    expect((await get(`${next}&_count=1000`)).matches).toHaveLength(5)
    expect((await get(`${next.slice(0, -3)}AAA`)).status).toBe(400)
    expect((await get(next, { 'x-purpose-of-use': 'NOTHING' })).status).toBe(400)
    hub.deps.clock.advance(11 * 60_000)
    expect((await get(next)).status).toBe(410)
  })

  it('carry no clinical content and no hospital address in their links', async () => {
    const { next = '' } = await get(`Observation?patient=${person().personId}&code=http://loinc.org|4548-4&_count=1`)
    const page = new URL(next).searchParams.get('_page') ?? ''
    for (const text of [page, Buffer.from(page, 'base64url').toString('latin1')]) {
      for (const secret of ['4548', 'loinc', '127.0.0.1', person().personId, 'Patient/'])
        expect(text).not.toContain(secret)
    }
  })
})

describe('every type', () => {
  it.each(RECORD_TYPES)(
    '%s is found by GET and by POST, each with an id and address of its own, and is valid R4',
    async (type) => {
      const found = await get(`${type}?patient=${person().personId}&_count=200`)
      expect(found.outcomes.filter(isNoSecret)).toEqual([])
      expect(found.matches.length).toBeGreaterThanOrEqual(3)
      const posted = await post(`${type}/_search`, { patient: `Patient/${person().personId}`, _count: '200' })
      expect(idsOf(posted.matches)).toEqual(idsOf(found.matches))
      for (const { resource, fullUrl, link } of found.matches) {
        expect(fullUrl).toBe(`${BASE}/${type}/${resource.id}`)
        expect(readHubId(resource.id)).toMatchObject({ personId: person().personId })
        expect(link?.[0]).toMatchObject({ relation: 'via', url: expect.stringContaining('/fhir/') })
        expect(validateResource(resource), resource.id).toEqual([])
        expect((resource[RECORD_TYPE_FACTS[type].owner] as { reference: string }).reference).toBe(
          `Patient/${person().personId}`,
        )
      }
      expect(new Set(idsOf(found.matches)).size).toBe(found.matches.length)
      expect(validateResource(found.body)).toEqual([])
    },
  )

  it.each(RECORD_TYPES)('%s is read by the id that the search gave', async (type) => {
    const [first] = (await get(`${type}?patient=${person().personId}&_count=1`)).matches
    const read = await get(`${type}/${first?.resource.id ?? ''}`)
    expect([read.status, read.body]).toEqual([200, first?.resource])
  })

  it('keeps equal ids of two hospitals apart', async () => {
    const found = await get(`Procedure?patient=${person().personId}`)
    const extra = found.matches.filter((one) => JSON.stringify(readHubId(one.resource.id)).includes('extra-Procedure'))
    expect(new Set(extra.map((one) => one.resource.id)).size).toBe(CODES.length)
  })

  it('finds again a resource whose id is too long to be carried', async () => {
    const id = `long-${'x'.repeat(59)}`
    peer(0).store.put({ resourceType: 'Procedure', status: 'completed', subject: { reference: 'Patient/p000001' } }, id)
    const found = await get(`Procedure?patient=${person().personId}&_count=200`)
    const one = found.matches.find((entry) => entry.link?.[0]?.url.endsWith(id))
    expect(one?.resource.id).toHaveLength(64)
    const read = await get(`Procedure/${one?.resource.id ?? ''}`)
    expect([read.status, read.body]).toEqual([200, one?.resource])
  })
})

describe('references', () => {
  it('lead from a report to its results, its encounter and its patient', async () => {
    const found = await get(`DiagnosticReport?patient=${person().personId}&_count=1`)
    const report = found.matches[0]?.resource as unknown as {
      result: { reference: string }[]
      encounter: { reference: string }
      subject: { reference: string }
    }
    for (const { reference } of [...report.result.slice(0, 2), report.encounter, report.subject]) {
      const read = await get(reference)
      expect(read.status, reference).toBe(200)
      expect(`${String(read.body['resourceType'])}/${String(read.body['id'])}`).toBe(reference)
    }
  })

  it('come along when they are asked for: results, specimens, encounters, medicines, the patient', async () => {
    const found = await get(
      `DiagnosticReport?patient=${person().personId}&_count=2&_include=DiagnosticReport:result&_include=DiagnosticReport:specimen&_include=DiagnosticReport:encounter&_include=DiagnosticReport:patient`,
    )
    expect(new Set(found.includes.map((one) => one.resource.resourceType))).toEqual(
      new Set(['Patient', 'Observation', 'Specimen', 'Encounter']),
    )
    const addresses = new Set(found.entries.map((one) => one.fullUrl ?? ''))
    for (const { resource } of found.matches) {
      const { result, specimen } = resource as unknown as {
        result: { reference: string }[]
        specimen: { reference: string }[]
      }
      for (const { reference } of [...result, ...specimen]) {
        expect(addresses).toContain(reference.startsWith('http') ? reference : `${BASE}/${reference}`)
      }
    }
    const medicines = await get(`MedicationRequest?patient=${person().personId}&_include=MedicationRequest:medication`)
    expect(medicines.includes.length).toBe(CODES.length)
    expect(medicines.includes[0]?.resource.resourceType).toBe('Medication')
  })
})

describe('a read', () => {
  it('of another person’s record, of nothing, and of what is no id of ours is 404 and asks no more than it must', async () => {
    const [own] = (await get(`Observation?patient=${person().personId}&_count=1`)).matches
    const local = readHubId(own?.resource.id ?? '')
    const { hubIdsFor } = await import('../../src/records/hub-id.ts')
    const stolen = hubIdsFor(
      local?.institution ?? '',
      person(1).personId,
    )(local?.local.kind === 'id' ? local.local.id : '')
    expect((await get(`Observation/${stolen}`)).status).toBe(404)
    const before = hub.peers.map((one) => one.seen.length)
    for (const id of ['o1', 'x'.repeat(64), person().personId, '%2e%2e', 'a%2Fb']) {
      expect((await get(`Observation/${id}`)).status, id).toBe(404)
    }
    expect(hub.peers.map((one) => one.seen.length)).toEqual(before)
    expect((await get(`Condition/${own?.resource.id ?? ''}`)).status).toBe(404)
  })

  it('says when the hospital failed or was late, and writes who read it', async () => {
    const [own] = (await get(`Observation?patient=${person().personId}&_count=1`)).matches
    const id = own?.resource.id ?? ''
    const at = CODES.indexOf((readHubId(id)?.institution ?? '') as (typeof CODES)[number])
    peer(at).setFault({ kind: 'status500', on: 'search' })
    expect((await get(`Observation/${id}`)).status).toBe(502)
    peer(at).setFault({ kind: 'hang', on: 'search' })
    expect((await get(`Observation/${id}`)).status).toBe(504)
    peer(at).setFault({ kind: 'none' })
    hub.deps.clock.advance(20_000)
    await get(`Observation/${id}`, { 'x-request-id': 'read-audited' })
    const rows = await hub.deps.db
      .selectFrom('audit_event')
      .select(['action', 'result'])
      .where('request_id', '=', 'read-audited')
      .where('action', 'like', 'records.%')
      .orderBy('action')
      .execute()
    expect(rows).toEqual([
      { action: 'records.ask-hospital', result: 'allowed' },
      { action: 'records.read', result: 'allowed' },
    ])
    expect((await get(`Observation/${id}`, { 'x-purpose-of-use': '' })).status).toBe(400)
  })
})

describe('Patient', () => {
  it('is the person of the hub, masked, with links to what the hospitals have', async () => {
    await get(`Observation?patient=${person(1).personId}`)
    const read = await get(`Patient/${person(1).personId}`)
    expect(validateResource(read.body)).toEqual([])
    for (const secret of [person(1).idNumber, person(1).name, person(1).phone, person(1).birthDate])
      expect(read.text).not.toContain(secret)
    const links = read.body['link'] as { other: { reference: string } }[]
    expect(links).toHaveLength(CODES.length)
    const copy = await get(links[0]?.other.reference ?? '')
    expect(copy.status).toBe(200)
    expect(copy.body).toMatchObject({ resourceType: 'Patient', id: links[0]?.other.reference.slice('Patient/'.length) })
    expect(copy.text).not.toContain(person(1).idNumber)
  })

  it('is found by an identity number in a body only', async () => {
    const identifier = `urn:oid:2.16.156.10011.1.3|${person().idNumber}`
    const found = await post('Patient/_search', { identifier })
    expect(idsOf(found.matches)).toEqual([`Patient/${person().personId}`])
    expect(found.text).not.toContain(person().idNumber)
    const refused = await get(`Patient?identifier=${encodeURIComponent(identifier)}`)
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('_search')
    expect(refused.text).not.toContain(person().idNumber)
    expect((await get(`Patient?_id=${person().personId}`)).matches).toHaveLength(1)
    expect(
      (await post('Patient/_search', { identifier: 'urn:oid:2.16.156.10011.1.3|510104190002289999' })).body['total'],
    ).toBe(0)
    expect((await get('Patient?name=x')).status).toBe(400)
    expect((await get('Patient')).status).toBe(400)
  })

  it('$everything gives every type page by page, the person first, each record once', async () => {
    const pages = await allPages(`Patient/${person(2).personId}/$everything?_count=40`)
    const all = pages.flatMap((one) => one.matches)
    expect(idsOf(all)[0]).toBe(`Patient/${person(2).personId}`)
    expect(new Set(idsOf(all)).size).toBe(all.length)
    for (const type of RECORD_TYPES) {
      const alone = await allPages(`${type}?patient=${person(2).personId}&_count=200`)
      expect(all.filter((one) => one.resource.resourceType === type).length, type).toBe(
        alone.flatMap((one) => one.matches).length,
      )
    }
  })

  it('$everything takes types and a time, and nothing else', async () => {
    const some = await allPages(`Patient/${person().personId}/$everything?_type=Condition,Procedure`)
    const types = new Set(some.flatMap((one) => one.matches).map((one) => one.resource.resourceType))
    expect(types).toEqual(new Set(['Patient', 'Condition', 'Procedure']))
    const later = new Date(hub.deps.clock.now().getTime() + 86_400_000).toISOString()
    const none = await get(`Patient/${person().personId}/$everything?_since=${later}&_type=Condition`)
    expect(none.matches).toHaveLength(1)
    for (const query of ['start=2026-01-01', '_type=Coverage', '_since=2026', '_count=0', '_elements=id']) {
      expect((await get(`Patient/${person().personId}/$everything?${query}`)).status, query).toBe(400)
    }
  })
})

describe('copies of one record', () => {
  it('are shown once, in the issuer’s own copy, and named in a Provenance where that is asked for', async () => {
    const [row] = [...peer(1).store.rowsOf('DiagnosticReport')].filter((one) => one.json.includes('Patient/p000004'))
    const copy = { ...row?.resource, resourceType: 'DiagnosticReport', id: 'copy' } as never
    peer(0).store.put(copy, 'copy')
    const query = `DiagnosticReport?patient=${person(3).personId}&_count=200&_revinclude=Provenance:target`
    const found = await get(query)
    peer(0).store.remove('DiagnosticReport', 'copy')
    expect(found.matches.some((one) => one.link?.[0]?.url.endsWith('/copy'))).toBe(false)
    const [provenance] = found.includes.filter((one) => one.resource.resourceType === 'Provenance')
    expect(validateResource(provenance?.resource)).toEqual([])
    const text = JSON.stringify(provenance)
    expect(text).toContain(`${peer(0).baseUrl()}/DiagnosticReport/copy`)
    const targets = provenance?.resource['target'] as { reference: string }[] | undefined
    expect(found.matches.map((one) => one.fullUrl)).toContain(targets?.[0]?.reference)
    expect((await get(query)).includes).toEqual([])
  })
})

describe('the memory for bodies', () => {
  it('is given back when an answer has been sent, and when there is none', async () => {
    await get(`Observation?patient=${person().personId}&_count=200`)
    await get(`Observation?patient=01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f`)
    await get(`Patient/${person().personId}/$everything`)
    const [one] = (await get(`Condition?patient=${person().personId}&_count=1`)).matches
    await get(`Condition/${one?.resource.id ?? ''}`)
    await new Promise((done) => setTimeout(done, 20))
    expect(hub.exchange.room.used()).toBe(0)
  })
})

describe('what is not supported', () => {
  it('is refused by name, or left out by name where the caller is lenient, never in silence', async () => {
    const base = `Observation?patient=${person().personId}`
    for (const name of [
      'subject',
      '_has:Observation:patient:code',
      'code:text',
      '_elements',
      '_summary',
      'onset-date',
      'value-quantity',
    ]) {
      const strict = await get(`${base}&${name}=1`)
      expect(strict.status, name).toBe(400)
      expect(strict.text).toContain(name)
      const lenient = await get(`${base}&${name}=1`, { prefer: 'handling=lenient' })
      expect([lenient.status, lenient.outcomes]).toEqual([200, ['warning/not-supported']])
      expect(lenient.text).toContain(name)
    }
    expect((await get(`${base}&_count=x`, { prefer: 'handling=lenient' })).status).toBe(400)
    expect((await get(`${base}&identifier=${person().idNumber}`)).text).not.toContain(person().idNumber)
    expect((await get(`${base}&${person().idNumber}=1`)).text).not.toContain(person().idNumber)
    expect((await get(base, { accept: 'application/fhir+xml' })).status).toBe(406)
  })
})

describe('the CapabilityStatement', () => {
  interface Listed {
    readonly type: string
    readonly interaction: readonly { readonly code: string }[]
    readonly searchParam?: readonly { readonly name: string; readonly type: string }[]
    readonly searchInclude?: readonly string[]
    readonly searchRevInclude?: readonly string[]
  }
  const listed = async (): Promise<readonly Listed[]> => {
    const { body } = await get('metadata')
    expect(validateResource(body)).toEqual([])
    return (body['rest'] as { resource: Listed[] }[])[0]?.resource ?? []
  }

  it('lists exactly the types that have routes', async () => {
    expect((await listed()).map((one) => one.type).sort()).toEqual(['Patient', ...RECORD_TYPES].sort())
    const routes = hub.app.routeEntries
      .filter((one) => one.url.startsWith('/fhir/'))
      .map((one) => `${one.method} ${one.url}`)
    for (const { type, interaction } of await listed()) {
      expect(interaction.map((one) => one.code)).toEqual(['read', 'search-type'])
      expect(routes).toEqual(
        expect.arrayContaining([`GET /fhir/${type}`, `POST /fhir/${type}/_search`, `GET /fhir/${type}/:id`]),
      )
    }
  })

  it('lists no parameter and no include that does not work', async () => {
    for (const { type, searchParam = [], searchInclude = [], searchRevInclude = [] } of await listed()) {
      if (type === 'Patient') continue
      const base = `${type}?patient=${person().personId}&_count=1`
      const queries = [
        ...searchParam
          .filter((one) => one.name !== 'patient')
          .map((one) => `${one.name}=${one.type === 'date' ? 'ge2020-01-01' : 'urn:x|y'}`),
        ...searchInclude.map((one) => `_include=${one}`),
        ...searchRevInclude.map((one) => `_revinclude=${one}`),
        `_sort=-${RECORD_TYPE_FACTS[type as RecordType].date}`,
        '_sort=_lastUpdated',
      ]
      for (const query of queries) {
        const answer = await get(`${base}&${query}`)
        expect([answer.status, answer.outcomes.filter(isNoSecret)], `${type} ${query}`).toEqual([200, []])
      }
    }
  })
})
