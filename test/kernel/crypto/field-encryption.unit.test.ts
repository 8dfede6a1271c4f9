import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decryptField,
  decryptFieldBytes,
  encryptField,
  needsReencryption,
  parseKeyring,
  reencryptField,
} from '../../../src/kernel/crypto/index.ts'
import { keyFile, randomKey } from './keys.ts'

const place = { table: 'people_person', column: 'name_enc', rowId: '0198c5d2-0000-7000-8000-000000000001' }

function ringOf(alg: string) {
  const file = keyFile()
  file.field = { active: 'f1', keys: [{ id: 'f1', alg, key: randomKey(alg === 'SM4-GCM' ? 16 : 32) }] }
  return parseKeyring(JSON.stringify(file))
}

describe.each(['AES-256-GCM', 'SM4-GCM'])('field encryption with %s', (alg) => {
  const ring = ringOf(alg)

  test('any text comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(decryptField(ring, encryptField(ring, text, place), place)).toBe(text)
      }),
      { numRuns: 50 },
    )
  })

  test('bytes come back as they were', () => {
    const bytes = Buffer.from([0, 255, 128, 10])
    expect(decryptFieldBytes(ring, encryptField(ring, bytes, place), place)).toEqual(bytes)
  })

  test('the same text is stored differently each time, and never in clear', () => {
    const first = encryptField(ring, 'synthetic name', place)
    const second = encryptField(ring, 'synthetic name', place)
    expect(first.equals(second)).toBe(false)
    expect(first.includes('synthetic')).toBe(false)
  })

  test('the stored form costs 33 bytes beside the text with a key id of two characters', () => {
    expect(encryptField(ring, '12345', place)).toHaveLength(3 + 2 + 12 + 16 + 5)
  })

  test('a change of any single byte is refused', () => {
    const stored = encryptField(ring, 'abc', place)
    for (let at = 0; at < stored.length; at++) {
      const changed = Buffer.from(stored)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => decryptField(ring, changed, place), `byte ${at}`).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^crypto\.(envelope|key)-/) }),
      )
    }
  })

  test('every shortened form is refused', () => {
    const stored = encryptField(ring, 'abc', place)
    for (let length = 0; length < stored.length; length++) {
      expect(() => decryptField(ring, stored.subarray(0, length), place), `length ${length}`).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^crypto\.(envelope|key)-/) }),
      )
    }
  })

  test.each([
    ['another row', { ...place, rowId: '0198c5d2-0000-7000-8000-000000000002' }],
    ['another column', { ...place, column: 'phone_enc' }],
    ['another table', { ...place, table: 'cards_card' }],
    ['a place whose parts run together', { table: 'people_personname_enc', column: '', rowId: place.rowId }],
  ])('a ciphertext moved to %s does not open', (_, other) => {
    const stored = encryptField(ring, 'abc', place)
    expect(() => decryptField(ring, stored, other)).toThrow(
      expect.objectContaining({ code: 'crypto.envelope-rejected' }),
    )
  })
})

describe('rotation', () => {
  const file = keyFile()
  const before = parseKeyring(JSON.stringify(file))
  file.field.keys.push({ id: 'f2', alg: 'SM4-GCM', key: randomKey(16) })
  file.field.active = 'f2'
  const during = parseKeyring(JSON.stringify(file))
  file.field.keys.shift()
  const after = parseKeyring(JSON.stringify(file))
  const old = encryptField(before, 'kept through rotation', place)

  test('an old key still opens what it closed, and closes nothing new', () => {
    expect(decryptField(during, old, place)).toBe('kept through rotation')
    expect(needsReencryption(during, encryptField(during, 'x', place))).toBe(false)
    expect(needsReencryption(during, old)).toBe(true)
  })

  test('a value can move to the new key and algorithm, after which the old key can go', () => {
    const moved = reencryptField(during, old, place)
    expect(needsReencryption(during, moved)).toBe(false)
    expect(decryptField(after, moved, place)).toBe('kept through rotation')
    expect(() => decryptField(before, moved, place)).toThrow(expect.objectContaining({ code: 'crypto.key-unknown' }))
  })

  test('a value under a key that is gone is named as such, without its id', () => {
    expect(() => decryptField(after, old, place)).toThrow(expect.objectContaining({ code: 'crypto.key-unknown' }))
  })

  test('moving to the new key does not accept a ciphertext from another row', () => {
    expect(() => reencryptField(during, old, { ...place, rowId: 'other' })).toThrow(
      expect.objectContaining({ code: 'crypto.envelope-rejected' }),
    )
  })

  test('a header that claims another algorithm for the key is refused', () => {
    const forged = Buffer.from(old)
    forged[1] = 2
    expect(() => decryptField(during, forged, place)).toThrow(
      expect.objectContaining({ code: 'crypto.envelope-rejected' }),
    )
  })
})
