import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, DEYANG, freshId, MEISHAN, message, useStage, ZIYANG } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

async function sendFrom(
  from: string,
  to: string,
  patient: string,
  messageId = freshId(),
  more: object = {},
): Promise<string> {
  const answer = await stage.send(from, message({ messageId, to: [to], patient: { id: patient }, ...more }))
  expect(answer.status, answer.text).toBe(200)
  return messageId
}

const deliveryOf = async (messageId: string) =>
  await database.db
    .selectFrom('routing_delivery as d')
    .innerJoin('routing_message as m', 'm.id', 'd.message_id')
    .select(['m.id', 'd.destination', 'd.state', 'd.reason', 'd.attempts', 'd.next_at', 'd.first_at', 'd.status'])
    .where('m.message_id', '=', messageId)
    .executeTakeFirstOrThrow()

const operator = () => stage.as('operator')
const hospital = (code: string) => stage.hospitals[code] as NonNullable<(typeof stage.hospitals)[string]>

/** New figures for the event from now on. */
async function channel(event: string, change: object = {}): Promise<void> {
  const answer = await stage.ask('PUT', '/routing/channels', await operator(), {
    event,
    effectiveFrom: stage.deps.clock.now().toISOString(),
    maxBodyBytes: 65_536,
    maxAttempts: 3,
    maxAgeS: 86_400,
    backoffBaseMs: 1_000,
    backoffCapMs: 60_000,
    deadlineMs: 500,
    retryUnknown: true,
    deadBlocks: true,
    bodyDays: 7,
    logDays: 31,
    sourceDocument: 'test',
    verified: false,
    ...change,
  })
  expect(answer.status, answer.text).toBe(200)
}

/** Lets time pass and delivers, until nothing waits for its time any more. */
async function passTime(rounds = 12): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    stage.deps.clock.advance(61_000)
    await stage.deliver()
  }
}

describe('deliveries', () => {
  test('of one patient at one destination come in the order of acceptance', async () => {
    const sent: string[] = []
    for (let n = 0; n < 12; n++) sent.push(await sendFrom(CHENGDU, ZIYANG, 'in-order'))
    await stage.deliver()
    expect(stage.arrived(ZIYANG).filter((id) => sent.includes(id))).toEqual(sent)
  })

  test('urgent ones go first, but never past an earlier one of the same patient', async () => {
    const pause = await stage.ask('POST', `/routing/destinations/${ZIYANG}/pause`, await operator())
    expect(pause.body).toEqual({ code: ZIYANG, paused: true })
    const routine: string[] = []
    for (let n = 0; n < 8; n++) routine.push(await sendFrom(CHENGDU, ZIYANG, `routine-${n}`))
    const before = await sendFrom(CHENGDU, ZIYANG, 'urgent-patient')
    const urgent = await sendFrom(CHENGDU, ZIYANG, 'urgent-patient', undefined, { priority: 'urgent' })
    await stage.deliver()
    expect(stage.arrived(ZIYANG)).not.toContain(before)
    // One at a time, so that the order of taking is the order of arrival.
    await stage.ask('PUT', `/routing/destinations/${ZIYANG}`, await operator(), { kind: 'hospital', concurrency: 1 })
    const resume = await stage.ask('POST', `/routing/destinations/${ZIYANG}/resume`, await operator())
    expect(resume.status).toBe(200)
    await stage.deliver()
    const order = stage.arrived(ZIYANG).filter((id) => [...routine, before, urgent].includes(id))
    expect(order.slice(0, 2)).toEqual([before, urgent])
    expect(order.slice(2).sort()).toEqual([...routine].sort())
    await stage.ask('PUT', `/routing/destinations/${ZIYANG}`, await operator(), { kind: 'hospital', concurrency: 8 })
  })

  test('no more than its limit are on their way to a destination, over all couriers', async () => {
    await stage.ask('PUT', `/routing/destinations/${MEISHAN}`, await operator(), { kind: 'hospital', concurrency: 3 })
    hospital(MEISHAN).setFault({ kind: 'slow', ms: 40, on: 'message' })
    let most = 0
    let now = 0
    hospital(MEISHAN).app.server.prependListener(
      'request',
      (request, reply: { on(event: string, done: () => void): void }) => {
        if (!String(request.url).includes('process-message')) return
        now += 1
        most = Math.max(most, now)
        reply.on('close', () => {
          now -= 1
        })
      },
    )
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => sendFrom(CHENGDU, MEISHAN, `limited-${n}`)))
    await stage.deliver()
    hospital(MEISHAN).setFault({ kind: 'none' })
    expect(most).toBe(3)
    expect(stage.arrived(MEISHAN).filter((id) => ids.includes(id))).toHaveLength(20)
  })

  test('that fail wait longer and longer, with the same id and bytes, until they arrive', async () => {
    await channel('referral', { maxAttempts: 20 })
    hospital(DEYANG).setFault({ kind: 'status500', on: 'message' })
    const messageId = await sendFrom(CHENGDU, DEYANG, 'waits')
    await stage.deliver()
    const first = await deliveryOf(messageId)
    expect(first).toMatchObject({ state: 'waiting', reason: 'status-500', attempts: 1, status: 500 })
    expect((first.next_at as Date).getTime()).toBeGreaterThan(stage.deps.clock.now().getTime())
    // Before its time nothing happens.
    await stage.deliver()
    expect((await deliveryOf(messageId)).attempts).toBe(1)
    stage.deps.clock.advance(2_000)
    await stage.deliver()
    expect((await deliveryOf(messageId)).attempts).toBe(2)
    hospital(DEYANG).setFault({ kind: 'none' })
    stage.deps.clock.advance(60_000)
    await stage.deliver()
    expect(await deliveryOf(messageId)).toMatchObject({ state: 'delivered', attempts: 3 })
    expect(stage.arrived(DEYANG)).toContain(messageId)
  })

  test('obey Retry-After, and leave the whole destination alone until then', async () => {
    hospital(DEYANG).setFault({ kind: 'unavailable', retryAfterS: 120, on: 'message' })
    const one = await sendFrom(CHENGDU, DEYANG, 'told-to-wait')
    await stage.deliver()
    hospital(DEYANG).setFault({ kind: 'none' })
    const other = await sendFrom(CHENGDU, DEYANG, 'another-one')
    stage.deps.clock.advance(119_000)
    await stage.deliver()
    expect(stage.arrived(DEYANG)).not.toContain(one)
    expect(stage.arrived(DEYANG)).not.toContain(other)
    stage.deps.clock.advance(2_000)
    await stage.deliver()
    expect(stage.arrived(DEYANG)).toEqual(expect.arrayContaining([one, other]))
  })

  test('whose outcome nobody knows are sent again where the channel says so, and buried where it does not', async () => {
    await channel('order-sheet', { retryUnknown: false })
    hospital(DEYANG).setFault({ kind: 'hang', on: 'message' })
    const repeated = await sendFrom(CHENGDU, DEYANG, 'unknown-1')
    const buried = await sendFrom(CHENGDU, DEYANG, 'unknown-2', undefined, { event: 'order-sheet' })
    await stage.deliver()
    expect(await deliveryOf(repeated)).toMatchObject({ state: 'waiting', reason: 'timeout' })
    expect(await deliveryOf(buried)).toMatchObject({ state: 'dead', reason: 'timeout-outcome-unknown' })
    hospital(DEYANG).setFault({ kind: 'none' })
    await passTime(2)
    expect(await deliveryOf(repeated)).toMatchObject({ state: 'delivered' })
  })
})

describe('dead letters', () => {
  test('a message that fails for good parks its own patient at that destination, and nobody else', async () => {
    await channel('poison')
    hospital(ZIYANG).setFault({ kind: 'garbage', form: 'html', on: 'message', times: 1 })
    const poison = await sendFrom(CHENGDU, ZIYANG, 'parked', undefined, { event: 'poison' })
    await stage.deliver()
    expect(await deliveryOf(poison)).toMatchObject({ state: 'dead', reason: 'answer-not-fhir', attempts: 1 })
    const behind = [await sendFrom(CHENGDU, ZIYANG, 'parked'), await sendFrom(CHENGDU, ZIYANG, 'parked')]
    const others = [await sendFrom(CHENGDU, ZIYANG, 'somebody-else'), await sendFrom(CHENGDU, MEISHAN, 'parked')]
    await passTime(3)
    expect(stage.arrived(ZIYANG)).toContain(others[0])
    expect(stage.arrived(MEISHAN)).toContain(others[1])
    for (const id of behind) expect(stage.arrived(ZIYANG)).not.toContain(id)

    const dead = await stage.ask('GET', '/routing/dead-letters', await stage.as('hospital', CHENGDU))
    const letter = dead.body.deadLetters.find((one: { id: string; reason: string }) => one.reason === 'answer-not-fhir')
    expect(letter).toMatchObject({ destination: ZIYANG, attempts: 1, parks: 2, nextAction: 'rerun or cancel' })

    const filter = { destination: ZIYANG, reason: 'answer-not-fhir' }
    const dry = await stage.ask('POST', '/routing/rerun', await operator(), { ...filter, dry: true })
    expect(dry.body).toEqual({ matched: 1, changed: 0 })
    expect((await deliveryOf(poison)).state).toBe('dead')
    const rerun = await stage.ask('POST', '/routing/rerun', await operator(), filter)
    expect(rerun.body).toEqual({ matched: 1, changed: 1 })
    await stage.deliver()
    const order = stage.arrived(ZIYANG).filter((id) => [poison, ...behind].includes(id))
    expect(order).toEqual([poison, ...behind])
  })

  test('attempts and age end the trying; a later and more patient figure does not reach back', async () => {
    await channel('short-lived', { maxAttempts: 2 })
    hospital(DEYANG).setFault({ kind: 'status500', on: 'message' })
    const spent = await sendFrom(CHENGDU, DEYANG, 'spent', undefined, { event: 'short-lived' })
    await channel('aging', { maxAgeS: 90 })
    const aged = await sendFrom(CHENGDU, DEYANG, 'aged', undefined, { event: 'aging' })
    await passTime(4)
    expect(await deliveryOf(spent)).toMatchObject({ state: 'dead', reason: 'status-500-attempts-spent', attempts: 2 })
    expect(await deliveryOf(aged)).toMatchObject({ state: 'dead', reason: 'status-500-too-old' })
    await channel('short-lived', { maxAttempts: 50 })
    hospital(DEYANG).setFault({ kind: 'none' })
    await passTime(3)
    expect(await deliveryOf(spent)).toMatchObject({ state: 'dead', attempts: 2 })
    expect(stage.arrived(DEYANG)).not.toContain(spent)
  })

  test('one that does not block lets the next one pass', async () => {
    await channel('skippable', { deadBlocks: false, maxAttempts: 1 })
    hospital(DEYANG).setFault({ kind: 'status500', on: 'message', times: 1 })
    const dead = await sendFrom(CHENGDU, DEYANG, 'skips', undefined, { event: 'skippable' })
    const next = await sendFrom(CHENGDU, DEYANG, 'skips', undefined, { event: 'skippable' })
    await stage.deliver()
    await passTime(2)
    expect((await deliveryOf(dead)).state).toBe('dead')
    expect((await deliveryOf(next)).state).toBe('delivered')
  })

  test('one that is cancelled gives its place to the next', async () => {
    await channel('given-up', { maxAttempts: 1 })
    hospital(DEYANG).setFault({ kind: 'status500', on: 'message', times: 1 })
    const dead = await sendFrom(CHENGDU, DEYANG, 'gives-up', undefined, { event: 'given-up' })
    const next = await sendFrom(CHENGDU, DEYANG, 'gives-up', undefined, { event: 'given-up' })
    await stage.deliver()
    expect((await deliveryOf(next)).state).toBe('queued')
    const { id } = await deliveryOf(dead)
    const cancel = await stage.ask('POST', '/routing/rerun', await stage.as('hospital', CHENGDU), {
      action: 'cancel',
      messageIds: [id],
    })
    expect(cancel.body).toEqual({ matched: 1, changed: 1 })
    await stage.deliver()
    expect((await deliveryOf(dead)).state).toBe('cancelled')
    expect((await deliveryOf(next)).state).toBe('delivered')
  })

  test('of another hospital are neither seen nor re-run nor cancelled', async () => {
    await channel('private', { maxAttempts: 1 })
    hospital(DEYANG).setFault({ kind: 'status500', on: 'message', times: 1 })
    const dead = await sendFrom(CHENGDU, DEYANG, 'private', undefined, { event: 'private' })
    await stage.deliver()
    const { id } = await deliveryOf(dead)
    const stranger = await stage.as('hospital', MEISHAN)
    const list = await stage.ask('GET', '/routing/dead-letters', stranger)
    expect(list.body.deadLetters).toEqual([])
    for (const action of ['rerun', 'cancel']) {
      const answer = await stage.ask('POST', '/routing/rerun', stranger, { action, messageIds: [id] })
      expect(answer.body).toEqual({ matched: 0, changed: 0 })
      const named = await stage.ask('POST', '/routing/rerun', stranger, { action, messageIds: [id], sender: CHENGDU })
      expect(named.body).toEqual({ matched: 0, changed: 0 })
    }
    const all = await stage.ask('POST', '/routing/rerun', stranger, { dry: true })
    expect(all.status).toBe(400)
    expect((await deliveryOf(dead)).state).toBe('dead')
  })
})

describe('a hospital that misbehaves', () => {
  for (const [fault, reason] of [
    [{ kind: 'huge', bytes: 1_000_000 }, 'answer-too-long'],
    [{ kind: 'garbage', form: 'not-fhir' }, 'answer-not-fhir'],
    [{ kind: 'redirect', url: 'http://127.0.0.1:1/elsewhere' }, 'redirected'],
  ] as const) {
    test(`${fault.kind}: ${reason}, after one attempt`, async () => {
      hospital(MEISHAN).setFault({ ...fault, on: 'message', times: 1 })
      const id = await sendFrom(CHENGDU, MEISHAN, `bad-${fault.kind}`)
      await stage.deliver()
      hospital(MEISHAN).setFault({ kind: 'none' })
      expect(await deliveryOf(id)).toMatchObject({ state: 'dead', reason, attempts: 1 })
    })
  }

  test('a connection that breaks is tried again', async () => {
    hospital(MEISHAN).setFault({ kind: 'reset', on: 'message', times: 1 })
    const id = await sendFrom(CHENGDU, MEISHAN, 'broken')
    await stage.deliver()
    expect(await deliveryOf(id)).toMatchObject({ state: 'waiting', reason: 'broken' })
    await passTime(1)
    expect(await deliveryOf(id)).toMatchObject({ state: 'delivered' })
  })
})

describe('a claim', () => {
  test('whose holder died comes back when its lease is over, and a late result of the dead one changes nothing', async () => {
    const { claimLanes, lockClaimed } = await import('../../src/routing/courier-store.ts')
    const id = await sendFrom(CHENGDU, DEYANG, 'leased')
    const now = stage.deps.clock.now()
    const claim = freshId()
    const [claimed] = await database.db
      .transaction()
      .execute((tx) =>
        claimLanes(tx, { destination: DEYANG, claim, limit: 5, now, leaseUntil: new Date(now.getTime() + 10_000) }),
      )
    expect(claimed).toMatchObject({ kind: 'message', attempts: 1 })
    await stage.deliver()
    expect(stage.arrived(DEYANG)).not.toContain(id)
    stage.deps.clock.advance(10_001)
    await stage.deliver()
    expect(stage.arrived(DEYANG)).toContain(id)
    expect(await deliveryOf(id)).toMatchObject({ state: 'delivered', attempts: 2 })
    if (claimed === undefined) throw new Error('nothing was claimed')
    expect(await database.db.transaction().execute((tx) => lockClaimed(tx, [claimed]))).toEqual([])
  })

  test('a lane that everybody forgot is found and mended', async () => {
    const id = await sendFrom(CHENGDU, DEYANG, 'forgotten')
    await database.db.deleteFrom('routing_lane').where('destination', '=', DEYANG).execute()
    await stage.deliver()
    expect(stage.arrived(DEYANG)).not.toContain(id)
    await stage.live.routing.courier.mend()
    await stage.deliver()
    expect(stage.arrived(DEYANG)).toContain(id)
  })
})
