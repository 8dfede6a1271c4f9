import { describe, expect, it } from 'vitest'
import { checkPersonalId } from '../../src/codes/index.ts'
import { concernedOrgs } from '../../src/people/concerned.ts'
import { nameKey, nearBirthDates, numbersMeant, oneSlip, phoneKey } from '../../src/people/match-forms.ts'
import { compareBirthDates, compareNames, hasKeyParameters, scoreMatch } from '../../src/people/match-rules.ts'
import type { Described, MatchPolicy } from '../../src/people/match-types.ts'

const TODAY = '2026-11-24'
const NUMBER = '510104190001019995'

describe('names', () => {
  it.each([
    ['张示例', '张示例', 'equal'],
    ['张 示例', '张示例', 'equal'],
    ['买买提·艾力', '买买提•艾力', 'equal'],
    ['买买提·艾力', '买买提 艾力', 'equal'],
    ['ＺＨＡＮＧ　Ｓｈｉｌｉ', 'zhang shili', 'equal'],
    ['José Ruiz', 'Jose Ruiz', 'equal'],
    ['示例 张', '张示例', 'reordered'],
    ['Shili Zhang', 'Zhang Shili', 'reordered'],
    ['示例张', '张示例', 'reordered'],
    ['张示列', '张示例', 'near'],
    ['Zhang Shilu', 'Zhang Shili', 'near'],
    ['Zhang Shil', 'Zhang Shili', 'near'],
    ['欧阳小明', '欧阳明', 'near'],
    // Of two letters one is a whole name.
    ['张伟', '张薇', 'differs'],
    ['Wang', 'Wong', 'differs'],
    ['张示例', '李样本', 'differs'],
    ['···', '张示例', 'differs'],
  ])('%s and %s: %s', (a, b, agreement) => {
    expect(compareNames(a, b)).toBe(agreement)
    expect(compareNames(b, a)).toBe(agreement)
  })

  it('in any order and spelling stand under one key', () => {
    const keys = ['张示例', '示例 张', '张·示例', '示例张', ' 张　示例 '].map(nameKey)
    expect(new Set(keys).size).toBe(1)
    expect(nameKey('李示例')).not.toBe(keys[0])
  })
})

describe('birth dates', () => {
  it.each([
    ['1980-03-05', '1980-03-05', 'equal'],
    ['1980-03-05', '1980-05-03', 'swapped'],
    ['1980-03-05', '1980-03-06', 'neighbour'],
    ['1980-12-31', '1981-01-01', 'neighbour'],
    ['1980-03-05', '1990-03-05', 'near'],
    ['1980-03-05', '1981-07-19', 'differs'],
    // The 25th has no month to change places with.
    ['1980-03-25', '1980-05-23', 'differs'],
  ])('%s and %s: %s', (a, b, agreement) => {
    expect(compareBirthDates(a, b)).toBe(agreement)
    expect(compareBirthDates(b, a)).toBe(agreement)
  })

  it('are looked for with their neighbours, which are days of the calendar', () => {
    expect(nearBirthDates('2024-02-28')).toEqual(['2024-02-28', '2024-02-27', '2024-02-29'])
    expect(nearBirthDates('2023-03-01')).toEqual(['2023-03-01', '2023-02-28', '2023-03-02', '2023-01-03'])
  })
})

describe('phones', () => {
  it('are one with and without the prefix of the country, blanks and width', () => {
    const keys = ['16000000001', '+86 160 0000 0001', '0086-16000000001', '１６０ ００００ ０００１']
    expect(keys.map(phoneKey)).toEqual(Array(4).fill('16000000001'))
    expect(phoneKey('12')).toBeUndefined()
  })
})

describe('identity numbers with a slip', () => {
  it('lead to the number that was meant: each wrong digit, each pair of neighbours exchanged', () => {
    const faulty = Array.from(NUMBER).flatMap((was, at) =>
      Array.from('0123456789')
        .filter((digit) => digit !== was)
        .map((digit) => NUMBER.slice(0, at) + digit + NUMBER.slice(at + 1)),
    )
    for (let at = 0; at < 17; at++) {
      const [a = '', b = ''] = NUMBER.slice(at, at + 2)
      if (a !== b && !(at === 16 && b === 'X')) faulty.push(NUMBER.slice(0, at) + b + a + NUMBER.slice(at + 2))
    }
    expect(faulty.length).toBeGreaterThan(160)
    for (const one of faulty) {
      const meant = numbersMeant(one, TODAY)
      expect(meant, one).toContain(NUMBER)
      expect(meant.length).toBeLessThan(40)
      expect(meant.every((number) => checkPersonalId(number, { today: TODAY }).ok)).toBe(true)
    }
  })

  it('of a good number is that number alone, and of a text that is none nothing', () => {
    expect(numbersMeant(NUMBER, TODAY)).toEqual([NUMBER])
    expect(numbersMeant('５１０１０４１９０００１０１９９９５', TODAY)).toEqual([NUMBER])
    for (const junk of ['', '51', 'x'.repeat(18), '9'.repeat(4_000), '51010419000101999', '12345678901234567Y']) {
      expect(numbersMeant(junk, TODAY)).toEqual([])
    }
  })

  it('of the old form of 15 digits is the long one', () => {
    expect(numbersMeant('510104000101999', TODAY)[0]).toBe(NUMBER)
    expect(numbersMeant('510104000101998', TODAY)).toContain(NUMBER)
    expect(numbersMeant('510104000101999', TODAY).length).toBeLessThan(151)
  })

  it('knows one slip from two', () => {
    expect(oneSlip('12345', '12354')).toBe(true)
    expect(oneSlip('12345', '12395')).toBe(true)
    expect(oneSlip('12345', '92395')).toBe(false)
    expect(oneSlip('12345', '12345')).toBe(false)
    expect(oneSlip('12345', '1234')).toBe(false)
  })
})

const policy: MatchPolicy = {
  version: 7,
  certain: 9000,
  probable: 7500,
  possible: 5500,
  blockLimit: 100,
  maxCandidates: 200,
  weights: new Map([
    ['name equal', 3000],
    ['name differs', -3000],
    ['birthDate equal', 2500],
    ['birthDate differs', -2500],
    ['sex equal', 500],
    ['sex differs', -1000],
    ['phone equal', 2000],
    ['number equal', 6000],
    ['number near', 2500],
    ['number differs', -3500],
  ]),
}

const zhang: Described = {
  name: '张示例',
  birthDate: '1900-01-01',
  sex: 'male',
  phone: '16000000001',
  identifiers: [{ type: 'resident-id', value: NUMBER }],
}
const score = (asked: Partial<Described>) => scoreMatch(policy, { identifiers: [], ...asked }, zhang)

describe('a score', () => {
  it('is certain by an equal number that nothing contradicts, also of the old form', () => {
    expect(score({ identifiers: zhang.identifiers })).toMatchObject({ grade: 'certain', points: 10_000 })
    const old = [{ type: 'resident-id' as const, value: '510104000101999' }]
    expect(score({ identifiers: old, name: '张示例' })).toMatchObject({ grade: 'certain', points: 10_000 })
  })

  it('is never certain by a number alone where name and birth date both say somebody else', () => {
    const stranger = score({ identifiers: zhang.identifiers, name: '李样本', birthDate: '1988-08-08', sex: 'male' })
    expect(stranger.grade).not.toBe('certain')
    expect(stranger.fields.map((one) => `${one.field} ${one.agreement}`)).toEqual([
      'number equal',
      'name differs',
      'birthDate differs',
      'sex equal',
    ])
  })

  it('asks for a reviewer where name, birth date and sex agree, and no more', () => {
    expect(score({ name: '张示例', birthDate: '1900-01-01', sex: 'male' })).toMatchObject({
      grade: 'possible',
      points: 6000,
    })
    expect(score({ name: '张示例', birthDate: '1900-01-01', sex: 'male', phone: '+8616000000001' }).grade).toBe(
      'probable',
    )
  })

  it('is none where another number of the same kind is known, and never leaves 0 to 10,000', () => {
    const other = [{ type: 'resident-id' as const, value: '510603190001019988' }]
    expect(score({ name: '张示例', birthDate: '1900-01-01', sex: 'male', identifiers: other }).grade).toBe('none')
    expect(score({ name: '李样本', birthDate: '1988-08-08', sex: 'female' }).points).toBe(0)
    // A passport says nothing about an identity card.
    const passport = [{ type: 'passport' as const, value: 'E10000001' }]
    expect(score({ name: '张示例', identifiers: passport }).fields.map((one) => one.field)).toEqual(['name'])
  })

  it('is probable at best by a number with a slip in it, whatever else agrees', () => {
    const slip = [{ type: 'resident-id' as const, value: `${NUMBER.slice(0, 16)}0${NUMBER.slice(17)}` }]
    expect(score({ ...zhang, identifiers: slip })).toMatchObject({ points: 10_000, grade: 'probable' })
  })

  it('is a look at most where the passport is equal and the identity number another', () => {
    const passport = { type: 'passport' as const, value: 'E10000001' }
    const known = { ...zhang, identifiers: [...zhang.identifiers, passport] }
    const other = { type: 'resident-id' as const, value: '510603190001019988' }
    for (const asked of [{ identifiers: [passport, other] }, { ...zhang, identifiers: [passport, other] }]) {
      expect(scoreMatch(policy, asked, known).grade).toBe('possible')
    }
    expect(scoreMatch(policy, { identifiers: [passport] }, known).grade).toBe('certain')
  })

  it('of a number of the caller’s own is certain unless something else says otherwise', () => {
    const named = (asked: Partial<Described>) => scoreMatch(policy, { identifiers: [], ...asked }, zhang, true)
    expect(named({})).toMatchObject({ grade: 'certain', points: 10_000 })
    expect(named({ name: '李样本' }).grade).not.toBe('certain')
    expect(named({ name: '李样本', birthDate: '1988-08-08' }).grade).toBe('none')
  })

  it('of twins and of father and son behind one phone is never more than a look', () => {
    const of = (change: Partial<Described>) => score({ ...zhang, identifiers: [], ...change })
    expect(of({ name: '张示范' }).grade).toBe('none')
    expect(of({ name: '张样本', birthDate: '1928-03-04' }).grade).toBe('none')
  })

  it('says for each field how it compared and what it counted by the policy', () => {
    expect(score({ name: '张示例', sex: 'female' }).fields).toEqual([
      { field: 'name', agreement: 'equal', points: 3000 },
      { field: 'sex', agreement: 'differs', points: -1000 },
    ])
  })
})

describe('a candidate search', () => {
  it.each([
    [{ name: '张示例' }, false],
    [{ birthDate: '1900-01-01', sex: 'male' as const }, false],
    [{}, false],
    [{ name: '张示例', birthDate: '1900-01-01' }, true],
    [{ name: '张示例', phone: '16000000001' }, true],
    [{ identifiers: zhang.identifiers }, true],
  ])('of %o runs: %s', (asked, runs) => {
    expect(hasKeyParameters({ identifiers: [], ...asked })).toBe(runs)
  })
})

describe('who has to do with a person', () => {
  it('is who registered it, the hospitals that know it, and the cities of all of them', () => {
    const orgs = concernedOrgs({
      registeredOrg: 'H51012499999',
      residenceDivision: '512081',
      insuredCities: ['511400'],
      institutions: ['H51060399999'],
    })
    // 510124 is retired; 512081 was Ziyang's once and is Chengdu's today.
    expect([...orgs].sort()).toEqual(['510100', '510600', '511400', 'H51012499999', 'H51060399999'].sort())
    expect(
      concernedOrgs({ registeredOrg: 'seed', residenceDivision: null, insuredCities: [], institutions: [] }),
    ).toEqual(['seed'])
  })
})
