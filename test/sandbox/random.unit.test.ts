import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/sandbox/random.ts'

const draw = (seed: string) => {
  const random = createRandom(seed)
  return Array.from({ length: 50 }, () => random.int(0, 2 ** 32 - 1))
}

describe('seeded numbers', () => {
  it('repeat for the same seed and differ for seeds that are nearly the same', () => {
    expect(draw('a')).toEqual(draw('a'))
    for (const other of ['b', 'aa', '', 'A']) expect(draw(other)).not.toEqual(draw('a'))
  })

  it('stay the same from one release to the next', () => {
    expect(draw('pinned').slice(0, 4)).toEqual([1141937626, 3640800818, 1656391398, 1898877086])
  })

  it('reach both bounds and spread evenly', () => {
    const random = createRandom('spread')
    const counts = new Map<number, number>()
    for (let i = 0; i < 6000; i++) {
      const value = random.int(-2, 3)
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3])
    for (const count of counts.values()) expect(count).toBeGreaterThan(850)
  })

  it('draw again instead of favouring small results when the span does not divide 2^32', () => {
    const random = createRandom('wide')
    const span = 3 * 2 ** 30
    let low = 0
    for (let i = 0; i < 3000; i++) if (random.int(0, span - 1) < 2 ** 30) low++
    // One third is right; the plain remainder would give one half.
    expect(low).toBeGreaterThan(850)
    expect(low).toBeLessThan(1150)
  })

  it.each([
    [2, 1],
    [0.5, 3],
    [0, 1.5],
    [0, 2 ** 32],
  ])('refuse the bounds %d and %d', (min, max) => {
    expect(() => createRandom('x').int(min, max)).toThrow(RangeError)
  })

  it('shuffle into a new array that holds the same items', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8]
    const shuffled = createRandom('s').shuffle(items)
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(shuffled).not.toEqual(items)
    expect(new Set(shuffled)).toEqual(new Set(items))
    expect(shuffled).toHaveLength(items.length)
  })

  it('pick each item sooner or later, and refuse to pick from nothing', () => {
    const random = createRandom('p')
    const seen = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))
    expect(seen.size).toBe(3)
    expect(() => random.pick([])).toThrow(RangeError)
  })

  it('come true about as often as asked', () => {
    const random = createRandom('c')
    const hits = Array.from({ length: 2000 }, () => random.chance(30)).filter(Boolean).length
    expect(hits).toBeGreaterThan(500)
    expect(hits).toBeLessThan(700)
    expect(random.chance(100)).toBe(true)
    expect(random.chance(0)).toBe(false)
  })
})
