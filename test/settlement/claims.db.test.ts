import { sql } from 'kysely'
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

  test('a resident at a hospital of a level for which no figure is known', async () => {
    const person = await stage.person('510600', { insutype: '390', psnType: '15' })
    const answer = await stage.claim(stage.hospital('510100', 3), bill(person, '10.00'))
    expect(answer.body.state).toBe('refused')
    expect(answer.body.reasons[0]).toMatchObject({ code: 'parameter-missing', meta: { insutype: '390' } })
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

  test('a day on which the institution is no longer designated', async () => {
    const person = await stage.person('510600')
    const answer = await stage.claim(stage.formerPharmacy(), bill(person, '10.00', { med_type: '41' }))
    expect(answer.body.state).toBe('refused')
    expect(answer.body.reasons.map((one: { code: string }) => one.code)).toContain('institution-designation-ended')
    const moved = await database.db
      .selectFrom('settlement_accumulator')
      .select('moves')
      .where('person_id', '=', person)
      .execute()
    expect(moved).toEqual([])
  })

  test('a kind of care that this kind of institution does not give', async () => {
    const person = await stage.person('510600')
    const hospital = await stage.claim(stage.hospital('510100', 3), bill(person, '10.00', { med_type: '41' }))
    expect(hospital.body).toMatchObject({
      state: 'refused',
      reasons: [{ code: 'care-not-offered', meta: { med_type: '41', kind: 'hospital' } }],
    })
    const pharmacy = await stage.claim(stage.pharmacy('510100'), bill(person, '10.00', { med_type: '11' }))
    expect(pharmacy.body).toMatchObject({
      state: 'refused',
      reasons: [{ code: 'care-not-offered', meta: { med_type: '11', kind: 'pharmacy' } }],
    })
  })
})

describe('the time of a settlement', () => {
  const trial = async (place: string, payload: object) =>
    await stage.app.inject({
      method: 'POST',
      url: '/settlement/trials',
      headers: await stage.headers('hospital', { institution: place }),
      payload,
    })

  test.each(['2026-11-23T06:59:59Z', '2025-12-31T10:00:00Z', '0001-01-01T00:00:00Z', '0000-01-01T00:00:00Z'])(
    '%s lies further back than policy allows and is refused by its field, for a trial and for a claim',
    async (setl_time) => {
      const person = await stage.person('510600')
      const place = stage.hospital('510100', 3)
      const sent = bill(person, '10.00', { setl_time })
      const refused = { code: 'settlement.time-too-old', errors: [{ pointer: '/setl_time' }], most_hours: 24 }
      expect(await stage.claim(place, sent)).toMatchObject({ status: 400, body: refused })
      const tried = await trial(place, sent)
      expect(tried.statusCode).toBe(400)
      expect(tried.json()).toMatchObject(refused)
      const claims = await database.db
        .selectFrom('settlement_claim')
        .select('id')
        .where('person_id', '=', person)
        .execute()
      expect(claims).toEqual([])
    },
  )

  test('within the limit it decides the day, and another figure holds from the day on which it takes effect', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const sent = bill(person, '10.00', { setl_time: '2026-11-23T07:00:00Z' })
    expect((await stage.claim(place, sent)).body).toMatchObject({
      state: 'settled',
      setlinfo: { setl_time: '2026-11-23T07:00:00.000Z' },
    })
    await sql`insert into settlement_limit (id, item, value, effective_from, source_document)
      values ('stricter', 'backdate_hours', 2, '2026-11-24', 'test')`.execute(database.db)
    await stage.settlement.refresh()
    try {
      expect(await stage.claim(place, sent)).toMatchObject({ status: 400, body: { most_hours: 2 } })
    } finally {
      await sql`delete from settlement_limit where id = 'stricter'`.execute(database.db)
      await stage.settlement.refresh()
    }
  })
})

describe('where no limit is in force', () => {
  test('a settlement of now is taken, and a dated one is refused, because the figure is not guessed', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const set = async (to: string | null) => {
      await sql`update settlement_limit set effective_to = ${to}`.execute(database.db)
      await stage.settlement.refresh()
    }
    await set('2026-11-23')
    try {
      expect(await stage.claim(place, bill(person, '10.00', { setl_time: '2026-11-24T06:54:00Z' }))).toMatchObject({
        status: 503,
        body: { code: 'settlement.limit-missing' },
      })
      // Clocks differ by some minutes: that is still now.
      const late = await stage.claim(place, bill(person, '10.00', { setl_time: '2026-11-24T06:56:00Z' }))
      expect(late.body.state).toBe('settled')
      expect((await stage.claim(place, bill(person, '10.00'))).body.state).toBe('settled')
    } finally {
      await set(null)
    }
  })
})

describe('an id in upper case', () => {
  test('is the same id, in a bill and in an address', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const as = await stage.headers('hospital', { institution: place })
    const tried = await stage.app.inject({
      method: 'POST',
      url: '/settlement/trials',
      headers: as,
      payload: bill(person.toUpperCase(), '300.00'),
    })
    expect(tried.json()).toMatchObject({ state: 'trial', setlinfo: { hifp_pay: '50.00' } })
    const { body } = await stage.claim(place, bill(person.toUpperCase(), '300.00'))
    expect(body).toMatchObject({ state: 'settled', person_id: person })
    const read = await stage.get(`/settlement/claims/${body.claim_id.toUpperCase()}`, as)
    expect(read).toMatchObject({ status: 200, body: { claim_id: body.claim_id } })
    expect((await stage.reverse(place, body.claim_id.toUpperCase())).body).toMatchObject({ claim_id: body.claim_id })
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
    expect(await code(bill(person, '100000000.00'))).toBe('request.invalid')
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

describe('quantity times price', () => {
  const line = (amount: string, cnt: string, pric: string) => {
    const sent = bill('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', amount)
    return { ...sent, lines: [{ ...sent.lines[0], cnt, pric }] }
  }

  test('is the amount of the line, to within one fen of rounding', async () => {
    const place = stage.hospital('510100', 3)
    expect((await stage.claim(place, line('3.33', '3', '1.110000'))).status).toBe(201)
    expect((await stage.claim(place, line('3.34', '3', '1.110000'))).status).toBe(201)
    for (const wrong of [line('3.35', '3', '1.110000'), line('10.00', '1', '0.01'), line('10.00', '0', '10.00')]) {
      expect(await stage.claim(place, wrong)).toMatchObject({
        status: 400,
        body: { code: 'settlement.line-amount-mismatch', errors: [{ pointer: '/lines/0/det_item_fee_sumamt' }] },
      })
    }
  })
})

describe('the audit trail', () => {
  const actions = async (person: string) =>
    (
      await database.db
        .selectFrom('audit_event')
        .select(['action', 'target_id'])
        .where('person_ref', '=', person)
        .orderBy('event_no')
        .execute()
    ).map((one) => [one.action, one.target_id])

  test('names each claim and reversal, and each repeat of one, in the transaction of the work itself', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const { body } = await stage.claim(place, bill(person, '300.00'), { key: 'audited' })
    await stage.claim(place, bill(person, '300.00'), { key: 'audited' })
    await stage.reverse(place, body.claim_id, 'audited-reversal')
    await stage.reverse(place, body.claim_id, 'audited-reversal')
    expect(await actions(person)).toEqual([
      ['settlement.claim', body.claim_id],
      ['settlement.repeat-claim', body.claim_id],
      ['settlement.reverse', body.claim_id],
      ['settlement.repeat-reversal', body.claim_id],
    ])
  })

  test('that cannot be written leaves no claim and no reversal', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const { body } = await stage.claim(place, bill(person, '300.00'))
    await sql`alter table audit_event add constraint broken check (false) not valid`.execute(database.db)
    try {
      expect((await stage.claim(place, bill(person, '10.00'))).status).toBeGreaterThanOrEqual(500)
      expect((await stage.reverse(place, body.claim_id)).status).toBeGreaterThanOrEqual(500)
    } finally {
      await sql`alter table audit_event drop constraint broken`.execute(database.db)
    }
    const results = await database.db
      .selectFrom('settlement_result')
      .select('kind')
      .where('person_id', '=', person)
      .execute()
    expect(results).toEqual([{ kind: 'settlement' }])
    const claims = await database.db
      .selectFrom('settlement_claim')
      .select('id')
      .where('person_id', '=', person)
      .execute()
    expect(claims).toHaveLength(1)
  })
})

describe('waiting', () => {
  test('a repeat of a settled claim gets its answer, also from a caller who does not wait', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const first = await stage.claim(place, bill(person, '300.00'), { key: 'no-wait' })
    const again = await stage.claim(place, bill(person, '300.00'), { key: 'no-wait', prefer: 'wait=0' })
    expect(again).toMatchObject({ status: 201, body: first.body })
  })

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
    const tables = ['settlement_claim', 'settlement_result', 'settlement_accumulator', 'ledger_journal'] as const
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

describe('many trials at once', () => {
  test('are each what they would be alone, with an event each, and a wrong one is refused without the others', async () => {
    const place = stage.hospital('510100', 3)
    const people = await Promise.all(Array.from({ length: 5 }, () => stage.person('510600')))
    await stage.claim(place, bill(people[0] as string, '150.00'))
    const headers = await stage.headers('hospital', { institution: place })
    const trial = async (payload: object) =>
      await stage.app.inject({ method: 'POST', url: '/settlement/trials', headers, payload })
    const bills = Array.from({ length: 60 }, (_none, at) => bill(people[at % 5] as string, `${300 + at}.00`))
    const alone = []
    for (const one of bills) alone.push((await trial(one)).json())
    const events = async () =>
      (
        await database.db
          .selectFrom('audit_event')
          .select('person_ref')
          .where('action', '=', 'settlement.try')
          .execute()
      ).length
    const before = await events()
    const [wrong, ...together] = await Promise.all([
      trial(bill(people[0] as string, '10.00', { medfee_sumamt: '11.00' })),
      ...bills.map(trial),
    ])
    expect(wrong?.statusCode).toBe(400)
    expect(together.map((one) => one.json())).toEqual(alone)
    // Equal events of one moment may share a row; of five people there are at least five.
    expect(await events()).toBeGreaterThanOrEqual(before + 5)
    // The deductible of the first was used by a claim, that of the second by no trial.
    expect(alone.slice(0, 2).map((one) => one.setlinfo.act_pay_dedc)).toEqual(['50.00', '200.00'])
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
