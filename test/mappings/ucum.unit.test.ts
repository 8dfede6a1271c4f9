import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divide, multiply } from '../../src/mappings/decimal.ts'
import { convert, isUcum } from '../../src/mappings/ucum.ts'

describe('a value in another unit', () => {
  it.each([
    ['5.4', 'g/L', 'mg/dL', '540'],
    ['13.50', 'g/dL', 'g/L', '135.0'],
    ['5.40', '10*9/L', '10*3/uL', '5.40'],
    ['5.4', 'umol/L', 'mmol/L', '0.0054'],
    ['7', 'mm/h', 'mm/min', '0.116666666667'],
    ['5.4', 'kat/L', 'U/L', '324000000'],
    ['-3', 'mmol/L', 'umol/L', '-3000'],
    ['0.00', 'g/L', 'mg/dL', '0'],
    ['5', '%', '1', '0.05'],
    ['120', 'mm[Hg]', 'kPa', '15.998640'],
    ['6.1', 'mmol/L', 'mmol/L', '6.1'],
  ])('%s %s is exact in %s', (value, from, to, expected) => {
    expect(convert(value, from, to)).toBe(expected)
  })

  it.each([
    ['mass and amount of substance', 'mg/dL', 'mmol/L'],
    ['amount of substance and a count', 'mmol/L', '/L'],
    ['an arbitrary unit of an assay and a count', '[iU]/L', '/L'],
    ['two arbitrary units', '[iU]/L', '[iU]/mL'],
    ['enzyme units and international units', 'U/L', '[iU]/L'],
    ['equivalents and amount of substance', 'meq/L', 'mmol/L'],
    ['degrees with another zero', 'Cel', 'K'],
    ['a clearance with and without the body surface', 'mL/min/{1.73_m2}', 'mL/min'],
    ['two dimensions', 'g', 'm'],
    ['what is no unit', 'mmHg', 'kPa'],
  ])('is not made up between %s', (_what, from, to) => {
    expect(convert('5.4', from, to)).toBeUndefined()
    expect(convert('5.4', to, from)).toBeUndefined()
  })

  it.each(['', ' 5', '5,4', '<5', '0x10', 'NaN', 'Infinity', '5.4.1', '1e999', '9'.repeat(200)])(
    'is not made of "%s", which is no number',
    (value) => {
      expect(convert(value, 'g/L', 'mg/dL')).toBeUndefined()
    },
  )

  it('comes back the same after there and back by powers of ten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), fc.integer({ min: 0, max: 6 }), (digits, scale) => {
        const value = multiply(String(digits), `0.${'0'.repeat(scale)}1`) as string
        const there = convert(value, 'g/dL', 'mg/L') as string
        expect(Number(convert(there, 'mg/L', 'g/dL'))).toBe(Number(value))
      }),
    )
  })
})

describe('decimals', () => {
  it('lose nothing where a float would', () => {
    expect(multiply('0.1', '3')).toBe('0.3')
    expect(multiply('123456789012345678901234567.89', '10')).toBe('1234567890123456789012345678.9')
    expect(divide('1', '3', 6)).toBe('0.333333')
    expect(divide('2', '3', 6)).toBe('0.666667')
    expect(divide('-2', '3', 3)).toBe('-0.667')
    expect(divide('1', '0', 6)).toBeUndefined()
  })
})

describe('a unit of UCUM', () => {
  it.each(['g/L', '10*9/L', 'mL/min/{1.73_m2}', '{ratio}', '1', '[pH]', '%', 'U/L'])('is %s', (unit) => {
    expect(isUcum(unit)).toBe(true)
  })

  it.each(['', 'IU/L', 'mmHg', '个/L', 'g /L', 'constructor', '__proto__', 'toString/L', '(((((g', 'g.'.repeat(4000)])(
    'is not %s',
    (unit) => {
      expect(isUcum(unit)).toBe(false)
    },
  )

  it('is looked up without a word on the console, whatever another system sends', () => {
    const script = `import { isUcum } from ${JSON.stringify(new URL('../../src/mappings/ucum.ts', import.meta.url).href)}
      for (const unit of ['valueOf/L', 'hasOwnProperty', '{{{', '((', ']', '/', '10*', 'g{a}{b}', '1'.repeat(60)]) isUcum(unit)`
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      encoding: 'utf8',
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})
