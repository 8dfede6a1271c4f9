import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import {
  APPROVER,
  DECIDER,
  DEYANG_CDC,
  DEYANG_LEAD,
  ISSUER,
  OPERATOR,
  PROPOSER,
  SECOND,
  useEmergency,
} from './emergency.ts'

const database = useDatabase()
const hub = useEmergency(database, 6)
const person = (at: number): string => hub.people[at] ?? ''
const DAY_MS = 86_400_000

const counts = async (): Promise<Record<string, number>> => {
  const { rows } = await sql<Record<string, bigint>>`select
    (select count(*) from healthcodes_state) as state, (select count(*) from healthcodes_verification) as verification,
    (select count(*) from healthcodes_appeal) as appeal, (select count(*) from healthcodes_change) as change,
    (select count(*) from healthcodes_change_person) as person, (select count(*) from healthcodes_hold) as hold`.execute(
    database.db,
  )
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]))
}
const proofs = async (who = PROPOSER) => (await hub.get(who, '/healthcodes/purges')).body.proofs
const hold = (orderId: string, change: object = {}, who = PROPOSER) =>
  hub.post(who, '/healthcodes/holds', {
    orderId,
    reason: '行政复议案件取证（示例）',
    until: hub.inHours(24 * 90),
    officer: who.officer,
    ...change,
  })

describe('while an order is in force', () => {
  it('what is older than the policy keeps goes, and what is still said of a person stays', async () => {
    await hub.activate({ hours: 24 * 30 })
    await hub.turnYellow(person(0))
    await hub.verify(await hub.code(person(0)))
    const change = { personIds: [person(1)], reasonCode: 'declared-well', evidence: 'declaration' }
    await hub.propose(PROPOSER, { ...change, validUntil: hub.inHours(24 * 14) })
    await hub.propose(PROPOSER, { ...change, validUntil: hub.inHours(24 * 14) })
    // Open when the time comes: it keeps the level that it is about.
    await hub.turnYellow(person(2))
    const filed = await hub.post(ISSUER, '/healthcodes/appeals', { personId: person(2), ground: 'not-me' })
    await hub.tick('purge-old')
    expect(await proofs()).toEqual([])

    hub.deps.clock.advance(14 * DAY_MS - 1)
    await hub.verify('x.y.z')
    await hub.tick('purge-old')
    expect(await counts()).toMatchObject({ state: 4, verification: 2 })
    hub.deps.clock.advance(DAY_MS + 2)
    await hub.tick('purge-old')
    // Gone: the first reading, the level that ran out, the version that was replaced.
    expect(await counts()).toMatchObject({ state: 2, verification: 1, appeal: 1 })
    expect(
      (await proofs())
        .map((one: { class: string; cause: string; count: number }) => [one.class, one.cause, one.count])
        .sort(),
    ).toEqual([
      // Of four changes and one appeal.
      ['answer', 'retention', 5],
      ['change-person', 'retention', 2],
      ['state', 'retention', 2],
      ['verification', 'retention', 1],
    ])
    const decision = { result: 'refused', reason: { zh: '证据充分', en: 'It stands' }, officer: DECIDER.officer }
    const decided = await hub.post(DECIDER, `/healthcodes/appeals/${filed.body.appealId}/decision`, decision)
    expect(decided.body.state).toBe('refused')
    await hub.tick('purge-old')
    expect(await counts()).toMatchObject({ state: 1, appeal: 1 })
    hub.deps.clock.advance(14 * DAY_MS + 1)
    await hub.tick('purge-old')
    expect(await counts()).toMatchObject({ appeal: 0 })
  })
})

describe('a legal hold', () => {
  it('keeps the rows of its person from deletion until it is released, and goes with them', async () => {
    await hub.tick('purge-ended')
    hub.deps.clock.advance(2 * DAY_MS)
    const orderId = await hub.activate()
    await hub.turnYellow(person(3))
    await hub.turnYellow(person(4))
    await hub.verify(await hub.code(person(3)))
    await hub.verify(await hub.code(person(4)))
    const tooLong = await hold(orderId, { until: hub.inHours(24 * 181) })
    expect([tooLong.status, tooLong.body.code]).toEqual([422, 'healthcodes.hold-invalid'])
    expect((await hold(orderId, { until: hub.inHours(-1) })).body.code).toBe('healthcodes.hold-invalid')
    expect((await hold(orderId, { reason: '当事人 510104190001019995' })).body.code).toBe('request.invalid')
    expect((await hold(orderId, {}, DEYANG_CDC)).body.code).toBe('healthcodes.order-not-found')
    const set = await hold(orderId, { personId: person(3) })
    expect(set.status).toBe(201)

    const before = await counts()
    const preview = await hub.get(PROPOSER, `/healthcodes/purges/preview?orderId=${orderId}`)
    expect(preview.body.classes).toMatchObject([
      { class: 'verification', wouldGo: { count: 1 }, held: 1 },
      { class: 'appeal-event', wouldGo: null, held: 0 },
      { class: 'appeal', wouldGo: null, held: 0 },
      { class: 'state', wouldGo: { count: 1 }, held: 1 },
      { class: 'change-person', wouldGo: { count: 1 }, held: 1 },
      { class: 'change', wouldGo: { count: 1 }, held: 1 },
      { class: 'hold', wouldGo: null, held: 1 },
      // Two changes and the hold: a hold keeps rows, not what was answered.
      { class: 'answer', wouldGo: { count: 3 }, held: 0 },
    ])
    expect(await counts()).toEqual(before)
    expect((await hub.get(DEYANG_CDC, `/healthcodes/purges/preview?orderId=${orderId}`)).status).toBe(404)

    hub.deps.clock.advance(4 * DAY_MS)
    await hub.tick('purge-ended')
    expect(await counts()).toEqual({ state: 1, verification: 1, appeal: 0, change: 1, person: 1, hold: 1 })
    await hub.tick('purge-ended')
    const held = (await hub.get(APPROVER, '/healthcodes/holds')).body.holds
    expect(held).toMatchObject([{ personId: person(3), releasedAt: null }])
    expect((await hub.get(DEYANG_CDC, '/healthcodes/holds')).body.holds).toEqual([])
    const url = `/healthcodes/holds/${set.body.holdId}/release`
    expect((await hub.post(DEYANG_CDC, url, { officer: 'dy-0001' })).body.code).toBe('healthcodes.hold-not-found')
    expect((await hub.post(SECOND, url, { officer: 'cd-0001' })).body.released).toBe(true)
    await hub.tick('purge-ended')
    expect(await counts()).toEqual({ state: 0, verification: 0, appeal: 0, change: 0, person: 0, hold: 0 })
  })

  it('on the whole order keeps everything, and ends by itself', async () => {
    const orderId = await hub.activate({ proposer: DEYANG_CDC, approver: DEYANG_LEAD })
    const change = { personIds: [person(5)], place: '510603' }
    expect((await hub.propose(DEYANG_CDC, change)).body.state).toBe('applied')
    await hold(orderId, { until: hub.inHours(100) }, DEYANG_CDC)
    hub.deps.clock.advance(4 * DAY_MS)
    await hub.tick('purge-ended')
    expect(await counts()).toMatchObject({ state: 1, change: 1, hold: 1 })
    hub.deps.clock.advance(DAY_MS)
    await hub.tick('purge-ended')
    expect(await counts()).toMatchObject({ state: 0, change: 0, person: 0, hold: 0 })
  })
})

describe('proofs', () => {
  it('are each city’s own, all are the operator’s, and nothing can change them', async () => {
    const cities = (list: readonly { city: string }[]) => [...new Set(list.map((one) => one.city))].sort()
    expect(cities(await proofs())).toEqual(['510100'])
    expect(cities(await proofs(DEYANG_CDC))).toEqual(['510600'])
    expect(cities(await proofs(OPERATOR))).toEqual(['510100', '510600'])
    for (const statement of [
      sql`update healthcodes_purge_proof set count = 1`,
      sql`delete from healthcodes_purge_proof`,
      sql`truncate healthcodes_purge_proof`,
    ]) {
      await expect(statement.execute(database.db)).rejects.toThrow(/is refused/)
    }
  })

  it('and versions of a level cannot be rewritten', async () => {
    await expect(sql`update healthcodes_state set level = 'green'`.execute(database.db)).rejects.toThrow(/is refused/)
    await expect(sql`update healthcodes_level_map set level = 'red'`.execute(database.db)).rejects.toThrow(/is refused/)
  })
})
