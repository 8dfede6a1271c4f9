import { describe, expect, it } from 'vitest'
import { compareRegister } from '../../src/recognition/compare-register.ts'
import { daysAfter, monthsAfter } from '../../src/recognition/days.ts'
import { expandPanel } from '../../src/recognition/expand-panel.ts'
import { readRegister, readRegisterCsv } from '../../src/recognition/read-register.ts'
import { arrangeCatalogue, arrangeInstitution, type CatalogueRows } from '../../src/recognition/register.ts'
import { item, mark, REASONS } from './facts.ts'

const SCOPE = { version: 1, source: 'test', verified: false, from: '2020-01-01', to: null }
const CATALOGUE: CatalogueRows = {
  items: [item('K'), item('TC'), item('GLU')],
  scopes: [
    { ...SCOPE, label: '川渝HR', divisions: ['510000', '500000'] },
    { ...SCOPE, label: '四市HR', divisions: ['510100', '510600', '511400', '512000'], from: '2026-01-01' },
  ],
  panels: [],
  negatives: [],
  reasons: [...REASONS.values()],
  policies: [],
}

const row = { institution: 'H51010400001', item: 'TC', version: 1, label: '四市HR', basis: 'b', source: 's' }
const marks = (changes: object) => readRegister({ marks: [{ ...row, from: '2026-03-01', ...changes }] })

describe('rows of the register', () => {
  it('are read with what they may leave out', () => {
    const { draft, errors } = marks({})
    expect(errors).toEqual([])
    expect(draft.marks?.[0]).toMatchObject({ scope: null, verified: false, to: null })
  })

  it.each([
    ['an unknown field', { price: '1' }, '/marks/0/price'],
    ['a day that is none', { from: '2026-02-30' }, '/marks/0/from'],
    ['a last day before the first', { to: '2026-02-01' }, '/marks/0/to'],
    ['another kind of code', { item: 'tc;drop' }, '/marks/0/item'],
    ['a version that is no whole number', { version: 1.5 }, '/marks/0/version'],
    ['an institution that is no code', { institution: 'H5101' }, '/marks/0/institution'],
    ['a scope that names no division', { scope: ['四川'] }, '/marks/0/scope'],
  ])('with %s are refused by their place', (_name, changes, pointer) => {
    expect(marks(changes).errors.map((one) => one.pointer)).toContain(pointer)
  })

  it.each([null, [], 'marks', { nonsense: [] }, { marks: {} }, { marks: [null] }, { marks: [[]] }])(
    '%j is refused and nothing of it is taken',
    (given) => {
      const { errors } = readRegister(given)
      expect(errors.length).toBeGreaterThan(0)
    },
  )

  it('name at most a hundred faults of a file that is wrong throughout', () => {
    const { errors } = readRegister({ marks: Array.from({ length: 1_000 }, () => ({})) })
    expect(errors).toHaveLength(100)
  })

  it('are limited in number', () => {
    const { errors } = readRegister({ eqa: Array.from({ length: 20_001 }, () => null) })
    expect(errors).toEqual([{ pointer: '', detail: 'more than 20000 rows' }])
  })

  it('come as CSV too, with lists separated by bars', () => {
    const text =
      '\uFEFFinstitution,item,version,label,scope,basis,source,from,to,verified\r\nH51010400001,TC,2,市HR,510100|510600,b,"s, t",2026-03-01,,true\r\n'
    const { draft, errors } = readRegisterCsv('marks', text)
    expect(errors).toEqual([])
    expect(draft.marks?.[0]).toMatchObject({
      version: 2,
      scope: ['510100', '510600'],
      source: 's, t',
      to: null,
      verified: true,
    })
  })

  it('in a CSV that is none are refused', () => {
    expect(readRegisterCsv('marks', 'institution,item\n"H51010400001,TC').errors[0]?.pointer).toBe('/marks')
    expect(readRegisterCsv('marks', 'institution,item\nH51010400001,TC,more').errors[0]?.pointer).toBe('/marks')
  })
})

describe('what rows would change', () => {
  it('a label gives the mark what it reaches on its first day: a list of the four cities needs no code', () => {
    const { rows, errors, changes } = compareRegister(CATALOGUE, marks({}).draft)
    expect(errors).toEqual([])
    expect(changes).toEqual([{ kind: 'marks', key: 'H51010400001 TC 1', change: 'new' }])
    expect(rows.marks?.[0]?.scope).toEqual(['510100', '510600', '511400', '512000'])
  })

  it('a label that reached nothing then is refused', () => {
    const { errors } = compareRegister(CATALOGUE, marks({ from: '2025-12-31' }).draft)
    expect(errors).toMatchObject([{ pointer: '/marks/0/label' }])
  })

  const known = { ...CATALOGUE, marks: [mark('TC', { scope: ['510000'], basis: 'b', source: 's', label: '四川HR' })] }
  const again = { label: '四川HR', scope: ['510000'], from: '2025-01-01' }

  it('the same row again changes nothing', () => {
    const { changes, rows, errors } = compareRegister(known, marks(again).draft)
    expect(errors).toEqual([])
    expect(changes).toMatchObject([{ change: 'same' }])
    expect(rows).toEqual({})
  })

  it('a last day closes the row, once', () => {
    const { changes, errors } = compareRegister(known, marks({ ...again, to: '2026-03-31' }).draft)
    expect(errors).toEqual([])
    expect(changes).toMatchObject([{ change: 'closed' }])
    const closed = { ...known, marks: known.marks.map((one) => ({ ...one, to: '2026-03-31' })) }
    expect(compareRegister(closed, marks(again).draft).errors).toMatchObject([{ pointer: '/marks/0/to' }])
  })

  it('a row that counted is never rewritten', () => {
    const { errors } = compareRegister(known, marks({ ...again, scope: ['CN'] }).draft)
    expect(errors).toMatchObject([{ pointer: '/marks/0' }])
  })

  it('two versions of an item may not hold on one day; the old one closed and the new one behind it may', () => {
    const next = { ...item('K'), version: 2, validityDays: 3, from: '2026-04-01' }
    expect(compareRegister(CATALOGUE, { items: [next] }).errors).toMatchObject([{ pointer: '/items/0/from' }])
    const closed = { ...item('K'), to: '2026-03-31' }
    expect(compareRegister(CATALOGUE, { items: [closed, next] }).errors).toEqual([])
  })

  it('rows about items that no catalogue has are refused, and a key that comes twice', () => {
    const price = {
      institution: 'H51010400001',
      item: 'XX',
      version: 1,
      priceFen: '8.00',
      source: 's',
      from: '2026-01-01',
    }
    const { draft } = readRegister({ prices: [price, { ...price, item: 'K' }, { ...price, item: 'K' }] })
    expect(compareRegister(CATALOGUE, draft).errors.map((one) => one.pointer)).toEqual([
      '/prices/2',
      '/prices/1/from',
      '/prices/2/from',
      '/prices/0/item',
    ])
  })
})

describe('the catalogue in memory', () => {
  const day = '2026-03-01'
  const rows: CatalogueRows = {
    ...CATALOGUE,
    items: [
      item('K', { to: '2026-02-28' }),
      item('K', { version: 2, from: '2026-03-01', validityDays: 3 }),
      item('GLU', { scope: ['510600'] }),
    ],
    panels: [
      {
        code: 'P',
        version: 1,
        name: 'p',
        members: ['K', 'GLU'],
        source: 's',
        verified: false,
        from: '2026-03-01',
        to: null,
      },
    ],
    negatives: [
      {
        item: 'K',
        version: 1,
        scope: ['510600'],
        basis: 'b',
        source: 's',
        verified: false,
        from: '2026-03-02',
        to: null,
      },
    ],
    policies: [
      { name: 'open-hours', version: 1, value: 24, source: 's', verified: false, from: '2020-01-01', to: '2026-02-28' },
      { name: 'open-hours', version: 2, value: 12, source: 's', verified: false, from: '2026-03-01', to: null },
    ],
  }
  const catalogue = arrangeCatalogue(rows)

  it('gives the version of the day, inside the area of the catalogue only', () => {
    expect(catalogue.itemOn('K', '2026-02-28', '510104')?.version).toBe(1)
    expect(catalogue.itemOn('K', day, '510104')?.version).toBe(2)
    expect(catalogue.itemOn('GLU', day, '510104')).toBeUndefined()
    expect(catalogue.itemOn('GLU', day, '510603')?.code).toBe('GLU')
    expect(catalogue.policyOn('open-hours', '2026-02-28')).toBe(24)
    expect(catalogue.policyOn('open-hours', day)).toBe(12)
    expect(() => catalogue.policyOn('lower-accepts-higher-only', day)).toThrow(/lower-accepts-higher-only/)
  })

  it('has an item on the negative list from its effective day on, in its area', () => {
    expect(catalogue.isNegative('K', day, '510603')).toBe(false)
    expect(catalogue.isNegative('K', '2026-03-02', '510603')).toBe(true)
    expect(catalogue.isNegative('K', '2026-03-02', '510104')).toBe(false)
  })

  it('takes a panel apart while it is in force', () => {
    expect(expandPanel(catalogue, 'P', day)).toEqual(['K', 'GLU'])
    expect(expandPanel(catalogue, 'P', '2026-02-28')).toEqual(['P'])
  })

  it('closes a reason by its last day and keeps it for what was decided', () => {
    const [first, ...rest] = rows.reasons
    if (first === undefined) throw new Error('no reason')
    const retired = arrangeCatalogue({ ...rows, reasons: [{ ...first, to: '2026-02-28' }, ...rest] })
    expect(retired.reasonsOn('2026-02-28').has('01')).toBe(true)
    expect(retired.reasonsOn(day).has('01')).toBe(false)
  })

  it('knows the price of the day', () => {
    const price = { institution: 'H51060300001', item: 'K', source: 's' }
    const register = arrangeInstitution({
      marks: [],
      eqa: [],
      evaluations: [],
      prices: [
        { ...price, version: 1, priceFen: 800n as never, from: '2026-01-01', to: '2026-02-28' },
        { ...price, version: 2, priceFen: 700n as never, from: '2026-03-01', to: null },
      ],
    })
    expect(register.priceOn('K', '2026-02-28')?.priceFen).toBe(800n)
    expect(register.priceOn('K', day)?.priceFen).toBe(700n)
    expect(register.priceOn('GLU', day)).toBeUndefined()
  })
})

it.each([
  ['2026-02-28', 1, '2026-03-01'],
  ['2024-02-28', 1, '2024-02-29'],
  ['2026-03-01', -1, '2026-02-28'],
  ['2025-12-31', 365, '2026-12-31'],
])('%s and %i days is %s', (day, days, expected) => {
  expect(daysAfter(day, days)).toBe(expected)
})

it.each(['2024-01-31', '2024-02-29', '2025-10-31', '2025-11-30', '2026-12-15'])(
  '%s and months is what the calendar says',
  (day) => {
    for (const months of [0, 1, 2, 12, 13, 15, 24]) {
      expect(monthsAfter(day, months)).toBe(Temporal.PlainDate.from(day).add({ months }).toString())
    }
  },
)
