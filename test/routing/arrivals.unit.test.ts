import { describe, expect, test } from 'vitest'
import { checkArrivals } from '../../src/sandbox/faults/check-arrivals.ts'

const accepted = (...ids: string[]) => ids.map((id) => ({ messageId: id, destination: 'H', patient: id.slice(0, 1) }))
const arrived = (...ids: string[]) => ids.map((messageId) => ({ messageId, times: 1 }))

describe('what arrived is compared with what was accepted', () => {
  test('everything in order', () => {
    expect(checkArrivals(accepted('a1', 'b1', 'a2'), arrived('b1', 'a1', 'a2'))).toEqual({
      lost: [],
      outOfOrder: [],
      unknown: 0,
      repeats: 0,
    })
  })

  test('a lost one, one too early, one that nobody sent, and repeats are each found', () => {
    const verdict = checkArrivals(accepted('a1', 'a2', 'a3', 'b1'), [
      ...arrived('a3', 'a1'),
      { messageId: 'b1', times: 3 },
      ...arrived('x1'),
    ])
    expect(verdict).toEqual({ lost: ['a2'], outOfOrder: ['a3'], unknown: 1, repeats: 2 })
  })
})
