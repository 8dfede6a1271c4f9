import { describe, expect, it } from 'vitest'
import { checkUscc, organisationCheckCharacter, usccCheckCharacter } from '../../src/codes/index.ts'

const errors = (input: string) =>
  checkUscc(input)
    .findings.filter((finding) => finding.severity === 'error')
    .map((finding) => finding.part)

describe('统一社会信用代码', () => {
  it.each(['914403001922038216', '9144030071526726XG', '91350100M000100Y43'])(
    'accepts %s of another province with a warning about its division',
    (code) => {
      expect(checkUscc(code)).toMatchObject({
        normal: code,
        ok: true,
        findings: [{ part: 'division', severity: 'warning' }],
        division: { status: 'unknown' },
      })
    },
  )

  it.each([
    ['12510100MB0000000Q', '510100'],
    ['12510600MB0000000J', '510600'],
    ['12511400MB0000000L', '511400'],
    ['12512000MB0000000C', '512000'],
  ])('accepts %s without a finding', (code, city) => {
    expect(checkUscc(code)).toMatchObject({ ok: true, findings: [], division: { city, status: 'city' } })
  })

  it('accepts a retired division: it is the one at registration', () => {
    const first17 = '12510124MB0000000'
    expect(checkUscc(first17 + usccCheckCharacter(first17))).toMatchObject({
      ok: true,
      findings: [],
      division: { status: 'retired', now: '510117' },
    })
  })

  it('accepts letters other than X as check characters', () => {
    expect(usccCheckCharacter('9144030071526726X')).toBe('G')
    expect(usccCheckCharacter('12510100MB0000000')).toBe('Q')
  })

  it('computes all three forms of the organisation check', () => {
    expect(organisationCheckCharacter('19220382')).toBe('1')
    expect(organisationCheckCharacter('71526726')).toBe('X')
    expect(organisationCheckCharacter('MB000000')).toBe('0')
  })

  it('refuses a wrong check character and names it', () => {
    expect(errors('12510100MB0000000P')).toEqual(['check'])
  })

  it('refuses a wrong organisation code even when the outer check fits', () => {
    const first17 = '12510100MB0000001'
    expect(errors(first17 + usccCheckCharacter(first17))).toEqual(['organisation'])
  })

  it('refuses letters among the division digits', () => {
    const first17 = '12A10100MB0000000'
    expect(errors(first17 + usccCheckCharacter(first17))).toEqual(['division'])
    expect(checkUscc(first17 + usccCheckCharacter(first17)).division).toBeNull()
  })

  it.each(['I', 'O', 'S', 'V', 'Z', '-'])('refuses the character %s', (letter) => {
    expect(errors(`12510100MB000000${letter}Q`)).toEqual(['charset'])
  })

  it('refuses a wrong length, together with wrong characters', () => {
    expect(errors('12510100MB0000000')).toEqual(['length'])
    expect(errors('')).toEqual(['length'])
    expect(errors('12510100MBO')).toEqual(['length', 'charset'])
  })

  it('reads full-width and lower-case input in its normal form', () => {
    expect(checkUscc(' １２510100mb0000000q ')).toMatchObject({ ok: true, normal: '12510100MB0000000Q' })
  })

  it('detects every change of a single character', () => {
    const code = '9144030071526726XG'
    const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
    for (let i = 0; i < code.length; i++) {
      for (const letter of alphabet) {
        if (letter === code[i]) continue
        expect(checkUscc(code.slice(0, i) + letter + code.slice(i + 1)).ok).toBe(false)
      }
    }
  })
})
