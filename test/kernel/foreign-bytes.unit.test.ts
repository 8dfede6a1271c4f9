import { deflateRawSync, deflateSync } from 'node:zlib'
import { encode, Tag } from 'cbor2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64url } from '../../src/kernel/base64url.ts'
import { readCbor } from '../../src/kernel/cbor.ts'
import { readCoseSign1 } from '../../src/kernel/cose.ts'
import { inflateWhole } from '../../src/kernel/inflate.ts'
import { parseStrictObject, parseStrictObjectBytes } from '../../src/kernel/strict-json.ts'

describe('base64url', () => {
  it('has one spelling for each value', () => {
    expect(decodeBase64url('AQ')).toEqual(Buffer.from([1]))
    for (const text of ['', 'AR', 'AQ=', 'AQ==', 'A', 'A Q', 'AQ\n', 'A+', 'é'])
      expect(decodeBase64url(text), text).toBeUndefined()
  })
})

describe('a compressed stream', () => {
  it('is taken whole, up to the limit', () => {
    const bytes = Buffer.alloc(1000, 7)
    expect(inflateWhole(deflateSync(bytes), { format: 'zlib', maxBytes: 1000 })).toEqual(bytes)
    expect(inflateWhole(deflateRawSync(bytes), { format: 'raw', maxBytes: 1000 })).toEqual(bytes)
    expect(inflateWhole(deflateSync(bytes), { format: 'zlib', maxBytes: 999 })).toBeUndefined()
    expect(inflateWhole(deflateSync(bytes), { format: 'raw', maxBytes: 1000 })).toBeUndefined()
    expect(
      inflateWhole(Buffer.concat([deflateSync(bytes), Buffer.from([0])]), { format: 'zlib', maxBytes: 2000 }),
    ).toBeUndefined()
    expect(inflateWhole(new Uint8Array(0), { format: 'zlib', maxBytes: 10 })).toBeUndefined()
  })
})

describe('a foreign JSON text', () => {
  it('is one object, with nothing around it, nothing twice and nothing deep', () => {
    expect(parseStrictObject('{"a":{"b":[1,"{}"]}}')).toEqual({ a: { b: [1, '{}'] } })
    for (const text of ['[]', '{"a":1} ', ' {}', '{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '{', '"{}"', '', '{a:1}']) {
      expect(parseStrictObject(text), text).toBeUndefined()
    }
    expect(parseStrictObject(`${'{"a":'.repeat(41)}1${'}'.repeat(41)}`)).toBeUndefined()
  })

  it('is UTF-8 without a byte order mark', () => {
    expect(parseStrictObjectBytes(Buffer.from('{"a":"中"}'))).toEqual({ a: '中' })
    expect(parseStrictObjectBytes(Buffer.from('\uFEFF{}'))).toBeUndefined()
    expect(parseStrictObjectBytes(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeUndefined()
  })
})

describe('CBOR', () => {
  it('comes back as maps, lists, bytes and tags', () => {
    expect(readCbor(Buffer.from('a1016161', 'hex'))?.value).toEqual(new Map([[1, 'a']]))
    expect(readCbor(Buffer.from('9f0102ff', 'hex'))?.value).toEqual([1, 2])
    expect(readCbor(Buffer.from('5f4201024103ff', 'hex'))?.value).toEqual(Uint8Array.from([1, 2, 3]))
    expect(readCbor(encode(new Tag(1, 5)))?.value).toBeInstanceOf(Tag)
  })

  it.each([
    ['nothing', ''],
    ['two items', '0101'],
    ['a cut list', '8201'],
    ['a key twice', 'a201010102'],
    ['a key twice in two spellings', 'a20101180102'],
    ['a list as key', 'a18001'],
    ['bytes as key', 'a1410101'],
    ['text that is not UTF-8', '61ff'],
    ['a lone end', 'ff'],
    ['an odd map', 'bf01ff'],
  ])('is refused where it is %s', (_what, hex) => {
    expect(readCbor(Buffer.from(hex, 'hex'))).toBeUndefined()
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(() => readCbor(bytes)).not.toThrow()
        expect(() => readCoseSign1(bytes)).not.toThrow()
      }),
      { numRuns: 5000 },
    )
  })
})
