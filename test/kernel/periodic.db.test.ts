import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { createDb } from '../../src/kernel/db.ts'
import { startPeriodic } from '../../src/kernel/periodic.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a periodic task', () => {
  it('runs in one process at a time', async () => {
    const dbs = [createDb({ url: database.url, max: 3 }), createDb({ url: database.url, max: 3 })]
    let running = 0
    let most = 0
    let runs = 0
    const task = {
      name: 'test.alone',
      everyMs: 20,
      run: async () => {
        most = Math.max(most, ++running)
        runs++
        await pause(30)
        running--
      },
    }
    const handles = dbs.map((db) =>
      startPeriodic(db, [task], (error) => {
        throw error
      }),
    )
    await vi.waitFor(() => expect(runs).toBeGreaterThan(3), { timeout: 20_000, interval: 20 })
    await Promise.all(handles.map((handle) => handle.stop()))
    expect(most).toBe(1)
    await Promise.all(dbs.map((db) => db.destroy()))
  })

  it('that fails is reported and runs again at its next tick', async () => {
    const errors: unknown[] = []
    let runs = 0
    const handle = startPeriodic(
      database.db,
      [
        {
          name: 'test.failing',
          everyMs: 20,
          run: async () => {
            runs++
            throw new Error('bad day')
          },
        },
      ],
      (error, name) => errors.push([name, (error as Error).message]),
    )
    await vi.waitFor(() => expect(runs).toBeGreaterThan(1), { timeout: 20_000, interval: 20 })
    await handle.stop()
    const after = runs
    expect(errors[0]).toEqual(['test.failing', 'bad day'])
    await pause(100)
    expect(runs).toBe(after)
  })

  it('finds a connection for its work, however many tasks run at once and however small the pool is', async () => {
    const db = createDb({ url: database.url, max: 2 })
    const runs = new Map<string, number>()
    const tasks = ['test.a', 'test.b', 'test.c', 'test.d'].map((name) => ({
      name,
      everyMs: 10,
      run: async () => {
        await sql`select pg_sleep(0.02)`.execute(db)
        runs.set(name, (runs.get(name) ?? 0) + 1)
      },
    }))
    const errors: unknown[] = []
    const handle = startPeriodic(db, tasks, (error) => errors.push(error))
    await pause(1000)
    await handle.stop()
    expect(errors).toEqual([])
    expect(tasks.map(({ name }) => (runs.get(name) ?? 0) > 3)).toEqual([true, true, true, true])
    await db.destroy()
  })

  it('goes on after the connection that holds its lock was ended', async () => {
    const db = createDb({ url: database.url, max: 2, name: 'test-locks' })
    const errors: unknown[] = []
    let runs = 0
    const task = {
      name: 'test.cut-off',
      everyMs: 20,
      run: async () => {
        runs++
        if (runs === 1) {
          await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'test-locks' and datname = current_database()`.execute(database.db)
          await pause(50)
        }
      },
    }
    const handle = startPeriodic(db, [task], (error) => errors.push(error))
    await expect.poll(() => runs, { timeout: 5000 }).toBeGreaterThan(3)
    await handle.stop()
    expect(errors).toHaveLength(1)
    await db.destroy()
  })
})
