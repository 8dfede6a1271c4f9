import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { pingDb } from '../../src/kernel/db.ts'
import { AppError } from '../../src/kernel/errors.ts'
import { inTx, sqlState, violatedConstraint } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

beforeAll(async () => {
  await sql`create table tally (id int primary key, n bigint not null, on_day date)`.execute(database.db)
  await sql`insert into tally values (1, 0, '1980-02-03'), (2, 0, null)`.execute(database.db)
})

const tally = async (id: number): Promise<bigint> =>
  (await sql<{ n: bigint }>`select n from tally where id = ${id}`.execute(database.db)).rows[0]?.n ?? -1n

describe('a transaction', () => {
  it('keeps nothing of a work that throws', async () => {
    await expect(
      inTx(database.db, async (tx) => {
        await sql`update tally set n = 99 where id = 1`.execute(tx)
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    expect(await tally(1)).toBe(0n)
  })

  it('runs again after a serialisation failure until both works are done', async () => {
    const add = (): Promise<void> =>
      inTx(
        database.db,
        async (tx) => {
          const { rows } = await sql<{ n: bigint }>`select n from tally where id = 1`.execute(tx)
          await sql`update tally set n = ${(rows[0]?.n ?? 0n) + 1n} where id = 1`.execute(tx)
        },
        { isolation: 'serializable', attempts: 50 },
      )
    await Promise.all(Array.from({ length: 8 }, add))
    expect(await tally(1)).toBe(8n)
  })

  it('runs again after a deadlock', async () => {
    let waiting = 0
    const bothHoldOne = Promise.withResolvers<void>()
    const cross = (first: number, second: number): Promise<void> =>
      inTx(database.db, async (tx) => {
        await sql`update tally set n = n + 1 where id = ${first}`.execute(tx)
        if (++waiting === 2) bothHoldOne.resolve()
        await bothHoldOne.promise
        await sql`update tally set n = n + 1 where id = ${second}`.execute(tx)
      })
    const before = (await tally(1)) + (await tally(2))
    await Promise.all([cross(1, 2), cross(2, 1)])
    expect((await tally(1)) + (await tally(2))).toBe(before + 4n)
  })

  it('gives up after its tries with "try later", never with a refusal of the domain', async () => {
    let tries = 0
    const failing = inTx(
      database.db,
      async (tx) => {
        tries++
        await sql`do $$ begin raise exception 'no luck' using errcode = '40001'; end $$`.execute(tx)
      },
      { attempts: 3 },
    )
    await expect(failing).rejects.toMatchObject({ code: 'request.try-later', status: 503, retryable: true })
    expect(tries).toBe(3)
  })

  it('does not run again after any other error, and names state and constraint', async () => {
    let tries = 0
    const error = await inTx(database.db, async (tx) => {
      tries++
      await sql`insert into tally values (1, 0)`.execute(tx)
    }).catch((caught: unknown) => caught)
    expect(tries).toBe(1)
    expect(sqlState(error)).toBe('23505')
    expect(violatedConstraint(error)).toBe('tally_pkey')
    expect(error).not.toBeInstanceOf(AppError)
  })

  it('sees no state or constraint in what is no database error', () => {
    for (const odd of [
      undefined,
      null,
      'x',
      new Error('x'),
      { code: 7 },
      { code: 'ECONNREFUSED' },
      { constraint: 1 },
    ]) {
      expect(sqlState(odd)).toBeUndefined()
      expect(violatedConstraint(odd)).toBeUndefined()
    }
  })
})

describe('the pool', () => {
  it('reads int8 as bigint without loss and date as text', async () => {
    const { rows } = await sql<{ big: bigint; day: string }>`
      select 9007199254740993::int8 as big, on_day::date as day from tally where id = 1`.execute(database.db)
    expect(rows[0]).toEqual({ big: 9007199254740993n, day: '1980-02-03' })
  })

  it('answers a ping, and says so when the server is not there', async () => {
    expect(await pingDb(database.db)).toBe(true)
    const { createDb } = await import('../../src/kernel/db.ts')
    const nowhere = createDb({ url: 'postgres://nobody@127.0.0.1:1/none' })
    expect(await pingDb(nowhere)).toBe(false)
    await nowhere.destroy()
  })
})
