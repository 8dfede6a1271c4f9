import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeStatusList,
  encodeStatusList,
  type StatusBits,
  statusAt,
  statusList,
} from '../../src/statuslist/index.ts'

const bits = fc.constantFrom<StatusBits[]>(1, 2, 4, 8)

describe('the bits of a status list', () => {
  it('lie lowest first: the example of the draft', () => {
    // Places 0, 3, 4, 5, 7 of the first byte and 8, 9, 13, 15 of the second are set.
    const list = statusList(1, Uint8Array.from([0xb9, 0xa3]))
    const set = Array.from({ length: 16 }, (_, place) => place).filter((place) => statusAt(list, place) === 1)
    expect(set).toEqual([0, 3, 4, 5, 7, 8, 9, 13, 15])
  })

  it('come back as they were written, at every width', async () => {
    await fc.assert(
      fc.asyncProperty(bits, fc.uint8Array({ minLength: 1, maxLength: 300 }), async (width, bytes) => {
        const list = decodeStatusList(width, await encodeStatusList(width, bytes), 300)
        expect(list?.size).toBe((bytes.length * 8) / width)
        expect(Buffer.from(list?.bytes ?? []).equals(Buffer.from(bytes))).toBe(true)
      }),
    )
  })

  it('keep neighbours apart', () => {
    fc.assert(
      fc.property(bits, fc.nat(63), fc.nat(255), (width, place, raw) => {
        const value = raw % 2 ** width
        const bytes = new Uint8Array(64)
        bytes[Math.floor((place * width) / 8)] = value << ((place * width) % 8)
        const list = statusList(width, bytes)
        for (let at = 0; at < 64; at++) expect(statusAt(list, at)).toBe(at === place ? value : 0)
      }),
    )
  })

  it('say nothing about a place outside the list', () => {
    const list = statusList(2, new Uint8Array(3))
    expect(statusAt(list, 11)).toBe(0)
    for (const place of [12, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(statusAt(list, place)).toBeUndefined()
  })
})

describe('a list that is not one whole zlib stream', () => {
  it('is refused where it grows beyond the limit', async () => {
    const lst = await encodeStatusList(1, new Uint8Array(50 * 1024 * 1024))
    expect(lst.length).toBeLessThan(80_000)
    expect(decodeStatusList(1, lst, 1024 * 1024)).toBeUndefined()
  })

  it('is refused where something follows it, where it is cut, empty, padded, or spelt in another way', async () => {
    const lst = await encodeStatusList(1, Uint8Array.from([0xb9, 0xa3]))
    const bytes = Buffer.from(lst, 'base64url')
    expect(decodeStatusList(1, Buffer.concat([bytes, Buffer.from([0])]), 100)).toBeUndefined()
    expect(decodeStatusList(1, bytes.subarray(0, -1), 100)).toBeUndefined()
    expect(decodeStatusList(1, '', 100)).toBeUndefined()
    expect(decodeStatusList(1, `${lst}=`, 100)).toBeUndefined()
    expect(decodeStatusList(1, await encodeStatusList(1, new Uint8Array(0)), 100)).toBeUndefined()
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(bits, fc.uint8Array({ maxLength: 100 }), (width, bytes) => {
        expect(() => decodeStatusList(width, bytes, 1000)).not.toThrow()
      }),
    )
  })
})
