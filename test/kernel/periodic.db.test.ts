import { describe, expect, it } from 'vitest'
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
    await pause(600)
    await Promise.all(handles.map((handle) => handle.stop()))
    expect(runs).toBeGreaterThan(3)
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
    await pause(400)
    await handle.stop()
    const after = runs
    expect(runs).toBeGreaterThan(1)
    expect(errors[0]).toEqual(['test.failing', 'bad day'])
    await pause(100)
    expect(runs).toBe(after)
  })
})
