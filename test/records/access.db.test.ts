import { beforeAll, describe, expect, it } from 'vitest'
import { type Consent, insertConsent } from '../../src/consent/consent-store.ts'
import { newId } from '../../src/kernel/ids.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { hubIdsFor } from '../../src/records/hub-id.ts'
import { searchForPerson } from '../../src/records/index.ts'
import { useDatabase } from '../support/database.ts'
import { CODES, readAnswer, useExchange } from './exchange.ts'

const READER = 'H51060300001'
const hub = useExchange(useDatabase())
const person = (index: number) => hub.people[index]?.personId ?? ''
const seenBy = () => hub.peers.map((one) => one.seen.length)
const HIV = 'secret-condition'

/** What a person said, as the slice of consent keeps it. */
async function say(personId: string, change: Partial<Consent>): Promise<void> {
  await inTx(hub.deps.db, (tx) =>
    insertConsent(tx, {
      personId,
      consentId: newId(),
      decision: 'deny',
      purpose: 'TREAT',
      recipients: [READER],
      dataClasses: ['C5'],
      sensitiveClasses: [],
      sources: [],
      separate: true,
      givenBy: 'self',
      giverId: null,
      notice: 'cross-city-records',
      noticeVersion: 1,
      noticeHash: 'test',
      language: 'zh-CN',
      channel: 'app',
      evidenceRef: 'test',
      givenAt: hub.deps.clock.now(),
      validUntil: null,
      recordedClient: 'test',
      recordedCity: '510600',
      ...change,
    } as Consent),
  )
}

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

  it('is shown with one', async () => {
    await say(person(2), { decision: 'permit', dataClasses: ['C6'], sensitiveClasses: ['hiv'] })
    const answer = await raw(query())
    expect(answer.text).toContain('B24')
    expect((await raw(`Condition/${hubIdsFor(CODES[1], person(2))(HIV)}`)).status).toBe(200)
  })
})
