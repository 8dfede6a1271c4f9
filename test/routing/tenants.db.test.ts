import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, DEYANG, freshId, MEISHAN, message, useStage, ZIYANG } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

describe('the log', () => {
  test('shows a message to its sender and its receivers, never content, and to nobody else', async () => {
    const [person] = stage.people
    const { personId, idNumber } = person as { personId: string; idNumber: string }
    const messageId = freshId()
    const sent = message({ messageId, to: [DEYANG, ZIYANG], patient: { id: 'log', idNumber }, note: 'secret-content' })
    expect((await stage.send(CHENGDU, sent)).status).toBe(200)
    await stage.deliver()
    const list = async (role: 'hospital' | 'operator', institution?: string, query = '') =>
      await stage.ask('GET', `/routing/messages${query}`, await stage.as(role, institution))

    const own = await list('hospital', CHENGDU)
    const [row] = own.body.messages
    expect(row).toMatchObject({ sender: CHENGDU, messageId, event: 'referral', personId, state: 'accepted' })
    expect(row.deliveries.map((one: { destination: string; state: string }) => [one.destination, one.state])).toEqual([
      [DEYANG, 'delivered'],
      [ZIYANG, 'delivered'],
    ])
    const receiver = await list('hospital', ZIYANG)
    expect(receiver.body.messages[0].deliveries.map((one: { destination: string }) => one.destination)).toEqual([
      ZIYANG,
    ])
    expect((await list('hospital', MEISHAN)).body.messages).toEqual([])
    const operator = await list('operator')
    expect(operator.body.messages[0]).toMatchObject({ messageId })
    expect(operator.body.messages[0]).not.toHaveProperty('personId')
    for (const answer of [own, receiver, operator]) {
      expect(answer.text).not.toContain('secret-content')
      expect(answer.text).not.toContain(idNumber)
    }

    const one = (role: 'hospital' | 'operator', institution?: string) =>
      stage.as(role, institution).then((as) => stage.ask('GET', `/routing/messages/${row.id}`, as))
    expect((await one('hospital', DEYANG)).status).toBe(200)
    expect((await one('operator')).status).toBe(200)
    expect((await one('hospital', MEISHAN)).status).toBe(404)

    const body = async (institution: string) =>
      await stage.ask('GET', `/routing/messages/${row.id}/body`, await stage.as('hospital', institution))
    expect((await body(CHENGDU)).text).toBe(JSON.stringify(sent))
    expect((await body(ZIYANG)).text).toBe(JSON.stringify(sent))
    expect((await body(MEISHAN)).status).toBe(404)
    const operatorBody = await stage.ask('GET', `/routing/messages/${row.id}/body`, await stage.as('operator'))
    expect(operatorBody.status).toBe(403)
    const audits = await database.db
      .selectFrom('audit_event')
      .select(['actor_org', 'result', 'person_ref'])
      .where('action', '=', 'routing.read-body')
      .orderBy('event_no')
      .execute()
    expect(audits).toEqual([
      { actor_org: CHENGDU, result: 'allowed', person_ref: personId },
      { actor_org: ZIYANG, result: 'allowed', person_ref: personId },
      { actor_org: MEISHAN, result: 'refused', person_ref: null },
    ])
  })

  test('is searched by time, sender, destination, state, event and person, page by page', async () => {
    const [, person] = stage.people
    const { personId, idNumber } = person as { personId: string; idNumber: string }
    stage.deps.clock.advance(3_600_000)
    const from = stage.deps.clock.now().toISOString()
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      const messageId = freshId()
      ids.push(messageId)
      await stage.send(DEYANG, message({ messageId, event: 'booking', to: [MEISHAN], patient: { id: 's', idNumber } }))
      stage.deps.clock.advance(1_000)
    }
    await stage.send(DEYANG, { resourceType: 'Bundle', type: 'message', id: 'x', entry: [] })
    const search = async (query: string, institution = DEYANG) =>
      await stage.ask('GET', `/routing/messages?${query}`, await stage.as('hospital', institution))
    const found = async (query: string, institution = DEYANG): Promise<readonly string[]> =>
      (await search(query, institution)).body.messages.map((one: { messageId: string }) => one.messageId)
    const newest = ids.toReversed()
    expect(await found(`from=${from}&state=queued`)).toEqual(newest)
    expect(await found(`event=booking&personId=${personId}`)).toEqual(newest)
    expect(await found(`destination=${MEISHAN}&event=booking`)).toEqual(newest)
    expect(await found(`sender=${DEYANG}&event=booking`, MEISHAN)).toEqual(newest)
    expect(await found(`state=delivered&event=booking`)).toEqual([])
    expect(await found(`personId=${freshId()}`)).toEqual([])
    expect((await search(`from=${from}&state=refused`)).body.messages).toHaveLength(1)
    const first = await search(`event=booking&count=3`)
    expect(first.body.messages.map((one: { messageId: string }) => one.messageId)).toEqual(newest.slice(0, 3))
    expect(await found(`event=booking&count=3&cursor=${first.body.next}`)).toEqual(newest.slice(3))
    expect((await search('cursor=bm90LW91cnM')).status).toBe(400)
    expect((await search('from=2026-13-45T00:00:00Z')).status).toBe(400)
    expect((await search('state=stolen')).status).toBe(400)
    await stage.deliver()
  })
})

describe('rules of routing', () => {
  test('send an event on to where the rule says, within its days, and never back to its sender', async () => {
    const rule = {
      event: 'lab-order',
      sender: '*',
      destination: ZIYANG,
      validFrom: '2026-11-01',
      sourceDocument: 'test',
      verified: false,
    }
    const operator = await stage.as('operator')
    expect((await stage.ask('PUT', '/routing/rules', operator, rule)).status).toBe(200)
    const messageId = freshId()
    expect((await stage.send(CHENGDU, message({ messageId, event: 'lab-order' }))).status).toBe(200)
    await stage.deliver()
    expect(stage.arrived(ZIYANG)).toContain(messageId)
    expect((await stage.send(ZIYANG, message({ event: 'lab-order' }))).status).toBe(422)
    expect((await stage.ask('PUT', '/routing/rules', operator, { ...rule, validTo: '2026-11-02' })).status).toBe(200)
    expect((await stage.send(CHENGDU, message({ event: 'lab-order' }))).status).toBe(422)
    expect((await stage.ask('PUT', '/routing/rules', operator, { ...rule, validFrom: '2026-02-30' })).status).toBe(400)
  })

  test('figures in force are replaced by later rows only', async () => {
    const figures = {
      event: 'figures',
      effectiveFrom: '2020-01-01T00:00:00Z',
      maxBodyBytes: 2_048,
      maxAttempts: 1,
      maxAgeS: 60,
      backoffBaseMs: 10,
      backoffCapMs: 10,
      deadlineMs: 500,
      retryUnknown: true,
      deadBlocks: true,
      bodyDays: 1,
      logDays: 2,
      sourceDocument: 'test',
      verified: false,
    }
    const operator = await stage.as('operator')
    expect((await stage.ask('PUT', '/routing/channels', operator, figures)).status).toBe(422)
    const now = stage.deps.clock.now().toISOString()
    expect((await stage.ask('PUT', '/routing/channels', operator, { ...figures, effectiveFrom: now })).status).toBe(200)
    const long = await stage.send(CHENGDU, message({ event: 'figures', to: [ZIYANG], note: 'x'.repeat(3_000) }))
    expect([long.status, long.body.issue[0].code]).toEqual([413, 'too-long'])
    const odd = { ...figures, effectiveFrom: now, maxAgeS: 200_000 }
    expect((await stage.ask('PUT', '/routing/channels', operator, odd)).status).toBe(422)
  })
})
