import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { startCatchUp } from '../../src/kernel/catch-up.ts'

/** A read whose start and end the test decides. */
function controlledRead() {
  const reads: PromiseWithResolvers<void>[] = []
  return {
    reads,
    read: () => {
      const one = Promise.withResolvers<void>()
      reads.push(one)
      return one.promise
    },
  }
}

const never = (error: unknown) => {
  throw error
}

describe('catching up', () => {
  it('does not start where the first read fails', async () => {
    const read = () => Promise.reject(new Error('no database'))
    await expect(startCatchUp({ everyMs: 10_000, read, onError: never })).rejects.toThrow('no database')
  })

  it('serves a refresh asked for during a read by one more read, for all who wait', async () => {
    const { reads, read } = controlledRead()
    const starting = startCatchUp({ everyMs: 10_000, read, onError: never })
    reads[0]?.resolve()
    const catchUp = await starting
    const first = catchUp.refresh()
    const later = [catchUp.refresh(), catchUp.refresh()]
    expect(reads).toHaveLength(2)
    reads[1]?.resolve()
    await first
    await pause(0)
    expect(reads).toHaveLength(3)
    reads[2]?.resolve()
    await Promise.all(later)
    await catchUp.close()
  })

  it('goes on after a failed read, and its age grows meanwhile', async () => {
    let fail = false
    const errors: unknown[] = []
    let count = 0
    const catchUp = await startCatchUp({
      everyMs: 5,
      read: () => {
        count++
        return fail ? Promise.reject(new Error('away')) : Promise.resolve()
      },
      onError: (error) => errors.push(error),
    })
    fail = true
    await expect.poll(() => errors.length).toBeGreaterThan(1)
    expect(catchUp.ageMs()).toBeGreaterThan(5)
    fail = false
    await catchUp.refresh()
    expect(catchUp.ageMs()).toBeLessThan(1000)
    await catchUp.close()
    const after = count
    await pause(20)
    expect(count).toBe(after)
  })
})
