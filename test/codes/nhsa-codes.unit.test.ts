import { describe, expect, it } from 'vitest'
import { checkFixmedinsCode, checkNhsaCode, NHSA_CODE_SHAPES, type NhsaCodeKind } from '../../src/codes/index.ts'

const wrongParts = (input: string) =>
  checkFixmedinsCode(input)
    .findings.filter((finding) => finding.severity === 'error')
    .map((finding) => finding.part)

describe('codes of designated institutions', () => {
  it.each(['H51010499999', 'H51060399999', 'H51140299999', 'H51200299999', 'H51011502705'])('accepts %s', (code) => {
    expect(checkFixmedinsCode(code)).toMatchObject({ normal: code, ok: true, kind: 'hospital', findings: [] })
  })

  it('accepts a division that was retired after the code was given', () => {
    expect(checkFixmedinsCode('H51012499999')).toMatchObject({
      ok: true,
      findings: [],
      division: { status: 'retired', now: '510117' },
    })
  })

  it.each(['H44120200141', 'H50015501017', 'H32118100064'])('accepts %s of another province with a warning', (code) => {
    expect(checkFixmedinsCode(code)).toMatchObject({ ok: true, findings: [{ part: 'division', severity: 'warning' }] })
  })

  it('accepts a pharmacy', () => {
    expect(checkFixmedinsCode('P51140299001')).toMatchObject({ ok: true, kind: 'pharmacy', findings: [] })
  })

  it('refuses the malformed sample of 11 characters, naming the serial', () => {
    expect(wrongParts('H4201020015')).toEqual(['serial'])
  })

  it.each([
    ['X51010499999', ['prefix']],
    ['h51010499999', ['prefix']],
    ['H5101O499999', ['division']],
    ['H510104999999', ['serial']],
    ['H5101049999A', ['serial']],
    ['H51010', ['division', 'serial']],
    ['', ['prefix', 'division', 'serial']],
  ])('refuses %j, naming %j', (code, parts) => {
    expect(wrongParts(code)).toEqual(parts)
    expect(checkFixmedinsCode(code).ok).toBe(false)
  })

  it('reads full-width input', () => {
    expect(checkFixmedinsCode('Ｈ５１０１０４９９９９９ ')).toMatchObject({ ok: true, normal: 'H51010499999' })
  })
})

describe('other 医保 codes', () => {
  it.each<[NhsaCodeKind, string]>([
    ['hospital', 'H51011502705'],
    ['pharmacy', 'P51060399001'],
    ['doctor', 'D510104000001'],
    ['nurse', 'N510104000001'],
    ['technician', 'HY510104000001'],
    ['technician', 'HJ510104000001'],
    ['drug_western', 'XA02BCA211A012010100154'],
    ['drug_western', 'XA02BCA393A012010383696'],
    ['drug_patent_tcm', 'ZA01AAA0001010100001'],
    ['drug_tcm_pieces', 'T000000001'],
    ['service', '003401000230600'],
    ['service', '002101030160000'],
    ['service', '001216000010100'],
    ['consumable', 'C0101010010000000001'],
    ['disease', 'A00.000'],
    ['disease', 'I10.x00x002'],
    ['operation', '36.0700x004'],
  ])('accept a %s code such as %s', (kind, code) => {
    expect(checkNhsaCode(kind, code)).toMatchObject({ normal: code, ok: true, findings: [] })
  })

  it.each<[NhsaCodeKind, string]>([
    ['hospital', 'H4201020015'],
    ['pharmacy', 'H51060399001'],
    ['doctor', 'D51010400001'],
    ['nurse', 'D510104000001'],
    ['technician', 'HX510104000001'],
    ['drug_western', 'XA02BCA211A01201010015'],
    ['drug_patent_tcm', 'XA02BCA211A012010100154'],
    ['drug_tcm_pieces', 'T'],
    ['service', '00340100023060'],
    ['consumable', 'C01'],
    ['disease', 'A00'],
    ['disease', 'I10.X00x002'],
    ['operation', 'A36.07'],
  ])('refuse the %s code %s for its shape', (kind, code) => {
    expect(checkNhsaCode(kind, code)).toMatchObject({ ok: false, findings: [{ part: 'shape', severity: 'error' }] })
  })

  it('warn of a division that the tables do not know and accept a retired one', () => {
    expect(checkNhsaCode('technician', 'HY440104000001')).toMatchObject({ ok: true, findings: [{ part: 'division' }] })
    expect(checkNhsaCode('doctor', 'D510124000001').findings).toEqual([])
  })

  it('warn of a well-shaped code that the register does not know', () => {
    const isRegistered = (code: string) => code === '003401000230600'
    expect(checkNhsaCode('service', '003401000230600', { isRegistered }).findings).toEqual([])
    expect(checkNhsaCode('service', '003401000230601', { isRegistered })).toMatchObject({
      ok: true,
      findings: [{ part: 'register', severity: 'warning' }],
    })
  })

  it('say whether the shape they were held to is verified', () => {
    expect(checkNhsaCode('hospital', 'H51010499999').verified).toBe(true)
    expect(checkNhsaCode('pharmacy', 'P51010499999').verified).toBe(false)
    const unverified = NHSA_CODE_SHAPES.filter((row) => !row.verified).map((row) => row.kind)
    expect(unverified).toEqual([
      'pharmacy',
      'doctor',
      'nurse',
      'drug_patent_tcm',
      'drug_tcm_pieces',
      'consumable',
      'disease',
      'operation',
    ])
  })

  it('follow another list of shapes when one is given, and refuse a kind that it lacks', () => {
    const shapes = [{ kind: 'nurse', zh: '医保护士', shape: /^NU\d{4}$/, verified: true, source: 'made up' }] as const
    expect(checkNhsaCode('nurse', 'NU0001', { shapes })).toMatchObject({ ok: true, verified: true })
    expect(checkNhsaCode('doctor', 'D510104000001', { shapes })).toMatchObject({ ok: false, verified: false })
  })
})
