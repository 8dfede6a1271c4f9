import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { periodicTasks } from '../../src/periodic-tasks.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const api = useApp(database, { now: '2026-11-24T07:00:00.000Z' })

const MANY = 12_000

const left = async (table: 'kernel_idempotency_key' | 'kernel_outbox'): Promise<number> => {
  const row = await database.db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

const run = async (name: string): Promise<void> => {
  const task = periodicTasks(api.deps, api.live).find((one) => one.name === name)
  expect(task, name).toBeDefined()
  await task?.run()
}

describe('one tick of the pruning', () => {
  it('removes all old keys, more than one batch of them, and no young one', async () => {
    await sql`insert into kernel_idempotency_key (client_id, key, request_hash, created_at)
      select 'c', n::text, '\\x00', timestamptz '2026-11-24T07:00:00Z' - interval '7 days 1 second'
      from generate_series(1, ${MANY}) n`.execute(database.db)
    await sql`insert into kernel_idempotency_key (client_id, key, request_hash, created_at)
      values ('c', 'young', '\\x00', '2026-11-18T07:00:00Z')`.execute(database.db)
    await run('kernel.prune-keys')
    expect(await left('kernel_idempotency_key')).toBe(1)
  })

  it('removes all finished rows of the outbox that are old', async () => {
    await sql`insert into kernel_outbox (topic, queue, payload, created_at, sent_at, done_at)
      select 'a.b', 'a', '{}', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'
      from generate_series(1, ${MANY}) n`.execute(database.db)
    await run('kernel.prune-outbox')
    expect(await left('kernel_outbox')).toBe(0)
  })
})
