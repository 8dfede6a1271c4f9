import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { listPersonAudit } from '../../src/audit/index.ts'
import { decideAccess } from '../../src/consent/index.ts'
import { useDatabase } from '../support/database.ts'
import { DEYANG, useDesk, ZIYANG } from './desk.ts'

const database = useDatabase()
const desk = useDesk(database, 'consents')

const hospital = (institution: string) => ({ role: 'hospital' as const, of: { institution } })
const read = async (personId: string, purpose = 'TREAT', institution = ZIYANG) =>
  await decideAccess(
    { ...desk.deps, ...desk.live },
    { personId, by: { clientId: 'reader', institution, role: 'hospital' }, purpose, resourceTypes: ['Observation'] },
  )
const register = async (passport: string): Promise<string> => {
  const person = { name: '示例合并', sex: 'female', birthDate: '1985-05-05' }
  const answer = await desk.post('/people', { ...person, identifiers: [{ type: 'passport', value: passport }] })
  return answer.body.personId
}
const problems = (body: { errors?: { pointer: string }[] }) => body.errors?.map((one) => one.pointer)

describe('GET /consents/policy', () => {
  it('tells anybody the notices with their hashes, the purposes and the reasons', async () => {
    const answer = await desk.app.inject({ url: '/consents/policy' })
    const body = answer.json()
    expect(answer.statusCode).toBe(200)
    expect(body.purposes.map((one: { purpose: string }) => one.purpose)).toEqual([
      'COC',
      'ETREAT',
      'HPAYMT',
      'HRESCH',
      'PUBHLTH',
      'TREAT',
    ])
    expect(body.notices.every((one: { hash: string; verified: boolean }) => /^[0-9a-f]{64}$/.test(one.hash))).toBe(true)
    expect(body.overrideReasons.length).toBeGreaterThan(3)
  })
})

describe('a consent', () => {
  it('is kept with notice, giver, channel and proof, and counts from the answer on', async () => {
    const personId = desk.people[2]!
    expect((await read(personId, 'HRESCH')).allow).toBe(false)
    const given = await desk.give({ purpose: 'HRESCH', notice: 'research', personId: personId.toUpperCase() })
    expect(given.status).toBe(201)
    expect(given.body).toMatchObject({
      personId,
      decision: 'permit',
      state: 'in-force',
      recipients: [ZIYANG],
      dataClasses: ['C5'],
      givenBy: 'self',
      notice: 'research',
      channel: 'app',
      evidenceRef: 'sign:CD-2026-000123',
      withdrawal: null,
    })
    expect(await read(personId, 'HRESCH')).toMatchObject({ allow: true, consentId: given.body.consentId })
    expect((await read(personId, 'HRESCH', DEYANG)).allow).toBe(false)
  })

  it('ends for the next question when it is withdrawn, and its withdrawal is told by ids alone', async () => {
    const personId = desk.people[3]!
    const { body } = await desk.give({ personId })
    const withdrawn = await desk.withdraw(personId, body.consentId)
    expect([withdrawn.status, withdrawn.body.state]).toEqual([200, 'withdrawn'])
    expect(withdrawn.body.withdrawal).toMatchObject({ withdrawnBy: 'self', channel: 'app' })
    expect(await read(personId)).toMatchObject({ allow: false, reasonCodes: ['consent-withdrawn'] })
    const again = await desk.withdraw(personId, body.consentId, { channel: 'counter' })
    expect(again.body.withdrawal).toEqual(withdrawn.body.withdrawal)
  })

  it('is one consent under one key', async () => {
    const personId = desk.people[4]!
    const first = await desk.give({ personId })
    const list = await desk.get(`/consents?personId=${personId}`)
    expect(list.body.consents.map((one: { consentId: string }) => one.consentId)).toEqual([first.body.consentId])
  })

  it('that says no is kept, counts, and says when the person may be asked again', async () => {
    const personId = desk.people[5]!
    const no = await desk.give({ personId, decision: 'deny', separate: undefined, recipients: ['512000'] })
    expect(no.body).toMatchObject({ decision: 'deny', mayAskAgainFrom: '2026-12-24' })
    expect(await read(personId)).toMatchObject({ allow: false, reasonCodes: ['consent-denied'] })
    expect((await read(personId, 'TREAT', DEYANG)).allow).toBe(true)
    await desk.withdraw(personId, no.body.consentId)
    expect((await read(personId)).allow).toBe(true)
  })

  it('opens special diseases only by a consent of their own with their own notice', async () => {
    const personId = desk.people[6]!
    expect((await read(personId)).withheld.has('hiv')).toBe(true)
    const bundled = await desk.give({ personId, dataClasses: ['C5', 'C6'], sensitiveClasses: ['hiv'] })
    expect([bundled.status, problems(bundled.body)]).toEqual([422, ['/dataClasses', '/notice']])
    const other = await desk.give({ personId, dataClasses: ['C6'], sensitiveClasses: ['hiv'] })
    expect([other.status, problems(other.body)]).toEqual([422, ['/notice']])
    const own = { dataClasses: ['C6'], sensitiveClasses: ['hiv'], notice: 'special-disease' }
    expect((await desk.give({ personId, ...own })).status).toBe(201)
    const decision = await read(personId)
    expect([decision.withheld.has('hiv'), decision.withheld.has('psychiatric')]).toEqual([false, true])
  })

  it.each([
    ['a purpose that nobody registered', { purpose: 'HMARKT' }, '/purpose'],
    ['a purpose that rests on a law', { purpose: 'PUBHLTH' }, '/purpose'],
    ['a recipient without a name in the register', { recipients: ['H51010477777'] }, '/recipients/0'],
    ['a city that is none of the four', { recipients: ['110100'] }, '/recipients/0'],
    ['a class that the purpose does not reach', { dataClasses: ['C8'] }, '/dataClasses/0'],
    ['a yes among others', { separate: false }, '/separate'],
    [
      'a special class that is none',
      { dataClasses: ['C6'], sensitiveClasses: ['flu'], notice: 'special-disease' },
      '/sensitiveClasses/0',
    ],
    ['special classes without C6', { sensitiveClasses: ['hiv'] }, '/sensitiveClasses'],
    ['sources with a yes', { sources: [DEYANG] }, '/sources'],
    ['unknown sources', { decision: 'deny', sources: ['H51010477777'] }, '/sources/0'],
    ['a notice of another purpose', { notice: 'research' }, '/notice'],
    ['another text than the notice', { noticeHash: 'a'.repeat(64) }, '/noticeHash'],
    ['an old version of the notice', { noticeVersion: 2 }, '/notice'],
    ['an end in the past', { validUntil: '2026-11-24T06:59:59Z' }, '/validUntil'],
    ['no end of a mandate', { givenBy: 'proxy', giverId: randomUUID() }, '/validUntil'],
  ])('is refused with %s', async (_what, change, pointer) => {
    const answer = await desk.give(change)
    expect([answer.status, problems(answer.body)?.includes(pointer)]).toEqual([422, true])
  })

  it.each([
    ['a one-time code as its proof', { evidenceRef: '482913' }],
    ['an identity number as its proof', { evidenceRef: 'id:510104199001011234' }],
    ['an unknown member', { price: '1.00' }],
    ['recipients twice', { recipients: [ZIYANG, ZIYANG] }],
    ['no recipient', { recipients: [] }],
    [
      'more recipients than anybody reads',
      { recipients: Array.from({ length: 51 }, (_, at) => `H510104${String(at).padStart(5, '0')}`) },
    ],
    ['a leap second', { validUntil: '2026-12-31T23:59:60Z' }],
    ['a person id that is none', { personId: "x' or 1=1" }],
  ])('does not even pass the form with %s', async (_what, change) => {
    expect((await desk.give(change)).status).toBe(400)
  })

  it('is not taken for somebody whom nobody registered', async () => {
    expect((await desk.give({ personId: randomUUID() })).body.code).toBe('consent.person-not-found')
  })
})

describe('who decides', () => {
  it('is the guardian for a child under 14, whose yes ends on the 14th birthday', async () => {
    const personId = desk.child
    const guardian = { givenBy: 'guardian', giverId: desk.people[1] }
    const alone = await desk.give({ personId })
    expect([alone.status, problems(alone.body)]).toEqual([422, ['/givenBy']])
    const stranger = await desk.give({ personId, ...guardian, giverId: desk.people[7] })
    expect([stranger.status, problems(stranger.body)]).toEqual([422, ['/giverId']])
    const yes = await desk.give({ personId, ...guardian, validUntil: '2040-01-01T00:00:00Z' })
    expect(yes.body.validUntil).toBe('2030-11-24T16:00:00.000Z')
    const no = await desk.give({ personId, ...guardian, decision: 'deny', purpose: 'HRESCH', notice: 'research' })
    expect(no.body.validUntil).toBeNull()
    const byChild = await desk.withdraw(personId, yes.body.consentId)
    expect([byChild.status, byChild.body.code]).toEqual([422, 'consent.giver-not-entitled'])
    const byGuardian = await desk.withdraw(personId, yes.body.consentId, {
      withdrawnBy: 'guardian',
      giverId: desk.people[1],
    })
    expect(byGuardian.status).toBe(200)
  })

  it('is the person from 14 on, and no guardian', async () => {
    const answer = await desk.give({ givenBy: 'guardian', giverId: desk.people[1] })
    expect([answer.status, problems(answer.body)]).toEqual([422, ['/givenBy']])
    expect(problems((await desk.give({ giverId: desk.people[1] })).body)).toEqual(['/giverId'])
    expect(problems((await desk.give({ givenBy: 'guardian' })).body)).toEqual(['/giverId'])
  })
})

describe('who sees what', () => {
  it('lets a hospital see what names it or its city, without who gave it and its proof', async () => {
    const personId = desk.people[8]!
    await desk.give({ personId, recipients: ['510600'] })
    await desk.give({ personId, recipients: [ZIYANG] })
    const deyang = await desk.get(`/consents?personId=${personId}`, hospital(DEYANG))
    expect(deyang.body.consents.map((one: { recipients: string[] }) => one.recipients)).toEqual([['510600']])
    expect(deyang.body.consents[0].evidenceRef).toBeUndefined()
    const chengdu = await desk.get(`/consents?personId=${personId}`, hospital('H51010499001'))
    expect(chengdu.body.consents).toEqual([])
    expect((await desk.get(`/consents?personId=${personId}`)).body.consents).toHaveLength(2)
  })

  it('tells the proof to the city that recorded it alone', async () => {
    const personId = desk.people[8]!
    const other = await desk.get(`/consents?personId=${personId}`, { of: { city: '510100' } })
    expect(other.body.consents.every((one: object) => !('evidenceRef' in one))).toBe(true)
  })

  it('finds no consent under another person', async () => {
    const { body } = await desk.give({ personId: desk.people[8]! })
    const answer = await desk.withdraw(desk.people[9]!, body.consentId)
    expect([answer.status, answer.body.code]).toEqual([404, 'consent.not-found'])
  })

  it('shows the person who read what when and why, page by page, and all of it in one file', async () => {
    const personId = desk.people[8]!
    const first = await desk.get(`/consents/accesses?personId=${personId}&count=2`)
    expect(first.body.accesses).toHaveLength(2)
    expect(first.body.accesses[0]).toMatchObject({ organisation: '512000', action: 'consent.list-accesses' })
    const second = await desk.get(`/consents/accesses?personId=${personId}&count=2&before=${first.body.next}`)
    expect(second.body.accesses[0].at <= first.body.accesses[1].at).toBe(true)
    expect(second.body.accesses).not.toEqual(first.body.accesses)
    const file = await desk.get(`/consents/export?personId=${personId}`)
    expect(file.status).toBe(200)
    expect(file.body.accesses.some((one: { organisation: string }) => one.organisation === DEYANG)).toBe(true)
    expect(file.body.consents.length).toBeGreaterThan(2)
    expect(file.text).not.toContain('sourceAddress')
    for (const bad of ['x', 'AAAA', Buffer.from('1e3.1').toString('base64url')]) {
      expect((await desk.get(`/consents/accesses?personId=${personId}&before=${bad}`)).status).toBe(400)
    }
  })

  it('leaves an event for every giving, withdrawing and looking', async () => {
    const actions = (await listPersonAudit(database.db, { personRef: desk.people[8]!, limit: 100 })).map(
      ({ record }) => record.action,
    )
    expect(new Set(actions)).toEqual(
      new Set(['consent.give', 'consent.list', 'consent.list-accesses', 'consent.export']),
    )
  })
})

describe('GET /consents/withdrawals', () => {
  const since = (institution: string, at = '2026-11-24T07:00:00Z') =>
    desk.get(`/consents/withdrawals?since=${at}`, hospital(institution))
  const ids = (answer: { body: { withdrawals: { consentId: string }[] } }) =>
    answer.body.withdrawals.map((one) => one.consentId)

  it('tells those whom the consent names, and in a city who treats the person', async () => {
    const personId = desk.people[7]!
    const named = (await desk.give({ personId, recipients: [ZIYANG] })).body.consentId
    const ofCity = (await desk.give({ personId, recipients: ['510600'] })).body.consentId
    const no = (await desk.give({ personId, decision: 'deny' })).body.consentId
    for (const consentId of [named, ofCity, no]) await desk.withdraw(personId, consentId)
    expect(ids(await since(ZIYANG))).toContain(named)
    expect(ids(await since(ZIYANG))).not.toContain(ofCity)
    expect(ids(await since(ZIYANG))).not.toContain(no)
    expect(ids(await since(DEYANG))).toEqual([])
    const visit = { personId, kind: 'visit', from: '2026-11-24T01:00:00Z', visitRef: 'MZ-1' }
    await desk.post('/consents/relationships', visit, hospital(DEYANG))
    const told = await since(DEYANG)
    expect(told.body.withdrawals).toEqual([
      { personId, consentId: ofCity, purpose: 'TREAT', withdrawnAt: '2026-11-24T07:00:00.000Z' },
    ])
    expect(told.body.next).toBe('2026-11-24T07:00:00.000Z')
    expect((await since(DEYANG, '2026-11-23T00:00:00Z')).body.next).toBe('2026-11-24T06:59:00.000Z')
    expect(ids(await since(DEYANG, '2026-11-24T07:00:00.001Z'))).toEqual([])
    expect((await since(DEYANG, '2026-11-24')).status).toBe(400)
  })
})

describe('two rows that turn out to be one person', () => {
  it('answer with all that was said under either, in its order, while they are one', async () => {
    // Registered without an insurance: rows that are both insured cannot become one person.
    const [kept, absorbed] = await Promise.all([register('LXR0000001'), register('LXR0000002')])
    const no = await desk.give({ personId: absorbed, decision: 'deny', recipients: ['512000'] })
    const yes = await desk.give({ personId: kept, purpose: 'HRESCH', notice: 'research' })
    expect([(await read(kept)).allow, (await read(absorbed, 'HRESCH')).allow]).toEqual([true, false])
    const merged = await desk.post('/people/merges', {
      survivorId: kept,
      absorbedId: absorbed,
      reason: 'documents-seen',
    })
    expect([merged.status, merged.body.code]).toEqual([201, undefined])
    expect((await read(kept)).reasonCodes).toEqual(['consent-denied'])
    expect((await read(absorbed, 'HRESCH')).consentId).toBe(yes.body.consentId)
    const list = await desk.get(`/consents?personId=${kept}`)
    expect(list.body.consents.map((one: { consentId: string }) => one.consentId)).toEqual([
      yes.body.consentId,
      no.body.consentId,
    ])
    const file = await desk.get(`/consents/export?personId=${absorbed}`)
    expect(file.body.accesses.map((one: { action: string }) => one.action)).toContain('consent.refuse')
    expect((await desk.withdraw(kept, no.body.consentId)).status).toBe(200)
    expect((await read(absorbed)).allow).toBe(true)
  })
})

describe('what was said', () => {
  it('cannot be changed or removed, whatever the program does', async () => {
    for (const statement of [
      "update consent_record set decision = 'permit'",
      'delete from consent_withdrawal',
      'truncate consent_record cascade',
      "update consent_notice set text = 'other'",
    ]) {
      await expect(database.db.executeQuery({ sql: statement, parameters: [] } as never)).rejects.toThrow(/refused/)
    }
  })

  it('is bounded for each person', async () => {
    await database.db
      .insertInto('consent_figure')
      .values({ name: 'max-consents', version: 2, value: 2, from_date: '2026-11-24', source: 'test' })
      .execute()
    await desk.live.consents.refresh()
    const personId = desk.people[10]!
    const answers = await Promise.all([1, 2, 3, 4].map(() => desk.give({ personId })))
    expect(answers.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([201, 201, 409, 409])
  })
})

describe('GET /fhir/Consent', () => {
  it('shows them as R4, and a hospital those that name it', async () => {
    const personId = desk.people[8]!
    const all = await desk.get(`/fhir/Consent?patient=Patient/${personId}`)
    expect(all.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' })
    expect(all.body.total).toBe(all.body.entry.length)
    const deyang = await desk.get(`/fhir/Consent?patient=${personId}&status=active`, hospital(DEYANG))
    expect(deyang.body.entry.map((one: { resource: { provision: object } }) => one.resource.provision)).toMatchObject([
      { type: 'permit', purpose: [{ code: 'TREAT' }] },
    ])
    expect((await desk.get(`/fhir/Consent?patient=${personId}&actor=x`)).status).toBe(400)
    const statement = (await desk.app.inject({ url: '/fhir/metadata' })).json()
    expect(statement.rest[0].resource.map((one: { type: string }) => one.type)).toContain('Consent')
  })
})
