import { describe, expect, test } from 'vitest'
import {
  availableAlgorithms,
  digestHex,
  equalInConstantTime,
  parseKeyring,
  runCryptoSelfTest,
} from '../../../src/kernel/crypto/index.ts'
import { keyFile, randomKey } from './keys.ts'

describe('the self-test at start', () => {
  test('passes on this build, which has the international and the national algorithms', () => {
    expect(runCryptoSelfTest()).toEqual({
      field: ['AES-256-GCM', 'SM4-GCM'],
      index: ['HMAC-SHA-256', 'HMAC-SM3'],
      hash: ['SHA-256', 'SM3'],
    })
    expect(availableAlgorithms()).toEqual(runCryptoSelfTest())
  })

  test('tries the configured keys', () => {
    const file = keyFile()
    file.field = { active: 'f1', keys: [{ id: 'f1', alg: 'SM4-GCM', key: randomKey(16) }] }
    const ring = parseKeyring(JSON.stringify(file))
    expect(runCryptoSelfTest(ring).field).toContain('SM4-GCM')
  })

  test('refuses keys whose algorithms the build lacks, naming them', () => {
    const file = keyFile()
    file.field.keys.push({ id: 'f2', alg: 'SM4-GCM', key: randomKey(16) })
    file.index.keys.push({ id: 'i2', alg: 'HMAC-SM3', key: randomKey() })
    const international = { field: ['AES-256-GCM'], index: ['HMAC-SHA-256'], hash: ['SHA-256'] } as const
    expect(() => runCryptoSelfTest(parseKeyring(JSON.stringify(file)), international)).toThrow(
      expect.objectContaining({
        code: 'crypto.algorithm-unavailable',
        message: expect.stringContaining('SM4-GCM, HMAC-SM3'),
      }),
    )
  })

  test('fails where the keyring lies about a key', () => {
    const ring = parseKeyring(JSON.stringify(keyFile()))
    const broken = { ...ring, field: { active: { ...ring.field.active, id: 'f2' }, byId: ring.field.byId } }
    expect(() => runCryptoSelfTest(broken)).toThrow(expect.objectContaining({ code: 'crypto.key-unknown' }))
  })
})

test('SM3 of "abc" is the answer of GB/T 32905', () => {
  expect(digestHex('SM3', 'abc')).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
})

describe('comparison in constant time', () => {
  test.each([
    ['abc', 'abc', true],
    ['abc', 'abd', false],
    ['abc', 'abcd', false],
    ['', '', true],
    ['\u00e9', 'e\u0301', false],
  ])('%j and %j: %s', (left, right, same) => {
    expect(equalInConstantTime(left, right)).toBe(same)
  })

  test('bytes equal the text that they encode', () => {
    expect(equalInConstantTime(Buffer.from('码'), '码')).toBe(true)
  })
})
