import { beforeAll, describe, expect, it } from 'vitest'
import type { Consent } from '../../src/consent/consent-store.ts'
import { hubIdOfPatient, hubIdsFor } from '../../src/records/hub-id.ts'
import { registerHospital, searchForPerson } from '../../src/records/index.ts'
import { useDatabase } from '../support/database.ts'
import { sayConsent } from '../support/say-consent.ts'
import { CODES, readAnswer, useExchange } from './exchange.ts'

const READER = 'H51060300001'
const hub = useExchange(useDatabase())
const person = (index: number) => hub.people[index]?.personId ?? ''
const seenBy = () => hub.peers.map((one) => one.seen.length)
const HIV = 'secret-condition'

/** What a person said to the reader. */
const say = (personId: string, change: Partial<Consent>) =>
  sayConsent(hub.deps, { personId, recipients: [READER], ...change })

const raw = async (address: string) => {
  const response = await hub.app.inject({
    url: `/fhir/${address}`,
    headers: {
      authorization: `Bearer ${await hub.token('hospital')}`,
      'x-purpose-of-use': 'TREAT',
      'x-request-id': 'access-refused',
    },
  })
  return { status: response.statusCode, text: response.body }
}

beforeAll(async () => {
  hub.peers[1]?.store.put(
    {
      resourceType: 'Condition',
      code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'B24' }] },
      subject: { reference: 'Patient/p000003' },
      recordedDate: '2026-10-01',
    },
    HIV,
  )
})

describe('a person who closed everything for the reader', () => {
  it('is refused before any hospital is asked, at every door, and the refusal is audited', async () => {
    await say(person(0), { dataClasses: ['C4', 'C5'] })
    const before = seenBy()
    const observation = hubIdsFor(CODES[0], person(0))('o000001-1-HBA1C-HBA1C')
    for (const address of [
      `Observation?patient=${person(0)}`,
      `Observation/${observation}`,
      `Patient/${person(0)}/$everything`,
      `Patient/${person(0)}`,
      `Patient?_id=${person(0)}`,
    ]) {
      const answer = await raw(address)
      expect(answer.status, address).toBe(403)
      expect(answer.text).toContain('records.access-denied')
      expect(answer.text).toContain('OperationOutcome')
    }
    const reader = {
      clientId: 'c',
      institution: READER,
      role: 'hospital',
      purpose: 'TREAT',
      requestId: 'access-refused',
    } as const
    const asked = searchForPerson({ ...hub.deps, exchange: hub.exchange, consents: hub.consents }, reader, {
      personId: person(0),
      type: 'Observation',
      form: {},
      count: 1,
    })
    await expect(asked).rejects.toMatchObject({ code: 'records.access-denied' })
    expect(seenBy()).toEqual(before)
    const rows = await hub.deps.db
      .selectFrom('audit_event')
      .select(['action', 'result'])
      .where('request_id', '=', 'access-refused')
      .where('action', 'like', 'records.%')
      .orderBy('action')
      .execute()
    expect(rows.map((row) => `${row.action} ${row.result}`)).toEqual([
      'records.read refused',
      ...Array.from({ length: 3 }, () => 'records.search refused'),
    ])
  })
})

describe('a person found by a number', () => {
  it('is not there for a reader whom the person closed out, as one that is not registered; the refusal is audited', async () => {
    const find = async (number: string) => {
      const response = await hub.app.inject({
        method: 'POST',
        url: '/fhir/Patient/_search',
        headers: {
          authorization: `Bearer ${await hub.token('hospital')}`,
          'x-purpose-of-use': 'TREAT',
          'x-request-id': 'access-by-number',
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: new URLSearchParams({ identifier: `urn:oid:2.16.156.10011.1.3|${number}` }).toString(),
      })
      const { meta: _meta, ...rest } = response.json<Record<string, unknown>>()
      return { status: response.statusCode, rest }
    }
    const closed = await find(hub.people[0]?.idNumber ?? '')
    expect(closed).toEqual(await find('510104190002289999'))
    expect(closed).toMatchObject({ status: 200, rest: { total: 0 } })
    const refused = await hub.deps.db
      .selectFrom('audit_event')
      .select('result')
      .where('request_id', '=', 'access-by-number')
      .where('action', '=', 'people.read')
      .execute()
    expect(refused).toEqual([{ result: 'refused' }])
  })
})

describe('a person who closed one hospital', () => {
  it('is read elsewhere; that one is not asked, and not named', async () => {
    await say(person(1), { sources: [CODES[0]] })
    const before = seenBy()
    const answer = await raw(`Observation?patient=${person(1)}&_count=200`)
    const found = readAnswer(answer.status, answer.text)
    expect(found.outcomes).toEqual({ all: 'information/suppressed' })
    expect(seenBy()[0]).toBe(before[0])
    expect(found.matches.length).toBeGreaterThan(0)
    expect(answer.text).not.toContain(CODES[0])
    expect(answer.text).toContain('"denied","valueInteger":1')
    const own = hubIdsFor(CODES[0], person(1))('o000002-1-HBA1C-HBA1C')
    expect((await raw(`Observation/${own}`)).status).toBe(403)
  })

  it("is not named by the person, by a copy elsewhere, by why it was not asked, or by the reader's own log", async () => {
    hub.peers[1]?.store.put(
      {
        resourceType: 'DiagnosticReport',
        status: 'final',
        code: { text: 'copy' },
        subject: { reference: 'Patient/p000002' },
        performer: [{ identifier: { system: 'urn:x', value: CODES[0] } }],
        effectiveDateTime: '2026-10-01',
      },
      'copy-of-closed',
    )
    await registerHospital(
      hub.deps,
      CODES[0],
      { baseUrl: hub.peers[0]?.baseUrl() ?? '', auth: { kind: 'none' }, notifies: ['Condition'] },
      'test',
    )
    await hub.exchange.refresh()
    for (const address of [
      `Patient/${person(1)}`,
      `Patient?_id=${person(1)}`,
      `DiagnosticReport?patient=${person(1)}&_count=200&_include=DiagnosticReport:patient`,
      `Condition?patient=${person(1)}`,
      `Patient/${person(1)}/$everything?_count=200`,
    ]) {
      const answer = await raw(address)
      expect(answer.status, address).toBe(200)
      expect(answer.text, address).not.toContain(CODES[0])
      expect(answer.text, address).not.toContain('copy-of-closed')
      // Ids of the hub hold the house, too.
      expect(answer.text, address).not.toContain(hubIdOfPatient(CODES[0], person(1)))
    }
    const logged = await hub.deps.db
      .selectFrom('audit_event')
      .select('action')
      .where('request_id', '=', 'access-refused')
      .where('person_ref', '=', person(1))
      .where('target_id', '=', CODES[0])
      .execute()
    expect(logged).toEqual([])
  })
})

describe('a record of a special class', () => {
  const query = () => `Condition?patient=${person(2)}&_count=200`

  it('is withheld without a consent of its own, and said to be, without what it is', async () => {
    const answer = await raw(query())
    const found = readAnswer(answer.status, answer.text)
    expect(found.outcomes[CODES[1]]).toBe('information/suppressed')
    for (const secret of ['B24', HIV]) expect(answer.text).not.toContain(secret)
    const read = await raw(`Condition/${hubIdsFor(CODES[1], person(2))(HIV)}`)
    expect(read.status).toBe(403)
    expect(read.text).toContain('records.resource-withheld')
    expect(read.text).not.toContain('B24')
    const everything = await raw(`Patient/${person(2)}/$everything?_type=Condition`)
    expect(everything.text).not.toContain('B24')
    expect(everything.text).toContain('suppressed')
  })

  it('is not told of to whoever asks for it by its code: not by a number, a total or another answer', async () => {
    const of = async (code: string) => {
      const answer = await raw(`Condition?patient=${person(2)}&code=${code}`)
      const { lastUpdated: _at, ...meta } = JSON.parse(answer.text).meta
      const { total, entry } = JSON.parse(answer.text)
      const outcomes = entry.map((one: { resource: { issue: { details?: object; diagnostics?: string }[] } }) =>
        one.resource.issue.map(({ details, diagnostics }) => [details, diagnostics?.replace(/\d+ ms/, '')]),
      )
      return JSON.stringify({ total, meta, outcomes })
    }
    const asked = await of('http://hl7.org/fhir/sid/icd-10|B24')
    expect(asked).toBe(await of('http://hl7.org/fhir/sid/icd-10|Z99.9'))
    expect(asked).toContain('"total":0')
    expect(asked).toContain('does not tell whether there are any')
  })

  it('is shown with one', async () => {
    await say(person(2), { decision: 'permit', dataClasses: ['C6'], sensitiveClasses: ['hiv'] })
    const answer = await raw(query())
    expect(answer.text).toContain('B24')
    expect((await raw(`Condition/${hubIdsFor(CODES[1], person(2))(HIV)}`)).status).toBe(200)
  })
})

describe('a token of few scopes', () => {
  const get = async (address: string, ...types: string[]) => {
    const scopes = types.map((type) => `system/${type}.rs`)
    const response = await hub.app.inject({
      url: new URL(address, 'http://hub/fhir/').pathname + new URL(address, 'http://hub/fhir/').search,
      headers: {
        authorization: `Bearer ${await hub.token('hospital', READER, scopes)}`,
        'x-purpose-of-use': 'TREAT',
      },
    })
    const body = response.json<{
      entry?: { resource: { resourceType: string } }[]
      link?: { relation: string; url: string }[]
    }>()
    const shown = new Set((body.entry ?? []).map((one) => one.resource.resourceType))
    shown.delete('OperationOutcome')
    return {
      status: response.statusCode,
      types: [...shown].sort(),
      next: body.link?.find((one) => one.relation === 'next')?.url ?? '',
    }
  }

  it('reads of everything what it names, and the person alone where it names no record', async () => {
    const all = `Patient/${person(3)}/$everything?_count=200`
    expect(await get(all, 'Patient')).toEqual({ status: 200, types: ['Patient'], next: '' })
    expect((await get(all, 'Patient', 'Procedure')).types).toEqual(['Patient', 'Procedure'])
    expect((await get(`${all}&_type=Patient`, 'Patient', 'Procedure')).types).toEqual(['Patient'])
    expect((await get(`${all}&_type=Condition`, 'Patient', 'Procedure')).status).toBe(403)
  })

  it('does not go on with pages of a search that more scopes began', async () => {
    const search = `Observation?patient=${person(3)}&_count=1&_include=Observation:encounter`
    const { next } = await get(search, 'Observation', 'Encounter')
    expect((await get(next, 'Observation')).status).toBe(403)
    expect((await get(next, 'Observation', 'Encounter')).status).toBe(200)
    const first = await get(`Patient/${person(3)}/$everything?_count=1`, 'Patient', 'Condition', 'Procedure')
    expect((await get(first.next, 'Patient', 'Procedure')).status).toBe(403)
  })
})
