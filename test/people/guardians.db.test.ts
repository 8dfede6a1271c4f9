import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { CityCode } from '../../src/codes/index.ts'
import { type PersonId, seedGuardians, seedPeople } from '../../src/people/index.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const NOW = '2026-11-24T07:00:00.000Z'
const database = useDatabase()
const seeds = generatePeople('guardians', 8).map((one, at) => ({
  ...one,
  birthDate: at < 4 ? '2015-05-05' : `198${at}-01-01`,
}))
let people: readonly PersonId[] = []
const api = useApp(database, {
  now: NOW,
  seed: async (deps) => {
    people = await seedPeople(deps, seeds)
  },
})
const [CHILD, SECOND, THIRD, FOURTH, ADULT, OTHER] = [0, 1, 2, 3, 4, 5]

type Headers = { authorization: string }
const issuer = (city: CityCode = '510100') => api.token('issuer', { city })
async function post(url: string, payload: object, options: { by?: Headers; key?: string } = {}) {
  const response = await api.app.inject({
    method: 'POST',
    url,
    headers: { ...(options.by ?? (await issuer())), 'idempotency-key': options.key ?? randomUUID() },
    payload,
  })
  return { status: response.statusCode, headers: response.headers, text: response.body, body: response.json() }
}
const link = (of: number, change: object = {}, options: Parameters<typeof post>[2] = {}) =>
  post(
    `/people/${people[of]}/guardians`,
    { guardianId: people[ADULT], kind: 'guardian', relation: 'parent', evidenceRef: 'CD-2026-7', ...change },
    options,
  )
const list = async (of: number, by?: Headers) => {
  const response = await api.app.inject({
    url: `/people/${people[of]}/guardians`,
    headers: by ?? (await issuer()),
  })
  return { status: response.statusCode, guardians: response.json().guardians }
}

describe('a guardian', () => {
  it('is recorded with the period in which the link counts', async () => {
    const { status, body, headers } = await link(CHILD)
    expect([status, body.from, body.to]).toEqual([201, '2026-11-24', null])
    expect(headers['location']).toBe(`/people/${people[CHILD]}/guardians`)
    expect((await list(CHILD)).guardians).toEqual([
      {
        linkId: body.linkId,
        guardianId: people[ADULT],
        guardianMaskedName: expect.stringMatching(/\*/),
        kind: 'guardian',
        relation: 'parent',
        from: '2026-11-24',
        to: null,
        state: 'in-force',
        lastDay: '2029-05-04',
        recordedCity: '510100',
        evidenceRef: 'CD-2026-7',
      },
    ])
  })

  it('is recorded once: under the same key the same answer, under another a refusal', async () => {
    const key = randomUUID()
    const first = await link(SECOND, {}, { key })
    const again = await link(SECOND, {}, { key })
    expect(again.body).toEqual(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    const other = await link(SECOND, { relation: 'appointed' })
    expect([other.status, other.body.code]).toEqual([409, 'people.guardian-exists'])
    expect((await link(SECOND, { kind: 'family' })).status).toBe(201)
  })

  it('is recorded once also by ten at the same moment', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => link(THIRD)))
    expect(all.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ])
    expect((await list(THIRD)).guardians).toHaveLength(1)
  })

  it('ends at once, for the city that recorded it, and its first end stays', async () => {
    const { body } = await link(FOURTH)
    const path = `/people/${people[FOURTH]}/guardians/${body.linkId}/end`
    const foreign = await post(path, { reason: 'court' }, { by: await issuer('510600') })
    expect([foreign.status, foreign.body.code]).toEqual([404, 'people.guardian-not-found'])
    expect((await list(FOURTH)).guardians[0].state).toBe('in-force')
    expect(await post(path, { reason: 'court' })).toMatchObject({ status: 200, body: { state: 'ended' } })
    expect((await post(path, { reason: 'error' })).status).toBe(200)
    const [shown] = (await list(FOURTH)).guardians
    expect(shown).toMatchObject({ state: 'ended', endReason: 'court' })
    // Others see the link and neither where the paper is nor why it ended.
    const [seen] = (await list(FOURTH, await issuer('510600'))).guardians
    expect(seen).toMatchObject({ linkId: body.linkId, state: 'ended' })
    expect(seen).not.toHaveProperty('evidenceRef')
    expect(seen).not.toHaveProperty('endReason')
    // The same may be recorded again.
    expect((await link(FOURTH)).status).toBe(201)
  })
})

describe('what is refused', () => {
  it.each([
    ['oneself', { guardianId: () => people[OTHER] }, '/guardianId'],
    ['nobody registered', { guardianId: () => randomUUID() }, '/guardianId'],
    ['a guardian of a person of full age', {}, '/kind'],
    ['a day that is none', { kind: 'family', from: '2026-02-30' }, '/from'],
    ['a last day that is none', { kind: 'family', to: '2026-02-30' }, '/to'],
    ['an end before the beginning', { kind: 'family', to: '2026-11-23' }, '/to'],
    ['a reference that is an identity number', { kind: 'family', evidenceRef: '510104190001019995' }, '/evidenceRef'],
  ])('%s', async (_case, change, pointer) => {
    const body = Object.fromEntries(
      Object.entries(change).map(([name, value]) => [name, typeof value === 'function' ? value() : value]),
    )
    const refused = await link(OTHER, body)
    expect([refused.status, refused.body.code]).toEqual([422, 'people.guardian-invalid'])
    expect(refused.body.errors[0].pointer).toBe(pointer)
    expect(refused.text).not.toContain('510104190001019995')
  })

  it('a child as guardian, and a person whom nobody registered', async () => {
    const child = await link(CHILD, { guardianId: people[SECOND] })
    expect(child.body.errors).toEqual([{ pointer: '/guardianId', detail: 'is not of full age on the first day' }])
    const nobody = await post(`/people/${randomUUID()}/guardians`, {
      guardianId: people[ADULT],
      kind: 'family',
      relation: 'child',
      evidenceRef: 'CD-1',
    })
    expect([nobody.status, nobody.body.code]).toEqual([404, 'people.not-found'])
    const response = await api.app.inject({ url: `/people/${randomUUID()}/guardians`, headers: await issuer() })
    expect(response.statusCode).toBe(404)
  })

  it('everybody but an issuer', async () => {
    for (const role of ['hospital', 'bureau', 'pharmacy', 'cdc', 'operator'] as const) {
      const by = await api.token(role, { scopes: ['people.guardians'] })
      expect((await link(CHILD, {}, { by })).status, role).toBe(403)
      expect((await list(CHILD, by)).status, role).toBe(403)
    }
  })

  it.each([{ relation: 'friend' }, { kind: 'owner' }, { evidenceRef: '张示例' }, { evidenceRef: 'a' }, { extra: 1 }])(
    'a body with %o',
    async (change) => {
      expect((await link(CHILD, change)).status).toBe(400)
    },
  )
})

describe('the audit log', () => {
  it('holds an event for either side, without a name', async () => {
    const { body } = await link(OTHER, { kind: 'family', relation: 'spouse' })
    await post(`/people/${people[OTHER]}/guardians/${body.linkId}/end`, { reason: 'withdrawn' })
    await list(OTHER)
    const events = await database.db
      .selectFrom('audit_event')
      .select(['action', 'person_ref', 'reason_codes'])
      .where('action', 'like', 'people.%guardian%')
      .orderBy('event_no', 'desc')
      .limit(4)
      .execute()
    expect(events.toReversed()).toEqual([
      { action: 'people.link-guardian', person_ref: people[OTHER], reason_codes: ['family', 'spouse'] },
      { action: 'people.link-guardian', person_ref: people[ADULT], reason_codes: ['family', 'spouse'] },
      { action: 'people.end-guardian', person_ref: people[OTHER], reason_codes: ['withdrawn'] },
      { action: 'people.read-guardians', person_ref: people[OTHER], reason_codes: [] },
    ])
  })
})

describe('the sandbox', () => {
  it('gives each child an adult of its city, once', async () => {
    const family = generatePeople('family', 40)
    const ids = await seedPeople(api.deps, family)
    const members = family.map((one, at) => ({
      personId: ids[at] as string,
      birthDate: one.birthDate,
      city: one.insuredCity,
    }))
    await seedGuardians(api.deps, members)
    await seedGuardians(api.deps, members)
    const children = members.filter((one) => one.birthDate > '2012-11-24')
    expect(children.length).toBeGreaterThan(2)
    const links = await database.db
      .selectFrom('people_guardian')
      .select(['person_id', 'guardian_id'])
      .where('recorded_by', '=', 'seed')
      .execute()
    expect(links.map((one) => one.person_id).toSorted()).toEqual(children.map((one) => one.personId).toSorted())
    for (const { person_id, guardian_id } of links) {
      const [child, parent] = [person_id, guardian_id].map((id) => members.find((one) => one.personId === id))
      expect(parent?.city).toBe(child?.city)
      expect(Number(parent?.birthDate.slice(0, 4))).toBeLessThanOrEqual(Number(child?.birthDate.slice(0, 4)) - 20)
    }
  })
})
