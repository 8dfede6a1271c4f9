import { describe, expect, it } from 'vitest'
import { orderOfRound } from '../../bench/order-of-round.ts'

const SAMPLES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

describe('the order of a round', () => {
  it('has every sample once, whatever the round', () => {
    for (let round = 1; round <= 20; round++) {
      expect(orderOfRound(SAMPLES, round).toSorted()).toEqual(SAMPLES)
    }
  })

  it('does not begin two of five rounds with the same sample', () => {
    const first = [1, 2, 3, 4, 5].map((round) => orderOfRound(SAMPLES, round)[0])
    expect(new Set(first).size).toBe(5)
  })

  it('does not let one sample always follow the same other one', () => {
    const before = (round: number): string | undefined => {
      const order = orderOfRound(SAMPLES, round)
      return order[order.indexOf('d') - 1]
    }
    expect(new Set([1, 2, 3, 4, 5].map(before)).size).toBeGreaterThan(1)
  })
})
