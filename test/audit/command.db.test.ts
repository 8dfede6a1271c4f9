import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { appendAudits, sealAudit } from '../../src/audit/index.ts'
import type { Db } from '../../src/kernel/db.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'
import { readEvent } from './events.ts'

const database = useDatabase()
const clock = manualClock('2026-11-24T00:00:00.000Z')
const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

/** `npm run -s audit -- verify`, as a process of its own on the test's database. */
function verify(): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DATABASE_URL: database.url, YMT_SANDBOX_KEYS: 'true' }
    const child = spawn(process.execPath, [main, 'audit', 'verify'], { env })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out }))
  })
}

async function behindTheTriggers(work: (db: Db) => Promise<unknown>): Promise<void> {
  await inTx(database.db, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    await work(tx)
  })
}

beforeEach(async () => {
  await behindTheTriggers((db) => sql`truncate audit_event, audit_pending, audit_chain restart identity`.execute(db))
  await appendAudits(
    database.db,
    Array.from({ length: 6 }, (_, at) => readEvent({ targetId: `rec-${at + 1}` })),
    clock,
  )
  await sealAudit(database.db)
})

describe('npm run audit -- verify', () => {
  it('says that an untouched log holds', { timeout: 30_000 }, async () => {
    expect(await verify()).toEqual({
      code: 0,
      out: expect.stringMatching(/^audit chain ok: 6 events, head 6 [0-9a-f]{64}/),
    })
  })

  it.each([
    ['changed', 'seq 4: changed', sql`update audit_event set actor_org = 'H51060300009' where event_no = 4`],
    ['removed', 'seq 3: removed', sql`delete from audit_event where event_no = 3`],
    [
      'moved to another place',
      'seq 2: reordered',
      sql`update audit_chain set event_no = case event_no when 2 then 5 else 2 end where event_no in (2, 5)`,
    ],
  ])('finds and names a row that was %s', { timeout: 30_000 }, async (_what, said, statement) => {
    await behindTheTriggers(async (db) => {
      // The unique key is checked row by row; a forger would take it away as well.
      await sql`alter table audit_chain drop constraint audit_chain_event_no_key`.execute(db)
      await statement.execute(db)
      await sql`alter table audit_chain add constraint audit_chain_event_no_key unique (event_no)`.execute(db)
    })
    const { code, out } = await verify()
    expect(out).toContain(`audit chain broken at ${said}`)
    expect(code).toBe(1)
  })
})
