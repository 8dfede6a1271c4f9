import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BLOCK, scatterIndex } from '../../src/cards/scatter-index.ts'

const key = (label: string) => createHash('sha256').update(label).digest()

describe('places in the list', () => {
  it('are all different, stay in their block and do not follow the order of issuing', () => {
    const places = Array.from({ length: BLOCK }, (_, n) => scatterIndex(key('a'), n))
    expect(new Set(places).size).toBe(BLOCK)
    expect(Math.max(...places)).toBe(BLOCK - 1)
    const rising = places.filter((place, n) => n > 0 && place === (places[n - 1] ?? 0) + 1).length
    expect(rising).toBeLessThan(20)
  })

  it('depend on the key and on the block', () => {
    const order = (label: string, from: number) =>
      Array.from({ length: 50 }, (_, n) => scatterIndex(key(label), from + n) % BLOCK)
    expect(order('a', 0)).not.toEqual(order('b', 0))
    expect(order('a', 0)).not.toEqual(order('a', BLOCK))
    expect(scatterIndex(key('a'), BLOCK)).toBeGreaterThanOrEqual(BLOCK)
  })
})
