import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, type JsonValue } from '../../../src/kernel/crypto/index.ts'

describe('canonical JSON', () => {
  test('sorts keys at every depth and writes no spaces', () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }, 'x'], a: true, 'a-': '码' })).toBe(
      '{"a":true,"a-":"码","b":[{"a":null,"z":1},"x"]}',
    )
  })

  test('sorts keys by UTF-16 code units (RFC 8785 §3.2.3)', () => {
    expect(canonicalJson({ '\u{1f600}': 1, '\ufb33': 2, '\u00f6': 3, '1': 4, '\r': 5 })).toBe(
      '{"\\r":5,"1":4,"\u00f6":3,"\u{1f600}":1,"\ufb33":2}',
    )
  })

  test('leaves out members without a value', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  })

  test('does not depend on the order in which members were set, and reads back as the same value', () => {
    const wellFormed = fc.jsonValue().filter((value) => JSON.stringify(value).isWellFormed())
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), wellFormed), (value) => {
        const entries = Object.entries(value as Record<string, JsonValue>)
        const text = canonicalJson(Object.fromEntries(entries))
        expect(canonicalJson(Object.fromEntries(entries.toReversed()))).toBe(text)
        expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text)
      }),
      { numRuns: 50 },
    )
  })

  test.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\ud800': 1 }],
    ['a date', new Date(0) as unknown as JsonValue],
    ['a bigint', 1n as unknown as JsonValue],
    ['a function', (() => 1) as unknown as JsonValue],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })

  test('refuses a value that is nested without end', () => {
    const loop: Record<string, JsonValue> = {}
    loop['self'] = loop
    expect(() => canonicalJson(loop)).toThrow('nested too deeply')
  })
})
