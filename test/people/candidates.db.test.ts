import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { comparePeople } from '../../src/people/compare-people.ts'
import { fillMatchKeys } from '../../src/people/fill-match-keys.ts'
import { peoplePeriodics, seedPeople } from '../../src/people/index.ts'
import { readSurvivors } from '../../src/people/merged-store.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useDatabase } from '../support/database.ts'
import {
  type Answer,
  CHENGDU,
  DEYANG,
  HOSPITAL,
  hospitalOf,
  issuerOf,
  OTHER_HOSPITAL,
  usePeople,
  type Who,
  ZIYANG,
} from './people-app.ts'

const database = useDatabase()
const api = usePeople(database)

const compare = () => comparePeople(api.deps, 50)
const list = async (who: Who = CHENGDU, query = '?limit=50'): Promise<Answer['body']> =>
  (await api.get(`/people/candidates${query}`, who)).body
const decide = (pairId: string, decision: object, who: Who = CHENGDU) =>
  api.post(`/people/candidates/${pairId}/decision`, decision, who)

interface Pair {
  readonly pairId: string
  readonly points: number
  readonly grade: string
  readonly fields: readonly { readonly field: string; readonly agreement: string }[]
  readonly people: readonly { readonly personId: string }[]
}
const ids = (pair: Pair) => pair.people.map((one) => one.personId).sort()

let born = 0
/** Two registrations that are one person, under two kinds of document; nobody else resembles them. */
async function twins(change: object = {}, who: Who = issuerOf('510100')): Promise<readonly [string, string]> {
  born++
  const one = {
    name: `候选${'金木水火土日月山川田'[born % 10]}`,
    birthDate: `19${61 + Math.floor(born / 15)}-05-${10 + (born % 15)}`,
    phone: `160777700${10 + born}`,
  }
  const a = await api.make(one)
  const b = await api.make({ ...one, identifiers: [{ type: 'travel-permit', value: api.passport() }], ...change }, who)
  return [a.personId, b.personId]
}
const pairOf = async (people: readonly string[], who?: Who): Promise<Pair | undefined> =>
  (await list(who)).pairs.find((pair: Pair) => ids(pair).join() === [...people].sort().join())

describe('a comparison', () => {
  it('puts pairs before a reviewer, explained by field, masked, and leaves others alone', async () => {
    const people = await twins({ name: '木候选', birthDate: '1961-11-05' })
    await api.make({ name: '陈另人', birthDate: '1940-04-04' })
    await twins()
    expect(await compare()).toEqual({ compared: 5, pairs: 2 })
    const pairs: Pair[] = (await list()).pairs
    expect(pairs).toHaveLength(2)
    expect(pairs[0]).toMatchObject({ grade: 'probable', points: 8000, policyVersion: 1 })
    const fields = pairs[1]?.fields.map((one) => `${one.field} ${one.agreement}`)
    expect(fields).toEqual(['name reordered', 'birthDate swapped', 'sex equal', 'phone equal'])
    expect(ids(pairs[1] as Pair)).toEqual([...people].sort())
    expect(JSON.stringify(pairs)).not.toMatch(/候选木|木候选|1961-05|16077770011/)
    expect(pairs[1]?.people[0]).toMatchObject({ maskedPhone: '160****0011', maskedBirthDate: '1961-**-**' })
  })

  it('finds a pair also of two that were registered at the same moment', async () => {
    const one = { name: '同时刻', birthDate: '1971-08-09', phone: '16055550001' }
    await Promise.all([api.make(one), api.make({ ...one, identifiers: [{ type: 'other', value: api.passport() }] })])
    await Promise.all([compare(), compare()])
    await compare()
    const found = (await list()).pairs.filter((pair: Pair) => pair.points === 8000)
    expect(found.length).toBeGreaterThanOrEqual(1)
    const rows = await database.db.selectFrom('people_candidate').select(['low_id', 'high_id']).execute()
    expect(new Set(rows.map((row) => `${row.low_id}${row.high_id}`)).size).toBe(rows.length)
  })

  it('says nothing of two with different numbers of one kind, whatever else agrees', async () => {
    const one = { name: '同名人', birthDate: '1972-02-03' }
    const a = await api.make({ ...one, identifiers: [{ type: 'resident-id', value: '510104190001019995' }] })
    const b = await api.make({ ...one, identifiers: [{ type: 'resident-id', value: '511402190001019973' }] })
    await compare()
    expect(await pairOf([a.personId, b.personId])).toBeUndefined()
  })

  it('takes its figures from the policy in force', async () => {
    const people = await twins()
    await sql`
      insert into people_match_policy select 2, '2026-11-24', 9000, 8900, 8800, block_limit, max_candidates, 'test', false
      from people_match_policy where version = 1`.execute(database.db)
    await compare()
    expect(await pairOf(people)).toBeUndefined()
    await sql`delete from people_match_policy where version = 2`.execute(database.db)
  })
})

describe('people from before', () => {
  it('get their keys by upkeep, are found and compared then', async () => {
    const people = await twins()
    await compare()
    await sql`delete from people_candidate where low_id = any(${people}::uuid[])`.execute(database.db)
    await sql`delete from people_match_key`.execute(database.db)
    await sql`update people_person set match_rules = 0`.execute(database.db)
    const count = await database.db
      .selectFrom('people_person')
      .select((eb) => eb.fn.countAll<bigint>().as('n'))
      .executeTakeFirstOrThrow()
    const task = (name: string) => peoplePeriodics(api.deps).find((one) => one.name === name)
    await task('people.match-keys')?.run()
    expect(await fillMatchKeys(api.deps, 10)).toBe(0)
    const keyed = await database.db.selectFrom('people_match_key').select('person_id').distinct().execute()
    expect(BigInt(keyed.length)).toBe(count.n)
    await task('people.compare')?.run()
    expect(await pairOf(people)).toMatchObject({ grade: 'probable' })
  })

  it('of a sandbox are found by a search, and no work for a reviewer', async () => {
    const seeds = generatePeople('candidates', 30)
    const [first] = await seedPeople(api.deps, seeds)
    expect((await compare()).compared).toBe(0)
    const rows = await database.db
      .selectFrom('people_match_key')
      .select('kind')
      .where('person_id', '=', first!)
      .execute()
    expect(rows.map((row) => row.kind).sort()).toEqual(
      ['match-birth-first', 'match-birth-last', 'match-name-day', 'match-name-year', 'match-phone'].sort(),
    )
  })
})

describe('a reviewer', () => {
  it('of one person makes them one', async () => {
    const [a, b] = await twins()
    await compare()
    const pair = (await pairOf([a, b])) as Pair
    const outsider = await api.make()
    const wrong = { decision: 'same', survivorId: outsider.personId, reason: 'documents-seen' }
    expect(await decide(pair.pairId, wrong)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/survivorId' }] },
    })
    const done = await decide(pair.pairId, {
      decision: 'same',
      survivorId: b,
      reason: 'documents-seen',
      evidenceRef: 'CD-1',
    })
    expect(done).toMatchObject({ status: 200, body: { state: 'merged', pairId: pair.pairId } })
    expect((await readSurvivors(database.db, [a])).get(a)).toBe(b)
    expect(await pairOf([a, b])).toBeUndefined()
    const again = await decide(pair.pairId, { decision: 'different', reason: 'twins' })
    expect(again.body.code).toBe('people.candidate-decided')

    // Taken back: they are two, and do not come before a reviewer again.
    await api.post(`/people/merges/${done.body.mergeId}/undo`, { reason: 'wrong-merge' }, CHENGDU)
    await recompare(a, b)
    expect((await readSurvivors(database.db, [a])).get(a)).toBe(a)
    expect(await pairOf([a, b])).toBeUndefined()
  })

  it('of two persons ends it for ever', async () => {
    const [a, b] = await twins()
    await compare()
    const pair = (await pairOf([a, b])) as Pair
    const before = await api.lastEvent()
    expect(await decide(pair.pairId, { decision: 'different', reason: 'twins' })).toMatchObject({
      status: 200,
      body: { state: 'rejected', mergeId: null },
    })
    const events = await api.auditSince(before)
    expect(events.map((one) => [one.action, one.reason_codes[0]])).toEqual(
      Array(2).fill(['people.reject-candidate', 'twins']),
    )
    expect(new Set(events.map((one) => one.person_ref))).toEqual(new Set([a, b]))
    await recompare(a, b)
    expect(await pairOf([a, b])).toBeUndefined()
  })

  it('must give a reason of the list', async () => {
    const people = await twins()
    await compare()
    const { pairId } = (await pairOf(people)) as Pair
    for (const decision of [
      { decision: 'different' },
      { decision: 'different', reason: 'because' },
      { decision: 'same', reason: 'documents-seen' },
      { decision: 'maybe', reason: 'twins' },
      { decision: 'different', reason: 'twins', note: 'x' },
    ]) {
      expect((await decide(pairId, decision)).status).toBe(400)
    }
    expect((await decide(randomUUID(), { decision: 'different', reason: 'twins' })).status).toBe(404)
  })

  it('is one: of many decisions at one moment one counts', async () => {
    const [a, b] = await twins()
    await compare()
    const { pairId } = (await pairOf([a, b])) as Pair
    const results = await Promise.all([
      ...[a, b].map((survivorId) => decide(pairId, { decision: 'same', survivorId, reason: 'documents-seen' })),
      ...Array.from({ length: 4 }, () => decide(pairId, { decision: 'different', reason: 'twins' })),
    ])
    expect(results.filter((one) => one.status === 200)).toHaveLength(1)
    expect(results.filter((one) => one.body.code === 'people.candidate-decided')).toHaveLength(5)
  })

  it('and a merge of the same two at one moment do not stop each other', async () => {
    const deadlocks = async () =>
      (
        await sql<{
          n: string
        }>`select deadlocks as n from pg_stat_database where datname = current_database()`.execute(database.db)
      ).rows[0]?.n
    const before = await deadlocks()
    for (let round = 0; round < 4; round++) {
      const [a, b] = await twins()
      await compare()
      const { pairId } = (await pairOf([a, b])) as Pair
      const results = await Promise.all([
        ...Array.from({ length: 4 }, () => decide(pairId, { decision: 'same', survivorId: a, reason: 'data-entry' })),
        ...Array.from({ length: 4 }, () =>
          api.post('/people/merges', { survivorId: a, absorbedId: b, reason: 'data-entry' }, CHENGDU),
        ),
      ])
      expect(results.filter((one) => one.status < 300)).toHaveLength(1)
      expect(results.filter((one) => one.status === 409)).toHaveLength(7)
    }
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(await deadlocks()).toBe(before)
  })

  it('is not left open beside a merge: none stands between two rows of one person', async () => {
    for (let round = 0; round < 4; round++) {
      const [a, b] = await twins({}, issuerOf('510100'))
      const [, merged] = await Promise.all([
        compare(),
        api.post('/people/merges', { survivorId: a, absorbedId: b, reason: 'data-entry' }, CHENGDU),
      ])
      expect(merged.status).toBe(201)
      await compare()
      expect(await pairOf([a, a])).toBeUndefined()
      const { rows } = await sql`
        select 1 from people_candidate where state = 'open'
          and low_id = any(${[a, b]}::uuid[]) and high_id = any(${[a, b]}::uuid[])`.execute(database.db)
      expect(rows).toEqual([])
    }
  })

  it('that merges a third sees the pair close, and open again when that is taken back', async () => {
    const [a, b] = await twins()
    const c = await api.make()
    await compare()
    expect(await pairOf([a, b])).toBeDefined()
    const merge = async (survivorId: string, absorbedId: string) =>
      (await api.post('/people/merges', { survivorId, absorbedId, reason: 'data-entry' }, CHENGDU)).body.mergeId
    await merge(c.personId, a)
    const second = await merge(c.personId, b)
    expect(await pairOf([c.personId, c.personId])).toBeUndefined()
    await api.post(`/people/merges/${second}/undo`, { reason: 'wrong-merge' }, CHENGDU)
    expect(await pairOf([c.personId, b])).toBeDefined()
  })
})

describe('who sees a pair', () => {
  it('is the hospital that registered one of the two, and the cities of both; others may not decide it either', async () => {
    const [a, b] = await twins({ residenceDivision: '510603' }, OTHER_HOSPITAL)
    await compare()
    const { pairId } = (await pairOf([a, b])) as Pair
    expect(await pairOf([a, b], OTHER_HOSPITAL)).toBeDefined()
    expect(await pairOf([a, b], DEYANG)).toBeDefined()
    for (const stranger of [HOSPITAL, ZIYANG, hospitalOf('H51140299999')]) {
      expect(await pairOf([a, b], stranger)).toBeUndefined()
    }
    const different = { decision: 'different', reason: 'twins' }
    expect((await decide(pairId, different, ZIYANG)).body.code).toBe('people.candidate-not-found')
    expect((await decide(pairId, different, OTHER_HOSPITAL)).status).toBe(403)
    // A city that insures one of them has to do with the pair from then on.
    const insurance = { insuredCity: '512000', insutype: '390', psnType: '15', from: '2025-01-01', to: null }
    expect((await api.post(`/people/${a}/insurances`, insurance, issuerOf('512000'))).status).toBe(201)
    expect(await pairOf([a, b], ZIYANG)).toBeDefined()
    expect((await decide(pairId, different, ZIYANG)).status).toBe(200)
  })

  it('pages through all of them, each once, with an event for everybody shown', async () => {
    for (let n = 0; n < 5; n++) await twins()
    await compare()
    const all: string[] = (await list()).pairs.map((pair: Pair) => pair.pairId)
    const seen: string[] = []
    let query = '?limit=2'
    for (;;) {
      const before = await api.lastEvent()
      const page = await list(CHENGDU, query)
      const shown = new Set(page.pairs.flatMap(ids))
      const events = await api.auditSince(before)
      expect(new Set(events.map((one) => one.person_ref))).toEqual(shown)
      expect(new Set(events.map((one) => one.action))).toEqual(new Set(['people.read-candidates']))
      seen.push(...page.pairs.map((pair: Pair) => pair.pairId))
      if (page.next === null) break
      query = `?limit=2&after=${page.next}`
    }
    expect(seen).toEqual(all)
    expect((await api.get('/people/candidates?after=9_x', CHENGDU)).status).toBe(400)
    expect((await api.get(`/people/candidates?after=99999_${'-'.repeat(36)}`, CHENGDU)).status).toBe(400)
  })
})

/** Has both compared anew, as after a change of the rules. */
async function recompare(a: string, b: string): Promise<void> {
  await compare()
  await sql`update people_person set match_rules = 0 where person_id = any(${[a, b]}::uuid[])`.execute(database.db)
  expect(await fillMatchKeys(api.deps, 10)).toBe(2)
  expect((await compare()).compared).toBe(2)
}
