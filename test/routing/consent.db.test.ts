import { describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { routes, subscriptions } from '../../src/subscriptions.ts'
import { useDatabase } from '../support/database.ts'
import { sayConsent } from '../support/say-consent.ts'
import { CHENGDU, DEYANG, freshId, MEISHAN, message, useStage, ZIYANG } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

async function send(person: number, to: string, event = 'referral'): Promise<string> {
  const { idNumber } = stage.people[person] as { idNumber: string }
  const messageId = freshId()
  const answer = await stage.send(
    CHENGDU,
    message({ messageId, to: [to], event, patient: { id: `p${person}`, idNumber } }),
  )
  expect(answer.status, answer.text).toBe(200)
  return messageId
}

/** What the sender is shown of its message. */
async function shown(messageId: string) {
  const { id } = await database.db
    .selectFrom('routing_message')
    .select('id')
    .where('message_id', '=', messageId)
    .executeTakeFirstOrThrow()
  const answer = await stage.ask('GET', `/routing/messages/${id}`, await stage.as('hospital', CHENGDU))
  expect(answer.status, answer.text).toBe(200)
  return answer.body.deliveries[0]
}

const personOf = (index: number): string => (stage.people[index] as { personId: string }).personId

async function happens(topic: string, payload: Record<string, string>): Promise<void> {
  const one = subscriptions(stage.deps, stage.live).find((it) => it.topic === topic && it.queue === 'routing')
  if (one === undefined) throw new Error(`nobody hears of ${topic}`)
  await one.handle({ id: 1n, topic, payload, requestId: null })
}

describe('a message of a person', () => {
  test('who refused its receiver is not delivered, and its sender is told why', async () => {
    await sayConsent(stage.deps, { personId: personOf(0), recipients: [DEYANG] })
    const [refused, other] = [await send(0, DEYANG), await send(0, MEISHAN)]
    await stage.deliver()
    expect(await shown(refused)).toMatchObject({ state: 'cancelled', reason: 'consent-denied' })
    expect(await shown(other)).toMatchObject({ state: 'delivered' })
    expect(stage.arrived(DEYANG)).not.toContain(refused)
    const audit = await database.db
      .selectFrom('audit_event')
      .select(['result', 'reason_codes'])
      .where('action', '=', 'routing.deliver')
      .where('person_ref', '=', personOf(0))
      .where('on_behalf_of', '=', DEYANG)
      .executeTakeFirstOrThrow()
    expect(audit).toMatchObject({ result: 'refused', reason_codes: ['consent-denied'] })
  })

  test('who closed the records of its sender is not delivered', async () => {
    await sayConsent(stage.deps, { personId: personOf(1), recipients: [ZIYANG], sources: [CHENGDU] })
    const messageId = await send(1, ZIYANG)
    await stage.deliver()
    expect(await shown(messageId)).toMatchObject({ state: 'cancelled', reason: 'sources-denied' })
  })

  test('goes on where a law decides over its purpose, whatever the person said', async () => {
    await sayConsent(stage.deps, { personId: personOf(0), recipients: [DEYANG], purpose: 'PUBHLTH' })
    const figures = {
      event: 'notifiable-disease',
      effectiveFrom: stage.deps.clock.now().toISOString(),
      maxBodyBytes: 65_536,
      maxAttempts: 3,
      maxAgeS: 86_400,
      backoffBaseMs: 1_000,
      backoffCapMs: 60_000,
      deadlineMs: 2_000,
      retryUnknown: true,
      deadBlocks: true,
      bodyDays: 7,
      logDays: 31,
      purpose: 'PUBHLTH',
      sourceDocument: 'test',
      verified: false,
    }
    const saved = await stage.ask('PUT', '/routing/channels', await stage.as('operator'), figures)
    expect(saved.status, saved.text).toBe(200)
    const messageId = await send(0, DEYANG, 'notifiable-disease')
    await stage.deliver()
    expect(await shown(messageId)).toMatchObject({ state: 'delivered' })
  })

  test('that waits is stopped when the person takes the consent back, and those of others are not', async () => {
    const operator = await stage.as('operator')
    await stage.ask('POST', `/routing/destinations/${MEISHAN}/pause`, operator)
    const [mine, others] = [await send(2, MEISHAN), await send(3, MEISHAN)]
    await sayConsent(stage.deps, { personId: personOf(2), recipients: [MEISHAN] })
    await happens('consent.withdrawn', { personId: personOf(2), consentId: newId() })
    expect(await shown(mine)).toMatchObject({ state: 'cancelled', reason: 'consent-denied', attempts: 0 })
    expect(await shown(others)).toMatchObject({ state: 'queued' })
    // Told twice, it finds nothing more to do.
    await happens('consent.withdrawn', { personId: personOf(2), consentId: newId() })
    const resumed = await stage.ask('POST', `/routing/destinations/${MEISHAN}/resume`, operator)
    expect(resumed.status, resumed.text).toBe(200)
    await stage.deliver()
    expect(stage.arrived(MEISHAN)).not.toContain(mine)
    expect(stage.arrived(MEISHAN)).toContain(others)
  })
})

describe('a decision that was opened again', () => {
  test('is told to the hospital that relied on it, once and without anything of the person', async () => {
    const decisionId = newId()
    const payload = { decisionId, institution: ZIYANG, issuer: CHENGDU }
    await happens('recognition.reopened', payload)
    await happens('recognition.reopened', payload)
    await stage.deliver()
    expect(stage.arrived(ZIYANG).filter((id) => id === decisionId)).toHaveLength(1)
    const rows = await database.db
      .selectFrom('routing_message')
      .select(['sender', 'event', 'person_id'])
      .where('message_id', '=', decisionId)
      .execute()
    expect(rows).toEqual([{ sender: 'hub', event: 'decision-reopened', person_id: null }])
  })

  test('of a hospital that takes no messages is left to its work list', async () => {
    const decisionId = newId()
    await happens('recognition.reopened', { decisionId, institution: 'H51010799999', issuer: CHENGDU })
    const rows = await database.db
      .selectFrom('routing_message')
      .select('id')
      .where('message_id', '=', decisionId)
      .execute()
    expect(rows).toEqual([])
  })

  test('is on the list of what is sent to the queue', () => {
    expect(routes).toContainEqual({ topic: 'recognition.reopened', queue: 'routing' })
    expect(routes).toContainEqual({ topic: 'consent.withdrawn', queue: 'routing' })
  })
})
