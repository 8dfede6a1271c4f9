import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { createDb, type Database } from '../../src/kernel/db.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const opened: Database[] = []
const open = (options: { max: number; waitMs?: number; onIdleError?: (error: Error) => void }): Database => {
  const db = createDb({ url: database.url, name: 'test-pool', ...options })
  opened.push(db)
  return db
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.destroy()))
})

const backendOf = async (db: Database): Promise<number> => {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
  return rows[0]?.pid ?? 0
}
const terminate = (pid: number) => sql`select pg_terminate_backend(${pid}::int)`.execute(database.db)

describe('a connection that the server ends', () => {
  it('while somebody holds it between two queries is reported once, and the process goes on', async () => {
    const errors: Error[] = []
    const db = open({ max: 1, onIdleError: (error) => errors.push(error) })
    const uncaught: unknown[] = []
    const note = (error: unknown): void => void uncaught.push(error)
    process.prependListener('uncaughtExceptionMonitor', note)
    try {
      await db.connection().execute(async (held) => {
        await terminate(await backendOf(held))
        await expect.poll(() => errors.length, { timeout: 5000 }).toBe(1)
        await expect(backendOf(held)).rejects.toThrow(/terminat|connection/i)
      })
      await pause(20)
    } finally {
      process.removeListener('uncaughtExceptionMonitor', note)
    }
    expect(uncaught).toEqual([])
    expect(errors).toHaveLength(1)
    expect(await backendOf(db)).toBeGreaterThan(0)
  })

  it('while nobody uses it is reported once and replaced', async () => {
    const errors: Error[] = []
    const db = open({ max: 1, onIdleError: (error) => errors.push(error) })
    await terminate(await backendOf(db))
    await expect.poll(() => errors.length, { timeout: 5000 }).toBe(1)
    expect(await backendOf(db)).toBeGreaterThan(0)
    expect(errors).toHaveLength(1)
  })
})

describe('a pool whose connections are all in use', () => {
  it('lets a transaction wait for a bounded time and then says "try later"', async () => {
    const db = open({ max: 1, waitMs: 50 })
    await db.connection().execute(async () => {
      await expect(inTx(db, async () => 'done')).rejects.toMatchObject({ code: 'request.try-later', retryable: true })
    })
    expect(await inTx(db, async () => 'done')).toBe('done')
  })
})
