import { describe, expect, test } from 'vitest'
import { type Accumulators, NO_ACCUMULATORS } from '../../src/benefits/index.ts'
import { openYear } from '../../src/settlement/index.ts'
import { useDatabase } from '../support/database.ts'
import { faults, NO_FAULTS, yearsOf } from './invariants.ts'
import { bill, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database, { env: { YMT_SETTLEMENT_WAIT_MS: '30000' } })

describe('exactly once', () => {
  test('1,000 concurrent repeats of one settlement give one settlement and one answer', async () => {
    const person = await stage.person('510600')
    const chengdu = stage.hospital('510100', 3)
    const answers = await Promise.all(
      Array.from({ length: 1000 }, () => stage.claim(chengdu, bill(person, '300.00'), { key: 'the-one' })),
    )
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([201]))
    expect(new Set(answers.map((one) => JSON.stringify(one.body))).size).toBe(1)
    expect(answers.filter((one) => one.headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    const results = await database.db
      .selectFrom('settlement_result')
      .select('id')
      .where('person_id', '=', person)
      .execute()
    expect(results).toHaveLength(1)
  })

  test('the same key with another body is refused, whether the first is answered or not', async () => {
    const person = await stage.person('510600')
    const chengdu = stage.hospital('510100', 3)
    await stage.claim(chengdu, bill(person, '10.00'), { key: 'reused' })
    const other = await stage.claim(chengdu, bill(person, '11.00'), { key: 'reused' })
    expect(other).toMatchObject({ status: 409, body: { code: 'settlement.key-reused' } })
    // The key belongs to the institution: another one may use the same text.
    expect((await stage.claim(stage.hospital('510600', 2), bill(person, '11.00'), { key: 'reused' })).status).toBe(201)
  })

  test('200 concurrent claims of one person settle one after another', async () => {
    const person = await stage.person('510600')
    const places = [stage.hospital('510100', 3), stage.hospital('510600', 2), stage.hospital('511400', 2)]
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => stage.claim(places[index % 3] as string, bill(person, '30.00'))),
    )
    expect(new Set(answers.map((one) => one.body.state))).toEqual(new Set(['settled']))
    const sum = (field: string): number =>
      answers.reduce((total, one) => total + Math.round(Number(one.body.setlinfo[field]) * 100), 0)
    // 200 x 30.00 in scope: the deductible of 200.00 is used exactly once, the cap of 2,000.00 reached exactly.
    expect(sum('act_pay_dedc')).toBe(20_000)
    expect(sum('hifp_pay')).toBe(200_000)
    expect(await yearsOf(database.db, person)).toEqual([
      {
        used: { ...NO_ACCUMULATORS, inScopeBurden: 400_000n, outpatientDeductible: 20_000n, outpatientPaid: 200_000n },
        moves: 200n,
      },
    ])
  })

  test('of 20 concurrent reversals under different keys one succeeds', async () => {
    const person = await stage.person('510100')
    const place = stage.hospital('510600', 2)
    const settled = await stage.claim(place, bill(person, '500.00'))
    const answers = await Promise.all(Array.from({ length: 20 }, () => stage.reverse(place, settled.body.claim_id)))
    expect(answers.filter((one) => one.status === 201)).toHaveLength(1)
    expect(answers.filter((one) => one.body.code === 'settlement.already-reversed')).toHaveLength(19)
  })

  test('a repeat of a reversal gets the stored answer', async () => {
    const person = await stage.person('510100')
    const place = stage.hospital('510600', 2)
    const settled = await stage.claim(place, bill(person, '500.00'))
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => stage.reverse(place, settled.body.claim_id, 'reversal-key')),
    )
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([201]))
    expect(new Set(answers.map((one) => JSON.stringify(one.body))).size).toBe(1)
    expect(answers.filter((one) => one.headers['idempotency-replayed'] === 'true')).toHaveLength(19)
  })

  test('an opening balance is brought in once, also by two at the same time', async () => {
    const person = await stage.person('510100')
    const opening = {
      personId: person,
      insuredCity: '510100',
      year: 2026,
      insutype: '310',
      used: {
        ...NO_ACCUMULATORS,
        outpatientDeductible: 20_000n,
        outpatientPaid: 5_000n,
        inScopeBurden: 1_000n,
      } as Accumulators,
    }
    const done = await Promise.all(Array.from({ length: 5 }, () => openYear(stage.deps, opening)))
    expect(done.filter(Boolean)).toHaveLength(1)
    expect(await openYear(stage.deps, opening)).toBe(false)
    expect(await yearsOf(database.db, person)).toEqual([
      {
        used: { ...NO_ACCUMULATORS, inScopeBurden: 1_000n, outpatientDeductible: 20_000n, outpatientPaid: 5_000n },
        moves: 1n,
      },
    ])
  })

  test('nothing was lost, doubled or left unbalanced by any of it', async () => {
    expect(await faults(database.db)).toEqual(NO_FAULTS)
  })
})
