import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { type Answer, APPROVER, ISSUER, PROPOSER, RULES, useEmergency } from './emergency.ts'

const database = useDatabase()
const hub = useEmergency(database, 2)
let order: object = {}
let change: object = {}

beforeAll(async () => {
  await hub.activate()
  order = {
    issuedBy: '应急指挥部（示例）',
    legalBasis: '（示例）',
    area: ['510100'],
    from: hub.inHours(100),
    to: hub.inHours(200),
    rules: RULES,
    officer: PROPOSER.officer,
  }
  change = {
    personIds: [hub.people[0]],
    reasonCode: 'close-contact',
    evidence: 'investigation',
    place: '510104',
    validUntil: hub.inHours(1),
    officer: PROPOSER.officer,
  }
})

const [rule] = RULES
const ORDERS: readonly [string, object][] = [
  ['a NUL in its words', { legalBasis: 'a\u0000b' }],
  ['an identity number in its words', { issuedBy: '指挥部 510104190001019995' }],
  ['a day that is none', { from: '2026-02-30T00:00:00Z' }],
  ['a leap second', { from: '2026-12-31T23:59:60Z' }],
  ['the year zero', { from: '0000-01-01T00:00:00Z' }],
  ['no end', { to: undefined }],
  ['the year 9999', { to: '9999-12-31T00:00:00Z' }],
  ['no place', { area: [] }],
  ['the place of another city', { area: ['510600'] }],
  ['no rules', { rules: [] }],
  ['a level that is not in the table', { rules: [{ ...rule, issuerLevel: 'red' }] }],
  ['a version that is not in the table', { rules: [{ ...rule, version: 2 }] }],
  ['red by one person', { rules: [{ ...rule, direct: true }] }],
  ['a level of its own', { rules: [{ ...rule, level: 'green' }] }],
  ['the same ground twice', { rules: [rule, rule] }],
  ['an approver of its own', { approvedBy: { clientId: 'x', officer: 'y' } }],
  ['a name for an officer', { officer: '张三' }],
  ['an identity number for an officer', { officer: '510104190001019995' }],
  ['more than the longest time', { to: '2026-12-30T00:00:00Z' }],
]

const CHANGES: readonly [string, object][] = [
  ['nobody', { personIds: [] }],
  ['a person that is no id', { personIds: ['510104190001019995'] }],
  ['too many people', { personIds: Array.from({ length: 1_001 }, () => '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f') }],
  ['a level of its own', { level: 'red' }],
  ['its approval with it', { approvals: [{ clientId: 'x', officer: 'y' }] }],
  ['another city', { city: '510600' }],
  ['no end', { validUntil: undefined }],
  ['an end that has passed', { validUntil: '2026-11-23T00:00:00Z' }],
  ['a ground of the prototype', { reasonCode: 'constructor' }],
]

const refused = ({ status, body }: Answer): void => {
  expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
  expect(status, JSON.stringify(body)).toBeLessThan(500)
  expect(JSON.stringify(body)).not.toContain('510104190001019995')
}

describe('an order', () => {
  it.each(ORDERS)('with %s is refused', async (_, fault) => {
    refused(await hub.post(PROPOSER, '/healthcodes/orders', { ...order, ...fault }))
  })

  it('without a fault is taken, so that the faults above were the reason', async () => {
    expect((await hub.post(PROPOSER, '/healthcodes/orders', order)).status).toBe(201)
  })
})

describe('a change', () => {
  it.each(CHANGES)('with %s is refused', async (_, fault) => {
    refused(await hub.post(PROPOSER, '/healthcodes/changes', { ...change, ...fault }))
  })

  it('without a fault is taken', async () => {
    expect((await hub.post(PROPOSER, '/healthcodes/changes', change)).status).toBe(201)
  })
})

describe('an appeal', () => {
  it.each([
    ['a NUL in its words', { statement: '\u0000' }],
    ['a ground that is none', { ground: '__proto__' }],
    ['words without end', { statement: 'x'.repeat(1_001) }],
    ['a person that nobody knows', { personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f' }],
  ])('with %s is refused', async (_, fault) => {
    refused(await hub.post(ISSUER, '/healthcodes/appeals', { personId: hub.people[0], ground: 'other', ...fault }))
  })
})

describe('a shown code', () => {
  it.each([
    '',
    '.',
    '..',
    'a.b.c',
    'x'.repeat(1_024),
    'x'.repeat(1_025),
    '\u0000.\u0000.\u0000',
    '{}.{}.{}',
    'bnVsbA.bnVsbA.AAAA',
    'W10.W10.AAAA',
    '💥',
  ])('that is %j is not recognised or not taken', async (code) => {
    const { status, body } = await hub.verify(code)
    if (status === 200) expect(body).toMatchObject({ result: 'notRecognised', reasons: [{ code: 'malformed' }] })
    else expect(status).toBe(400)
  })
})

describe('the tables themselves', () => {
  it('refuse a red level that nobody approved, and an order that its proposer approved', async () => {
    const proposed = await hub.propose(PROPOSER, {
      personIds: [hub.people[1]],
      reasonCode: 'confirmed-case',
      evidence: 'laboratory',
    })
    const red = (changeId: string) => sql`insert into healthcodes_state
      (person_id, city, version_no, state_id, order_id, change_id, level, reason_code, evidence, place, issuer_level,
        map_version, set_at, valid_until, change_no)
      select ${hub.people[1]}, city, 77, gen_random_uuid(), order_id, change_id, 'red', reason_code, evidence, place,
        '02', 1, proposed_at, valid_until, 0 from healthcodes_change where change_id = ${changeId}`
    await expect(red(proposed.body.changeId).execute(database.db)).rejects.toThrow(/without an approver/)
    const approval = { decision: 'approve', officer: APPROVER.officer }
    await hub.post(APPROVER, `/healthcodes/changes/${proposed.body.changeId}/approval`, approval)
    await expect(red(proposed.body.changeId).execute(database.db)).resolves.toBeDefined()

    await expect(
      sql`update healthcodes_order set approved_client = proposed_client, approved_officer = 'other',
        approved_at = proposed_at where approved_at is null`.execute(database.db),
    ).rejects.toThrow(/check constraint/)
  })
})
