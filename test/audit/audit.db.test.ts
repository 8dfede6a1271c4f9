import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  appendAudit,
  appendAudits,
  auditSealing,
  exportChain,
  listPersonAudit,
  readChainHead,
  runAuditVerify,
  runAuditVerifyExport,
  sealAudit,
  verifyChain,
} from '../../src/audit/index.ts'
import { createDb, type Db } from '../../src/kernel/db.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'
import { readEvent } from './events.ts'

const database = useDatabase()
const clock = manualClock('2026-01-01T00:00:00.123Z')

/** What only someone with full rights on the server can do: change rows while the triggers sleep. */
async function behindTheTriggers(work: (db: Db) => Promise<unknown>): Promise<void> {
  await inTx(database.db, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    await work(tx)
  })
}

async function appendMany(count: number): Promise<void> {
  await appendAudits(
    database.db,
    Array.from({ length: count }, (_, index) => readEvent({ targetId: `rec-${index + 1}` })),
    clock,
  )
}

async function exported(): Promise<string[]> {
  const lines: string[] = []
  for await (const line of exportChain(database.db)) lines.push(line)
  return lines
}

beforeEach(async () => {
  await behindTheTriggers(async (db) => {
    await sql`truncate audit_event, audit_pending, audit_chain restart identity`.execute(db)
  })
})

describe('appending', () => {
  test("keeps every member of the event, at the clock's millisecond", async () => {
    const event = readEvent({
      onBehalfOf: 'user-2',
      consentId: 'consent-1',
      orderId: 'order-1',
      result: 'refused',
      reasonCodes: ['consent.missing', 'purpose.other'],
    })
    await appendAudit(database.db, event, clock)
    await sealAudit(database.db)
    const [line] = await exported()
    expect(JSON.parse(line ?? '')).toMatchObject({
      alg: 'SHA-256',
      record: { ...event, seq: 1, at: '2026-01-01T00:00:00.123Z' },
    })
  })

  test('leaves absent members absent', async () => {
    await appendAudit(database.db, readEvent({ targetId: undefined, personRef: undefined }), clock)
    await sealAudit(database.db)
    const { record } = JSON.parse((await exported())[0] ?? '') as { record: object }
    expect(record).not.toHaveProperty('targetId')
    expect(record).not.toHaveProperty('personRef')
  })

  test('falls with the transaction that it belongs to', async () => {
    const work = inTx(database.db, async (tx) => {
      await appendAudit(tx, readEvent(), clock)
      throw new Error('the change itself fails')
    })
    await expect(work).rejects.toThrow('the change itself fails')
    expect(await sealAudit(database.db)).toBe(0)
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 0, waiting: 0 })
  })

  test('is done again with a serialisable transaction that lost a race', async () => {
    let tries = 0
    await inTx(
      database.db,
      async (tx) => {
        tries += 1
        await sql`select count(*) from audit_event`.execute(tx)
        if (tries === 1) {
          await inTx(
            database.db,
            async (winner) => {
              await sql`select count(*) from audit_event`.execute(winner)
              await appendAudit(winner, readEvent(), clock)
            },
            { isolation: 'serializable' },
          )
        }
        await appendAudit(tx, readEvent(), clock)
      },
      { isolation: 'serializable' },
    )
    expect(tries).toBe(2)
    await sealAudit(database.db)
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 2 })
  })

  test('of nothing writes nothing', async () => {
    await appendAudits(database.db, [], clock)
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 0, waiting: 0 })
  })

  test('an event that is not fit for the log is refused before anything is written', async () => {
    const events = [readEvent(), readEvent({ actor: '张三' })]
    await expect(appendAudits(database.db, events, clock)).rejects.toMatchObject({ code: 'audit.event-invalid' })
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, waiting: 0 })
  })

  test('a log that cannot be written makes the caller fail', async () => {
    // Nothing listens on port 1.
    const gone = createDb({ url: 'postgres://nobody@127.0.0.1:1/nowhere' })
    await expect(appendAudit(gone, readEvent(), clock)).rejects.toMatchObject({
      code: 'audit.write-failed',
      status: 503,
    })
    await gone.destroy()
    await expect(
      inTx(database.db, async (tx) => {
        await sql`set transaction read only`.execute(tx)
        await appendAudit(tx, readEvent(), clock)
      }),
    ).rejects.toMatchObject({ code: 'audit.write-failed' })
  })
})

describe('sealing', () => {
  test('fifty parallel appends beside three sealers are all chained, each once', async () => {
    const other = createDb({ url: database.url, max: 4 })
    try {
      const appends = Array.from({ length: 50 }, (_, index) =>
        appendAudit(index % 2 === 0 ? database.db : other, readEvent({ requestId: `req-${index}` }), clock),
      )
      const seals = [sealAudit(database.db, { batch: 3 }), sealAudit(other, { batch: 7 }), sealAudit(other)]
      await Promise.all([...appends, ...seals])
      await sealAudit(database.db)
      expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 50, waiting: 0 })
      const requests = (await exported()).map((line) => /"requestId":"(req-\d+)"/.exec(line)?.[1])
      expect(new Set(requests).size).toBe(50)
    } finally {
      await other.destroy()
    }
  })

  test('does not wait for a transaction that is still open, and chains its event afterwards', async () => {
    await inTx(database.db, async (tx) => {
      await appendAudit(tx, readEvent({ targetId: 'slow' }), clock)
      await appendAudit(database.db, readEvent({ targetId: 'quick' }), clock)
      expect(await sealAudit(database.db)).toBe(1)
    })
    expect(await sealAudit(database.db)).toBe(1)
    expect((await exported()).map((line) => /"targetId":"(\w+)"/.exec(line)?.[1])).toEqual(['quick', 'slow'])
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 2 })
  })

  test('goes on with another hash algorithm without breaking the chain', async () => {
    await appendMany(3)
    await sealAudit(database.db)
    await appendMany(3)
    await sealAudit(database.db, { alg: 'SM3' })
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 6 })
    expect((await exported())[5]).toContain('"alg":"SM3"')
  })

  test('by the clock is one round of the periodic task', async () => {
    await appendMany(5)
    await auditSealing(database.db, { batch: 2 }).run()
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 5, waiting: 0 })
  })
})

describe('the tables', () => {
  test.each([
    ['update audit_event', sql`update audit_event set actor = 'x'`],
    ['delete audit_event', sql`delete from audit_event`],
    ['truncate audit_event', sql`truncate audit_event`],
    ['update audit_chain', sql`update audit_chain set seq = seq + 10`],
    ['delete audit_chain', sql`delete from audit_chain`],
    ['truncate audit_chain', sql`truncate audit_chain`],
    ['update audit_pending', sql`update audit_pending set event_no = 99`],
    ['truncate audit_pending', sql`truncate audit_pending`],
    ['delete audit_pending before its event is chained', sql`delete from audit_pending`],
  ])('refuse %s', async (_, statement) => {
    await appendMany(2)
    await sealAudit(database.db, { batch: 2 })
    await appendMany(1)
    await expect(statement.execute(database.db)).rejects.toMatchObject({ code: '42501' })
    await sealAudit(database.db)
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 3 })
  })
})

describe('verification finds', () => {
  beforeEach(async () => {
    await appendMany(10)
    await sealAudit(database.db)
  })

  test('nothing in an untouched chain, whose head it names', async () => {
    const head = await readChainHead(database.db)
    expect(head.seq).toBe(10)
    expect(await verifyChain(database.db)).toEqual({ ok: true, count: 10, head, waiting: 0 })
  })

  test.each([
    'actor',
    'actor_org',
    'role',
    'on_behalf_of',
    'action',
    'target_type',
    'target_id',
    'purpose',
    'basis',
    'consent_id',
    'order_id',
    'source_address',
    'request_id',
  ])('a changed %s', async (column) => {
    await behindTheTriggers((db) => sql`update audit_event set ${sql.ref(column)} = 'x' where event_no = 4`.execute(db))
    expect(await verifyChain(database.db)).toEqual({ ok: false, seq: 4, kind: 'changed', waiting: 0 })
  })

  test.each([
    ['time, by a millisecond', sql`at = at + interval '1 millisecond'`],
    ['person', sql`person_ref = gen_random_uuid()`],
    ['result', sql`result = 'refused'`],
    ['reason', sql`reason_codes = '{x}'`],
    ['list of fields', sql`fields_touched = '{}'`],
    ['order of fields', sql`fields_touched = '{result,code}'`],
  ])('a changed %s', async (_, change) => {
    await behindTheTriggers((db) => sql`update audit_event set ${change} where event_no = 4`.execute(db))
    expect(await verifyChain(database.db)).toEqual({ ok: false, seq: 4, kind: 'changed', waiting: 0 })
  })

  test('a changed hash', async () => {
    await behindTheTriggers((db) => sql`update audit_chain set hash = sha256('x') where seq = 6`.execute(db))
    expect(await verifyChain(database.db)).toMatchObject({ ok: false, seq: 6, kind: 'changed' })
  })

  test('a removed event', async () => {
    await behindTheTriggers((db) => sql`delete from audit_event where event_no = 5`.execute(db))
    expect(await verifyChain(database.db)).toMatchObject({ ok: false, seq: 5, kind: 'removed' })
    expect(await runAuditVerifyExport(await exported(), () => undefined)).toBe(false)
  })

  test('a removed event with its link', async () => {
    await behindTheTriggers(async (db) => {
      await sql`delete from audit_event where event_no = 5`.execute(db)
      await sql`delete from audit_chain where seq = 5`.execute(db)
    })
    expect(await verifyChain(database.db)).toMatchObject({ ok: false, seq: 5, kind: 'removed' })
  })

  test('a link that was removed from the end', async () => {
    await behindTheTriggers((db) => sql`delete from audit_chain where seq = 10`.execute(db))
    expect(await verifyChain(database.db)).toMatchObject({ ok: false, seq: 10, kind: 'removed' })
  })

  test('an event that was taken off the waiting list, or removed while it waited', async () => {
    await appendMany(1)
    await behindTheTriggers((db) => sql`delete from audit_pending`.execute(db))
    expect(await verifyChain(database.db)).toMatchObject({ ok: false, seq: 11, kind: 'removed' })
    await behindTheTriggers(async (db) => {
      await sql`insert into audit_pending select 11`.execute(db)
      await sql`delete from audit_event where event_no = 11`.execute(db)
    })
    expect(await verifyChain(database.db)).toMatchObject({ ok: false, seq: 11, kind: 'removed' })
  })

  test('an end that was cut off with its events, where an anchor was kept', async () => {
    const anchor = await readChainHead(database.db)
    await behindTheTriggers(async (db) => {
      await sql`delete from audit_event where event_no > 8`.execute(db)
      await sql`delete from audit_chain where seq > 8`.execute(db)
    })
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 8 })
    expect(await verifyChain(database.db, { anchors: [anchor] })).toMatchObject({ ok: false, seq: 9, kind: 'removed' })
  })

  test('two events whose places were exchanged', async () => {
    await behindTheTriggers(async (db) => {
      await sql`update audit_chain set event_no = -3 where seq = 3`.execute(db)
      await sql`update audit_chain set event_no = 3 where seq = 7`.execute(db)
      await sql`update audit_chain set event_no = 7 where seq = 3`.execute(db)
    })
    expect(await verifyChain(database.db)).toMatchObject({ ok: false, seq: 3, kind: 'reordered' })
  })

  test('two links whose numbers were exchanged', async () => {
    await behindTheTriggers(async (db) => {
      await sql`update audit_chain set seq = 99 where seq = 3`.execute(db)
      await sql`update audit_chain set seq = 3 where seq = 4`.execute(db)
      await sql`update audit_chain set seq = 4 where seq = 99`.execute(db)
    })
    expect(await verifyChain(database.db)).toMatchObject({ ok: false, seq: 3 })
  })
})

describe('verification of a long chain', () => {
  test('passes over the borders of its batches, from the beginning and from a kept point', async () => {
    await appendMany(2100)
    await sealAudit(database.db)
    const middle = await readChainHead(database.db)
    await appendMany(2100)
    await sealAudit(database.db)
    expect(await verifyChain(database.db)).toMatchObject({ ok: true, count: 4200 })
    expect(await verifyChain(database.db, { from: middle })).toMatchObject({ ok: true, count: 2100 })
    await behindTheTriggers((db) => sql`update audit_event set actor = 'x' where event_no = 4001`.execute(db))
    expect(await verifyChain(database.db, { from: middle })).toMatchObject({ ok: false, seq: 4001, kind: 'changed' })
  })
})

describe('the command', () => {
  test('says in one line that the chain holds, or where it breaks', async () => {
    await appendMany(3)
    await sealAudit(database.db)
    await appendMany(1)
    const { hash } = await readChainHead(database.db)
    const lines: string[] = []
    const write = (line: string) => lines.push(line)
    expect(await runAuditVerify(database.db, write)).toBe(true)
    expect(await runAuditVerifyExport(exportChain(database.db), write)).toBe(true)
    await behindTheTriggers((db) => sql`update audit_event set actor = 'x' where event_no = 2`.execute(db))
    expect(await runAuditVerify(database.db, write)).toBe(false)
    expect(lines).toEqual([
      `audit chain ok: 3 events, head 3 ${hash}; 1 waiting to be chained`,
      `audit chain ok: 3 events, head 3 ${hash}`,
      'audit chain broken at seq 2: changed; 1 waiting to be chained',
    ])
  })
})

describe('the record of one person', () => {
  const personRef = '0198c5d2-0000-7000-8000-0000000000aa'

  test('is one query: newest first, in pages, within a period, chained or still waiting', async () => {
    const day = manualClock('2026-03-01T00:00:00Z')
    for (let number = 1; number <= 5; number++) {
      await appendAudit(database.db, readEvent({ personRef, targetId: `rec-${number}` }), day)
      if (number % 2 === 0) day.advance(86_400_000)
    }
    await appendAudit(database.db, readEvent({ targetId: 'of-another-person' }), day)
    await sealAudit(database.db)
    await appendAudit(database.db, readEvent({ personRef, targetId: 'rec-6', result: 'refused' }), day)

    const first = await listPersonAudit(database.db, { personRef, limit: 4 })
    expect(first.map((entry) => entry.record.targetId)).toEqual(['rec-6', 'rec-5', 'rec-4', 'rec-3'])
    expect(first.map((entry) => entry.sealed)).toEqual([false, true, true, true])
    const after = first[3]
    const rest = await listPersonAudit(database.db, { personRef, limit: 4, after })
    expect(rest.map((entry) => entry.record.targetId)).toEqual(['rec-2', 'rec-1'])

    const second = await listPersonAudit(database.db, {
      personRef,
      from: new Date('2026-03-02T00:00:00Z'),
      to: new Date('2026-03-03T00:00:00Z'),
      limit: 10,
    })
    expect(second.map((entry) => entry.record.targetId)).toEqual(['rec-4', 'rec-3'])
  })
})
