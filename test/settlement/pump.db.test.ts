import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { parseFen } from '../../src/kernel/money.ts'
import { type SentBill, settlementSubscriptions, settlementUpkeep, submitClaim } from '../../src/settlement/index.ts'
import { useDatabase } from '../support/database.ts'
import { bill, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database, { worker: false, env: { YMT_SETTLEMENT_WAIT_MS: '100' } })

const sent = (personId: string, cnt = '1'): SentBill => ({
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
      cnt,
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
    { ...stage.deps, institutions: stage.settlement.institutions },
    { institution: stage.hospital('510100', 3), key, requestHash: Buffer.from(key) },
    of,
  )
}
const stateOf = async (claimId: string) =>
  await database.db
    .selectFrom('settlement_claim')
    .select(['state', 'faults'])
    .where('id', '=', claimId)
    .executeTakeFirst()

describe('the pump', () => {
  test('a claim that cannot be computed holds back no other, and is left to a person after five faults', async () => {
    const person = await stage.person('510600')
    // What the API would refuse can still stand in the table after a fault of ours.
    const poisoned = await submit(sent(person, 'not a number'))
    const good = await submit(sent(person))
    await stage.settlement.pump.drain()
    expect(await stateOf(good.claimId)).toEqual({ state: 'settled', faults: 0 })
    expect(await stateOf(poisoned.claimId)).toEqual({ state: 'pending', faults: 5 })
    const later = await submit(sent(person))
    await stage.settlement.pump.drain()
    expect(await stateOf(later.claimId)).toEqual({ state: 'settled', faults: 0 })
    expect(await stateOf(poisoned.claimId)).toEqual({ state: 'pending', faults: 5 })
    const [subscription] = settlementSubscriptions(stage.settlement)
    const event = {
      id: 1n,
      topic: 'settlement.claim-submitted',
      payload: { personId: person, claimId: poisoned.claimId },
      requestId: null,
    }
    await expect(subscription?.handle(event)).rejects.toThrow(/still pending/)
    await expect(subscription?.handle({ ...event, payload: {} })).rejects.toThrow(/names no claim/)
    await expect(subscription?.handle({ ...event, payload: { personId: person, claimId: person } })).rejects.toThrow(
      /does not exist/,
    )
  })

  test('a claim whose job was lost is settled by the upkeep, once it is overdue', async () => {
    const person = await stage.person('510600')
    const { claimId } = await submit(sent(person))
    const [overdue] = settlementUpkeep({ ...stage.deps, ...stage.settlement })
    await overdue?.run()
    expect(await stateOf(claimId)).toMatchObject({ state: 'pending' })
    stage.deps.clock.advance(3000)
    await overdue?.run()
    expect(await stateOf(claimId)).toMatchObject({ state: 'settled' })
  })

  test('a claim held by another worker is left to it', async () => {
    const person = await stage.person('510600')
    const { claimId } = await submit(sent(person))
    await database.db.transaction().execute(async (other) => {
      await sql`select from settlement_claim where id = ${claimId} for update`.execute(other)
      await stage.settlement.pump.drain()
      expect(await stateOf(claimId)).toMatchObject({ state: 'pending' })
    })
    await stage.settlement.pump.drain()
    expect(await stateOf(claimId)).toMatchObject({ state: 'settled' })
  })

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
