import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { parseFen } from '../../src/kernel/money.ts'
import { isOutage } from '../../src/kernel/outage.ts'
import {
  openAccounts,
  retryClaim,
  type SentBill,
  settlementSubscriptions,
  settlementUpkeep,
  stuckClaims,
} from '../../src/settlement/index.ts'
import { useDatabase } from '../support/database.ts'
import { stateOfClaim } from './invariants.ts'
import { BY, bill, submitClaim, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database, { worker: false, env: { YMT_SETTLEMENT_WAIT_MS: '100' } })

const sent = (personId: string): SentBill => ({
  personId,
  medType: '11',
  setlTime: undefined,
  acctUsedFlag: '0',
  medfeeSumamt: parseFen('250.00'),
  lines: [
    {
      feedetlSn: '1',
      medListCodg: 'T1',
      chrgitmLv: '01',
      detItemFeeSumamt: '250.00',
      cnt: '1',
      pric: '250.00',
      selfpayProp: '0',
      pricUplmtAmt: '0',
      lmtUsedFlag: '0',
      hospApprFlag: '0',
    },
  ],
})

let keys = 0
const submit = async (of: SentBill) => {
  const key = `pump-${++keys}`
  return await submitClaim(
    { ...stage.deps, ...stage.settlement },
    { institution: stage.hospital('510100', 3), key, requestHash: Buffer.from(key), by: BY },
    of,
  )
}
/** What the API refuses can still stand in the table after a fault of ours. */
const setCount = async (claimId: string, cnt: string): Promise<void> => {
  await sql`alter table settlement_claim disable trigger settlement_claim_append_only`.execute(database.db)
  await sql`update settlement_claim set lines = jsonb_set(lines::jsonb, '{0,4}', ${cnt}::jsonb)::text where id = ${claimId}`.execute(
    database.db,
  )
  await sql`alter table settlement_claim enable trigger settlement_claim_append_only`.execute(database.db)
}
const poison = async (claimId: string): Promise<void> => await setCount(claimId, '"not a number"')
const stateOf = async (claimId: string) => await stateOfClaim(database.db, claimId)

/** Overdue is what two looks of the upkeep find first. */
const lookTwice = (): (() => Promise<void>) => {
  const [overdue] = settlementUpkeep({ ...stage.deps, ...stage.settlement })
  return async () => {
    await overdue?.run()
    await overdue?.run()
  }
}

describe('the pump', () => {
  test('a claim that cannot be computed holds back no other, is tried at growing intervals, and then waits for a person', async () => {
    const person = await stage.person('510600')
    const poisoned = await submit(sent(person))
    await poison(poisoned.claimId)
    const good = await submit(sent(person))
    await stage.settlement.pump.drain()
    expect(await stateOf(good.claimId)).toEqual({ state: 'settled', faults: 0 })
    expect(await stateOf(poisoned.claimId)).toEqual({ state: 'pending', faults: 1 })
    const look = lookTwice()
    for (const [faults, seconds] of [5, 30, 180, 1080].entries()) {
      stage.deps.clock.advance((seconds - 1) * 1000)
      await look()
      expect(await stateOf(poisoned.claimId)).toEqual({ state: 'pending', faults: faults + 1 })
      expect(await stuckClaims(database.db)).toEqual([])
      stage.deps.clock.advance(1000)
      await look()
      expect(await stateOf(poisoned.claimId)).toEqual({ state: 'pending', faults: faults + 2 })
    }
    stage.deps.clock.advance(86_400_000)
    const later = await submit(sent(person))
    await stage.settlement.pump.drain()
    expect(await stateOf(later.claimId)).toEqual({ state: 'settled', faults: 0 })
    expect(await stateOf(poisoned.claimId)).toEqual({ state: 'pending', faults: 5 })
    expect(await stuckClaims(database.db)).toMatchObject([{ claimId: poisoned.claimId, personId: person, faults: 5 }])

    const [subscription] = settlementSubscriptions(stage.settlement)
    const event = {
      id: 1n,
      topic: 'settlement.claim-submitted',
      payload: { personId: person, claimId: poisoned.claimId },
      requestId: null,
    }
    await expect(subscription?.handle(event)).rejects.toThrow(/still pending/)
    await expect(subscription?.handle({ ...event, payload: {} })).rejects.toThrow(/names no claim/)
    // Of several claims of one event those that are answered are not waited for.
    await expect(
      subscription?.handle({ ...event, payload: { claims: `${good.claimId},${poisoned.claimId}` } }),
    ).rejects.toThrow(/still pending/)
    await subscription?.handle({ ...event, payload: { claims: `${good.claimId},${later.claimId}` } })

    expect(await retryClaim(database.db, good.claimId)).toBe(false)
    expect(await retryClaim(database.db, poisoned.claimId)).toBe(true)
    await setCount(poisoned.claimId, '10000')
    await look()
    expect(await stateOf(poisoned.claimId)).toEqual({ state: 'settled', faults: 0 })
    expect(await stuckClaims(database.db)).toEqual([])
  })

  test.each(['settlement_accumulator', 'settlement_account'])(
    'a person whose row of %s is held elsewhere holds back nobody else',
    async (table) => {
      const held = await stage.person('510600')
      const other = await stage.person('510600')
      await openAccounts(stage.deps, [{ personId: held, insuredCity: '510600', balance: parseFen('1.00') }])
      const paying = { ...sent(held), acctUsedFlag: '1' as const }
      await submit(paying)
      await stage.settlement.pump.drain()
      await database.db.transaction().execute(async (holder) => {
        await sql`select from ${sql.table(table)} where person_id = ${held} limit 1 for update`.execute(holder)
        // More than a batch of the held person's claims stand before the other's.
        const waiting = await Promise.all(Array.from({ length: 450 }, () => submit(paying)))
        const free = await submit(sent(other))
        const begun = performance.now()
        await stage.settlement.pump.drain()
        expect(performance.now() - begun).toBeLessThan(1000)
        expect(await stateOf(free.claimId)).toEqual({ state: 'settled', faults: 0 })
        expect(await stateOf(waiting[0]?.claimId ?? '')).toEqual({ state: 'pending', faults: 0 })
      })
      await stage.settlement.pump.drain()
      const left = await database.db
        .selectFrom('settlement_pending')
        .select('claim_id')
        .where('person_id', '=', held)
        .execute()
      expect(left).toEqual([])
    },
  )

  test('a connection that broke is an outage and no fault of a claim, also where its error has no code', () => {
    for (const message of [
      'Connection terminated unexpectedly',
      'Connection terminated due to connection timeout',
      'timeout exceeded when trying to connect',
      'Client has encountered a connection error and is not queryable',
    ]) {
      expect(isOutage(new Error(message))).toBe(true)
    }
    expect(isOutage(Object.assign(new Error('deadlock'), { code: '40P01' }))).toBe(true)
    expect(isOutage(new RangeError('not a decimal quantity'))).toBe(false)
    expect(isOutage(Object.assign(new Error('assertion'), { code: 'ERR_ASSERTION' }))).toBe(false)
  })

  test('a claim whose job was lost is settled by the upkeep, once it is overdue', async () => {
    const person = await stage.person('510600')
    const { claimId } = await submit(sent(person))
    const [overdue] = settlementUpkeep({ ...stage.deps, ...stage.settlement })
    await overdue?.run()
    expect(await stateOf(claimId)).toMatchObject({ state: 'pending' })
    // A clock that was set back changes nothing.
    stage.deps.clock.advance(-3_600_000)
    await overdue?.run()
    stage.deps.clock.advance(3_600_000)
    expect(await stateOf(claimId)).toMatchObject({ state: 'settled' })
  })

  test('a claim held by another worker is left to it', async () => {
    const person = await stage.person('510600')
    const { claimId } = await submit(sent(person))
    await database.db.transaction().execute(async (other) => {
      await sql`select from settlement_pending where claim_id = ${claimId} for update`.execute(other)
      await stage.settlement.pump.drain()
      expect(await stateOf(claimId)).toMatchObject({ state: 'pending' })
    })
    await stage.settlement.pump.drain()
    expect(await stateOf(claimId)).toMatchObject({ state: 'settled' })
  })

  test('100 requests at once under one key with five bodies, none answered yet, leave one claim', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const amounts = ['11.00', '12.00', '13.00', '14.00', '15.00']
    const ask = async (n: number) => ({
      amount: amounts[n % 5],
      ...(await stage.claim(place, bill(person, amounts[n % 5] as string), { key: 'five-bodies', prefer: 'wait=0' })),
    })
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(n)))
    const taken = answers.filter((one) => one.status === 202)
    const refused = answers.filter((one) => one.body.code === 'settlement.key-reused')
    expect([taken.length, refused.length]).toEqual([20, 80])
    expect(new Set(taken.map((one) => one.amount)).size).toBe(1)
    expect(new Set(taken.map((one) => one.body.claim_id)).size).toBe(1)
    const claims = await database.db
      .selectFrom('settlement_claim')
      .select('id')
      .where('person_id', '=', person)
      .execute()
    expect(claims).toEqual([{ id: taken[0]?.body.claim_id }])

    await stage.settlement.pump.drain()
    const later = await Promise.all(Array.from({ length: 5 }, (_, n) => ask(n)))
    expect(later.filter((one) => one.status === 201)).toMatchObject([
      { amount: taken[0]?.amount, body: { state: 'settled', claim_id: taken[0]?.body.claim_id } },
    ])
    expect(later.filter((one) => one.status === 409)).toHaveLength(4)
  })

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'whoever begins to wait %i steps after the last waiter got its answer is answered too',
    async (steps) => {
      const person = await stage.person('510600')
      const [one, two] = [await submit(sent(person)), await submit(sent(person))]
      await stage.settlement.pump.drain()
      await stage.settlement.waiters.wait(one, 1000)
      for (let step = 0; step < steps; step++) await Promise.resolve()
      expect(await stage.settlement.waiters.wait(two, 300)).toMatchObject({ state: 'settled', claimId: two.claimId })
    },
  )

  test('without a worker the caller gets 202 when the time is over, and a pending claim cannot be reversed', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const answer = await stage.claim(place, bill(person, '10.00'))
    expect(answer).toMatchObject({ status: 202, body: { state: 'pending', reasons: [] } })
    expect(await stage.reverse(place, answer.body.claim_id)).toMatchObject({
      status: 409,
      body: { code: 'settlement.claim-pending', retryable: true },
    })
    const trace = await stage.get(
      `/settlement/claims/${answer.body.claim_id}/trace`,
      await stage.headers('hospital', { institution: place }),
    )
    expect(trace.status).toBe(404)
  })
})
