import { describe, expect, it } from 'vitest'
import {
  checkPersonalId,
  compareWithStored,
  convertPersonalId15,
  normalizePersonalId,
  personalIdCheckCharacter,
} from '../../src/codes/index.ts'

const today = '2026-03-01'
const check = (input: string) => checkPersonalId(input, { today })
const withCheck = (first17: string) => first17 + personalIdCheckCharacter(first17)
const errors = (input: string) =>
  check(input)
    .findings.filter((finding) => finding.severity === 'error')
    .map((finding) => finding.part)

describe('personal identity numbers', () => {
  it.each([
    ['510104190001019995', 'current', '510100'],
    ['510603190001019988', 'current', '510600'],
    ['511402190001019973', 'current', '511400'],
    ['512002190001019964', 'current', '512000'],
    ['510124190001019958', 'retired', '510100'],
    ['512081190001019943', 'retired', '510100'],
    ['510101190001019937', 'aggregate', '510100'],
  ])('accepts %s without a finding, its address being %s', (id, status, city) => {
    expect(check(id)).toMatchObject({ normal: id, kind: 'citizen', ok: true, findings: [], address: { status, city } })
  })

  it('resolves the retired address of Jianyang to its code of today', () => {
    expect(check('512081190001019943').address).toMatchObject({ now: '510185', city: '510100' })
  })

  it.each(['810000190001019928', '820000190001019911', '830000190001019905'])(
    'accepts the residence permit %s, which has no division',
    (id) => {
      expect(check(id)).toMatchObject({ kind: 'hmt_permit', ok: true, findings: [], address: null })
    },
  )

  it('does not take other codes beginning with 8 for permits', () => {
    expect(check(withCheck('84000019000101999'))).toMatchObject({ kind: 'citizen', ok: true })
  })

  it('refuses a wrong check character and names the part', () => {
    const result = check('510104190001019994')
    expect(result.ok).toBe(false)
    expect(result.findings).toEqual([
      {
        part: 'check',
        severity: 'error',
        code: 'id_check_mismatch',
        message: 'check character does not fit the other digits',
      },
    ])
  })

  it('refuses an impossible birth date and names the part', () => {
    expect(errors('510104190002309998')).toContain('birthDate')
    expect(check('510104190002309998').suggestion).toBeNull()
  })

  it.each(['19000431', '19000229', '20230229', '19001301', '19000100', '17991231', '21000101'])(
    'refuses the birth date %s',
    (date) => {
      expect(errors(withCheck(`510104${date}999`))).toEqual(['birthDate'])
    },
  )

  it('accepts 29 February of a leap year', () => {
    expect(check(withCheck('51010420000229999'))).toMatchObject({ ok: true, suggestion: { birthDate: '2000-02-29' } })
  })

  it('refuses a birth date after today and accepts today', () => {
    expect(check(withCheck('51010420260302999')).findings).toMatchObject([
      { code: 'id_birth_date_future', severity: 'error' },
    ])
    expect(check(withCheck('51010420260301999')).ok).toBe(true)
  })

  it('only warns of an address that the tables do not know', () => {
    const result = check(withCheck('11010119000101999'))
    expect(result.ok).toBe(true)
    expect(result.findings).toMatchObject([{ part: 'address', severity: 'warning', code: 'id_address_unknown' }])
  })

  it('does not tie an address code to the birth year', () => {
    // 510117 came into force in 2016.
    expect(check(withCheck('51011719000101999')).findings).toEqual([])
  })

  it('only warns of the sequence 000', () => {
    expect(check(withCheck('51010419000101000'))).toMatchObject({ ok: true, findings: [{ part: 'sequence' }] })
  })

  it.each(['', '5101041900010199', '5101041900010199955'])('refuses the length of %j', (id) => {
    expect(errors(id)).toEqual(['length'])
    expect(check(id).kind).toBe('unknown')
  })

  it('lists a wrong length and wrong characters together', () => {
    expect(errors('51010419OO')).toEqual(['length', 'charset'])
  })

  it.each([
    '5101O4190001019995',
    '51010419000101999Y',
    '5101041900X1019995',
    '510104 90001019995',
    '51010419000101X995',
  ])('refuses the characters of %j', (id) => {
    expect(errors(id)).toContain('charset')
  })

  it('still reports the date when another part has wrong characters', () => {
    expect(errors('51O104190002309998')).toEqual(['charset', 'birthDate'])
  })

  it('lists every fault and not only the first', () => {
    expect(check('110101190002309991').findings.map((finding) => finding.part)).toEqual([
      'address',
      'birthDate',
      'check',
    ])
  })

  it('never repeats the number in a message', () => {
    for (const id of ['510104190001019994', '110101190002309991', '51010419OO']) {
      expect(JSON.stringify(check(id).findings)).not.toContain(id.slice(0, 10))
    }
  })

  it('normalises before it checks', () => {
    const id = withCheck('51068319000612966')
    expect(id).toMatch(/X$/)
    expect(normalizePersonalId(`　${id.toLowerCase()} \n`)).toBe(id)
    expect(normalizePersonalId('５１０１０４１９０００１０１９９９５')).toBe('510104190001019995')
    expect(normalizePersonalId('５１０６８３１９０００６１２９６６ｘ')).toBe(id)
    expect(check(` ${id.toLowerCase()}`)).toMatchObject({ ok: true, normal: id })
  })

  it('suggests birth date and sex', () => {
    expect(check('510104190001019995').suggestion).toEqual({ birthDate: '1900-01-01', sex: 'male' })
    expect(check('510603190001019988').suggestion).toEqual({ birthDate: '1900-01-01', sex: 'female' })
  })

  it('flags stored values that differ and says nothing of those that agree or are absent', () => {
    const suggestion = { birthDate: '1900-01-01', sex: 'male' } as const
    expect(compareWithStored(suggestion, { birthDate: '1980-05-05', sex: 'female' })).toMatchObject([
      { part: 'birthDate', severity: 'warning' },
      { part: 'sequence', severity: 'warning' },
    ])
    expect(compareWithStored(suggestion, { birthDate: '1900-01-01', sex: 'male' })).toEqual([])
    expect(compareWithStored(suggestion, {})).toEqual([])
  })
})

describe('permits of foreign permanent residents', () => {
  it('need no known division', () => {
    expect(check(withCheck('95112319000101999'))).toMatchObject({
      kind: 'foreign_permit',
      ok: true,
      findings: [],
      address: null,
    })
  })

  it('only warn where a rule is not confirmed for them', () => {
    const good = withCheck('95112319000101999')
    const bad = good.slice(0, 17) + (good.endsWith('0') ? '1' : '0')
    expect(check(bad)).toMatchObject({ ok: true, findings: [{ part: 'check', severity: 'warning' }] })
  })

  it('must still have 18 characters', () => {
    expect(check('9511231900010199').ok).toBe(false)
  })
})

describe('15-digit numbers', () => {
  it('convert to 18 characters with century 19 and a computed check', () => {
    expect(convertPersonalId15('510104000101999')).toBe('510104190001019995')
    expect(convertPersonalId15(' ５１０１０４０００１０１９９９ ')).toBe('510104190001019995')
  })

  it('do not convert when they are not 15 digits', () => {
    for (const bad of ['510104190001019995', '51010400010199X', '']) expect(convertPersonalId15(bad)).toBeNull()
  })

  it('are good as a search alias: the original is kept and the long form given beside it', () => {
    const result = check('510104000101999')
    expect(result).toMatchObject({
      kind: 'old15',
      ok: true,
      normal: '510104000101999',
      converted: '510104190001019995',
    })
    expect(result.findings).toMatchObject([{ severity: 'warning', code: 'id_old_form' }])
    expect(result.suggestion).toEqual({ birthDate: '1900-01-01', sex: 'male' })
  })

  it('are refused with a date that does not exist or a letter', () => {
    expect(errors('510104000230999')).toEqual(['birthDate'])
    expect(errors('51010400010199X')).toEqual(['charset'])
    expect(check('51010400010199X').converted).toBeUndefined()
  })
})
