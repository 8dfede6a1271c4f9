import fc from 'fast-check'
import { describe, expect, it, test as property } from 'vitest'
import { percentile, spreadOf } from '../../bench/statistics.ts'

describe('the spread of several rounds', () => {
  it('is the middle round with the lowest and the highest', () => {
    expect(spreadOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 })
  })

  it('lies between the two middle rounds where their number is even', () => {
    expect(spreadOf([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 })
  })

  it('does not exist without a round', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })

  property('leaves the rounds as they were and has at most half of them on either side', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), (rounds) => {
        const before = [...rounds]
        const { median, min, max } = spreadOf(rounds)
        expect(rounds).toEqual(before)
        expect(rounds.filter((one) => one < median).length).toBeLessThanOrEqual(rounds.length / 2)
        expect(rounds.filter((one) => one > median).length).toBeLessThanOrEqual(rounds.length / 2)
        expect([min, max]).toEqual([Math.min(...rounds), Math.max(...rounds)])
      }),
    )
  })
})

describe('a percentile', () => {
  it('is interpolated between the two nearest values', () => {
    expect(percentile([10, 20, 30, 40, 50], 0.5)).toBe(30)
    expect(percentile([10, 20], 0.99)).toBeCloseTo(19.9)
  })

  it('reaches the lowest and the highest value', () => {
    expect(percentile(Float64Array.from([1, 2, 3]), 0)).toBe(1)
    expect(percentile(Float64Array.from([1, 2, 3]), 1)).toBe(3)
  })

  it('does not exist without a value', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError)
  })
})
