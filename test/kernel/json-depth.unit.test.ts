import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countMembers, scanJson } from '../../src/kernel/json-depth.ts'

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

describe('the depth of a JSON text', () => {
  it('is that of the parsed value, whatever its strings contain', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 8 }),
        (value) => scanJson(JSON.stringify(value), 99).depth === depthOf(value),
      ),
    )
  })

  it('is not fooled by brackets and escapes inside strings', () => {
    expect(scanJson('{"a":"[[[\\"{{{:","b":["]"],"c\\\\":1}', 99)).toEqual({ depth: 2, members: 3 })
  })

  it('stops counting past the limit', () => {
    expect(scanJson('['.repeat(1_000_000), 40).depth).toBe(41)
  })

  it('counts as many members as the parsed value has, except where one comes twice', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        return scanJson(text, 99).members === countMembers(JSON.parse(text))
      }),
    )
    const twice = '{"a":{"b":1,"b":1}}'
    expect(scanJson(twice, 99).members).toBe(3)
    expect(countMembers(JSON.parse(twice))).toBe(2)
  })
})
