/** A repeatable source of numbers: the same seed gives the same sequence on every machine. Not for secrets. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number
  readonly pick: <T>(items: readonly T[]) => T
  /** A new array in random order; the argument is left as it is. */
  readonly shuffle: <T>(items: readonly T[]) => T[]
  /** True in about `percent` of 100 calls. */
  readonly chance: (percent: number) => boolean
}

/**
 * sfc32 ("Small Fast Counter", Chris Doty-Humphrey, PractRand): 128 bits of state, 32-bit steps, so it is exact in
 * JavaScript's integers. The seed text is spread over the state with FNV-1a and the first rounds are thrown away, so
 * that seeds which differ in one letter have nothing in common.
 */
export function createRandom(seed: string): Random {
  let a = fnv1a(seed, 0x811c9dc5)
  let b = fnv1a(seed, a)
  let c = fnv1a(seed, b)
  let counter = 1

  function next(): number {
    const out = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + out) | 0
    return out >>> 0
  }
  for (let i = 0; i < 15; i++) next()

  function int(min: number, max: number): number {
    const span = max - min + 1
    if (!Number.isInteger(min) || !Number.isInteger(max) || span < 1 || span > 2 ** 32) {
      throw new RangeError('int needs whole bounds, the lower one first, at most 2^32 apart')
    }
    // Values above the last whole multiple of span are drawn again: taking the remainder of them would favour small results.
    const limit = 2 ** 32 - (2 ** 32 % span)
    let value = next()
    while (value >= limit) value = next()
    return min + (value % span)
  }

  function pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from')
    return items[int(0, items.length - 1)] as T
  }

  function shuffle<T>(items: readonly T[]): T[] {
    const rest = [...items]
    const out: T[] = []
    while (rest.length > 0) out.push(...rest.splice(int(0, rest.length - 1), 1))
    return out
  }

  return { int, pick, shuffle, chance: (percent) => int(1, 100) <= percent }
}

/** FNV-1a, 32 bits, over UTF-16 units; `basis` lets one text give several values. */
function fnv1a(text: string, basis: number): number {
  let hash = basis
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return Math.imul(hash ^ text.length, 0x01000193) | 0
}
