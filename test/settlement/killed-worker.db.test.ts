import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { parseFen } from '../../src/kernel/money.ts'
import { createOutbox } from '../../src/kernel/outbox.ts'
import { createQueues, type QueueStore } from '../../src/kernel/queue.ts'
import { useDatabase } from '../support/database.ts'
import { NOW, testQueueStore } from '../support/deps.ts'
import { countClaims, faults, NO_FAULTS } from './invariants.ts'
import { BY, submitClaim, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database, { worker: false })
const children = new Set<ChildProcess>()

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

async function startWorker(store: QueueStore): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker.fixture.ts')], {
    env: { ...process.env, WORKER: JSON.stringify({ url: database.url, store, now: NOW }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

const count = async (state: 'pending' | 'settled'): Promise<number> => (await countClaims(database.db))[state]

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return
    await new Promise((done) => setTimeout(done, 25))
  }
  throw new Error(`never came: ${what}`)
}

describe('a worker killed with SIGKILL', () => {
  test('in the middle of its transaction leaves nothing behind, and the next worker settles everything once', async () => {
    const store = testQueueStore(database.url)
    const queues = createQueues(store, (error) => {
      throw error
    })
    const outbox = createOutbox({
      db: database.db,
      clock: stage.deps.clock,
      routes: [{ topic: 'settlement.claim-submitted', queue: 'settlement' }],
      enqueue: queues.enqueue,
      onError: (error) => {
        throw error
      },
    })
    try {
      const institution = stage.hospital('510100', 3)
      const people = await Promise.all(Array.from({ length: 5 }, () => stage.person('510600')))
      const submit = async (key: string, personId: string): Promise<void> => {
        await submitClaim(
          { ...stage.deps, ...stage.settlement, outbox },
          { institution, key, requestHash: Buffer.from(key), by: BY },
          {
            personId,
            medType: '11',
            setlTime: undefined,
            acctUsedFlag: '0',
            medfeeSumamt: parseFen('100.00'),
            lines: [
              {
                feedetlSn: '1',
                medListCodg: 'T1',
                chrgitmLv: '01',
                detItemFeeSumamt: '100.00',
                cnt: '1',
                pric: '100.00',
                selfpayProp: '0',
                pricUplmtAmt: '0',
                lmtUsedFlag: '0',
                hospApprFlag: '0',
              },
            ],
          },
        )
      }
      const doomed = await startWorker(store)

      // Holding the counters stops the worker at its last statement: everything else of the batch is written by then.
      await database.db.transaction().execute(async (holder) => {
        await sql`lock table ledger_total in exclusive mode`.execute(holder)
        await Promise.all(Array.from({ length: 40 }, (_, n) => submit(`claim-${n}`, people[n % 5] as string)))
        await until('a worker that waits for the counters', async () => {
          const { rows } = await sql<{ waiting: number }>`
            select count(*)::int as waiting from pg_stat_activity
            where datname = current_database() and application_name = 'settlement-worker' and wait_event_type = 'Lock'
              and query like '%insert into ledger_total%'`.execute(database.db)
          return (rows[0]?.waiting ?? 0) > 0
        })
        doomed.kill('SIGKILL')
        await once(doomed, 'exit')
      })

      // Its server process notices when the lock is free; then all of its batch is undone.
      await until('the end of the dead worker’s sessions', async () => {
        const { rows } = await sql<{ left: number }>`
          select count(*)::int as left from pg_stat_activity
          where datname = current_database() and application_name = 'settlement-worker'`.execute(database.db)
        return rows[0]?.left === 0
      })
      expect(await count('pending')).toBe(40)
      expect(await faults(database.db)).toEqual(NO_FAULTS)

      const next = await startWorker(store)
      await until('all answers', async () => (await count('settled')) === 40)
      next.kill('SIGTERM')
      await once(next, 'exit')
      expect(await faults(database.db)).toEqual(NO_FAULTS)
      // Five people with eight visits of 100.00: 200.00 deductible each, half of the remaining 600.00 is paid.
      const { rows } = await sql<{ paid: bigint; results: number }>`
        select sum(fund_pay_fen)::bigint as paid, count(*)::int as results from settlement_result`.execute(database.db)
      expect(rows[0]).toEqual({ paid: 150_000n, results: 40 })
    } finally {
      await outbox.settled()
      await queues.close()
    }
  }, 60_000)
})
