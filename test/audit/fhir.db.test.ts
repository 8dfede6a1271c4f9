import type { Bundle, AuditEvent as FhirAuditEvent } from 'fhir/r4.js'
import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AuditEvent, appendAudits } from '../../src/audit/index.ts'
import { validateResource } from '../../src/fhir/index.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'
import { readEvent } from './events.ts'

const database = useDatabase()
const hub = useApp(database, { now: '2026-11-24T06:00:00Z' })

const CHENGDU = 'H51010000001'
const DEYANG = 'H51060300001'
const ZIYANG = 'H51200000005'
const PERSON = '0198c5d2-0000-7000-8000-000000000001'
const OTHER_PERSON = '0198c5d2-0000-7000-8000-000000000002'
const MANY = '0198c5d2-0000-7000-8000-000000000004'
const MERGED = '0198c5d2-0000-7000-8000-000000000003'

type Searchset = Bundle<FhirAuditEvent>
type Asking = {
  role?: 'hospital' | 'supervisor'
  institution?: string
  city?: string
  headers?: Record<string, string>
}

async function ask(query: string, { role = 'hospital', institution = CHENGDU, city = '510100', headers }: Asking = {}) {
  const of = role === 'supervisor' ? { city } : { institution, city }
  const token = await hub.token(role, of)
  const reply = await hub.app.inject({ url: `/fhir/AuditEvent${query}`, headers: { ...token, ...headers } })
  return { status: reply.statusCode, body: reply.json() as Searchset, text: reply.body }
}

const targets = ({ entry = [] }: Searchset) =>
  entry.map(({ resource }) => resource?.entity?.find((one) => one.type?.code === 'XrequestId')?.what?.identifier?.value)

beforeAll(async () => {
  const events: Partial<AuditEvent>[] = [
    // One fan-out of Chengdu: the search and two hospitals.
    { action: 'records.search', requestId: 'fan-out-1' },
    { action: 'records.ask-hospital', targetType: 'hospital', targetId: DEYANG, requestId: 'fan-out-1' },
    {
      action: 'records.ask-hospital',
      targetType: 'hospital',
      targetId: ZIYANG,
      requestId: 'fan-out-1',
      result: 'failed',
      reasonCodes: ['timeout'],
    },
    { action: 'records.read', actorOrg: DEYANG, actor: 'his-deyang', requestId: 'deyang-1' },
    { action: 'records.read', personRef: OTHER_PERSON, requestId: 'chengdu-other' },
    { action: 'records.search', result: 'refused', reasonCodes: ['consent.denied'], requestId: 'denied-1' },
    { action: 'people.register', personRef: OTHER_PERSON, requestId: 'register-1', actorOrg: DEYANG },
    {
      action: 'routing.deliver',
      actor: 'routing',
      actorOrg: 'hub',
      role: 'system',
      onBehalfOf: ZIYANG,
      targetType: 'message',
      targetId: 'm-1',
      personRef: undefined,
      requestId: 'deliver-1',
    },
    { action: 'cards.verify', personRef: OTHER_PERSON, requestId: 'verify-1' },
    { action: 'cards.verify', personRef: OTHER_PERSON, requestId: 'verify-2', result: 'refused' },
    { action: 'records.read', personRef: MERGED, requestId: 'before-the-merge' },
    { action: 'settlement.read', actorOrg: '510100', actor: 'bureau', role: 'bureau', requestId: 'bureau-1' },
  ]
  for (const event of events) {
    await appendAudits(database.db, [readEvent(event)], hub.deps.clock)
    hub.deps.clock.advance(1000)
  }
})

describe('an institution', () => {
  it('sees of a patient what it did itself, as valid AuditEvents, the newest first, and its own reading', async () => {
    const { status, body } = await ask(`?patient=${PERSON}`)
    expect(status).toBe(200)
    expect(body.type).toBe('searchset')
    expect(body.entry?.slice(1).map(({ resource }) => resource?.outcome)).toEqual(['8', '12', '0', '0'])
    expect(body.entry?.[0]?.resource?.entity?.[0]?.what?.reference).toBe(`Patient/${PERSON}`)
    for (const { resource, fullUrl } of body.entry ?? []) {
      expect(validateResource(resource)).toEqual([])
      expect(fullUrl).toMatch(/\/fhir\/AuditEvent\/\d+$/)
    }
    expect(validateResource(body)).toEqual([])
    expect(
      body.entry?.some(({ resource }) => resource?.agent.some(({ who }) => who?.identifier?.value === 'his-deyang')),
    ).toBe(false)
  })

  it('sees that its data were asked for by others, and nothing else of them', async () => {
    const { body } = await ask(`?patient=${PERSON}&agent=Organization/${CHENGDU}`, {
      institution: DEYANG,
      city: '510600',
    })
    expect(targets(body)).toEqual(['fan-out-1'])
    const asked = body.entry?.[0]?.resource
    expect(asked?.agent[1]?.who?.identifier?.value).toBe(DEYANG)
  })

  it('sees a fan-out as one incoming and as many outgoing events of one request', async () => {
    const { body } = await ask(`?patient=${PERSON}&outcome=0,12&agent=Device/client-his-1`)
    expect(targets(body)).toEqual(['fan-out-1', 'fan-out-1', 'fan-out-1'])
  })

  it('that has nothing to do with a patient sees nothing', async () => {
    const { status, body } = await ask(`?patient=${PERSON}`, { institution: 'H51140000002', city: '511400' })
    // Its own question is an event of its own, and so the only one.
    expect([status, body.entry?.length]).toEqual([200, 1])
    expect(body.entry?.[0]?.resource?.agent[0]?.who?.identifier?.value).toMatch(/h51140000002/)
  })

  it('searches without a patient by date, both what it did and what was done with its data', async () => {
    const { body } = await ask('?date=ge2026-11-24&action=R,E,C&agent=client-his-1')
    expect(targets(body)).toEqual([
      'before-the-merge',
      'verify-2',
      undefined,
      'chengdu-other',
      'fan-out-1',
      'fan-out-1',
      'fan-out-1',
    ])
    const ziyang = await ask('?date=ge2026-11-24&outcome=0,12&action=R,E', { institution: ZIYANG, city: '512000' })
    expect(targets(ziyang.body).filter((one) => one !== undefined && /deliver|fan-out/.test(one))).toEqual([
      'deliver-1',
      'fan-out-1',
    ])
  })

  it('finds what was done under the ids of before a merge', async () => {
    const before = await ask(`?patient=${OTHER_PERSON}&action=R&outcome=0`)
    expect(targets(before.body)).not.toContain('before-the-merge')
    await inTx(database.db, async (tx) => {
      // The rows of the people themselves do not matter here.
      await sql`set local session_replication_role = replica`.execute(tx)
      await sql`insert into people_merged (person_id, survivor_id, into_id, merge_id)
        values (${MERGED}, ${OTHER_PERSON}, ${OTHER_PERSON}, gen_random_uuid())`.execute(tx)
    })
    // Done behind the process's back, it is known a moment later.
    await new Promise((done) => setTimeout(done, 250))
    for (const asked of [OTHER_PERSON, MERGED]) {
      const { body } = await ask(`?patient=${asked}&action=R&outcome=0`)
      expect(targets(body)).toEqual(expect.arrayContaining(['before-the-merge', 'chengdu-other', 'verify-1']))
    }
  })
})

describe('the parameters', () => {
  const of = `patient=${PERSON}`
  it.each([
    ['action=E&outcome=8', ['denied-1']],
    ['action=C', []],
    ['outcome=12', ['fan-out-1']],
    ['outcome=4', []],
    ['entity-type=XrequestId&outcome=12', ['fan-out-1']],
    ['entity-type=http://terminology.hl7.org/CodeSystem/audit-entity-type|1&outcome=12', ['fan-out-1']],
    ['entity-type=4', []],
    [`agent=${ZIYANG}`, ['fan-out-1']],
    [`agent:identifier=urn:x|${ZIYANG}`, ['fan-out-1']],
    ['date=lt2026-11-24T06:00:01Z', ['fan-out-1']],
    ['date=gt9999', []],
    ['date=0001', []],
    ['date=ge2026-11-24T06:00:02Z&date=lt2026-11-24T06:00:03Z', ['fan-out-1']],
    ['date=lt2026-11-24T06:00:10Z&_sort=-date&_format=json&_count=1&outcome=12', ['fan-out-1']],
  ])('%s', async (query, expected) => {
    const { status, body } = await ask(`?${of}&${query}`)
    expect(status).toBe(200)
    const denied = body.entry?.filter(({ resource }) => resource?.type.code === '110113').map(() => 'denied-1') ?? []
    expect([...denied, ...targets(body).filter((one) => one !== undefined)]).toEqual(expected)
  })

  it.each([
    ['colour=red', 'colour'],
    ['patient:missing=true', 'patient:missing'],
    ['_include=AuditEvent:entity', '_include'],
    ['patient=510104190001019995', 'patient'],
    [`patient=${PERSON}&patient=${OTHER_PERSON}`, 'patient'],
    [`patient=${PERSON}&action=X`, 'action'],
    [`patient=${PERSON}&outcome=1`, 'outcome'],
    [`patient=${PERSON}&date=tomorrow`, 'date'],
    [`patient=${PERSON}&_count=0`, '_count'],
    [`patient=${PERSON}&_count=x`, '_count'],
    [`patient=${PERSON}&_sort=agent`, '_sort'],
    [`patient=${PERSON}&_format=xml`, '_format'],
    [`patient=${PERSON}&agent=a b`, 'agent'],
    ['', 'date'],
    ['_page=x', '_page'],
    [`_page=${'A'.repeat(60)}&patient=${PERSON}`, '_page'],
  ])('%s is answered 400 and named', async (query, pointer) => {
    const { status, body, text } = await ask(`?${query}`)
    expect(status).toBe(400)
    expect(
      (body as unknown as { issue: { expression: string[] }[] }).issue.map(({ expression }) => expression[0]),
    ).toEqual([pointer])
    expect(text).not.toContain('510104190001019995')
  })
})

describe('pages', () => {
  it('show every event once, also while new ones come, and end', async () => {
    const seen: (string | undefined)[] = []
    let query: string | undefined = `?patient=${PERSON}&date=lt2026-11-24T06:00:30Z&_count=2`
    let pages = 0
    while (query !== undefined) {
      const { body } = await ask(query)
      seen.push(...(body.entry ?? []).map(({ resource }) => resource?.id))
      const next = body.link?.find(({ relation }) => relation === 'next')?.url
      query = next?.slice(next.indexOf('?'))
      pages++
      await appendAudits(database.db, [readEvent({ requestId: `late-${pages}` })], hub.deps.clock)
    }
    expect(pages).toBeGreaterThan(2)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThanOrEqual(4)
  })

  it('belong to the client that was given them', async () => {
    const { body } = await ask(`?patient=${PERSON}&_count=1`)
    const next = body.link?.find(({ relation }) => relation === 'next')?.url ?? ''
    const query = next.slice(next.indexOf('?'))
    expect((await ask(query, { institution: DEYANG, city: '510600' })).status).toBe(400)
    const changed = `${query.slice(0, -1)}${query.endsWith('A') ? 'B' : 'A'}`
    expect((await ask(changed)).status).toBe(400)
    expect((await ask(query)).body.entry).toHaveLength(1)
    // Clients put a count to every address.
    expect((await ask(`${query}&_count=1000`)).body.entry?.length).toBeGreaterThan(1)
    for (const beside of ['_count=0', 'action=R', '_count=5&_count=5']) {
      expect((await ask(`${query}&${beside}`)).status).toBe(400)
    }
  })

  it('hold two hundred events at most, whatever is asked for', async () => {
    await appendAudits(
      database.db,
      Array.from({ length: 250 }, (_, at) => readEvent({ personRef: MANY, requestId: `many-${at}` })),
      hub.deps.clock,
    )
    const { body } = await ask(`?patient=${MANY}&_count=1000`)
    expect(body.entry).toHaveLength(200)
    expect(body.link?.some(({ relation }) => relation === 'next')).toBe(true)
  })
})

describe('one event', () => {
  it('is read by its id, and is not there for anybody else', async () => {
    const { body } = await ask(`?patient=${PERSON}&outcome=8`)
    const id = body.entry?.[0]?.resource?.id
    const found = await ask(`/${id}`)
    expect(found.status).toBe(200)
    expect((found.body as unknown as FhirAuditEvent).id).toBe(id)
    expect((await ask(`/${id}`, { institution: DEYANG, city: '510600' })).status).toBe(404)
    for (const strange of ['0', '-1', '999999', 'x', '9'.repeat(30), "1'--"]) {
      expect((await ask(`/${encodeURIComponent(strange)}`)).status).toBe(404)
    }
  })
})

describe('the health authority of a city', () => {
  const supervisor = { role: 'supervisor', city: '510600' } as const

  it('sees what the institutions of its city did and what was asked of them, and of no other city', async () => {
    const { body } = await ask('?date=ge2026-11-24&_count=200', supervisor)
    const seen = new Set(targets(body))
    expect(seen).toContain('deyang-1')
    expect(seen).toContain('register-1')
    expect(seen).toContain('fan-out-1')
    for (const one of ['chengdu-other', 'deliver-1', 'bureau-1', 'verify-2']) expect(seen).not.toContain(one)
    // Of the fan-out of Chengdu the one event in which Deyang was asked.
    expect(targets(body).filter((one) => one === 'fan-out-1')).toHaveLength(1)
  })

  it('reads no record', async () => {
    const reply = await hub.app.inject({
      url: `/fhir/Observation?patient=${PERSON}`,
      headers: { ...(await hub.token('supervisor', { city: '510600' })), 'x-purpose-of-use': 'TREAT' },
    })
    expect(reply.statusCode).toBe(403)
  })
})

describe('reading the log', () => {
  it('is an event itself, which names the reader and the patient', async () => {
    await ask(`?patient=${OTHER_PERSON}`, { headers: { 'x-request-id': 'reading-the-log-1' } })
    const { rows } = await sql<{ actor_org: string; person_ref: string; action: string }>`
      select actor_org, person_ref, action from audit_event where request_id = 'reading-the-log-1'`.execute(database.db)
    expect(rows).toEqual([{ actor_org: CHENGDU, person_ref: OTHER_PERSON, action: 'audit.search' }])
  })

  it('gives nothing where its event cannot be written', async () => {
    await sql`alter table audit_event add constraint none_now check (action <> 'audit.search') not valid`.execute(
      database.db,
    )
    try {
      const { status, body } = await ask(`?patient=${PERSON}`)
      expect(status).toBe(503)
      expect(body.entry).toBeUndefined()
    } finally {
      await sql`alter table audit_event drop constraint none_now`.execute(database.db)
    }
  })
})
