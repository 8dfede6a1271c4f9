import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { inTx } from '../../src/kernel/tx.ts'
import { mergePeople } from '../../src/people/merge-people.ts'
import { noteHoldings, registerHospital } from '../../src/records/index.ts'
import { readLocator, saveLinks } from '../../src/records/locator-store.ts'
import { useDatabase } from '../support/database.ts'
import { CODES, useExchange } from './exchange.ts'

const hub = useExchange(useDatabase(), { env: { YMT_RECORDS_DEADLINE_MS: '8000' } })
const at = (text: string) => new Date(`2026-11-24T${text}Z`)
const person = (index = 0) => hub.people[index] as (typeof hub.people)[number]

async function register(index: number, notifies: string[]): Promise<void> {
  const code = CODES[index] as string
  const baseUrl = hub.peers[index]?.baseUrl() ?? ''
  await registerHospital(hub.deps, code, { baseUrl, auth: { kind: 'none' }, notifies }, 'test')
  await hub.exchange.refresh()
}
const rowsOf = async (personId: string) =>
  await hub.deps.db
    .selectFrom('records_holding')
    .selectAll()
    .where('person_id', '=', personId)
    .orderBy('institution')
    .orderBy('resource_type')
    .execute()

describe('what institutions hold', () => {
  it('is noted in one statement for many, each with the first and the newest moment', async () => {
    const personId = randomUUID()
    await noteHoldings(hub.deps.db, [
      { personId, institution: CODES[0], types: ['Observation', 'DiagnosticReport'], seenAt: at('08:00:00') },
      { personId, institution: CODES[0], types: ['Observation'], seenAt: at('07:00:00'), learntFrom: 'message' },
      { personId, institution: CODES[1], types: ['Observation'], seenAt: at('07:30:00'), learntFrom: 'message' },
    ])
    await noteHoldings(hub.deps.db, [
      { personId, institution: CODES[0], types: ['Observation'], seenAt: at('06:00:00'), learntFrom: 'search' },
      { personId, institution: CODES[1], types: ['Observation'], seenAt: at('09:00:00') },
    ])
    const rows = await rowsOf(personId)
    expect(
      rows.map((row) => [row.institution, row.resource_type, row.learnt_from, row.first_seen_at, row.seen_at]),
    ).toEqual([
      [CODES[0], 'DiagnosticReport', 'notice', at('08:00:00'), at('08:00:00')],
      [CODES[0], 'Observation', 'notice', at('06:00:00'), at('08:00:00')],
      [CODES[1], 'Observation', 'notice', at('07:30:00'), at('09:00:00')],
    ])
  })

  it('survives many who note the same at once, in any order, without a deadlock and without going back in time', async () => {
    const people = Array.from({ length: 20 }, () => randomUUID())
    const types = ['Observation', 'DiagnosticReport', 'Encounter', 'Condition']
    const batch = (minute: number) =>
      people
        .flatMap((personId) =>
          CODES.map((institution) => ({
            personId,
            institution,
            types,
            seenAt: at(`08:${String(minute).padStart(2, '0')}:00`),
          })),
        )
        .sort(() => (minute % 2 === 0 ? 1 : -1))
    await Promise.all(Array.from({ length: 30 }, (_, minute) => noteHoldings(hub.deps.db, batch(minute))))
    for (const personId of people) {
      const rows = await rowsOf(personId)
      expect(rows).toHaveLength(CODES.length * types.length)
      for (const row of rows) expect([row.first_seen_at, row.seen_at]).toEqual([at('08:00:00'), at('08:29:00')])
    }
  })

  it('takes no type that is none, and nothing at all with it', async () => {
    const personId = randomUUID()
    const bad = { personId, institution: CODES[0], seenAt: at('08:00:00'), types: ['Observation', "x'); drop table"] }
    await expect(noteHoldings(hub.deps.db, [bad])).rejects.toThrow(/check constraint/)
    expect(await rowsOf(personId)).toEqual([])
    await noteHoldings(hub.deps.db, [])
  })
})

describe('where a person is known', () => {
  it('is what the later of two searches saw, whichever ends last', async () => {
    const { personId } = person()
    const institution = CODES[0]
    await saveLinks(hub.deps.db, personId, [{ institution, linked: true, seenAt: at('08:10:00') }])
    await saveLinks(hub.deps.db, personId, [{ institution, linked: false, seenAt: at('08:05:00') }])
    expect(await readLocator(hub.deps.db, [personId])).toEqual([
      { institution, type: null, linked: true, seenAt: at('08:10:00') },
    ])
    await saveLinks(hub.deps.db, personId, [{ institution, linked: false, seenAt: at('08:20:00') }])
    expect((await readLocator(hub.deps.db, [personId]))[0]?.linked).toBe(false)
  })
})

describe('a hospital that announces what it holds', () => {
  it('is asked only where it announced something, and the answer says that it was not asked', async () => {
    const { personId } = person(1)
    await register(3, ['Observation'])
    const peer = hub.peers[3]
    const before = peer?.seen.length
    const silent = await hub.search(`Observation?patient=${personId}`)
    expect(silent.status).toBe(200)
    expect(silent.outcomes).toEqual({ [CODES[3]]: 'information/incomplete' })
    expect(peer?.seen.length).toBe(before)

    await noteHoldings(hub.deps.db, [
      { personId, institution: CODES[3], types: ['Observation'], seenAt: hub.deps.clock.now() },
    ])
    const announced = await hub.search(`Observation?patient=${personId}`)
    expect(announced.outcomes).toEqual({})
    expect(announced.total).toBeGreaterThan(silent.total as number)
    expect(peer?.seen.length).toBeGreaterThan(before ?? 0)
  })

  it('is asked for the types that it does not announce', async () => {
    const found = await hub.search(`DiagnosticReport?patient=${person(2).personId}`)
    expect(found.outcomes).toEqual({})
  })

  it('teaches the locator by its answers, once a day', async () => {
    const rows = await rowsOf(person(2).personId)
    expect(new Set(rows.map((row) => row.learnt_from))).toEqual(new Set(['search']))
    hub.deps.clock.advance(60_000)
    await hub.search(`DiagnosticReport?patient=${person(2).personId}`)
    expect(await rowsOf(person(2).personId)).toEqual(rows)
    await register(3, [])
  })
})

describe('a person of two ids', () => {
  it('is asked for where anything was announced under either of them', async () => {
    const [survivor, absorbed] = [person(0).personId, person(3).personId]
    await register(3, ['Immunization'])
    const outcome = async () => (await hub.search(`Immunization?patient=${survivor}`)).outcomes[CODES[3]]
    expect(await outcome()).toBe('information/incomplete')
    await noteHoldings(hub.deps.db, [
      { personId: absorbed, institution: CODES[3], types: ['Immunization'], seenAt: hub.deps.clock.now() },
    ])
    expect(await outcome()).toBe('information/incomplete')
    await sql`delete from people_insurance where person_id = ${absorbed}`.execute(hub.deps.db)
    await inTx(hub.deps.db, (tx) =>
      mergePeople(hub.deps, tx, {
        survivorId: survivor,
        absorbedId: absorbed,
        reason: 'documents-seen',
        by: { clientId: 'bureau', org: 'B510100', role: 'bureau', city: person(0).insuredCity },
      }),
    )
    expect(await outcome()).toBeUndefined()
    await register(3, [])
  })
})

describe('a house that holds records and is not connected', () => {
  it('is named in the answer', async () => {
    const { personId } = person(0)
    const institution = 'H51010400099'
    await noteHoldings(hub.deps.db, [{ personId, institution, types: ['Observation'], seenAt: hub.deps.clock.now() }])
    expect((await hub.search(`Observation?patient=${personId}`)).outcomes).toMatchObject({
      [institution]: 'warning/not-supported',
    })
    expect((await hub.search(`DiagnosticReport?patient=${personId}`)).outcomes).not.toHaveProperty(institution)
  })
})

describe('what the registry says about announcing', () => {
  it('is kept through other changes, in order and once each', async () => {
    const put = async (body: object) => {
      const response = await hub.app.inject({
        method: 'PUT',
        url: `/records/hospitals/${CODES[2]}`,
        headers: { authorization: `Bearer ${await hub.token('operator')}` },
        payload: { baseUrl: hub.peers[2]?.baseUrl(), auth: { kind: 'none' }, ...body },
      })
      return [response.statusCode, response.json<{ notifies?: string[] }>().notifies]
    }
    expect(await put({ notifies: ['Observation', 'DiagnosticReport', 'Observation'] })).toEqual([
      200,
      ['DiagnosticReport', 'Observation'],
    ])
    expect(await put({})).toEqual([200, ['DiagnosticReport', 'Observation']])
    expect((await put({ notifies: ['observation; drop'] }))[0]).toBe(400)
    expect(await put({ notifies: [] })).toEqual([200, []])
  })
})
