import { describe, expect, test, vi } from 'vitest'
import { createGatherer } from '../../src/kernel/gather.ts'

/** Batches as they came, and a way to end each. */
function hand(options: { most: number; atATime: number }) {
  const batches: { items: readonly number[]; end(): void }[] = []
  const gatherer = createGatherer<number, string>({
    ...options,
    work: (items) =>
      new Promise((done) => {
        batches.push({ items, end: () => done(items.map((one) => `r${one}`)) })
      }),
    concernsAll: () => false,
  })
  return { gatherer, batches }
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

describe('work that is handed in', () => {
  test('goes at once, and what comes meanwhile goes together with the next', async () => {
    const { gatherer, batches } = hand({ most: 10, atATime: 2 })
    const first = gatherer.add(1)
    await turn()
    const others = Promise.all([gatherer.add(2), gatherer.add(3)])
    await turn()
    expect(batches.map((one) => one.items)).toEqual([[1]])
    batches[0]?.end()
    expect(await first).toBe('r1')
    await turn()
    expect(batches.map((one) => one.items)).toEqual([[1], [2, 3]])
    batches[1]?.end()
    expect(await others).toEqual(['r2', 'r3'])
  })

  test('gets a second batch beside the first only when that is full, and never a third', async () => {
    const { gatherer, batches } = hand({ most: 2, atATime: 2 })
    const all = [1, 2, 3, 4, 5, 6].map((one) => gatherer.add(one))
    await turn()
    expect(batches.map((one) => one.items)).toEqual([
      [1, 2],
      [3, 4],
    ])
    for (let at = 0; at < 3; at++) {
      batches[at]?.end()
      await turn()
    }
    expect(await Promise.all(all)).toEqual(['r1', 'r2', 'r3', 'r4', 'r5', 'r6'])
  })

  test('fails alone: the others of its batch are done, each by itself', async () => {
    const work = vi.fn<(items: readonly number[]) => Promise<readonly (string | Error)[]>>(async (items) => {
      if (items.includes(2)) throw new Error('two')
      return items.map(String)
    })
    const gatherer = createGatherer<number, string>({ most: 10, atATime: 1, work, concernsAll: () => false })
    const outcomes = await Promise.allSettled([1, 2, 3].map((one) => gatherer.add(one)))
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
      '1',
      'Error: two',
      '3',
    ])
    expect(work.mock.calls.map(([items]) => items)).toEqual([[1, 2, 3], [1], [2], [3]])
  })

  test('is not tried alone where the failure is that of all, and an outcome may be an error of its own', async () => {
    const work = vi.fn<(items: readonly number[]) => Promise<readonly (string | Error)[]>>(async (items) => {
      if (items.includes(9)) throw new Error('down')
      return items.map((one) => (one === 2 ? new Error('two') : String(one)))
    })
    const gatherer = createGatherer<number, string>({ most: 10, atATime: 1, work, concernsAll: () => true })
    await expect(Promise.all([gatherer.add(8), gatherer.add(9)])).rejects.toThrow('down')
    expect(work).toHaveBeenCalledTimes(1)
    const [one, two] = await Promise.allSettled([gatherer.add(1), gatherer.add(2)])
    expect(one).toEqual({ status: 'fulfilled', value: '1' })
    expect(two?.status).toBe('rejected')
  })
})
