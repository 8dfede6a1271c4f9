import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import {
  APPROVER,
  DECIDER,
  DEYANG_CDC,
  HOSPITAL,
  ISSUER,
  LAST,
  OPERATOR,
  PROPOSER,
  SECOND,
  useEmergency,
} from './emergency.ts'

const database = useDatabase()
const hub = useEmergency(database)
const person = (at: number): string => hub.people[at] ?? ''
const level = (at: number, city: '510100' | '510600' | null = '510100') =>
  hub.live.healthCodes.levelOf(person(at), city, hub.deps.clock.now().getTime())

// One story, in order: asleep, awake, appealed, asleep again.
describe('before an order is in force', () => {
  it('every route about persons says dormant, and the verifier sees it', async () => {
    const id = person(0)
    const asked = [
      await hub.propose(PROPOSER, { personIds: [id] }),
      await hub.post(APPROVER, `/healthcodes/changes/${id}/approval`, { decision: 'approve', officer: 'cd-1' }),
      await hub.get(PROPOSER, '/healthcodes/changes'),
      await hub.get(PROPOSER, `/healthcodes/changes/${id}`),
      await hub.get(PROPOSER, `/healthcodes/people/${id}`),
      await hub.post(ISSUER, `/healthcodes/people/${id}/code`, {}),
      await hub.verify('x.y.z'),
      await hub.get(HOSPITAL, `/healthcodes/verifications?updatedSince=${hub.inHours(-1)}`),
      await hub.post(ISSUER, '/healthcodes/appeals', { personId: id, ground: 'not-me' }),
      await hub.get(ISSUER, `/healthcodes/appeals/${id}`),
      await hub.get(PROPOSER, '/healthcodes/appeals'),
      await hub.post(DECIDER, `/healthcodes/appeals/${id}/decision`, {
        result: 'refused',
        reason: { zh: '无', en: 'none' },
        officer: 'cd-1',
      }),
    ]
    for (const { status, body } of asked) expect([status, body.code]).toEqual([409, 'healthcodes.dormant'])
    expect(level(0)).toEqual({ state: 'dormant' })
  })

  it('an order that only one person stands for wakes nothing', async () => {
    const registered = await hub.post(PROPOSER, '/healthcodes/orders', {
      issuedBy: '应急指挥部（示例）',
      legalBasis: '（示例）',
      area: ['510100'],
      from: hub.inHours(0),
      to: hub.inHours(24),
      rules: [
        {
          reasonCode: 'case',
          zh: '病例',
          en: 'Case',
          issuerLevel: '02',
          version: 1,
          evidence: ['laboratory'],
          direct: false,
          maxHours: 24,
          whatToDo: { zh: '就医', en: 'Seek care' },
        },
      ],
      officer: PROPOSER.officer,
    })
    expect([registered.status, registered.body.state]).toEqual([201, 'proposed'])
    expect(registered.body.rules[0].level).toBe('red')
    const url = `/healthcodes/orders/${registered.body.orderId}/approval`
    for (const [who, officer] of [
      [PROPOSER, PROPOSER.officer],
      [PROPOSER, 'cd-0907'],
      [APPROVER, PROPOSER.officer],
      [APPROVER, PROPOSER.officer.toUpperCase()],
    ] as const) {
      const { status, body } = await hub.post(who, url, { decision: 'approve', officer })
      expect([status, body.code]).toEqual([409, 'healthcodes.other-person-needed'])
    }
    expect((await hub.propose(PROPOSER, { personIds: [person(0)] })).body.code).toBe('healthcodes.dormant')
    expect((await hub.post(PROPOSER, url, { decision: 'refuse', officer: 'cd-0412' })).body.state).toBe('ended')
    const again = await hub.post(APPROVER, url, { decision: 'approve', officer: 'cd-0907' })
    expect(again.body.code).toBe('healthcodes.order-decided')
  })
})

describe('under an order in force', () => {
  it('people have no level until one is set, and cities without an order stay asleep', async () => {
    await hub.activate()
    expect(level(0)).toEqual({ state: 'none' })
    expect(level(0, null)).toEqual({ state: 'none' })
    expect(level(0, '510600')).toEqual({ state: 'dormant' })
    const read = await hub.get(PROPOSER, `/healthcodes/people/${person(0)}`)
    expect(read.body).toMatchObject({ state: 'none', current: null, history: [] })
    expect((await hub.post(ISSUER, `/healthcodes/people/${person(0)}/code`, {})).body.code).toBe('healthcodes.no-level')
  })

  it('yellow may be set by one officer where the rule says so, and all four cities see it at once', async () => {
    const set = await hub.turnYellow(person(1))
    expect(set.body).toMatchObject({ state: 'applied', approvalsNeeded: 0 })
    expect(level(1, '510600')).toMatchObject({
      state: 'set',
      level: 'yellow',
      reasonCode: 'close-contact',
      issuer: 'urn:yimatong:510100',
      whatToDo: { zh: '居家健康监测', en: 'Stay at home and report daily' },
    })
    const read = await hub.get(ISSUER, `/healthcodes/people/${person(1)}`)
    expect(read.body.current).toMatchObject({
      level: 'yellow',
      levelName: { zh: '黄码' },
      reason: { en: 'Close contact' },
      evidence: 'investigation',
      appeal: { href: '/healthcodes/appeals', dueHours: 24 },
    })
  })

  it('red waits for a named approver who is another client and another person', async () => {
    const proposed = await hub.propose(PROPOSER, {
      personIds: [person(2)],
      reasonCode: 'confirmed-case',
      evidence: 'laboratory',
    })
    expect(proposed.body).toMatchObject({ state: 'waiting', approvalsNeeded: 1 })
    expect(level(2)).toEqual({ state: 'none' })
    const url = `/healthcodes/changes/${proposed.body.changeId}/approval`
    for (const [who, officer] of [
      [PROPOSER, 'cd-0907'],
      [APPROVER, 'CD-0412'],
    ] as const) {
      const refused = await hub.post(who, url, { decision: 'approve', officer })
      expect([refused.status, refused.body.code]).toEqual([409, 'healthcodes.other-person-needed'])
    }
    expect(level(2)).toEqual({ state: 'none' })
    const approved = await hub.post(APPROVER, url, { decision: 'approve', officer: APPROVER.officer })
    expect(approved.body).toMatchObject({ state: 'applied', approvals: [{ clientId: APPROVER.client }] })
    expect(level(2)).toMatchObject({ state: 'set', level: 'red' })
    expect((await hub.post(SECOND, url, { decision: 'approve', officer: SECOND.officer })).body.code).toBe(
      'healthcodes.change-decided',
    )
  })

  it('several people need two approvers, all three being different', async () => {
    const proposed = await hub.propose(PROPOSER, { personIds: [person(3), person(4), person(3)] })
    expect(proposed.body).toMatchObject({ state: 'waiting', approvalsNeeded: 2, people: 2 })
    const url = `/healthcodes/changes/${proposed.body.changeId}/approval`
    const first = await hub.post(APPROVER, url, { decision: 'approve', officer: APPROVER.officer })
    expect(first.body.state).toBe('waiting')
    const same = await hub.post(APPROVER, url, { decision: 'approve', officer: SECOND.officer })
    expect(same.body.code).toBe('healthcodes.other-person-needed')
    expect(level(3)).toEqual({ state: 'none' })
    const last = await hub.post(SECOND, url, { decision: 'approve', officer: SECOND.officer })
    expect(last.body.state).toBe('applied')
    expect(level(4)).toMatchObject({ level: 'yellow' })
  })

  it('parallel approvals by one client count once, and of two clients on the last one only one applies', async () => {
    const proposed = await hub.propose(PROPOSER, {
      personIds: [person(5)],
      reasonCode: 'confirmed-case',
      evidence: 'diagnosis',
    })
    const url = `/healthcodes/changes/${proposed.body.changeId}/approval`
    const answers = await Promise.all(
      [APPROVER, SECOND, APPROVER, SECOND].map((who) =>
        hub.post(who, url, { decision: 'approve', officer: who.officer }),
      ),
    )
    expect(answers.map((one) => one.status).sort((a, b) => a - b)).toEqual([200, 409, 409, 409])
    const { rows } = await sql<{ n: bigint }>`select count(*) as n from healthcodes_state
      where person_id = ${person(5)}`.execute(database.db)
    expect(rows[0]?.n).toBe(1n)

    const many = await hub.propose(PROPOSER, { personIds: [person(5), person(6)] })
    const both = `/healthcodes/changes/${many.body.changeId}/approval`
    const twice = await Promise.all(
      [1, 2, 3].map((at) => hub.post(APPROVER, both, { decision: 'approve', officer: `cd-99${at}` })),
    )
    expect(twice.map((one) => one.status).sort((a, b) => a - b)).toEqual([200, 409, 409])
    expect(level(6)).toEqual({ state: 'none' })
  })

  it('a replay under the same key gives the same answer and no second approval', async () => {
    const proposed = await hub.propose(PROPOSER, { personIds: [person(7), person(8)] })
    const url = `/healthcodes/changes/${proposed.body.changeId}/approval`
    const body = { decision: 'approve', officer: APPROVER.officer }
    const first = await hub.post(APPROVER, url, body, 'approval-1')
    const again = await hub.post(APPROVER, url, body, 'approval-1')
    expect(again).toEqual(first)
    expect(again.body).toMatchObject({ state: 'waiting', approvals: [{ clientId: APPROVER.client }] })
    const refused = await hub.post(SECOND, url, { decision: 'refuse', officer: SECOND.officer })
    expect(refused.body.state).toBe('refused')
    expect(level(7)).toEqual({ state: 'none' })
  })

  it('many single changes of one client are many: they need two approvers as well', async () => {
    const before = Number(
      (
        await sql<{ n: bigint }>`select coalesce(sum(people), 0) as n from healthcodes_change
          where proposed_client = ${PROPOSER.client}`.execute(database.db)
      ).rows[0]?.n,
    )
    for (let count = before; count < 20; count++) await hub.turnYellow(person(9))
    const next = await hub.propose(PROPOSER, { personIds: [person(10)] })
    expect(next.body).toMatchObject({ state: 'waiting', approvalsNeeded: 2 })
    hub.deps.clock.advance(3_600_001)
    expect((await hub.turnYellow(person(10))).body.state).toBe('applied')
  })

  it('what the order does not allow is refused, each fault by its place', async () => {
    const { status, body } = await hub.propose(PROPOSER, {
      personIds: [person(0)],
      evidence: 'laboratory',
      place: '510603',
      validUntil: hub.inHours(24 * 30),
    })
    expect([status, body.code]).toEqual([422, 'healthcodes.change-invalid'])
    expect(body.errors.map((one: { pointer: string }) => one.pointer)).toEqual(['/evidence', '/place', '/validUntil'])
    const unknown = await hub.propose(PROPOSER, { personIds: [person(0)], reasonCode: 'no-such-ground' })
    expect(unknown.body.errors).toEqual([{ pointer: '/reasonCode', detail: 'is no rule of the order in force' }])
    const nobody = await hub.propose(PROPOSER, { personIds: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'] })
    expect(nobody.body.code).toBe('healthcodes.person-not-found')
  })

  it('a level ends by itself at its time', async () => {
    await hub.propose(PROPOSER, { personIds: [person(11)], validUntil: hub.inHours(1) })
    expect(level(11)).toMatchObject({ level: 'yellow' })
    hub.deps.clock.advance(3_600_000)
    expect(level(11)).toEqual({ state: 'none' })
    const read = await hub.get(PROPOSER, `/healthcodes/people/${person(11)}`)
    expect(read.body).toMatchObject({ state: 'none', current: null, history: [{ versionNo: 1, level: 'yellow' }] })
  })

  it('a second order for the same time of the same city cannot be approved', async () => {
    await expect(hub.activate()).rejects.toThrow('healthcodes.order-overlaps')
  })
})

describe('codes of a city', () => {
  it('hold opaque ids only, and are recognised with level and freshness', async () => {
    const code = await hub.code(person(2))
    expect(code.length).toBeLessThanOrEqual(412)
    const [header, payload] = code.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(header ?? '')).toMatchObject({ alg: 'ES256', typ: 'ymt-health+jwt' })
    expect(Object.keys(JSON.parse(payload ?? ''))).toEqual(['iss', 'sub', 'lvl', 'ver', 'iat', 'exp'])
    expect(payload).not.toContain(person(2))
    const { body } = await hub.verify(code)
    expect(body).toMatchObject({
      result: 'recognised',
      level: 'red',
      levelName: { zh: '红码' },
      issuer: 'urn:yimatong:510100',
      issuerLevel: '02',
      version: 1,
      reasons: [],
      clockSkewS: 300,
      freshness: { ageS: 0, maxAgeS: 86_400, comparedWithIssuer: true },
    })
  })

  it('are not recognised any more once the level was changed', async () => {
    const code = await hub.code(person(1))
    expect((await hub.verify(code)).body.result).toBe('recognised')
    const change = { personIds: [person(1)], reasonCode: 'declared-well', evidence: 'declaration' }
    const { changeId } = (await hub.propose(PROPOSER, change)).body
    const approval = { decision: 'approve', officer: APPROVER.officer }
    await hub.post(APPROVER, `/healthcodes/changes/${changeId}/approval`, approval)
    const { body } = await hub.verify(code)
    expect([body.result, body.reasons.map((one: { code: string }) => one.code)]).toEqual([
      'notRecognised',
      ['superseded'],
    ])
    expect(body.level).toBeUndefined()
  })
})

describe('an appeal', () => {
  let appealId = ''
  let code = ''

  it('is received at once, with a number and the time of the decision', async () => {
    code = await hub.code(person(2))
    await hub.verify(code)
    const { status, body } = await hub.post(ISSUER, '/healthcodes/appeals', {
      personId: person(2),
      ground: 'test-negative',
      statement: '复测阴性（示例）',
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({ state: 'received', level: 1, city: '510100', dueAt: hub.inHours(24) })
    expect(body.number).toMatch(/^JK20261124-[0-9A-F]{8}$/)
    appealId = body.appealId
    const second = await hub.post(ISSUER, '/healthcodes/appeals', { personId: person(2), ground: 'other' })
    expect(second.body.code).toBe('healthcodes.appeal-open')
    const none = await hub.post(ISSUER, '/healthcodes/appeals', { personId: person(0), ground: 'other' })
    expect(none.body.code).toBe('healthcodes.not-appealable')
    const { rows } = await sql<{ text: string }>`select encode(statement_encrypted, 'escape') as text
      from healthcodes_appeal`.execute(database.db)
    expect(rows[0]?.text).not.toContain('阴性')
  })

  it('is not decided by who set the level, in whoever’s name', async () => {
    const decision = { result: 'refused', reason: { zh: '证据充分', en: 'The evidence stands' } }
    for (const [who, officer] of [
      [PROPOSER, 'cd-0555'],
      [APPROVER, 'cd-0555'],
      [DECIDER, 'cd-0412'],
      [DECIDER, 'CD-0907'],
    ] as const) {
      const { status, body } = await hub.post(who, `/healthcodes/appeals/${appealId}/decision`, {
        ...decision,
        officer,
      })
      expect([status, body.code]).toEqual([409, 'healthcodes.other-person-needed'])
    }
    const stranger = await hub.post(DEYANG_CDC, `/healthcodes/appeals/${appealId}/decision`, {
      ...decision,
      officer: DEYANG_CDC.officer,
    })
    expect(stranger.body.code).toBe('healthcodes.dormant')
  })

  it('past its time is overdue, is raised once, and can still be decided', async () => {
    hub.deps.clock.advance(24 * 3_600_000 - 1)
    await hub.tick('escalate-appeals')
    expect((await hub.get(PROPOSER, '/healthcodes/appeals?state=overdue')).body.appeals).toEqual([])
    hub.deps.clock.advance(2)
    await hub.tick('escalate-appeals')
    await hub.tick('escalate-appeals')
    const overdue = await hub.get(PROPOSER, '/healthcodes/appeals?state=overdue')
    expect(overdue.body.appeals).toMatchObject([{ appealId, state: 'overdue', escalatedAt: hub.inHours(0) }])
    // The level of 24 hours has run out meanwhile: it is set anew, with a new ground for an appeal.
    const shown = await hub.get(ISSUER, `/healthcodes/appeals/${appealId}`)
    expect(shown.body.history.map((one: { state: string }) => one.state)).toEqual(['received', 'overdue'])
    expect(shown.body.statement).toBe('复测阴性（示例）')
    const decided = await hub.post(DECIDER, `/healthcodes/appeals/${appealId}/decision`, {
      result: 'refused',
      reason: { zh: '证据充分', en: 'The evidence stands' },
      officer: DECIDER.officer,
    })
    expect(decided.body.state).toBe('refused')
    const again = await hub.post(LAST, `/healthcodes/appeals/${appealId}/decision`, {
      result: 'granted',
      reason: { zh: '改判', en: 'Changed' },
      officer: LAST.officer,
    })
    expect(again.body.code).toBe('healthcodes.appeal-decided')
  })

  it('refused, goes to a second level where somebody else decides; granted, it corrects the level everywhere', async () => {
    await hub.turnRed(person(2))
    code = await hub.code(person(2))
    const read = (await hub.verify(code)).body.verificationId
    const first = await hub.post(HOSPITAL, '/healthcodes/appeals', { personId: person(2), ground: 'record-wrong' })
    const firstId = first.body.appealId
    const early = await hub.post(HOSPITAL, `/healthcodes/appeals/${firstId}/second`, { ground: 'other' })
    expect(early.body.code).toBe('healthcodes.not-appealable')
    await hub.post(DECIDER, `/healthcodes/appeals/${firstId}/decision`, {
      result: 'refused',
      reason: { zh: '证据充分', en: 'The evidence stands' },
      officer: DECIDER.officer,
    })
    const notMine = await hub.post(ISSUER, `/healthcodes/appeals/${firstId}/second`, { ground: 'other' })
    expect(notMine.body.code).toBe('healthcodes.appeal-not-found')
    const second = await hub.post(HOSPITAL, `/healthcodes/appeals/${firstId}/second`, { ground: 'other' })
    expect(second.body).toMatchObject({ level: 2, firstAppealId: firstId, state: 'received' })
    const url = `/healthcodes/appeals/${second.body.appealId}/decision`
    const granted = {
      result: 'granted',
      reason: { zh: '样本混淆', en: 'The sample was mixed up' },
      correction: { reasonCode: 'declared-well', evidence: 'declaration', validUntil: hub.inHours(20) },
    }
    const same = await hub.post(DECIDER, url, { ...granted, officer: DECIDER.officer })
    expect(same.body.code).toBe('healthcodes.other-person-needed')
    const heavier = { ...granted.correction, reasonCode: 'confirmed-case', evidence: 'laboratory' }
    const worse = await hub.post(LAST, url, { ...granted, correction: heavier, officer: LAST.officer })
    expect([worse.status, worse.body.code]).toEqual([422, 'healthcodes.appeal-invalid'])
    const decided = await hub.post(LAST, url, { ...granted, officer: LAST.officer })
    expect(decided.body.state).toBe('granted')
    expect(level(2, '510600')).toMatchObject({ state: 'set', level: 'green', reasonCode: 'declared-well' })
    expect((await hub.verify(code)).body.reasons[0].code).toBe('superseded')
    // Who read the code before learns that it was updated, and nothing else.
    const updates = await hub.get(HOSPITAL, `/healthcodes/verifications?updatedSince=${hub.inHours(-1)}`)
    expect(updates.body.verifications).toContainEqual({ verificationId: read, updatedAt: hub.inHours(0) })
    const other = await hub.get(ISSUER, `/healthcodes/verifications?updatedSince=${hub.inHours(-1)}`)
    expect(other.body.verifications).toEqual([])
    const history = (await hub.get(PROPOSER, `/healthcodes/people/${person(2)}`)).body.history
    expect(history.slice(0, 2)).toMatchObject([
      { level: 'green', cause: 'appeal' },
      { level: 'red', cause: 'change' },
    ])
  })

  it('granted without another level leaves the person with none', async () => {
    hub.deps.clock.advance(3_600_001)
    await hub.turnYellow(person(1))
    const filed = await hub.post(ISSUER, '/healthcodes/appeals', { personId: person(1), ground: 'not-there' })
    const url = `/healthcodes/appeals/${filed.body.appealId}/decision`
    const decision = { result: 'granted', reason: { zh: '未到访', en: 'Was not there' }, officer: DECIDER.officer }
    expect((await hub.post(DECIDER, url, decision)).body.state).toBe('granted')
    expect(level(1)).toEqual({ state: 'none' })
  })
})

describe('when the order runs out', () => {
  it('everything sleeps at that instant, before any upkeep has run', async () => {
    await hub.turnYellow(person(1))
    const code = await hub.code(person(1))
    hub.deps.clock.advance(72 * 3_600_000)
    expect(level(1)).toEqual({ state: 'dormant' })
    expect((await hub.verify(code)).body.code).toBe('healthcodes.dormant')
    expect((await hub.get(PROPOSER, `/healthcodes/people/${person(1)}`)).body.code).toBe('healthcodes.dormant')
    expect((await hub.propose(PROPOSER, { personIds: [person(1)] })).body.code).toBe('healthcodes.dormant')
  })

  it('all that was about persons goes, class by class, each with a proof that names nobody', async () => {
    const orders = (await hub.get(PROPOSER, '/healthcodes/orders')).body.orders
    const { orderId } = orders.find((one: { approvedBy: unknown }) => one.approvedBy !== null)
    const preview = await hub.get(OPERATOR, `/healthcodes/purges/preview?orderId=${orderId}`)
    const expected = new Map<string, { count: number; idsSha256: string }>(
      preview.body.classes.flatMap((one: { class: string; wouldGo: never }) =>
        one.wouldGo === null ? [] : [[one.class, one.wouldGo]],
      ),
    )
    expect([...expected.keys()]).toEqual([
      'verification',
      'appeal-event',
      'appeal',
      'state',
      'change-person',
      'change',
      'answer',
    ])
    const ids = await sql<{ id: string }>`select state_id::text as id from healthcodes_state`.execute(database.db)

    await hub.tick('purge-ended')
    const { body } = await hub.get(PROPOSER, `/healthcodes/purges?orderId=${orderId}`)
    for (const proof of body.proofs) {
      expect(proof).toMatchObject({
        cause: 'order-ended',
        policy: { name: 'retention-days', version: 1 },
        approvedBy: { clientId: APPROVER.client, officer: APPROVER.officer },
        endedBy: null,
        count: expected.get(proof.class)?.count,
        idsSha256: expected.get(proof.class)?.idsSha256,
      })
    }
    expect(body.proofs).toHaveLength(expected.size)
    const digest = createHash('sha256')
      .update(
        ids.rows
          .map((row) => row.id)
          .sort()
          .join('\n'),
      )
      .digest('hex')
    expect(expected.get('state')).toMatchObject({ count: ids.rows.length, idsSha256: digest })
    expect(await personalRows()).toEqual([])
    for (const id of hub.people) expect(JSON.stringify(body)).not.toContain(id)

    await hub.tick('purge-ended')
    expect((await hub.get(PROPOSER, '/healthcodes/purges')).body.proofs).toHaveLength(expected.size)
  })

  it('the audit log still says who set what, by opaque ids', async () => {
    const { rows } = await sql<{ action: string }>`select distinct action from audit_event
      where person_ref = ${person(2)} and action like 'healthcodes.%' order by action`.execute(database.db)
    expect(rows.map((row) => row.action)).toEqual([
      'healthcodes.appeal-file',
      'healthcodes.appeal-granted',
      'healthcodes.appeal-overdue',
      'healthcodes.appeal-read',
      'healthcodes.appeal-refused',
      'healthcodes.code-make',
      'healthcodes.code-verify',
      'healthcodes.level-propose',
      'healthcodes.level-read',
      'healthcodes.level-set',
    ])
  })

  it('renewal is a new order that begins with nobody in it', async () => {
    await hub.activate()
    expect(level(1)).toEqual({ state: 'none' })
    await hub.turnYellow(person(1))
    const { orders } = (await hub.get(PROPOSER, '/healthcodes/orders')).body
    const ended = await hub.post(APPROVER, `/healthcodes/orders/${orders[0].orderId}/end`, { officer: 'cd-0907' })
    expect(ended.body.state).toBe('ended')
    expect(level(1)).toEqual({ state: 'dormant' })
    await hub.tick('purge-ended')
    expect(await personalRows()).toEqual([])
  })
})

/** Every row of every table of the function that is not an order, an issuer, a figure or a proof. */
async function personalRows(): Promise<readonly string[]> {
  const tables = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = 'public' and table_name like 'healthcodes\\_%' order by 1`.execute(database.db)
  const kept = new Set(
    ['policy', 'order', 'order_rule', 'issuer', 'level_map', 'purge_proof', 'revision'].map(
      (name) => `healthcodes_${name}`,
    ),
  )
  expect(tables.rows.length).toBeGreaterThan(kept.size)
  const left: string[] = []
  for (const { name } of tables.rows) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(database.db)
    if (!kept.has(name)) left.push(...rows.map(({ row }) => `${name}: ${row}`))
    // What stays names nobody either.
    for (const { row } of rows) for (const id of hub.people) expect(row).not.toContain(id)
  }
  return left
}
