import { describe, expect, it } from 'vitest'
import {
  checkPerson,
  disagreements,
  inForce,
  maskIdentifier,
  normalizeIdentifier,
  normalizeName,
} from '../../src/people/rules.ts'
import type { Insurance, NewPerson } from '../../src/people/types.ts'

const TODAY = '2026-03-01'

const person = (change: Partial<NewPerson> = {}): NewPerson => ({
  name: '张示例',
  sex: 'male',
  birthDate: '1900-01-01',
  phone: '16000000001',
  residenceDivision: '510104',
  identifiers: [{ type: 'resident-id', value: '510104190001019995' }],
  insurances: [],
  ...change,
})

const insurance = (from: string, to: string | null): Insurance => ({
  insuredCity: '510100',
  insutype: '310',
  psnType: '11',
  from,
  to,
})

const errorsOf = (change: Partial<NewPerson>) =>
  checkPerson(person(change), TODAY).errors.map((one) => `${one.pointer} ${one.detail}`)

const withNumber = (value: string) => ({ identifiers: [{ type: 'resident-id' as const, value }] })

describe('a person to be registered', () => {
  it('passes without a remark where everything agrees', () => {
    const check = checkPerson(person(), TODAY)
    expect(check).toEqual({ normal: person(), errors: [], oldFormOnly: false, warnings: [] })
  })

  it('is put into the normal form: width, case, blanks and middle dots', () => {
    const { normal } = checkPerson(
      person({
        name: ' 阿依・古丽 ',
        phone: '１６０00000001',
        identifiers: [
          { type: 'resident-id', value: ' ５10104190001019995 ' },
          { type: 'passport', value: 'e 12-34567' },
        ],
      }),
      TODAY,
    )
    expect(normal.name).toBe('阿依·古丽')
    expect(normal.phone).toBe('16000000001')
    expect(normal.identifiers.map((one) => one.value)).toEqual(['510104190001019995', 'E1234567'])
  })

  it('may have no phone and no residence', () => {
    expect(checkPerson(person({ phone: undefined, residenceDivision: undefined }), TODAY).errors).toEqual([])
  })

  it.each([
    ['a wrong check character', withNumber('510104190001019994'), /^\/identifiers\/0\/value check: /],
    ['an impossible date', withNumber('510104190002309998'), /^\/identifiers\/0\/value birthDate: /],
    ['a wrong length', withNumber('51010419000101999'), /^\/identifiers\/0\/value length: /],
    ['the old form of 15 digits', withNumber('510104000101999'), /^\/identifiers\/0\/value length: .*18-character/],
    ['an empty name', { name: ' 　 ' }, /^\/name /],
    ['a birth date that is no day', { birthDate: '1999-02-29' }, /^\/birthDate /],
    ['a birth date to come', { birthDate: '2026-03-02' }, /^\/birthDate /],
    ['a retired division as residence', { residenceDivision: '510124' }, /^\/residenceDivision /],
    ['a document with signs', { identifiers: [{ type: 'passport' as const, value: 'E12*4567' }] }, /charset: /],
    ['an insurance that ends first', { insurances: [insurance('2024-01-01', '2023-12-31')] }, /^\/insurances .*order/],
    [
      'an unknown person type',
      { insurances: [{ ...insurance('2024-01-01', null), psnType: '21' }] },
      /^\/insurances .*person type/,
    ],
    ['an insurance on no day', { insurances: [insurance('2024-02-30', null)] }, /^\/insurances .*order/],
    [
      'two insurances on one day',
      { insurances: [insurance('2025-12-31', null), insurance('2024-01-01', '2025-12-31')] },
      /^\/insurances .*one day/,
    ],
    [
      'an open insurance and a later one',
      { insurances: [insurance('2024-01-01', null), insurance('2025-01-01', null)] },
      /^\/insurances .*one day/,
    ],
    [
      'two identifiers of one type',
      {
        identifiers: [
          { type: 'passport' as const, value: 'E1234567' },
          { type: 'passport' as const, value: 'E7654321' },
        ],
      },
      /^\/identifiers .*one type/,
    ],
  ])('is refused for %s, by its field', (_case, change, expected) => {
    const errors = errorsOf(change)
    expect(errors[0]).toMatch(expected)
    // A number with an impossible date may fail its check character as well; nothing else is found wrong.
    expect(new Set(errors.map((one) => one.split(' ')[0])).size).toBe(1)
  })

  it('may move from one insurance to the next without a gap', () => {
    expect(errorsOf({ insurances: [insurance('2024-01-01', '2024-12-31'), insurance('2025-01-01', null)] })).toEqual([])
  })

  it.each([
    ['the number of a residence permit', '810000190001019928', undefined],
    ['a birth date that differs from the number', '510104190001019995', '1950-05-05'],
  ])('is taken with %s', (_case, number, birthDate) => {
    const check = checkPerson(person({ ...withNumber(number), ...(birthDate ? { birthDate } : {}) }), TODAY)
    expect(check.errors).toEqual([])
  })

  it('is flagged where stored birth date and sex differ from the number', () => {
    const { warnings } = checkPerson(person({ birthDate: '1950-05-05', sex: 'female' }), TODAY)
    expect(warnings.map((one) => [one.pointer, one.part])).toEqual([
      ['/identifiers/0/value', 'birthDate'],
      ['/identifiers/0/value', 'sequence'],
    ])
  })

  it('never has a value in a message', () => {
    const check = checkPerson(
      person({ ...withNumber('110104190001019994'), name: '李示例', birthDate: '1950-05-05' }),
      TODAY,
    )
    const text = JSON.stringify([check.errors, check.warnings])
    expect(text).toMatch(/address/)
    expect(text).not.toMatch(/1101041|李示例|1950/)
  })
})

describe('normal forms', () => {
  it('make one identifier of its ways of writing', () => {
    expect(normalizeIdentifier({ type: 'resident-id', value: '51010419000101999x' })).toBe('51010419000101999X')
    expect(normalizeIdentifier({ type: 'passport', value: 'g-12 345678' })).toBe('G12345678')
    expect(normalizeName('Anna   Maria')).toBe('Anna Maria')
  })
})

describe('what is said about a known identifier', () => {
  it('names each field that differs and no value', () => {
    const stored = { name: '张示例', birthDate: '1950-05-05' }
    expect(disagreements(stored, stored)).toEqual([])
    const both = disagreements(stored, { name: '李示例', birthDate: '1950-05-06' })
    expect(both.map((one) => one.pointer)).toEqual(['/name', '/birthDate'])
    expect(JSON.stringify(both)).not.toMatch(/示例|1950/)
  })
})

describe('insurance on a day', () => {
  it('counts both ends', () => {
    const rows = [insurance('2024-01-01', '2024-12-31'), insurance('2025-02-01', null)]
    const at = (date: string) => inForce(rows, date)?.from
    expect(at('2023-12-31')).toBeUndefined()
    expect(at('2024-12-31')).toBe('2024-01-01')
    expect(at('2025-01-15')).toBeUndefined()
    expect(at('2099-01-01')).toBe('2025-02-01')
  })
})

describe('masked identifiers', () => {
  it.each([
    ['resident-id', '510104190001019995', '510***********9995'],
    ['passport', 'E12345678', '*****5678'],
    ['social-security-card', 'A12345678', '*****5678'],
  ] as const)('%s', (type, value, masked) => {
    expect(maskIdentifier({ type, value })).toBe(masked)
  })
})
