import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { findPerson } from '../../src/people/find-person.ts'
import {
  type AskedBy,
  IDENTIFIERS_PART,
  identifierForExchange,
  insuranceAt,
  insurancesAt,
  maskedNames,
  type NewPerson,
  readOfPerson,
  registerPerson,
  seedPeople,
} from '../../src/people/index.ts'
import { readMaskedPerson } from '../../src/people/read-person.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'

const database = useDatabase()
const deps = () => testDeps(database, { now: '2026-03-01T02:00:00Z' })
const by: AskedBy = { clientId: 'hospital-1', org: 'H51010499999', role: 'hospital' }
const issuer: AskedBy = { clientId: 'issuer-1', org: '510100', role: 'issuer', city: '510100' }

const person = (idNumber: string, change: Partial<NewPerson> = {}): NewPerson => ({
  name: '王示例',
  sex: 'male',
  birthDate: '1955-05-05',
  phone: '16099990001',
  residenceDivision: '510104',
  identifiers: [{ type: 'resident-id', value: idNumber }],
  insurances: [{ insuredCity: '510100', insutype: '310', psnType: '11', from: '2020-01-01', to: null }],
  ...change,
})

const register = (one: NewPerson) => inTx(database.db, (tx) => registerPerson(deps(), tx, { person: one, by: issuer }))

const auditOf = (personId: string) =>
  database.db
    .selectFrom('audit_event')
    .select(['action', 'basis', 'actor_org', 'result'])
    .where('person_ref', '=', personId)
    .orderBy('event_no')
    .execute()

describe('registering', () => {
  it('makes a person whose name, number and phone stand nowhere in clear', async () => {
    const { personId, existing, warnings } = await register(person('510104190001019995'))
    expect(existing).toBe(false)
    expect(warnings.map((one) => one.part)).toEqual(['birthDate'])
    const rows = [
      await database.db.selectFrom('people_person').selectAll().where('person_id', '=', personId).execute(),
      await database.db.selectFrom('people_identifier').selectAll().where('person_id', '=', personId).execute(),
    ].flat()
    expect(rows).toHaveLength(2)
    const stored = rows
      .flatMap((row) => Object.values(row))
      .map((value) =>
        Buffer.isBuffer(value) ? `${value.toString('utf8')} ${value.toString('latin1')}` : String(value),
      )
      .join('\n')
    expect(stored).toContain(personId)
    for (const secret of ['王示例', '510104190001019995', '16099990001']) expect(stored).not.toContain(secret)
    expect(await auditOf(personId)).toEqual([
      { action: 'people.register', basis: 'legal-duty', actor_org: '510100', result: 'allowed' },
    ])
  })

  it('finds the person again, whatever the width of the digits, and changes nothing', async () => {
    const first = await register(person('510603190001019988', { sex: 'female' }))
    const again = await register(person('５１0603190001019988', { sex: 'female', phone: '16099990002' }))
    expect(again).toMatchObject({ personId: first.personId, existing: true })
    const shown = await readMaskedPerson(deps(), first.personId, {
      by,
      action: 'people.read',
      purpose: 'identification',
    })
    expect(shown.maskedPhone).toBe('160****0001')
  })

  it('refuses other details for a known number, naming the field and not the value', async () => {
    await register(person('511402190001019973'))
    const wrong = register(person('511402190001019973', { name: '赵示例', birthDate: '1955-05-06' }))
    await expect(wrong).rejects.toMatchObject({
      code: 'people.details-disagree',
      status: 409,
      errors: [{ pointer: '/name' }, { pointer: '/birthDate' }],
    })
    const error = await wrong.catch((one: unknown) => one)
    expect(JSON.stringify(error)).not.toMatch(/示例|1955/)
  })

  it('refuses identifiers of two persons', async () => {
    const passport = { type: 'passport' as const, value: 'E00000001' }
    await register(person('512002190001019964'))
    await register(person('510124190001019958', { identifiers: [passport] }))
    const mixed = person('512002190001019964')
    await expect(register({ ...mixed, identifiers: [...mixed.identifiers, passport] })).rejects.toMatchObject({
      code: 'people.identifiers-of-several',
    })
  })

  it('refuses a number with a wrong check character and stores nothing', async () => {
    await expect(register(person('510104190001019994'))).rejects.toMatchObject({
      code: 'people.invalid',
      errors: [{ pointer: '/identifiers/0/value' }],
    })
  })

  it('makes one person of 50 registrations at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => register(person('512081190001019943'))))
    expect(new Set(all.map((one) => one.personId)).size).toBe(1)
    expect(all.filter((one) => !one.existing)).toHaveLength(1)
    const [row] = all
    const stored = await database.db
      .selectFrom('people_insurance')
      .select('person_id')
      .where('person_id', '=', row?.personId ?? '')
      .execute()
    expect(stored).toHaveLength(1)
  })
})

describe('two registrations that meet', () => {
  /** Runs `first` up to its commit, lets `second` begin and wait for it, then commits. */
  async function meet(first: NewPerson, second: NewPerson) {
    const began = Promise.withResolvers<void>()
    const commit = Promise.withResolvers<void>()
    const one = inTx(database.db, async (tx) => {
      const done = await registerPerson(deps(), tx, { person: first, by: issuer })
      began.resolve()
      await commit.promise
      return done
    })
    await began.promise
    const other = register(second)
    const waiting = sql<{ n: bigint }>`select count(*) as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await waiting.execute(database.db)).rows[0]?.n, { timeout: 5000 }).toBe(1n)
    commit.resolve()
    return await Promise.allSettled([one, other])
  }

  const passport = (value: string) => ({ type: 'passport' as const, value })

  it('for one identifier make one person', async () => {
    const both = person('', { identifiers: [passport('M00000001')] })
    const [one, other] = await meet(both, both)
    expect(one).toMatchObject({ status: 'fulfilled', value: { existing: false } })
    expect(other).toMatchObject({ status: 'fulfilled', value: { existing: true } })
  })

  it('and share one identifier of several: the second is refused and leaves nothing', async () => {
    const [, other] = await meet(
      person('', { identifiers: [passport('M00000002')] }),
      person('', { identifiers: [passport('M00000002'), { type: 'travel-permit', value: 'H00000002' }] }),
    )
    expect(other).toMatchObject({ status: 'rejected', reason: { code: 'people.identifiers-of-several' } })
    expect(await findPerson(deps(), { type: 'travel-permit', value: 'H00000002' }, by)).toBeUndefined()
  })
})

describe('finding and reading', () => {
  it('shows everything masked', async () => {
    const { personId } = await register(person('510101190001019937'))
    const found = await findPerson(deps(), { type: 'resident-id', value: '510101190001019937' }, by)
    expect(found).toEqual({
      personId,
      maskedName: '王*例',
      sex: 'male',
      maskedBirthDate: '1955-**-**',
      maskedPhone: '160****0001',
      residenceDivision: '510104',
      identifiers: [{ type: 'resident-id', masked: '510***********9937' }],
      insurances: [{ insuredCity: '510100', insutype: '310', psnType: '11', from: '2020-01-01', to: null }],
    })
    expect((await auditOf(personId)).map((one) => one.action)).toEqual(['people.register', 'people.search'])
  })

  it('finds by the old number of 15 digits', async () => {
    const { personId } = await register(person('510104190001019995'))
    const found = await findPerson(deps(), { type: 'resident-id', value: '510104000101999' }, by)
    expect(found?.personId).toBe(personId)
  })

  it('finds nobody for a number that nobody has, and audits that somebody asked', async () => {
    expect(await findPerson(deps(), { type: 'passport', value: 'X99999999' }, by)).toBeUndefined()
    const [event] = await database.db
      .selectFrom('audit_event')
      .select(['action', 'reason_codes', 'person_ref'])
      .orderBy('event_no', 'desc')
      .limit(1)
      .execute()
    expect(event).toEqual({ action: 'people.search', reason_codes: ['none-found'], person_ref: null })
  })

  it('refuses a person that does not exist', async () => {
    const reading = readMaskedPerson(deps(), newId(), { by, action: 'people.read', purpose: 'identification' })
    await expect(reading).rejects.toMatchObject({ code: 'people.not-found' })
  })

  it('gives the number for exchange in clear, with the event that must be written first', async () => {
    const { personId } = await register(person('810000190001019928'))
    const { answers } = await readOfPerson(deps().db, personId, { rows: IDENTIFIERS_PART })
    const ask = { personId, by, purpose: 'records' }
    expect(identifierForExchange(deps(), answers.rows, ask)).toMatchObject({
      identifier: { type: 'resident-id', value: '810000190001019928' },
      event: { action: 'people.identifier-for-exchange', personRef: personId, fieldsTouched: ['resident-id'] },
    })
    const nobody = await readOfPerson(deps().db, newId(), { rows: IDENTIFIERS_PART })
    expect(identifierForExchange(deps(), nobody.answers.rows, ask)).toBeUndefined()
  })
})

describe('insurance on a day', () => {
  it('is read for one and for many, and is absent before it began', async () => {
    const one = await register(person('820000190001019911'))
    const two = await register(person('830000190001019905', { insurances: [] }))
    expect(await insuranceAt(database.db, one.personId, '2019-12-31')).toBeUndefined()
    expect(await insuranceAt(database.db, one.personId, '2020-01-01')).toMatchObject({
      insuredCity: '510100',
      psnType: '11',
    })
    const many = await insurancesAt(database.db, [one.personId, two.personId], '2026-03-01')
    expect([...many.keys()]).toEqual([one.personId])
    expect((await insurancesAt(database.db, [], '2026-03-01')).size).toBe(0)
  })
})

describe('a sandbox', () => {
  it('registers 300 people once, however often it is seeded', async () => {
    const seeds = generatePeople('test', 300)
    const first = await seedPeople(deps(), seeds)
    expect(await seedPeople(deps(), seeds)).toEqual(first)
    expect(new Set(first).size).toBe(300)
    const insured = await insurancesAt(database.db, first, '2026-03-01')
    expect(first.map((id) => insured.get(id)?.insuredCity)).toEqual(seeds.map((one) => one.insuredCity))
    const names = await maskedNames(deps(), database.db, first)
    expect(names.size).toBe(300)
    expect([...names.values()].every((name) => name.includes('*'))).toBe(true)
  })

  it('refuses a seed with a wrong number, saying which', async () => {
    const [good] = generatePeople('test', 1)
    await expect(seedPeople(deps(), [good!, { ...good!, idNumber: '510104190001019994' }])).rejects.toMatchObject({
      errors: [{ pointer: '/1/identifiers/0/value' }],
    })
  })
})
