import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import {
  APPROVER,
  DECIDER,
  DEYANG_CDC,
  DEYANG_LEAD,
  LAST,
  PROPOSER,
  RULES,
  SECOND,
  useEmergency,
  type Who,
} from './emergency.ts'

const database = useDatabase()
const hub = useEmergency(database, 8)
const person = (at: number): string => hub.people[at] ?? ''
const FILER: Who = { client: 'cdc-cd-window', officer: 'cd-0800' }
const WELL = { reasonCode: 'declared-well', evidence: 'declaration' }
const level = (at: number) => hub.live.healthCodes.levelOf(person(at), '510100', hub.deps.clock.now().getTime())
const refusal = { result: 'refused', reason: { zh: '证据充分', en: 'It stands' } }
const granted = { result: 'granted', reason: { zh: '样本混淆', en: 'Mixed up' } }
const DAY_MS = 86_400_000

let orderId = ''
beforeAll(async () => {
  orderId = await hub.activate({ hours: 96 })
})

describe('one officer', () => {
  it('does not make a level lighter that stands, and still sets one where none does', async () => {
    await hub.turnRed(person(0))
    const lighter = await hub.propose(PROPOSER, { personIds: [person(0)], ...WELL })
    expect(lighter.body).toMatchObject({ state: 'waiting', approvalsNeeded: 1 })
    expect(level(0)).toMatchObject({ level: 'red' })
    const url = `/healthcodes/changes/${lighter.body.changeId}/approval`
    const own = await hub.post(PROPOSER, url, { decision: 'approve', officer: 'cd-0907' })
    expect(own.body.code).toBe('healthcodes.other-person-needed')
    await hub.post(APPROVER, url, { decision: 'approve', officer: APPROVER.officer })
    expect(level(0)).toMatchObject({ level: 'green' })
    expect((await hub.propose(PROPOSER, { personIds: [person(0)], ...WELL })).body.state).toBe('applied')
    expect((await hub.turnYellow(person(0))).body.state).toBe('applied')
    // Run out, it says nothing any more that could be taken back.
    const short = { personIds: [person(1)], validUntil: hub.inHours(1) }
    expect((await hub.propose(PROPOSER, short)).body.state).toBe('applied')
    hub.deps.clock.advance(3_600_000)
    expect((await hub.propose(PROPOSER, { personIds: [person(1)], ...WELL })).body.state).toBe('applied')
  })
})

describe('a CDC that files an appeal for a person', () => {
  it('does not decide it, in whoever’s name, nor the second one after it', async () => {
    await hub.turnRed(person(2))
    const filed = await hub.post(FILER, '/healthcodes/appeals', { personId: person(2), ground: 'test-negative' })
    const url = `/healthcodes/appeals/${filed.body.appealId}/decision`
    for (const officer of [FILER.officer, DECIDER.officer]) {
      const own = await hub.post(FILER, url, { ...granted, officer })
      expect([own.status, own.body.code]).toEqual([409, 'healthcodes.other-person-needed'])
    }
    expect((await hub.post(DECIDER, url, { ...refusal, officer: DECIDER.officer })).body.state).toBe('refused')
    const further = `/healthcodes/appeals/${filed.body.appealId}/second`
    const second = await hub.post(SECOND, further, { ground: 'other' })
    const last = `/healthcodes/appeals/${second.body.appealId}/decision`
    for (const who of [FILER, SECOND]) {
      const own = await hub.post(who, last, { ...granted, officer: 'cd-0999' })
      expect(own.body.code).toBe('healthcodes.other-person-needed')
    }
    expect((await hub.post(LAST, last, { ...granted, officer: LAST.officer })).body.state).toBe('granted')
  })
})

describe('a legal hold', () => {
  it('is not set on an order that nobody has approved', async () => {
    const registered = await hub.post(DEYANG_CDC, '/healthcodes/orders', {
      issuedBy: '应急指挥部（示例）',
      legalBasis: '（示例）',
      area: ['510600'],
      from: hub.inHours(0),
      to: hub.inHours(24),
      rules: RULES,
      officer: DEYANG_CDC.officer,
    })
    const { orderId: proposed } = registered.body
    const hold = { orderId: proposed, personId: person(3), reason: '示例', until: hub.inHours(24), officer: 'dy-0001' }
    const waiting = await hub.post(DEYANG_CDC, '/healthcodes/holds', hold)
    expect([waiting.status, waiting.body.code, waiting.body.errors?.[0].pointer]).toEqual([
      422,
      'healthcodes.hold-invalid',
      '/orderId',
    ])
    const decision = { decision: 'refuse', officer: DEYANG_LEAD.officer }
    const refused = await hub.post(DEYANG_LEAD, `/healthcodes/orders/${proposed}/approval`, decision)
    expect(refused.body).toMatchObject({
      state: 'ended',
      closedBy: { clientId: DEYANG_LEAD.client, officer: DEYANG_LEAD.officer },
    })
    expect((await hub.post(DEYANG_CDC, '/healthcodes/holds', hold)).body.code).toBe('healthcodes.hold-invalid')
  })
})

describe('the deletion at the end of an order', () => {
  const change = () => ({
    personIds: [person(4)],
    reasonCode: 'close-contact',
    evidence: 'investigation',
    place: '510104',
    validUntil: '2026-11-25T07:00:00.000Z',
    officer: PROPOSER.officer,
  })
  const kept = async (): Promise<number> => {
    const { rows } = await sql<{ n: bigint }>`select count(*) as n from kernel_idempotency_key
      where goes_with is not null and (answer_encrypted is not null or location is not null
        or status is not null or octet_length(request_hash) > 0)`.execute(database.db)
    return Number(rows[0]?.n)
  }

  it('takes the stored answers along, counted in the proof, and a repeat does nothing anew', async () => {
    const first = await hub.post(PROPOSER, '/healthcodes/changes', change(), 'change-of-four')
    expect(first.status).toBe(201)
    expect(await hub.post(PROPOSER, '/healthcodes/changes', change(), 'change-of-four')).toEqual(first)
    const before = await kept()
    // Changes, their approvals, appeals and their decisions.
    expect(before).toBeGreaterThan(8)
    const end = { officer: SECOND.officer }
    const ended = await hub.post(SECOND, `/healthcodes/orders/${orderId}/end`, end, 'end-of-order')
    expect(ended.body.closedBy).toEqual({ clientId: SECOND.client, officer: SECOND.officer })
    const preview = await hub.get(PROPOSER, `/healthcodes/purges/preview?orderId=${orderId}`)
    expect(preview.body.classes.at(-1)).toMatchObject({ class: 'answer', wouldGo: { count: before }, held: 0 })
    expect(await kept()).toBe(before)

    await hub.tick('purge-ended')
    expect(await kept()).toBe(0)
    const { proofs } = (await hub.get(PROPOSER, `/healthcodes/purges?orderId=${orderId}`)).body
    const answers = proofs.filter((one: { class: string }) => one.class === 'answer')
    expect(answers).toMatchObject([{ count: before, idsSha256: preview.body.classes.at(-1).wouldGo.idsSha256 }])
    const again = await hub.post(PROPOSER, '/healthcodes/changes', change(), 'change-of-four')
    expect([again.status, again.body.code]).toEqual([410, 'request.answer-purged'])
    // What is about no person is repeated as before.
    expect(await hub.post(SECOND, `/healthcodes/orders/${orderId}/end`, end, 'end-of-order')).toEqual(ended)
  })

  it('names in the proof who ended the order early, beside who approved it', async () => {
    const { proofs } = (await hub.get(PROPOSER, `/healthcodes/purges?orderId=${orderId}`)).body
    expect(proofs.length).toBeGreaterThan(4)
    for (const proof of proofs) {
      expect(proof).toMatchObject({
        approvedBy: { clientId: APPROVER.client, officer: APPROVER.officer },
        endedBy: { clientId: SECOND.client, officer: SECOND.officer },
      })
    }
  })

  it('leaves no ground of a level or of an appeal in the audit log', async () => {
    const grounds = [...RULES.map((rule) => rule.reasonCode), 'test-negative', 'other']
    const { rows } = await sql<{ action: string }>`select action from audit_event
      where reason_codes && ${grounds}::text[]`.execute(database.db)
    expect(rows).toEqual([])
    const set = await sql<{ n: bigint }>`select count(*) as n from audit_event
      where action = 'healthcodes.level-set' and person_ref = ${person(2)}`.execute(database.db)
    expect(set.rows[0]?.n).toBe(1n)
  })

  it('needs no figure of policy, and one order that cannot be purged keeps no other', async () => {
    const first = await hub.activate({ hours: 2 })
    await hub.propose(PROPOSER, { personIds: [person(5)], validUntil: hub.inHours(1) })
    const second = await hub.activate({ hours: 2, proposer: DEYANG_CDC, approver: DEYANG_LEAD })
    await hub.propose(DEYANG_CDC, { personIds: [person(6)], place: '510603', validUntil: hub.inHours(1) })
    await sql`update healthcodes_policy set to_date = '2026-11-20' where name = 'retention-days'`.execute(database.db)
    await sql`create trigger test_stuck before delete on healthcodes_change for each row
      when (old.order_id = ${sql.lit(first)}) execute function healthcodes_refuse_change()`.execute(database.db)
    const rowsOf = async (id: string): Promise<number> =>
      (await sql`select from healthcodes_state where order_id = ${id}`.execute(database.db)).rows.length
    hub.deps.clock.advance(DAY_MS)
    await hub.tick('purge-ended')
    expect([await rowsOf(first), await rowsOf(second)]).toEqual([1, 0])
    const { proofs } = (await hub.get(DEYANG_CDC, `/healthcodes/purges?orderId=${second}`)).body
    expect(proofs).toContainEqual(expect.objectContaining({ class: 'state', policy: null, endedBy: null }))
    await sql`drop trigger test_stuck on healthcodes_change`.execute(database.db)
    await hub.tick('purge-ended')
    expect(await rowsOf(first)).toBe(0)
  })
})
