import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonDepth } from '../../src/kernel/json-depth.ts'

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

describe('the depth of a JSON text', () => {
  it('is that of the parsed value, whatever its strings contain', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => jsonDepth(JSON.stringify(value), 99) === depthOf(value)),
    )
  })

  it('is not fooled by brackets and escapes inside strings', () => {
    expect(jsonDepth('{"a":"[[[\\"{{{","b":["]"]}', 99)).toBe(2)
  })

  it('stops counting past the limit', () => {
    expect(jsonDepth('['.repeat(1_000_000), 40)).toBe(41)
  })
})
