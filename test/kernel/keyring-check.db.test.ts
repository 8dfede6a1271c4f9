import { describe, expect, it } from 'vitest'
import { parseKeyring } from '../../src/kernel/crypto/index.ts'
import { checkKeyring } from '../../src/kernel/keyring-check.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { useDatabase } from '../support/database.ts'
import { NOW } from '../support/deps.ts'
import { type KeyFile, keyFile, randomKey } from './crypto/keys.ts'

const database = useDatabase()
const clock = manualClock(NOW)
const check = (file: KeyFile) => checkKeyring(database.db, parseKeyring(JSON.stringify(file)), clock)
const own = keyFile()

describe('the keyring of a database', () => {
  it('is the first one that comes, also where several processes come together', async () => {
    expect(await Promise.all([check(own), check(own), check(own)])).toEqual([true, true, true])
    expect(await check(own)).toBe(true)
  })

  it('is not another one, even under the same key ids', async () => {
    expect(await check(keyFile())).toBe(false)
    expect(await check({ ...own, field: keyFile().field })).toBe(false)
    expect(await check({ ...own, index: keyFile().index })).toBe(false)
    expect(
      await check({ ...own, field: { active: 'f9', keys: [{ id: 'f9', alg: 'AES-256-GCM', key: randomKey() }] } }),
    ).toBe(false)
    expect(await check(own)).toBe(true)
  })

  it('stays its own through a rotation, after which the old key may leave the ring', async () => {
    const field = { id: 'f2', alg: 'AES-256-GCM', key: randomKey() }
    const index = { id: 'i2', alg: 'HMAC-SHA-256', key: randomKey() }
    const alone = { field: { active: 'f2', keys: [field] }, index: { active: 'i2', keys: [index] } }
    expect(await check(alone)).toBe(false)
    const both = {
      field: { active: 'f2', keys: [...own.field.keys, field] },
      index: { active: 'i2', keys: [...own.index.keys, index] },
    }
    expect(await check(both)).toBe(true)
    expect(await check(alone)).toBe(true)
    expect(await check(own)).toBe(false)
  })
})
