import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { openHealthCodeState } from '../../src/healthcodes/index.ts'
import { useDatabase } from '../support/database.ts'
import { DECIDER, DEYANG_CDC, DEYANG_LEAD, ISSUER, OPERATOR, PROPOSER, useEmergency } from './emergency.ts'

const database = useDatabase()
const hub = useEmergency(database, 3)
const person = (at: number): string => hub.people[at] ?? ''
const now = (): number => hub.deps.clock.now().getTime()
const level = (at: number) => hub.live.healthCodes.levelOf(person(at), '510100', now())

const turnRedInDeyang = async (personId: string): Promise<void> => {
  const red = { reasonCode: 'confirmed-case', evidence: 'diagnosis', place: '510603' }
  const proposed = await hub.propose(DEYANG_CDC, { personIds: [personId], ...red })
  const approval = { decision: 'approve', officer: DEYANG_LEAD.officer }
  const url = `/healthcodes/changes/${proposed.body.changeId}/approval`
  expect((await hub.post(DEYANG_LEAD, url, approval)).body.state).toBe('applied')
}

let deyangOrder = ''
beforeAll(async () => {
  await hub.activate()
  deyangOrder = await hub.activate({ proposer: DEYANG_CDC, approver: DEYANG_LEAD })
})

describe('levels of two cities', () => {
  it('stand beside each other: the heavier one shows, each CDC sees its own', async () => {
    await hub.turnYellow(person(0))
    await turnRedInDeyang(person(0))
    expect(level(0)).toMatchObject({ level: 'red', issuer: 'urn:yimatong:510600' })
    expect((await hub.get(PROPOSER, `/healthcodes/people/${person(0)}`)).body.current.level).toBe('yellow')
    expect((await hub.get(DEYANG_CDC, `/healthcodes/people/${person(0)}`)).body.current.level).toBe('red')
  })

  it('are appealed against one by one: the heavier first, or that of the city that is named', async () => {
    const heavier = await hub.post(ISSUER, '/healthcodes/appeals', { personId: person(0), ground: 'not-me' })
    expect(heavier.body.city).toBe('510600')
    const named = { personId: person(0), ground: 'not-me', city: '510100' }
    const lighter = await hub.post(ISSUER, '/healthcodes/appeals', named)
    expect(lighter.body.city).toBe('510100')
    const correction = { reasonCode: 'declared-well', evidence: 'declaration', validUntil: hub.inHours(2) }
    const refusal = { result: 'refused', reason: { zh: '无', en: 'none' }, correction, officer: DECIDER.officer }
    const { body } = await hub.post(DECIDER, `/healthcodes/appeals/${lighter.body.appealId}/decision`, refusal)
    expect(body.errors).toEqual([{ pointer: '/correction', detail: 'belongs to a granted appeal' }])
  })

  it('end with the order of their own city', async () => {
    await hub.post(DEYANG_LEAD, `/healthcodes/orders/${deyangOrder}/end`, { officer: DEYANG_LEAD.officer })
    expect(level(0)).toMatchObject({ level: 'yellow', issuer: 'urn:yimatong:510100' })
    const again = await hub.post(DEYANG_LEAD, `/healthcodes/orders/${deyangOrder}/end`, { officer: 'dy-0002' })
    expect(again.body.code).toBe('healthcodes.order-decided')
    await hub.tick('purge-ended')
    expect(level(0)).toMatchObject({ level: 'yellow' })
  })
})

describe('many levels', () => {
  it('are read page by page when a process starts, and all of them', async () => {
    const set = await hub.turnYellow(person(1))
    await sql`insert into healthcodes_state (person_id, city, version_no, state_id, order_id, change_id, level,
        reason_code, evidence, place, issuer_level, map_version, set_at, valid_until, change_no)
      select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, c.city, v, gen_random_uuid(), c.order_id,
        c.change_id, case when v = 2 then 'yellow' else 'green' end, c.reason_code, c.evidence, c.place, '01', 1,
        c.proposed_at, c.valid_until, 0
      from healthcodes_change c, generate_series(1, 6000) n, generate_series(1, 2) v
      where c.change_id = ${set.body.changeId}`.execute(database.db)
    const other = await openHealthCodeState({ ...hub.deps, issuerKeys: hub.live.issuerKeys })
    try {
      for (const n of [1, 2_500, 2_501, 4_999, 5_000, 5_001, 6_000]) {
        const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
        expect(other.levelOf(id, '510100', now())).toMatchObject({ state: 'set', level: 'yellow' })
      }
      expect(other.levelOf('00000000-0000-4000-8000-000000006001', '510100', now())).toEqual({ state: 'none' })
    } finally {
      await other.close()
    }
  })
})

describe('what stands behind the levels', () => {
  it('is open to CDCs and the operator: issuers with their tables, and the figures of policy', async () => {
    const { issuers } = (await hub.get(OPERATOR, '/healthcodes/issuers')).body
    expect(issuers).toHaveLength(4)
    expect(issuers[0]).toMatchObject({
      issuer: 'urn:yimatong:510100',
      state: 'approved',
      verified: false,
      levels: [
        { issuerLevel: '00', level: 'green' },
        { issuerLevel: '01', level: 'yellow' },
        { issuerLevel: '02', level: 'red' },
      ],
    })
    const { levels, policy } = (await hub.get(PROPOSER, '/healthcodes/policy')).body
    expect(levels.map((one: { zh: string }) => one.zh)).toEqual(['绿码', '黄码', '红码'])
    expect(policy).toContainEqual(expect.objectContaining({ name: 'code-max-age-s', value: 86_400, version: 1 }))
    expect((await hub.get(OPERATOR, '/healthcodes/orders')).body.orders).toHaveLength(2)
  })
})
