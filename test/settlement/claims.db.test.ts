import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { bill, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

describe('a refused settlement is an answer with every reason', () => {
  test('a person nobody knows', async () => {
    const answer = await stage.claim(
      stage.hospital('510100', 3),
      bill('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', '10.00'),
      { key: 'nobody' },
    )
    expect(answer).toMatchObject({ status: 201, body: { state: 'refused', reasons: [{ code: 'person-not-insured' }] } })
    expect(answer.body.setlinfo).toBeUndefined()
    const again = await stage.claim(
      stage.hospital('510100', 3),
      bill('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', '10.00'),
      { key: 'nobody' },
    )
    expect(again.body).toEqual(answer.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    const reversal = await stage.reverse(stage.hospital('510100', 3), answer.body.claim_id)
    expect(reversal).toMatchObject({ status: 409, body: { code: 'settlement.not-settled' } })
  })

  test('a resident, whose outpatient benefit is not calculated', async () => {
    const person = await stage.person('510600', { insutype: '390', psnType: '15' })
    const answer = await stage.claim(stage.hospital('510100', 3), bill(person, '10.00'))
    expect(answer.body).toMatchObject({
      state: 'refused',
      reasons: [{ code: 'benefit-unsupported', meta: { benefit: 'insurance' } }],
    })
  })

  test('a figure that policy does not have is named, and never taken for zero', async () => {
    const person = await stage.person('510600', { psnType: '13' })
    const answer = await stage.claim(stage.hospital('510100', 3), bill(person, '10.00'))
    expect(answer.body.state).toBe('refused')
    expect(
      answer.body.reasons.map((one: { code: string; meta: { item: string } }) => [one.code, one.meta.item]),
    ).toEqual([
      ['parameter-missing', 'deductible'],
      ['parameter-missing', 'ratio'],
      ['parameter-missing', 'cap'],
    ])
  })

  test('a day before the designation began', async () => {
    const person = await stage.person('510600')
    const answer = await stage.claim(
      stage.hospital('510100', 3),
      bill(person, '10.00', { setl_time: '2001-05-01T02:00:00Z' }),
    )
    expect(answer.body.state).toBe('refused')
    const moved = await database.db
      .selectFrom('settlement_movement')
      .select('seq')
      .where('person_id', '=', person)
      .execute()
    expect(moved).toEqual([])
  })
})

describe('a claim that is not well formed gets no answer and leaves nothing', () => {
  test('a total that is not the sum of its lines is refused by its name', async () => {
    const person = await stage.person('510600')
    const answer = await stage.claim(stage.hospital('510100', 3), bill(person, '10.00', { medfee_sumamt: '10.01' }))
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'settlement.total-mismatch', errors: [{ pointer: '/medfee_sumamt' }] },
    })
    const claims = await database.db
      .selectFrom('settlement_claim')
      .select('id')
      .where('person_id', '=', person)
      .execute()
    expect(claims).toEqual([])
  })

  test('a time in the future, a negative amount, a repeated line, an unknown field, a missing key', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const code = async (body: object): Promise<string> => {
      const answer = await stage.claim(place, body)
      expect(answer.status).toBe(400)
      return answer.body.code
    }
    expect(await code(bill(person, '10.00', { setl_time: '2026-12-24T00:00:00Z' }))).toBe('settlement.time-invalid')
    expect(await code(bill(person, '-10.00'))).toBe('request.invalid')
    expect(await code(bill(person, '10.00', { psn_name: 'x' }))).toBe('request.invalid')
    const one = bill(person, '10.00').lines[0]
    expect(await code({ ...bill(person, '20.00'), lines: [one, one] })).toBe('settlement.line-repeated')
    const keyless = await stage.app.inject({
      method: 'POST',
      url: '/settlement/claims',
      headers: await stage.headers('hospital', { institution: place }),
      payload: bill(person, '10.00'),
    })
    expect(keyless.json()).toMatchObject({ status: 400, code: 'request.key-missing' })
  })
})

describe('waiting', () => {
  test('a caller who does not wait gets 202 with a place to ask, and the answer under the same key later', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const first = await stage.claim(place, bill(person, '300.00'), { key: 'later', prefer: 'respond-async, wait=0' })
    expect(first).toMatchObject({ status: 202, body: { state: 'pending' } })
    expect(first.headers['location']).toBe(`/settlement/claims/${first.body.claim_id}`)
    expect(first.headers['preference-applied']).toBe('wait=0')
    const second = await stage.claim(place, bill(person, '300.00'), { key: 'later' })
    expect(second).toMatchObject({ status: 201, body: { state: 'settled', claim_id: first.body.claim_id } })
    const read = await stage.get(
      String(first.headers['location']),
      await stage.headers('hospital', { institution: place }),
    )
    expect(read.body).toEqual(second.body)
  })
})

describe('a trial', () => {
  test('gives the amounts that the claim would get, and changes nothing', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    await stage.claim(place, bill(person, '150.00'))
    const tables = ['settlement_claim', 'settlement_result', 'settlement_movement', 'ledger_journal'] as const
    const counts = async () =>
      await Promise.all(
        tables.map(async (table) => (await database.db.selectFrom(table).select('person_id').execute()).length),
      )
    const before = await counts()
    const trial = await stage.app.inject({
      method: 'POST',
      url: '/settlement/trials',
      headers: await stage.headers('hospital', { institution: place }),
      payload: bill(person, '300.00'),
    })
    expect(trial.json()).toMatchObject({
      state: 'trial',
      setlinfo: { act_pay_dedc: '50.00', hifp_pay: '125.00', psn_part_amt: '175.00' },
    })
    expect(await counts()).toEqual(before)
    const claimed = await stage.claim(place, bill(person, '300.00'))
    expect(claimed.body.setlinfo).toMatchObject({ hifp_pay: '125.00', psn_part_amt: '175.00' })
  })
})

describe('who sees a claim', () => {
  test('the institution, and the bureaus of the insured and of the treating city; for others it does not exist', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const { body } = await stage.claim(place, bill(person, '300.00'))
    const url = `/settlement/claims/${body.claim_id}`
    const status = async (at: string, as: Record<string, string>): Promise<number> => (await stage.get(at, as)).status
    for (const at of [url, `${url}/trace`]) {
      expect(await status(at, await stage.headers('hospital', { institution: place }))).toBe(200)
      expect(await status(at, await stage.headers('bureau', { city: '510600' }))).toBe(200)
      expect(await status(at, await stage.headers('bureau', { city: '510100' }))).toBe(200)
      expect(await status(at, await stage.headers('bureau', { city: '511400' }))).toBe(404)
      expect(await status(at, await stage.headers('hospital', { institution: stage.hospital('510600', 2) }))).toBe(404)
    }
    expect((await stage.reverse(stage.hospital('510600', 2), body.claim_id)).status).toBe(404)
    const reads = await database.db
      .selectFrom('audit_event')
      .select('action')
      .where('person_ref', '=', person)
      .execute()
    expect(reads.map((one) => one.action).filter((one) => one === 'settlement.read')).toHaveLength(3)
  })
})
