import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Keyring, parseKeyring } from '../../src/kernel/crypto/index.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { findPerson } from '../../src/people/find-person.ts'
import { type AskedBy, type NewPerson, peoplePeriodics, registerPerson, seedPeople } from '../../src/people/index.ts'
import { reencryptPeople } from '../../src/people/reencrypt-people.ts'
import { searchPeople } from '../../src/people/search-people.ts'
import type { PersonId } from '../../src/people/types.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'

const database = useDatabase()
const by: AskedBy = { clientId: 'issuer-1', org: '510100', role: 'issuer', city: '510100' }

/** The first id of each list is the active one. */
function ring(fields: readonly string[], indexes: readonly string[]): Keyring {
  const keys = (ids: readonly string[], alg: string) =>
    ids.map((id) => ({ id, alg, key: createHash('sha256').update(`rotation ${id}`).digest('base64url') }))
  return parseKeyring(
    JSON.stringify({
      field: { active: fields[0], keys: keys(fields, 'AES-256-GCM') },
      index: { active: indexes[0], keys: keys(indexes, 'HMAC-SHA-256') },
    }),
  )
}

const before = ring(['f1'], ['i1'])
const between = ring(['f2', 'f1'], ['i2', 'i1'])
const after = ring(['f2'], ['i2'])

const depsWith = (keyring: Keyring) => ({ ...testDeps(database), keyring })
const passport = (value: string) => ({ type: 'passport' as const, value })
const person = (value: string): NewPerson => ({
  name: '王示例',
  sex: 'male',
  birthDate: '1955-05-05',
  phone: '16099990001',
  identifiers: [passport(value)],
  insurances: [],
})
const register = (keyring: Keyring, one: NewPerson) =>
  inTx(database.db, (tx) => registerPerson(depsWith(keyring), tx, { person: one, by }))
const find = (keyring: Keyring, value: string) => findPerson(depsWith(keyring), passport(value), by)
const matchKeyIds = async (): Promise<string[]> => {
  const rows = await database.db.selectFrom('people_match_key').select('index_key_id').distinct().execute()
  return rows.map((row) => row.index_key_id).sort()
}
const keyIds = async (): Promise<string[]> => {
  const rows = await database.db.selectFrom('people_identifier').select('index_key_id').distinct().execute()
  return rows.map((row) => row.index_key_id).sort()
}

async function wholePass(keyring: Keyring, limit: number): Promise<number> {
  let moved = 0
  let next: PersonId | null = null
  do {
    const step = await reencryptPeople(depsWith(keyring), { after: next, limit })
    moved += step.moved
    expect(step.conflicts).toBe(0)
    next = step.next
  } while (next !== null)
  return moved
}

describe('a change of the field and the index key', () => {
  it('finds everybody during it, moves every row, and needs the old keys no more afterwards', async () => {
    const ids: PersonId[] = []
    for (let n = 0; n < 7; n++) ids.push((await register(before, person(`A000000${n}`))).personId)

    expect((await find(between, 'A0000003'))?.personId).toBe(ids[3])
    expect(await register(between, person('A0000003'))).toMatchObject({ personId: ids[3], existing: true })
    await expect(find(after, 'A0000003')).resolves.toBeUndefined()

    // Name and phone in one row, the identifier in one, its row under the new index key, and the match keys under it.
    expect(await wholePass(between, 3)).toBe(7 * 4)
    expect(await wholePass(between, 3)).toBe(0)
    expect(await keyIds()).toEqual(['i1', 'i2'])
    expect(await matchKeyIds()).toEqual(['i1', 'i2'])
    const found = await find(after, 'A0000003')
    expect(found).toMatchObject({ personId: ids[3], maskedName: '王*例', maskedPhone: '160****0001' })
    expect(found?.identifiers).toHaveLength(1)

    const forget = peoplePeriodics(depsWith(after)).find((one) => one.name === 'people.forget-old-indexes')
    await forget?.run()
    expect(await keyIds()).toEqual(['i2'])
    expect(await matchKeyIds()).toEqual(['i2'])
    const { found: alike } = await searchPeople(depsWith(after), {
      name: '王示例',
      birthDate: '1955-05-05',
      phone: '16099990001',
      identifiers: [],
    })
    expect(new Set(alike.map((one) => one.personId))).toEqual(new Set(ids))
    expect(await register(after, person('A0000003'))).toMatchObject({ personId: ids[3], existing: true })
  })

  it('makes one person of one number, whichever key a process writes under', async () => {
    // The older process knows the new keys already, or the new index key not yet.
    for (const older of [ring(['f1', 'f2'], ['i1', 'i2']), ring(['f1', 'f2'], ['i1'])]) {
      for (let round = 0; round < 5; round++) {
        const number = `B${older.index.byId.size}00000${round}`
        const rings = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? older : between))
        const all = await Promise.all(rings.map((one) => register(one, person(number))))
        expect(new Set(all.map((each) => each.personId)).size).toBe(1)
        expect((await find(older, number))?.personId).toBe(all[0]?.personId)
        expect((await find(between, number))?.personId).toBe(all[0]?.personId)
      }
    }
  })

  it('keeps the ids of a sandbox that is seeded again', async () => {
    const seeds = generatePeople('rotation', 20)
    const first = await seedPeople(depsWith(before), seeds)
    expect(await seedPeople(depsWith(between), seeds)).toEqual(first)
  })

  it('goes by itself while the ring holds older keys, and rests when it is done', async () => {
    await register(before, person('C0000001'))
    const [task] = peoplePeriodics(depsWith(between))
    await task?.run()
    await task?.run()
    expect(await find(after, 'C0000001')).toMatchObject({ maskedName: '王*例' })
    await register(before, person('C0000002'))
    await task?.run()
    await expect(find(after, 'C0000002')).resolves.toBeUndefined()
  })
})
