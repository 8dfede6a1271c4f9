import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  findPersonId,
  IDENTIFIERS_PART,
  identifierForExchange,
  insurancesAt,
  readOfPerson,
} from '../../src/people/index.ts'
import { readSurvivors } from '../../src/people/merged-store.ts'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, HOSPITAL, issuerOf, usePeople, type Who, ZIYANG } from './people-app.ts'

const database = useDatabase()
const api = usePeople(database)

const { make } = api
const post = (url: string, payload: object, who: Who = CHENGDU) => api.post(url, payload, who)
const get = (url: string, who: Who = CHENGDU) => api.get(url, who)
const insured = (from: string, to: string | null, insuredCity = '510100') => [
  { insuredCity, insutype: '310', psnType: '11', from, to },
]
const merge = (survivorId: string, absorbedId: string, who?: Who) =>
  post('/people/merges', { survivorId, absorbedId, reason: 'documents-seen' }, who)
const undo = (mergeId: string, who?: Who) => post(`/people/merges/${mergeId}/undo`, { reason: 'wrong-merge' }, who)
const by = { clientId: 'lab', org: 'H51010499999', role: 'hospital' }

/** All that the tables say of who holds what. */
const picture = async () => ({
  merged: await database.db.selectFrom('people_merged').selectAll().orderBy('person_id').execute(),
  insured: await database.db
    .selectFrom('people_insurance')
    .selectAll()
    .orderBy('person_id')
    .orderBy('from_date')
    .execute(),
  identifiers: await database.db.selectFrom('people_identifier').selectAll().orderBy('index_value').execute(),
})

describe('a merge', () => {
  it('makes one person: every read of either answers for both', async () => {
    const a = await make({ insurances: insured('2020-01-01', '2022-12-31') })
    const b = await make({ insurances: insured('2023-01-01', null) })
    const done = await merge(a.personId, b.personId)
    expect(done).toMatchObject({
      status: 201,
      body: { kind: 'merge', survivorId: a.personId, absorbedId: b.personId, undoes: null, reason: 'documents-seen' },
    })

    expect((await readSurvivors(database.db, [b.personId])).get(b.personId)).toBe(a.personId)
    expect((await readSurvivors(database.db, [a.personId])).get(a.personId)).toBe(a.personId)
    const nobody = randomUUID()
    expect([...(await readSurvivors(database.db, [b.personId, nobody])).values()]).toEqual([a.personId, nobody])
    for (const id of [a.personId, b.personId]) {
      const { body } = await get(`/people/${id}`, HOSPITAL)
      expect(body).toMatchObject({ personId: a.personId, insurances: [{ from: '2023-01-01' }, { from: '2020-01-01' }] })
      expect(body.identifiers).toHaveLength(2)
      const { answers } = await readOfPerson(database.db, id, { rows: IDENTIFIERS_PART })
      const own = identifierForExchange(api.deps, answers.rows, { personId: id, by, purpose: 'treatment' })
      expect(own?.identifier).toEqual({ type: 'passport', value: a.number })
    }
    const found = await post('/people/search', { identifier: { type: 'passport', value: b.number } }, HOSPITAL)
    expect(found.body.people).toMatchObject([{ personId: a.personId }])
    const numbers = [a.number, b.number].map((value) => ({ type: 'passport' as const, value }))
    expect(await findPersonId(api.deps, numbers, by)).toBe(a.personId)
    const at = await insurancesAt(database.db, [a.personId, b.personId], '2024-05-05')
    expect(new Map([...at].map(([id, one]) => [id as string, one.from]))).toEqual(
      new Map([
        [a.personId, '2023-01-01'],
        [b.personId, '2023-01-01'],
      ]),
    )
    expect((await insurancesAt(database.db, [b.personId], '2021-05-05')).get(b.personId as never)?.from).toBe(
      '2020-01-01',
    )
  })

  it('lets a registration under either number find the one person, and says nothing of the other spelling', async () => {
    const a = await make({ name: '郑一示', birthDate: '1970-01-02' })
    const b = await make({ name: '郑一例', birthDate: '1970-01-02' })
    await merge(a.personId, b.personId)
    const again = (name: string, value: string) =>
      post(
        '/people',
        { name, sex: 'male', birthDate: '1970-01-02', identifiers: [{ type: 'passport', value }] },
        HOSPITAL,
      )
    for (const name of ['郑一示', '郑一例']) {
      expect(await again(name, b.number)).toMatchObject({ status: 200, body: { personId: a.personId, existing: true } })
    }
    expect(await again('郑一二', a.number)).toMatchObject({ status: 409 })
  })

  it('is refused where both have an insurance in force on a day, naming the day, and changes nothing', async () => {
    const a = await make({ insurances: insured('2020-01-01', null) })
    const b = await make({ insurances: insured('2024-03-01', '2024-03-01') })
    const before = await picture()
    expect(await merge(a.personId, b.personId)).toMatchObject({
      status: 409,
      body: {
        code: 'people.merge-refused',
        errors: [{ pointer: '/absorbedId', detail: 'both have an insurance in force on 2024-03-01' }],
      },
    })
    expect(await picture()).toEqual(before)
    const refusal = await database.db
      .selectFrom('audit_event')
      .select(['action', 'result', 'reason_codes'])
      .orderBy('event_no', 'desc')
      .limit(1)
      .executeTakeFirst()
    expect(refusal).toEqual({ action: 'people.merge', result: 'refused', reason_codes: ['people.merge-refused'] })
  })

  it('keeps a later insurance from sharing a day with any row of the person, whoever tells it', async () => {
    const a = await make({ insurances: insured('2020-01-01', '2020-12-31') })
    const b = await make()
    await merge(a.personId, b.personId)
    const tell = (id: string, from: string, to: string | null, city = '510100') =>
      post(`/people/${id}/insurances`, insured(from, to, city)[0]!, issuerOf(city))
    expect(await tell(b.personId, '2020-06-01', null, '510600')).toMatchObject({
      status: 409,
      body: { code: 'people.insurance-overlaps' },
    })
    expect((await tell(b.personId, '2021-01-01', null)).status).toBe(201)
    expect((await tell(a.personId, '2022-01-01', null)).status).toBe(409)
    const row = { person_id: a.personId, insured_city: '510100', insutype: '310', psn_type: '11', holder_id: null }
    await expect(
      database.db
        .insertInto('people_insurance')
        .values({ ...row, from_date: '2020-12-31' })
        .execute(),
    ).rejects.toMatchObject({ constraint: 'people_insurance_one_a_day' })
  })

  it('makes no circle, and takes the person that answers, not one that was merged already', async () => {
    const [a, b, c] = [await make(), await make(), await make()]
    await merge(b.personId, a.personId)
    expect((await merge(a.personId, b.personId)).body).toMatchObject({
      code: 'people.merge-refused',
      errors: [{ detail: 'are one person already' }],
    })
    expect((await merge(c.personId, a.personId)).body.errors).toMatchObject([{ pointer: '/absorbedId' }])
    expect((await merge(a.personId, c.personId)).body.errors).toMatchObject([{ pointer: '/survivorId' }])
    expect((await merge(c.personId, c.personId)).status).toBe(409)
    expect((await merge(c.personId, b.personId)).status).toBe(201)
    expect((await merge(a.personId, c.personId)).status).toBe(409)
    expect((await readSurvivors(database.db, [a.personId])).get(a.personId)).toBe(c.personId)
  })

  it('of many in a ring at one moment leaves one chain', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => make()))
    const ids = people.map((one) => one.personId)
    const results = await Promise.all(ids.map((id, at) => merge(ids[(at + 1) % ids.length] as string, id)))
    expect(results.every((one) => one.status === 201 || one.status === 409)).toBe(true)
    expect(results.some((one) => one.status === 409)).toBe(true)
    const survivors = new Set((await readSurvivors(database.db, ids)).values())
    const roots = ids.filter((id) => survivors.has(id as never))
    expect(roots).toHaveLength(survivors.size)
    const stuck = await database.db
      .selectFrom('people_merged as m')
      .innerJoin('people_merged as s', 's.person_id', 'm.survivor_id')
      .select('m.person_id')
      .execute()
    expect(stuck).toEqual([])
  })

  it('and an insurance at one moment never give a person two for a day', async () => {
    for (let round = 0; round < 6; round++) {
      const a = await make({ insurances: insured('2020-01-01', null) })
      const b = await make()
      const [merged, told] = await Promise.all([
        merge(a.personId, b.personId),
        post(`/people/${b.personId}/insurances`, insured('2023-01-01', null, '510600')[0]!, issuerOf('510600')),
      ])
      expect(new Set([merged.status, told.status])).toEqual(new Set([201, 409]))
    }
  })

  it('is for the bureau or issuer of a city that has to do with one of the two', async () => {
    const a = await make()
    const b = await make()
    expect((await merge(a.personId, b.personId, HOSPITAL)).status).toBe(403)
    expect(await merge(a.personId, b.personId, ZIYANG)).toMatchObject({
      status: 404,
      body: { code: 'people.not-found' },
    })
    expect(await merge(a.personId, randomUUID())).toMatchObject({ status: 404 })
    // Insured there since: the city has to do with it.
    await post(`/people/${a.personId}/insurances`, insured('2025-01-01', null, '512000')[0]!, issuerOf('512000'))
    expect((await merge(a.personId, b.personId, ZIYANG)).status).toBe(201)
  })

  it('takes no number of a document as the place of its evidence', async () => {
    const [a, b] = [await make(), await make()]
    const body = { survivorId: a.personId, absorbedId: b.personId, reason: 'documents-seen' }
    expect((await post('/people/merges', { ...body, evidenceRef: '510104190001019995' })).status).toBe(422)
    expect((await post('/people/merges', { ...body, reason: 'because' })).status).toBe(400)
    expect((await post('/people/merges', { ...body, evidenceRef: 'CD-2026-77' })).body.evidenceRef).toBe('CD-2026-77')
  })
})

describe('an unmerge', () => {
  it('restores exactly what was, also in the middle of a chain', async () => {
    const a = await make({ insurances: insured('2010-01-01', '2010-12-31') })
    const b = await make({ insurances: insured('2011-01-01', '2011-12-31') })
    const c = await make({ insurances: insured('2012-01-01', null) })
    const start = await picture()
    const first = await merge(b.personId, a.personId)
    const between = await picture()
    const second = await merge(c.personId, b.personId)
    expect((await get(`/people/${a.personId}`, HOSPITAL)).body.insurances).toHaveLength(3)

    expect(await undo(second.body.mergeId)).toMatchObject({
      status: 201,
      body: { kind: 'unmerge', undoes: second.body.mergeId },
    })
    expect(await picture()).toEqual(between)
    await merge(c.personId, b.personId)
    // 甲 leaves, although 乙 was merged on since.
    expect((await undo(first.body.mergeId)).status).toBe(201)
    expect((await readSurvivors(database.db, [a.personId])).get(a.personId)).toBe(a.personId)
    expect((await readSurvivors(database.db, [b.personId])).get(b.personId)).toBe(c.personId)
    const third = await get(`/people/merges?personId=${b.personId}`)
    await undo(
      third.body.merges.find(
        (one: { kind: string; survivorId: string }) => one.survivorId === c.personId && one.kind === 'merge',
      ).mergeId,
    )
    expect(await picture()).toEqual(start)
  })

  it('counts once, also of many at one moment, and is for a city that it concerns', async () => {
    const [a, b] = [await make(), await make()]
    const { body } = await merge(a.personId, b.personId)
    expect(await undo(body.mergeId, ZIYANG)).toMatchObject({ status: 404, body: { code: 'people.merge-not-found' } })
    const results = await Promise.all(Array.from({ length: 6 }, () => undo(body.mergeId)))
    expect(results.filter((one) => one.status === 201)).toHaveLength(1)
    expect(results.filter((one) => one.body.code === 'people.merge-undone')).toHaveLength(5)
    expect((await undo(results.find((one) => one.status === 201)?.body.mergeId)).status).toBe(404)
    expect((await undo(randomUUID())).status).toBe(404)
  })

  it('leaves what was told since with the row that it was told of', async () => {
    const [a, b] = [await make(), await make()]
    const { body } = await merge(a.personId, b.personId)
    await post(`/people/${b.personId}/insurances`, insured('2025-01-01', null)[0]!, issuerOf('510100'))
    await undo(body.mergeId)
    expect((await get(`/people/${a.personId}`, HOSPITAL)).body.insurances).toEqual([])
    expect((await get(`/people/${b.personId}`, HOSPITAL)).body.insurances).toHaveLength(1)
  })
})

describe('the history', () => {
  it('tells each city what concerns it, the newest first, by pages; who did it stays with its city', async () => {
    const people = [await make(), await make(), await make()]
    const [a, b, c] = people.map((one) => one.personId) as [string, string, string]
    await post(`/people/${c}/insurances`, insured('2025-01-01', null, '511400')[0]!, issuerOf('511400'))
    const one = await merge(a, b)
    const two = await merge(a, c)
    await undo(one.body.mergeId)
    const all = await get(`/people/merges?personId=${a}`)
    expect(all.body.merges.map((row: { kind: string }) => row.kind)).toEqual(['unmerge', 'merge', 'merge'])
    expect(all.body.merges[0]).toMatchObject({ undoes: one.body.mergeId, reason: 'wrong-merge', byOrg: '510100' })
    expect(all.body.merges[0].byClient).toBeTruthy()
    const page = await get(`/people/merges?personId=${a}&limit=1`)
    expect(page.body.next).toBe(page.body.merges[0].mergeId)
    const rest = await get(`/people/merges?personId=${a}&limit=5&before=${page.body.next}`)
    expect(rest.body.merges).toHaveLength(2)

    const meishan = await get('/people/merges', ['bureau', { city: '511400' }])
    expect(meishan.body.merges.map((row: { mergeId: string }) => row.mergeId)).toEqual([two.body.mergeId])
    expect(meishan.body.merges[0].byClient).toBeUndefined()
    expect((await get(`/people/merges?personId=${a}`, ZIYANG)).body).toEqual({ merges: [], next: null })
  })

  it('is only ever added to', async () => {
    for (const change of [
      database.db.updateTable('people_merge').set({ reason: 'x' }),
      database.db.deleteFrom('people_merge'),
    ]) {
      await expect(change.execute()).rejects.toMatchObject({ code: '42501' })
    }
  })
})
