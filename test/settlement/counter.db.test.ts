import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { changeStatus } from '../../src/cards/change-status.ts'
import { seedCards } from '../../src/cards/index.ts'
import { makeCode } from '../../src/cards/make-code.ts'
import { seedIssuers } from '../../src/issuers/index.ts'
import { parseFen } from '../../src/kernel/money.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { changeInsurance } from '../../src/people/change-insurance.ts'
import { mergePeople, unmergePeople } from '../../src/people/merge-people.ts'
import { openAccounts } from '../../src/settlement/index.ts'
import { useDatabase } from '../support/database.ts'
import { faults, NO_FAULTS, yearsOf } from './invariants.ts'
import { bill, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

const codes = (answer: { body: { reasons: { code: string }[] } }): string[] =>
  answer.body.reasons.map((one) => one.code)

describe('what the patient shows', () => {
  const issuer = {
    clientId: 'issuer',
    org: '510600',
    role: 'issuer',
    institution: undefined,
    city: '510600',
  }
  const cardOf = async (person: string) => {
    await seedIssuers(stage.deps)
    await stage.live.refresh()
    const [card] = await seedCards({ ...stage.deps, ...stage.live }, { city: '510600', personIds: [person as never] })
    await stage.live.refresh()
    return card as NonNullable<typeof card>
  }
  const codeOf = async (cardId: string): Promise<string> =>
    (await makeCode({ ...stage.deps, ...stage.live }, { cardId, purpose: 'settlement', by: issuer })).code

  test('a code is verified and used up; how the person was known stands in the answer', async () => {
    const person = await stage.person('510600')
    const { cardId } = await cardOf(person)
    const code = await codeOf(cardId)
    const place = stage.hospital('510100', 3)
    const sent = bill(person, '10.00', { shown: { kind: 'code', code } })
    const answer = await stage.claim(place, sent, { key: 'with-code' })
    expect(answer.body).toMatchObject({
      state: 'settled',
      setlinfo: { identified: { type: 'code', by: 'verifier' }, filing_waived: true },
    })
    // The same request again has its answer; another request with the same code does not.
    expect((await stage.claim(place, sent, { key: 'with-code' })).body).toEqual(answer.body)
    const other = await stage.claim(place, sent, { key: 'with-code-again' })
    expect([other.body.state, codes(other)]).toEqual(['refused', ['card-replayed']])
  })

  test('a code of another person and one of a revoked card refuse the claim', async () => {
    const [person, stranger] = [await stage.person('510600'), await stage.person('510600')]
    const place = stage.hospital('510100', 3)
    const { cardId } = await cardOf(person)
    const wrong = bill(stranger, '10.00', { shown: { kind: 'code', code: await codeOf(cardId) } })
    expect(codes(await stage.claim(place, wrong))).toEqual(['card-of-another-person'])

    const code = await codeOf(cardId)
    await inTx(database.db, async (tx) => {
      await changeStatus(stage.deps, tx, { cardId, action: 'revoke', reason: 'lost', by: issuer })
    })
    await stage.live.refresh()
    const answer = await stage.claim(place, bill(person, '10.00', { shown: { kind: 'code', code } }))
    expect([answer.body.state, codes(answer)]).toEqual(['refused', ['card-revoked']])
    expect(await yearsOf(database.db, person)).toEqual([])
  })

  test('garbage and an unknown voucher are refusals, not faults', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    for (const shown of [
      { kind: 'code', code: 'not a code' },
      { kind: 'insurance-voucher', number: 'ABC1234567' },
    ]) {
      const answer = await stage.claim(place, bill(person, '10.00', { shown }))
      expect([answer.status, answer.body.state]).toEqual([201, 'refused'])
    }
  })
})

describe('the catalogue of the place of treatment', () => {
  const line = (code: string, more: object = {}) => {
    const sent = bill('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', '120.00')
    const { chrgitm_lv: _lv, ...rest } = sent.lines[0] as Record<string, unknown>
    return { ...sent, lines: [{ ...rest, med_list_codg: code, ...more }] }
  }

  test('gives the terms of a line, and what a sender says of them must be the same', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const { body } = await stage.claim(place, { ...line('LIMITED'), person_id: person })
    expect(body.setlinfo).toMatchObject({ overlmt_selfpay: '20.00', preselfpay_amt: '10.00', inscp_scp_amt: '90.00' })
    for (const [field, value] of [
      ['chrgitm_lv', '01'],
      ['selfpay_prop', '0.0500'],
      ['pric_uplmt_amt', '0'],
    ]) {
      expect(await stage.claim(place, line('LIMITED', { [field as string]: value }))).toMatchObject({
        status: 400,
        body: { code: 'settlement.terms-mismatch', errors: [{ pointer: `/lines/0/${field}` }] },
      })
    }
  })

  test('an item that it does not have is refused by name', async () => {
    expect(await stage.claim(stage.hospital('510100', 3), line('NOWHERE'))).toMatchObject({
      status: 400,
      body: { code: 'settlement.item-unknown', errors: [{ pointer: '/lines/0/med_list_codg' }] },
    })
  })
})

describe('stays', () => {
  const stay = (begin: string, end: string) => ({ med_type: '21', stay: { begin, end } })

  test('G19: a stay over New Year is one bill of the year in which it ends', async () => {
    const person = await stage.person('510100')
    const place = stage.hospital('510600', 3)
    const before = stage.deps.clock.now()
    stage.deps.clock.set('2027-01-05T10:00:00+08:00')
    try {
      const sent = bill(person, '20000.00', stay('2026-12-20T10:00:00+08:00', '2027-01-05T09:00:00+08:00'))
      const { body } = await stage.claim(place, sent)
      expect(body.setlinfo).toMatchObject({ clr_type: '21', act_pay_dedc: '800.00', hifp_pay: '16320.00' })
      const years = await database.db
        .selectFrom('settlement_accumulator')
        .select(['year', 'moves'])
        .where('person_id', '=', person)
        .execute()
      expect(years).toEqual([{ year: 2027, moves: 1n }])

      // G12: the next stay of the year has a lower deductible; taken back, G20: nothing is left.
      const second = await stage.claim(place, { ...sent, lines: [{ ...sent.lines[0], feedetl_sn: '2' }] })
      expect(second.body.setlinfo.act_pay_dedc).toBe('700.00')
      await stage.reverse(place, body.claim_id)
      const flagged = await stage.get(
        `/settlement/claims/${second.body.claim_id}`,
        await stage.headers('hospital', { institution: place }),
      )
      expect(flagged.body.needs_resettle).toMatchObject({ overpaid_amt: '85.00' })
    } finally {
      stage.deps.clock.set(before.toISOString())
    }
  })

  test('a stay without its days, and one that ends before it begins, or lies further back than policy allows', async () => {
    const person = await stage.person('510100')
    const place = stage.hospital('510600', 2)
    expect(codes(await stage.claim(place, bill(person, '10.00', { med_type: '21' })))).toContain('stay-missing')
    for (const [begin, end, code] of [
      ['2026-11-24T06:00:00Z', '2026-11-24T05:00:00Z', 'time-invalid'],
      ['2025-12-01T06:00:00Z', '2025-12-31T05:00:00Z', 'time-too-old'],
    ] as const) {
      const answer = await stage.claim(place, bill(person, '10.00', stay(begin, end)))
      expect(answer).toMatchObject({ status: 400, body: { code: `settlement.${code}` } })
    }
    expect(codes(await stage.claim(place, bill(person, '10.00', { med_type: '14' })))).toContain('disease-missing')
  })
})

describe('a suspended insurance', () => {
  test('pays nothing, and says so', async () => {
    const person = await stage.person('510600')
    const { from } = await database.db
      .selectFrom('people_insurance')
      .select('from_date as from')
      .where('person_id', '=', person)
      .executeTakeFirstOrThrow()
    const by = { clientId: 'test', org: '510600', role: 'bureau', city: '510600' } as never
    const change = { kind: 'suspend', on: '2026-11-01', reason: 'test' } as const
    await inTx(database.db, async (tx) => {
      await changeInsurance(stage.deps, tx, { personId: person, from, change, by })
    })
    const answer = await stage.claim(stage.hospital('510600', 2), bill(person, '10.00'))
    expect([answer.body.state, codes(answer)]).toEqual(['refused', ['insurance-suspended']])
  })
})

describe('the account of the family', () => {
  const tell = async (city: string, body: object) => {
    const headers = await stage.headers('bureau', { city })
    const answer = await stage.app.inject({
      method: 'POST',
      url: '/settlement/family-accounts',
      headers,
      payload: body,
    })
    return { status: answer.statusCode, body: answer.json() }
  }

  test('pays for a member from the day that the holder’s city tells, and gets it back with the reversal', async () => {
    const [member, holder] = [await stage.person('510600'), await stage.person('510600')]
    await openAccounts(stage.deps, [{ personId: holder, insuredCity: '510600', balance: parseFen('100.00') }])
    const place = stage.hospital('510100', 3)
    const sent = bill(member, '300.00', { acct_used_flag: '2' })
    expect(codes(await stage.claim(place, sent))).toEqual(['family-account-missing'])

    const told = { member_id: member, holder_id: holder, from_date: '2026-01-01' }
    expect((await tell('510100', told)).body).toMatchObject({ errors: [{ pointer: '/holder_id' }] })
    expect((await tell('510600', { ...told, member_id: holder })).status).toBe(400)
    expect((await tell('510600', { ...told, to_date: '2025-12-31' })).status).toBe(400)
    expect((await tell('510600', told)).status).toBe(200)
    expect((await tell('510600', told)).status).toBe(200)

    const paid = await stage.claim(place, sent)
    expect(paid.body.setlinfo).toMatchObject({ acct_pay: '100.00', acct_mulaid_pay: '100.00', balc: '0.00' })
    const back = await stage.reverse(place, paid.body.claim_id)
    expect(back.body.setlinfo).toMatchObject({ acct_pay: '-100.00', acct_mulaid_pay: '-100.00', balc: '100.00' })
    expect((await tell('510600', { ...told, to_date: '2026-11-23' })).status).toBe(200)
    expect(codes(await stage.claim(place, sent))).toEqual(['family-account-missing'])
  })
})

describe('a merged person', () => {
  test('has one deductible under all ids, and a merge taken back parts the years again', async () => {
    const [one, two] = [await stage.person('510600'), await stage.person('510600')]
    await sql`update people_insurance set to_date = '2026-06-30' where person_id = ${two}`.execute(database.db)
    const place = stage.hospital('510100', 3)
    await stage.claim(place, bill(one, '150.00'))
    const by = { clientId: 'test', org: '510600', role: 'bureau', city: '510600' } as never
    // Insurances must not overlap; the older one of the second row ended before the first row's began.
    await sql`update people_insurance set from_date = '2026-07-01' where person_id = ${one}`.execute(database.db)
    const { mergeId } = await inTx(
      database.db,
      async (tx) =>
        await mergePeople(stage.deps, tx, { survivorId: one, absorbedId: two, reason: 'documents-seen', by }),
    )
    const settled = await Promise.all(
      Array.from({ length: 6 }, (_, n) => stage.claim(place, bill(n % 2 === 0 ? one : two, '40.00'))),
    )
    const used = settled.reduce((sum, { body }) => sum + Number(body.setlinfo.act_pay_dedc), 0)
    expect(used).toBe(50)

    // Taking back the first lets the later ones, under either id, use the deductible that it had used.
    const first = settled.find(({ body }) => body.setlinfo.act_pay_dedc === '40.00')
    await stage.reverse(place, first?.body.claim_id)
    const flags = await database.db.selectFrom('settlement_resettle').select('person_id').execute()
    expect(flags.length).toBeGreaterThan(0)
    expect(await faults(database.db)).toEqual(NO_FAULTS)

    const before = await yearsOf(database.db, two)
    await inTx(database.db, async (tx) => {
      await unmergePeople(stage.deps, tx, { mergeId, reason: 'wrong-merge', by })
    })
    expect(await yearsOf(database.db, two)).toEqual(before)
  })
})
