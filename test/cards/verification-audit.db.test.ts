import { describe, expect, it } from 'vitest'
import { cardEvent } from '../../src/cards/audit-card.ts'
import { openVerificationAudit } from '../../src/cards/index.ts'
import { createDb } from '../../src/kernel/db.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'

const database = useDatabase()
const by = {
  clientId: 'hospital-1',
  org: 'H51010499999',
  role: 'hospital',
  institution: 'H51010499999',
  city: undefined,
}
const event = cardEvent(by, { action: 'cards.verify', purpose: 'check-in' })

const written = async () => {
  const row = await database.db
    .selectFrom('audit_event')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

describe('the audit of verifications', () => {
  it('is written soon without being asked, and wholly when it is closed', async () => {
    const audit = openVerificationAudit(testDeps(database))
    audit.record(event)
    await expect.poll(written, { timeout: 2000, interval: 20 }).toBe(1)
    for (let n = 0; n < 1200; n++) audit.record(event)
    await audit.close()
    expect(await written()).toBe(1201)
  })

  it('keeps what could not be written, and has no room left when too much is waiting', async () => {
    // Nothing listens on port 1.
    const gone = createDb({ url: 'postgres://nobody@127.0.0.1:1/none' })
    const audit = openVerificationAudit({ ...testDeps(database), db: gone })
    for (let n = 0; n < 20_000; n++) audit.record(event)
    expect(audit.hasRoom()).toBe(false)
    await expect(audit.flush()).rejects.toMatchObject({ code: 'audit.write-failed' })
    expect(audit.hasRoom()).toBe(false)
    await expect(audit.close()).rejects.toMatchObject({ code: 'audit.write-failed' })
    await gone.destroy()
  })
})
