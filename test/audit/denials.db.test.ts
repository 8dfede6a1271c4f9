import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { createDenials, type DenialLimits } from '../../src/audit/denials.ts'
import type { AuditEvent } from '../../src/audit/index.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const hub = useApp(database)

interface Row {
  readonly actor: string
  readonly actor_org: string
  readonly target_type: string
  readonly reason_codes: string[]
  readonly source_address: string | null
}

const denied = async (): Promise<Row[]> =>
  (
    await sql<Row>`select actor, actor_org, target_type, reason_codes, source_address from audit_event
      where action = 'fhir.refuse' order by event_no`.execute(database.db)
  ).rows

afterEach(async () => {
  await database.db.connection().execute(async (db) => {
    await sql`set session_replication_role = replica`.execute(db)
    await sql`truncate audit_event, audit_pending, audit_chain`.execute(db)
    await sql`set session_replication_role = default`.execute(db)
  })
})

/** Denials are written a moment after the answer. */
async function waitFor(count: number): Promise<Row[]> {
  for (let tries = 0; tries < 40; tries++) {
    const rows = await denied()
    if (rows.length >= count) return rows
    await new Promise((done) => setTimeout(done, 50))
  }
  return await denied()
}

describe('a request under /fhir that is denied', () => {
  it('for its scope or role leaves an event with who it was and why', async () => {
    const scopeless = await hub.token('hospital', { institution: 'H51060300001', scopes: ['people.read'] })
    const bureau = await hub.token('bureau', { city: '510600' })
    const url = '/fhir/Observation?patient=0198c5d2-0000-7000-8000-000000000001'
    for (const headers of [scopeless, bureau]) {
      expect((await hub.app.inject({ url, headers: { ...headers, 'x-purpose-of-use': 'TREAT' } })).statusCode).toBe(403)
    }
    const rows = await waitFor(2)
    expect(rows.map(({ actor_org, target_type, reason_codes }) => [actor_org, target_type, reason_codes])).toEqual([
      ['H51060300001', 'Observation', ['auth.scope-missing']],
      ['510600', 'Observation', ['auth.role-not-served']],
    ])
    expect(rows[0]?.actor).toContain('hospital')
  })

  it('without a token leaves one without a person, and nothing of what it sent', async () => {
    const number = '510104199001011234'
    const headers = { authorization: `Bearer ${number}`, 'x-request-id': number }
    expect((await hub.app.inject({ url: `/fhir/Patient?identifier=${number}`, headers })).statusCode).toBe(401)
    expect((await hub.app.inject({ url: '/fhir/AuditEvent' })).statusCode).toBe(401)
    const rows = await waitFor(2)
    expect(rows.map(({ actor, target_type, reason_codes }) => [actor, target_type, reason_codes])).toEqual([
      ['anonymous', 'Patient', ['auth.token-invalid']],
      ['anonymous', 'AuditEvent', ['auth.token-missing']],
    ])
    const { rows: all } = await sql<{ text: string }>`select audit_event::text as text from audit_event`.execute(
      database.db,
    )
    expect(JSON.stringify(all)).not.toContain(number)
  })

  it('elsewhere leaves none, nor does one that was answered', async () => {
    expect((await hub.app.inject({ url: '/people/search', method: 'POST', payload: {} })).statusCode).toBe(401)
    expect((await hub.app.inject({ url: '/fhir/metadata' })).statusCode).toBe(200)
    expect((await hub.app.inject({ url: '/fhir/NoSuchThing' })).statusCode).toBe(404)
    await new Promise((done) => setTimeout(done, 400))
    expect(await denied()).toEqual([])
  })
})

describe('a flood of denials', () => {
  const LIMITS: DenialLimits = { windowMs: 60_000, each: 5, all: 40 }
  const event = (changes: Partial<AuditEvent>): AuditEvent => ({
    actor: 'anonymous',
    actorOrg: 'unknown',
    role: 'none',
    action: 'fhir.refuse',
    targetType: 'Observation',
    purpose: 'unknown',
    basis: 'none',
    result: 'refused',
    reasonCodes: ['auth.token-missing'],
    ...changes,
  })

  it('of one caller is written up to its share, and then counted', async () => {
    const denials = createDenials(hub.deps, LIMITS)
    for (let at = 0; at < 1000; at++) denials.note(event({ sourceAddress: '192.0.2.1', requestId: `flood-${at}` }))
    await denials.flush()
    const rows = await denied()
    expect(rows).toHaveLength(6)
    expect(rows.at(-1)).toMatchObject({ reason_codes: ['auth.token-missing', 'more:995'], source_address: null })
  })

  it('from ten thousand addresses cannot fill the log, and does not crowd out a client', async () => {
    const denials = createDenials(hub.deps, LIMITS)
    for (let at = 0; at < 10_000; at++) denials.note(event({ sourceAddress: `10.${at >> 8}.${at & 255}.1` }))
    denials.note(event({ actor: 'his-deyang', actorOrg: 'H51060300001', reasonCodes: ['auth.scope-missing'] }))
    await denials.flush()
    const rows = await denied()
    expect(rows.filter(({ actor }) => actor === 'anonymous')).toHaveLength(21)
    expect(rows.filter(({ actor }) => actor === 'his-deyang')).toHaveLength(1)
  })

  it('with something that does not fit the log loses only that', async () => {
    const denials = createDenials(hub.deps, LIMITS)
    denials.note(event({ requestId: '张三' }))
    denials.note(event({ requestId: 'good-request' }))
    await denials.flush()
    const rows = await denied()
    expect(rows.map(({ reason_codes }) => reason_codes)).toEqual([
      ['auth.token-missing'],
      ['auth.token-missing', 'more:1'],
    ])
  })

  it('that cannot be written is told to operators, and the next one is written', async () => {
    const denials = createDenials(hub.deps, LIMITS)
    await sql`alter table audit_event add constraint none_now check (action <> 'fhir.refuse') not valid`.execute(
      database.db,
    )
    denials.note(event({}))
    await denials.flush()
    await sql`alter table audit_event drop constraint none_now`.execute(database.db)
    denials.note(event({ requestId: 'the-next' }))
    await denials.flush()
    expect(await denied()).toHaveLength(1)
  })
})
