import { describe, expect, it } from 'vitest'
import { atLeast, atMost, compare, formatTable, toRow, valueAtMost } from '../../bench/row.ts'

const measured = compare({
  name: 'distinct',
  unit: 'µs CPU/request',
  value: [110, 100.049, 130],
  limitCase: 'bare-verify',
  limit: [80, 90, 100],
})

const figures = { name: 'a', unit: 'b', value: [110], limitCase: 'c', limit: [100] }

describe('a row of the bench', () => {
  it('has exactly the members that programs read', () => {
    expect(toRow(measured)).toEqual({
      case: 'distinct',
      value: 110,
      unit: 'µs CPU/request',
      limit: 90,
      limit_case: 'bare-verify',
      ratio: 1.222,
      target: null,
      met: null,
    })
  })

  it.each([
    [atMost(1.1), '<= 1.10', true],
    [atMost(1.09), '<= 1.09', false],
    [atLeast(1.1), '>= 1.1', true],
    [atLeast(3), '>= 3', false],
    [valueAtMost(110, 'MiB'), '<= 110 MiB', true],
    [valueAtMost(8, 'MiB'), '<= 8 MiB', false],
  ])('says whether its target is met', (target, text, met) => {
    expect(compare({ ...figures, target })).toMatchObject({ target: text, met })
  })

  it('has the ratio of the two numbers that it shows', () => {
    const { value, limit, ratio } = compare({
      name: 'a',
      unit: 'b',
      value: [1.23456],
      limitCase: 'c',
      limit: [3.45678],
    })
    expect([value, limit]).toEqual([1.235, 3.457])
    expect(ratio).toBeCloseTo(1.235 / 3.457, 3)
  })

  it('keeps the lowest and the highest round beside the median', () => {
    expect(measured.value_spread).toEqual({ median: 110, min: 100, max: 130 })
    expect(measured.limit_spread).toEqual({ median: 90, min: 80, max: 100 })
    // 110 / 80, 100.049 / 90, 130 / 100
    expect(measured.ratio_spread).toEqual({ median: 1.3, min: 1.112, max: 1.375 })
  })

  it('is refused where nothing was measured', () => {
    expect(() => compare({ name: 'a', unit: 'b', value: [], limitCase: 'c', limit: [1] })).toThrow('no rounds')
  })
})

describe('the table', () => {
  it('lines up the figures and shows the rounds', () => {
    const lines = formatTable([measured, { ...measured, case: 'a-longer-name', value: 5 }]).split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[2]).toContain('100–130')
    expect(lines[2]).toContain('1.222')
    expect(lines[2]?.indexOf('µs')).toBe(lines[3]?.indexOf('µs'))
  })
})
