import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { hashRequest, once, storedAnswer } from '../../src/kernel/idempotency.ts'
import { countAnswers, pruneKeys, purgeAnswers } from '../../src/kernel/idempotency-store.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'

const database = useDatabase()

beforeAll(async () => {
  await sql`create table effect (id int generated always as identity, what text not null)`.execute(database.db)
})

const effects = async (what: string): Promise<number> =>
  (await sql`select 1 from effect where what = ${what}`.execute(database.db)).rows.length

const request = (key: string, body = '{}') => ({ clientId: 'c1', key, requestHash: hashRequest('POST', '/x', body) })

const make = (key: string, body?: string, delayMs = 0) =>
  once(testDeps(database), request(key, body), async (tx) => {
    await sql`insert into effect (what) values (${key})`.execute(tx)
    await sql`select pg_sleep(${delayMs / 1000})`.execute(tx)
    return { status: 201, body: { made: key }, location: `/x/${key}` }
  })

describe('once', () => {
  it('gives a repeat the stored answer, to the letter', async () => {
    const first = await make('a')
    const second = await make('a')
    expect(first).toEqual({ status: 201, text: '{"made":"a"}', location: '/x/a', replayed: false })
    expect(second).toEqual({ ...first, replayed: true })
    expect(await effects('a')).toBe(1)
  })

  it('keeps the answer in no readable form, and opens it for its own client and key only', async () => {
    const secret = 'eyJhbGciOiJFUzI1NiJ9'
    const order = { ...request('sealed'), clientId: 'c9' }
    await once(testDeps(database), order, async () => ({ status: 201, body: { card: secret } }))
    const rows = () => database.db.selectFrom('kernel_idempotency_key').selectAll().where('client_id', '=', 'c9')
    const [row] = await rows().execute()
    expect(row?.answer_encrypted?.length).toBeGreaterThan(secret.length)
    const stored = Object.values(row ?? {}).map((one) => (Buffer.isBuffer(one) ? one.toString('latin1') : String(one)))
    expect(stored.join('\n')).not.toContain(secret)
    const again = await once(testDeps(database), order, async () => ({ status: 500, body: null }))
    expect(again).toMatchObject({ status: 201, text: JSON.stringify({ card: secret }), replayed: true })

    await database.db
      .updateTable('kernel_idempotency_key')
      .set({ key: 'moved' })
      .where('client_id', '=', 'c9')
      .execute()
    const moved = once(testDeps(database), { ...order, key: 'moved' }, async () => ({ status: 500, body: null }))
    await expect(moved).rejects.toMatchObject({ code: 'crypto.envelope-rejected' })
  })

  it('refuses the same key with another body', async () => {
    await make('b', '{"n":1}')
    await expect(make('b', '{"n":2}')).rejects.toMatchObject({ code: 'request.key-reused', status: 409 })
    expect(await effects('b')).toBe(1)
  })

  it('keeps keys of different clients apart', async () => {
    await make('c')
    const other = await once(testDeps(database), { ...request('c'), clientId: 'c2' }, async () => ({
      status: 200,
      body: 'mine',
    }))
    expect(other.replayed).toBe(false)
  })

  it('acts once for 50 requests at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => make('d', undefined, 20)))
    expect(answers.filter((one) => !one.replayed)).toHaveLength(1)
    expect(new Set(answers.map((one) => one.text)).size).toBe(1)
    expect(await effects('d')).toBe(1)
  })

  it('forgets a key whose work failed, so that the client may try again', async () => {
    await expect(
      once(testDeps(database), request('e'), async (tx) => {
        await sql`insert into effect (what) values ('e')`.execute(tx)
        throw new Error('out of paper')
      }),
    ).rejects.toThrow('out of paper')
    expect(await effects('e')).toBe(0)
    expect((await make('e')).replayed).toBe(false)
  })

  it('prunes keys by age only', async () => {
    const deps = testDeps(database)
    await once(testDeps(database, { now: '2026-01-01T00:00:00Z' }), request('old'), async () => ({
      status: 200,
      body: null,
    }))
    await make('young')
    expect(await pruneKeys(database.db, new Date('2026-02-01T00:00:00Z'), 100)).toBe(1)
    expect((await once(deps, request('young'), async () => ({ status: 500, body: null }))).replayed).toBe(true)
  })
})

describe('the stored answer', () => {
  it('is found before any work is done, and refused to another request', async () => {
    expect(await storedAnswer(testDeps(database), request('kept'))).toBeUndefined()
    const first = await make('kept')
    expect(await storedAnswer(testDeps(database), request('kept'))).toEqual({ ...first, replayed: true })
    expect(await storedAnswer(testDeps(database), { ...request('kept'), clientId: 'c2' })).toBeUndefined()
    await expect(storedAnswer(testDeps(database), request('kept', '{"n":2}'))).rejects.toMatchObject({
      code: 'request.key-reused',
      status: 409,
    })
  })
})

describe('an answer that goes with something', () => {
  const keep = (key: string, goesWith: string) =>
    once(testDeps(database), request(key), async () => ({ status: 201, body: { key }, location: '/x', goesWith }))
  const rows = (key: string) =>
    database.db.selectFrom('kernel_idempotency_key').selectAll().where('key', '=', key).execute()

  it('is purged with it, and its key lets nothing be done anew', async () => {
    await keep('of-one', 'thing/1')
    await keep('of-other', 'thing/2')
    const at = testDeps(database).clock.now()
    const purge = (goesWith: string, before: Date | null) =>
      inTx(database.db, (tx) => purgeAnswers(tx, { goesWith, before, at }))
    expect(await purge('thing/1', new Date(0))).toEqual([])
    expect(await countAnswers(database.db, 'thing/1')).toBe(1)
    expect(await purge('thing/1', null)).toMatchObject([{ id: 'c1 of-one' }])
    expect(await purge('thing/1', null)).toEqual([])
    expect(await countAnswers(database.db, 'thing/1')).toBe(0)
    expect(await rows('of-one')).toMatchObject([
      { status: null, answer_encrypted: null, location: null, request_hash: Buffer.alloc(0) },
    ])
    await expect(keep('of-one', 'thing/1')).rejects.toMatchObject({ code: 'request.answer-purged', status: 410 })
    await expect(make('of-one', '{"n":2}')).rejects.toMatchObject({ code: 'request.answer-purged' })
    expect(await keep('of-other', 'thing/2')).toMatchObject({ replayed: true })
  })
})

describe('the request digest', () => {
  it('does not confuse where one part ends and the next begins', () => {
    expect(hashRequest('ab', 'c').equals(hashRequest('a', 'bc'))).toBe(false)
  })
})
