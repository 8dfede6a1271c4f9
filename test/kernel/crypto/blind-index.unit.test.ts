import { createHmac } from 'node:crypto'
import { sm3 } from 'sm-crypto-v2'
import { expect, test } from 'vitest'
import { blindIndex, blindIndexes, parseKeyring } from '../../../src/kernel/crypto/index.ts'
import { keyFile, randomKey } from './keys.ts'

const identifier = { type: 'resident-id', normalForm: 'SYNTHETIC-0001' }

test('the index is the HMAC of type and normal form under the index key', () => {
  const file = keyFile()
  const key = Buffer.from(file.index.keys[0]?.key ?? '', 'base64url')
  const expected = createHmac('sha256', key).update('resident-id|SYNTHETIC-0001').digest()
  expect(blindIndex(parseKeyring(JSON.stringify(file)), identifier)).toEqual({ keyId: 'i1', value: expected })
})

test('with HMAC-SM3 it agrees with a second implementation of SM3', () => {
  const file = keyFile()
  const key = randomKey()
  file.index = { active: 'i1', keys: [{ id: 'i1', alg: 'HMAC-SM3', key }] }
  const { value } = blindIndex(parseKeyring(JSON.stringify(file)), identifier)
  const expected = sm3(new TextEncoder().encode('resident-id|SYNTHETIC-0001'), {
    mode: 'hmac',
    key: Buffer.from(key, 'base64url').toString('hex'),
  })
  expect(value.toString('hex')).toBe(expected)
})

test('two kinds of identifier with the same digits have different indexes', () => {
  const ring = parseKeyring(JSON.stringify(keyFile()))
  const other = blindIndex(ring, { ...identifier, type: 'passport' })
  expect(other.value.equals(blindIndex(ring, identifier).value)).toBe(false)
})

test('a kind that holds the separator is refused', () => {
  const ring = parseKeyring(JSON.stringify(keyFile()))
  expect(() => blindIndex(ring, { type: 'a|b', normalForm: 'c' })).toThrow(TypeError)
})

test('during a rotation a lookup has one index per live key, the active one first', () => {
  const file = keyFile()
  const before = blindIndex(parseKeyring(JSON.stringify(file)), identifier)
  file.index.keys.push({ id: 'i2', alg: 'HMAC-SM3', key: randomKey() })
  file.index.active = 'i2'
  const ring = parseKeyring(JSON.stringify(file))
  const all = blindIndexes(ring, identifier)
  expect(all.map((index) => index.keyId)).toEqual(['i2', 'i1'])
  expect(all[0]).toEqual(blindIndex(ring, identifier))
  expect(all[1]).toEqual(before)
})
