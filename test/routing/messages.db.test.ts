import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, DEYANG, freshId, headerOf, MEISHAN, message, useStage, ZIYANG } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

const codeOf = (answer: { body: { issue: { details: { coding: { code: string }[] } }[] } }): string | undefined =>
  answer.body.issue[0]?.details.coding[0]?.code

describe('a message', () => {
  test('is stored before it is answered, and delivered with the same bytes', async () => {
    const messageId = freshId()
    const sent = message({ messageId, to: [ZIYANG] })
    const answer = await stage.send(CHENGDU, sent)
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body.entry[0].resource.response).toEqual({ identifier: messageId, code: 'ok' })
    const rows = await database.db
      .selectFrom('routing_message')
      .select(['state', 'sender', 'person_id'])
      .where('message_id', '=', messageId)
      .execute()
    expect(rows).toEqual([{ state: 'accepted', sender: CHENGDU, person_id: null }])
    expect(stage.arrived(ZIYANG)).toEqual([])
    await stage.deliver()
    expect(stage.arrived(ZIYANG)).toEqual([messageId])
  })

  test('goes to each destination of its header once', async () => {
    const messageId = freshId()
    await stage.send(CHENGDU, message({ messageId, to: [DEYANG, MEISHAN, DEYANG] }))
    await stage.deliver()
    expect(stage.arrived(DEYANG)).toEqual([messageId])
    expect(stage.arrived(MEISHAN)).toEqual([messageId])
    expect(stage.hospitals[DEYANG]?.received()[0]?.times).toBe(1)
  })

  test('is encrypted at rest, and its log names no identity number', async () => {
    const [person] = stage.people
    const { personId, idNumber } = person as { personId: string; idNumber: string }
    const messageId = freshId()
    const answer = await stage.send(CHENGDU, message({ messageId, to: [ZIYANG], patient: { id: 'p9', idNumber } }))
    expect(answer.status, answer.text).toBe(200)
    const dump = await Promise.all(
      (
        ['routing_message', 'routing_body', 'routing_delivery', 'routing_lane', 'kernel_outbox', 'audit_event'] as const
      ).map(async (table) =>
        JSON.stringify(await database.db.selectFrom(table).selectAll().execute(), (_key, value) =>
          typeof value === 'bigint'
            ? String(value)
            : value?.type === 'Buffer'
              ? Buffer.from(value.data).toString('latin1')
              : value,
        ),
      ),
    )
    for (const text of dump) expect(text).not.toContain(idNumber)
    expect(dump[0]).toContain(personId)
    expect(dump[1]).not.toContain('resourceType')
    await stage.deliver()
  })
})

describe('the table of de-duplication', () => {
  test('same id and content: the stored answer, byte for byte, and one delivery', async () => {
    const sent = message({ to: [ZIYANG] })
    const first = await stage.send(CHENGDU, sent)
    const again = await stage.send(CHENGDU, { ...sent, id: freshId(), timestamp: '2026-11-24T07:05:00.000Z' })
    expect(first.status).toBe(200)
    expect(again.status).toBe(200)
    expect(again.text).toBe(first.text)
    const before = stage.arrived(ZIYANG).length
    await stage.deliver()
    expect(stage.arrived(ZIYANG).length).toBe(before + 1)
  })

  test('same id and another content: 409 conflict', async () => {
    const messageId = freshId()
    await stage.send(CHENGDU, message({ messageId, to: [ZIYANG] }))
    const other = await stage.send(CHENGDU, message({ messageId, to: [ZIYANG], note: 'changed' }))
    expect([other.status, other.body.issue[0].code, codeOf(other)]).toEqual([409, 'conflict', 'routing.id-reused'])
  })

  test('another id with a known Bundle.id: 409 duplicate', async () => {
    const bundleId = freshId()
    await stage.send(CHENGDU, message({ bundleId, to: [ZIYANG] }))
    const other = await stage.send(CHENGDU, message({ bundleId, to: [ZIYANG] }))
    expect([other.status, other.body.issue[0].code]).toEqual([409, 'duplicate'])
  })

  test('ids of two senders do not meet', async () => {
    const messageId = freshId()
    const bundleId = freshId()
    const one = await stage.send(CHENGDU, message({ messageId, bundleId, to: [ZIYANG] }))
    const two = await stage.send(DEYANG, message({ messageId, bundleId, to: [ZIYANG], note: 'of another hospital' }))
    expect([one.status, two.status]).toEqual([200, 200])
  })

  test('fifty at the same time: one message, one answer', async () => {
    const sent = message({ to: [ZIYANG] })
    const answers = await Promise.all(Array.from({ length: 50 }, () => stage.send(CHENGDU, sent)))
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200]))
    expect(new Set(answers.map((one) => one.text)).size).toBe(1)
    const rows = await database.db
      .selectFrom('routing_delivery as d')
      .innerJoin('routing_message as m', 'm.id', 'd.message_id')
      .select('d.destination')
      .where('m.message_id', '=', headerOf(sent).id)
      .execute()
    expect(rows).toHaveLength(1)
  })

  test('fifty at the same time with different contents: one is taken, the others conflict', async () => {
    const messageId = freshId()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => stage.send(CHENGDU, message({ messageId, to: [ZIYANG], note: `n${n}` }))),
    )
    expect(answers.filter((one) => one.status === 200)).toHaveLength(1)
    expect(answers.filter((one) => one.status === 409)).toHaveLength(49)
  })

  test('a time of sending beyond the retention is refused, and one that is missing or far ahead', async () => {
    const old = await stage.send(CHENGDU, message({ to: [ZIYANG], timestamp: '2026-10-20T07:00:00.000Z' }))
    expect([old.status, codeOf(old)]).toEqual([422, 'routing.too-old'])
    const ahead = await stage.send(CHENGDU, message({ to: [ZIYANG], timestamp: '2026-11-26T07:00:00.000Z' }))
    expect([ahead.status, codeOf(ahead)]).toEqual([422, 'routing.message-invalid'])
    const { timestamp: _none, ...rest } = message({ to: [ZIYANG] })
    const none = await stage.send(CHENGDU, rest)
    expect([none.status, none.body.issue[0].expression]).toEqual([400, ['Bundle.timestamp']])
  })
})

describe('what is not taken', () => {
  const refused = async (body: unknown): Promise<[number, string | undefined]> => {
    const answer = await stage.send(CHENGDU, body)
    return [answer.status, codeOf(answer)]
  }

  test('no message, no header, no destination, an unknown one, itself, another sender, two patients', async () => {
    expect(await refused({ resourceType: 'Bundle', type: 'transaction' })).toEqual([400, 'routing.not-a-message'])
    expect(await refused({ resourceType: 'Parameters' })).toEqual([400, 'routing.not-a-message'])
    const headless = message({ to: [ZIYANG] })
    expect(await refused({ ...headless, entry: headless.entry.slice(1) })).toEqual([400, 'routing.not-a-message'])
    expect(await refused(message())).toEqual([422, 'routing.no-destination'])
    expect(await refused(message({ to: ['H51990000001'] }))).toEqual([422, 'routing.destination-unknown'])
    expect(await refused(message({ to: [CHENGDU] }))).toEqual([422, 'routing.destination-unknown'])
    expect(await refused(message({ to: [ZIYANG], sender: DEYANG }))).toEqual([403, 'routing.sender-mismatch'])
    const two = message({ to: [ZIYANG] })
    expect(
      await refused({
        ...two,
        entry: [...two.entry, { fullUrl: 'urn:uuid:2', resource: { resourceType: 'Patient', id: 'p2' } }],
      }),
    ).toEqual([400, 'routing.not-a-message'])
  })

  test('an address in a message is never called: it can only name a registered hospital', async () => {
    const sent = message({ to: [ZIYANG] })
    const header = headerOf(sent)
    header.destination = [{ endpoint: 'http://169.254.169.254/latest/meta-data' }]
    expect(await refused(sent)).toEqual([422, 'routing.destination-unknown'])
    header.destination = [{ endpoint: `${stage.hospitals[ZIYANG]?.baseUrl()}/$process-message` }]
    expect((await stage.send(CHENGDU, sent)).status).toBe(200)
    await stage.deliver()
  })

  test('an identity number as an id is refused and stands nowhere', async () => {
    const idNumber = '510104190001019995'
    const answer = await stage.send(CHENGDU, message({ messageId: idNumber, to: [ZIYANG] }))
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain(idNumber)
  })

  test('async and response-url are answered as not supported', async () => {
    for (const query of ['?async=true', '?response-url=https%3A%2F%2Fhis.example%2Fback']) {
      const answer = await stage.send(CHENGDU, message({ to: [ZIYANG] }), { query })
      expect([answer.status, answer.body.issue[0].code], answer.text).toEqual([400, 'not-supported'])
    }
    expect((await stage.send(CHENGDU, message({ to: [ZIYANG] }), { query: '?async=false' })).status).toBe(200)
  })

  test('too long, too deep, doubled members, half a body: refused, and the log has who sent how much', async () => {
    const before = await database.db.selectFrom('routing_message').select('id').where('state', '=', 'refused').execute()
    const long = await stage.send(CHENGDU, undefined, { text: `"${'x'.repeat(1_100_000)}"` })
    expect([long.status, long.body.issue[0].code]).toEqual([413, 'too-long'])
    const deep = await stage.send(CHENGDU, undefined, { text: `${'['.repeat(10_000)}${']'.repeat(10_000)}` })
    expect(deep.status).toBe(400)
    expect(
      (await stage.send(CHENGDU, undefined, { text: '{"resourceType":"Bundle","resourceType":"Bundle"}' })).status,
    ).toBe(400)
    expect((await stage.send(CHENGDU, undefined, { text: '{"resourceType":"Bun' })).status).toBe(400)
    const rows = await database.db
      .selectFrom('routing_message')
      .select(['sender', 'bytes', 'reason'])
      .where('state', '=', 'refused')
      .where(
        'id',
        'not in',
        before.map((one) => one.id),
      )
      .orderBy('bytes', 'desc')
      .execute()
    expect(rows.map((row) => String(row.reason)).sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'request.invalid',
      'request.invalid',
      'request.too-deep',
      'request.too-large',
    ])
    expect(rows[0]).toMatchObject({ sender: CHENGDU, bytes: 1_100_002 })
  })

  test('a role that sends no messages, and a body that is no FHIR JSON', async () => {
    const pharmacy = await stage.app.inject({
      method: 'POST',
      url: '/fhir/$process-message',
      headers: { ...(await stage.token('pharmacy')), 'content-type': 'application/fhir+json' },
      payload: message({ to: [ZIYANG] }),
    })
    expect(pharmacy.statusCode).toBe(403)
    const xml = await stage.app.inject({
      method: 'POST',
      url: '/fhir/$process-message',
      headers: { ...(await stage.as('hospital', CHENGDU)), 'content-type': 'application/fhir+xml' },
      payload: '<Bundle/>',
    })
    expect(xml.statusCode).toBe(415)
  })
})
