import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { appendAudit } from '../../src/audit/index.ts'
import { type Consents, type DecideDeps, decideAccess, openConsents } from '../../src/consent/index.ts'
import { CONSENT_WITHDRAWN, withdrawConsent } from '../../src/consent/withdraw-consent.ts'
import { createChangeFeed } from '../../src/kernel/change-feed.ts'
import { createDb } from '../../src/kernel/db.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'
import { DEYANG, NOW, useDesk, ZIYANG } from './desk.ts'

const database = useDatabase()
const desk = useDesk(database, 'decide')
const DAY_MS = 86_400_000

const ask = (personId: string, purpose = 'TREAT', institution = ZIYANG) => ({
  personId,
  by: { clientId: 'c', institution, role: 'hospital' },
  purpose,
  resourceTypes: ['Observation'],
})
const read = (personId: string, purpose?: string, institution?: string) =>
  decideAccess({ ...desk.deps, ...desk.live }, ask(personId, purpose, institution))

const hospital = (institution = ZIYANG) => ({ role: 'hospital' as const, of: { institution } })
const report = (personId: string, change: object = {}, institution = ZIYANG) =>
  desk.post(
    '/consents/relationships',
    { personId, kind: 'admission', from: '2026-11-20T01:00:00Z', visitRef: 'ZY-1', ...change },
    hospital(institution),
  )

/** Another process: its own pool, feed and memory. */
async function elsewhere(): Promise<DecideDeps & { consents: Consents; close(): Promise<void> }> {
  const db = createDb({ url: database.url, name: 'ymt-elsewhere' })
  const changes = createChangeFeed({ url: database.url, name: 'ymt-elsewhere-feed', log: desk.deps.log })
  const consents = await openConsents({ db, changes, log: desk.deps.log })
  return {
    ...desk.deps,
    db,
    consents,
    async close() {
      await consents.close()
      await db.destroy()
    },
  }
}

describe('what one process is told', () => {
  it('counts for the next question in another, each of forty times', async () => {
    const other = await elsewhere()
    try {
      const personId = desk.people[2]!
      for (let round = 0; round < 40; round += 1) {
        const { body } = await desk.give({ personId, purpose: 'HRESCH', notice: 'research' })
        expect((await decideAccess(other, ask(personId, 'HRESCH'))).allow).toBe(true)
        await desk.withdraw(personId, body.consentId)
        expect((await decideAccess(other, ask(personId, 'HRESCH'))).allow).toBe(false)
      }
    } finally {
      await other.close()
    }
  })

  it('counts while questions are running: none that began after the withdrawal is allowed', async () => {
    const other = await elsewhere()
    try {
      const personId = desk.people[3]!
      const { body } = await desk.give({ personId, purpose: 'HRESCH', notice: 'research' })
      let withdrawn = false
      let late = 0
      const reader = async (): Promise<void> => {
        for (let at = 0; at < 60; at += 1) {
          const after = withdrawn
          const { allow } = await decideAccess(other, ask(personId, 'HRESCH'))
          if (after) {
            late += 1
            expect(allow).toBe(false)
          }
        }
      }
      const running = Promise.all(Array.from({ length: 6 }, reader))
      expect((await desk.withdraw(personId, body.consentId)).status).toBe(200)
      withdrawn = true
      await running
      expect(late).toBeGreaterThan(0)
    } finally {
      await other.close()
    }
  })

  it('of policy counts as well, without waiting for an announcement', async () => {
    const other = await elsewhere()
    try {
      await other.consents.close()
      await database.db
        .insertInto('consent_purpose')
        .values({
          purpose: 'TREAT',
          version: 2,
          zh: '诊疗',
          en: 'Treatment',
          basis: 'treatment',
          rule: 'required',
          heeds_consent: true,
          roles: ['hospital'],
          data_classes: ['C4', 'C5', 'C6'],
          default_classes: ['C4', 'C5'],
          from_date: '2026-11-24',
          source: 'test',
        })
        .execute()
      expect(await decideAccess(other, ask(desk.people[4]!))).toMatchObject({ reasonCodes: ['relationship-missing'] })
    } finally {
      await other.close()
    }
  })
})

describe('strict treatment', () => {
  it('needs a relation that the institution reported, and lasts thirty days after its end', async () => {
    const personId = desk.people[4]!
    const reported = await report(personId)
    expect(reported.status).toBe(201)
    expect(await read(personId)).toMatchObject({ allow: true, reasonCodes: ['relationship-reported'] })
    expect((await read(personId, 'TREAT', DEYANG)).allow).toBe(false)
    const { relationshipId } = reported.body
    const strangers = await desk.post(`/consents/relationships/${relationshipId}/end`, { personId }, hospital(DEYANG))
    expect(strangers.status).toBe(404)
    const ended = await desk.post(`/consents/relationships/${relationshipId}/end`, { personId }, hospital())
    expect(ended.body.to).toBe(NOW)
    const ms = Date.parse(NOW) + 30 * DAY_MS
    desk.deps.clock.set(new Date(ms - 1).toISOString())
    expect((await read(personId)).allow).toBe(true)
    desk.deps.clock.set(new Date(ms).toISOString())
    expect((await read(personId)).allow).toBe(false)
    desk.deps.clock.set(NOW)
  })

  it('takes a card that the patient showed there a moment ago', async () => {
    const personId = desk.people[5]!
    const shown = (actorOrg: string, result: 'allowed' | 'refused') =>
      appendAudit(
        database.db,
        {
          actor: 'c',
          actorOrg,
          role: 'hospital',
          action: 'cards.verify',
          targetType: 'card',
          personRef: personId,
          purpose: 'check-in',
          basis: 'treatment',
          result,
        },
        desk.deps.clock,
      )
    await shown(DEYANG, 'allowed')
    await shown(ZIYANG, 'refused')
    expect((await read(personId)).allow).toBe(false)
    await shown(ZIYANG, 'allowed')
    expect(await read(personId)).toMatchObject({ allow: true, reasonCodes: ['relationship-card-shown'] })
    desk.deps.clock.advance(DAY_MS + 1)
    expect((await read(personId)).allow).toBe(false)
    desk.deps.clock.set(NOW)
  })

  it('goes with a consent alone, and stops with a refusal in spite of a relation', async () => {
    const personId = desk.people[6]!
    await desk.give({ personId })
    expect((await read(personId)).basis).toBe('consent')
    const other = desk.people[7]!
    await report(other)
    await desk.give({ personId: other, decision: 'deny' })
    expect((await read(other)).reasonCodes).toEqual(['consent-denied'])
  })
})

describe('a relation of care', () => {
  it('is one row however often the visit is reported', async () => {
    const personId = desk.people[8]!
    const answers = await Promise.all(Array.from({ length: 6 }, () => report(personId)))
    expect(new Set(answers.map((one) => one.body.relationshipId)).size).toBe(1)
    expect((await report(personId, { kind: 'visit' })).body.relationshipId).not.toBe(answers[0]?.body.relationshipId)
    const own = await desk.get(`/consents/relationships?personId=${personId}`, hospital())
    expect(own.body.relationships).toHaveLength(2)
    const others = await desk.get(`/consents/relationships?personId=${personId}`, hospital(DEYANG))
    expect(others.body.relationships).toEqual([])
  })

  it.each([
    ['for nobody', { personId: randomUUID() }, 404],
    ['years ahead', { from: '2028-01-01T00:00:00Z' }, 422],
    ['that ends before it begins', { to: '2026-11-19T00:00:00Z' }, 422],
    ['with an identity number as its number', { visitRef: '510104199001011234' }, 400],
  ])('is refused %s', async (_what, change, status) => {
    expect((await report(desk.people[9]!, change)).status).toBe(status)
  })
})

describe('the rest of the grounds', () => {
  it('serve disease control on its statutory duty, for its types and classes alone', async () => {
    const cdc = (resourceTypes: string[]) =>
      decideAccess(
        { ...desk.deps, ...desk.live },
        {
          personId: desk.people[9]!,
          by: { clientId: 'cdc', institution: '512000', role: 'cdc', city: '512000' },
          purpose: 'PUBHLTH',
          resourceTypes,
        },
      )
    const decision = await cdc(['Condition', 'Observation'])
    expect(decision).toMatchObject({ allow: true, basis: 'statutory-duty' })
    expect([decision.withheld.has('hiv'), decision.withheld.has('psychiatric')]).toEqual([false, true])
    expect((await cdc(['Procedure'])).reasonCodes).toEqual(['no-legal-ground'])
    expect((await read(desk.people[9]!, 'PUBHLTH')).reasonCodes).toEqual(['purpose-not-for-role'])
  })

  it('count an emergency order only while it is in force in the city', async () => {
    const orderId = randomUUID()
    await database.db
      .insertInto('consent_ground')
      .values({
        ground_id: 'outbreak',
        version: 1,
        kind: 'public-health-emergency',
        purpose: 'PUBHLTH',
        role: 'cdc',
        city: '512000',
        legal_basis: 'order',
        data_classes: ['C5'],
        resource_types: ['Procedure'],
        sensitive_classes: [],
        order_id: orderId,
        from_at: new Date('2026-11-01T00:00:00Z'),
        to_at: new Date('2026-12-01T00:00:00Z'),
        source: 'test',
      })
      .execute()
    const decision = (active: string | undefined) =>
      decideAccess(
        {
          ...desk.deps,
          consents: desk.live.consents,
          healthCodes: { activeOrder: () => (active === undefined ? undefined : { orderId: active }) },
        },
        {
          personId: desk.people[9]!,
          by: { clientId: 'cdc', institution: '512000', role: 'cdc', city: '512000' },
          purpose: 'PUBHLTH',
          resourceTypes: ['Procedure'],
        },
      )
    expect((await decision(undefined)).allow).toBe(false)
    expect((await decision(randomUUID())).allow).toBe(false)
    expect(await decision(orderId)).toMatchObject({ allow: true, basis: 'public-health-emergency', orderId })
  })

  it('let who pays read identity and settlement, and the record only where the person allows it', async () => {
    const personId = desk.people[10]!
    const payer = (type: string) =>
      decideAccess({ ...desk.deps, ...desk.live }, { ...ask(personId, 'HPAYMT'), resourceTypes: [type] })
    expect(await payer('ExplanationOfBenefit')).toMatchObject({ allow: true, basis: 'payment' })
    expect((await payer('Observation')).reasonCodes).toEqual(['no-consent'])
    await desk.give({ personId, purpose: 'HPAYMT', notice: 'payment' })
    expect((await payer('Observation')).basis).toBe('consent')
  })

  it('refuse a purpose that is not registered, and a person id that is none fails rather than allows', async () => {
    expect((await read(desk.people[9]!, 'HMARKT')).reasonCodes).toEqual(['purpose-unknown'])
    await expect(read("x' or true --")).rejects.toThrow(/uuid/)
  })
})

describe('a withdrawal', () => {
  it('wakes who sends on its strength, with ids alone', async () => {
    const personId = desk.people[10]!
    const { body } = await desk.give({ personId })
    const by = {
      clientId: 'test',
      role: 'issuer' as const,
      org: '512000',
      institution: undefined,
      city: '512000' as const,
      requestId: randomUUID(),
      sourceAddress: '127.0.0.1',
    }
    const deps = testDeps(database, { routes: [{ topic: CONSENT_WITHDRAWN, queue: 'test' }] })
    const command = { personId, consentId: body.consentId, givenBy: 'self', channel: 'app', by } as const
    await inTx(database.db, (tx) => withdrawConsent(deps, tx, command))
    await inTx(database.db, (tx) => withdrawConsent(deps, tx, command))
    const rows = await database.db
      .selectFrom('kernel_outbox')
      .select(['topic', 'payload', 'request_id as requestId'])
      .where('topic', '=', CONSENT_WITHDRAWN)
      .where('queue', '=', 'test')
      .execute()
    expect(rows).toEqual([
      { topic: 'consent.withdrawn', payload: { personId, consentId: body.consentId }, requestId: by.requestId },
    ])
  })
})
