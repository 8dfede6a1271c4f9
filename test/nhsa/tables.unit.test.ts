import { describe, expect, it } from 'vitest'
import { areaCodes } from '../../src/nhsa/codes.ts'
import { errMsg } from '../../src/nhsa/errors.ts'
import { compileTransaction, type Fault, readInput } from '../../src/nhsa/read-input.ts'
import { TABLES } from '../../src/nhsa/tables/index.ts'
import { writeOutput } from '../../src/nhsa/write-output.ts'
import { validInput, wrongValues } from './values.ts'

const SETTINGS = [
  { profile: 'p', name: 'token_length', value: '2000' },
  { profile: 'p', name: 'infver', value: 'V1.0' },
]
const codes = areaCodes('p', [], SETTINGS)
const compiled = TABLES.map((table) => compileTransaction(table))
const tableOf = (infno: string) => {
  const found = compiled.find((one) => one.infno === infno)
  if (found === undefined) throw new Error(infno)
  return found
}
const read = (infno: string, input: unknown, area = codes): { faults: Fault[]; rows: ReturnType<typeof readInput> } => {
  const faults: Fault[] = []
  return { rows: readInput(input, tableOf(infno).input, { codes: area, faults }), faults }
}

describe('the field tables', () => {
  it('are those of 32 transactions, each with its source', () => {
    expect(TABLES).toHaveLength(32)
    expect(new Set(TABLES.map((table) => table.infno)).size).toBe(32)
  })

  it.each(TABLES.map((table) => table.infno))('accept an input of %s made from its own table', (infno) => {
    expect(read(infno, validInput(tableOf(infno))).faults).toEqual([])
  })

  it.each(TABLES.map((table) => table.infno))('refuse every wrong value of every field of %s by its name', (infno) => {
    const table = tableOf(infno)
    let tried = 0
    for (const node of table.input) {
      for (const field of node.fields) {
        for (const wrong of wrongValues(field)) {
          const input = structuredClone(validInput(table)) as Record<string, unknown>
          const holders = node.within === undefined ? input[node.name] : (input[node.within] as never[])[0]
          const target = (node.within === undefined ? holders : (holders as never)[node.name]) as unknown
          const row = (Array.isArray(target) ? target[0] : target) as Record<string, unknown>
          row[field.name] = wrong
          // A voucher of type 01 is a long code: there the length of the table does not hold.
          if (field.name === 'mdtrt_cert_no') row['mdtrt_cert_type'] = '02'
          const { faults } = read(infno, input)
          expect(
            faults.map((fault) => fault.place).join(),
            `${field.name} = ${JSON.stringify(wrong)?.slice(0, 40)}`,
          ).toContain(field.name)
          tried++
        }
      }
    }
    expect(tried).toBeGreaterThan(3)
  })

  it('name node, row, field and reason, and never the value', () => {
    const input = validInput(tableOf('2204')) as { feedetail: Record<string, unknown>[] }
    input.feedetail.push({ ...input.feedetail[0], pric: '511402190001019973' })
    const { faults } = read('2204', input)
    expect(faults).toEqual([{ place: 'feedetail第2行 pric（单价）', reason: '应为数值N(16,6)' }])
    expect(JSON.stringify(faults)).not.toContain('511402190001019973')
  })

  it('count characters, not bytes or halves of surrogate pairs', () => {
    const input = validInput(tableOf('1101')) as { data: Record<string, unknown> }
    input.data['psn_name'] = '𠮷'.repeat(50)
    expect(read('1101', input).faults).toEqual([])
    input.data['psn_name'] = '𠮷'.repeat(51)
    expect(read('1101', input).faults).toEqual([{ place: 'data psn_name（人员姓名）', reason: '长度超过50' }])
  })

  it('take amounts as text or as JSON numbers that lose no digit', () => {
    const input = validInput(tableOf('2206')) as { data: Record<string, unknown> }
    for (const [value, problem] of [
      [12.5, false],
      ['12.50', false],
      ['-3', false],
      [0.1 + 0.2, true],
      [1e21, true],
      ['1e3', true],
      ['12,50', true],
      ['NaN', true],
      ['99999999999999.99', false],
      ['100000000000000.00', true],
      [99_999_999_999_999.98, true],
      [' 12.50 ', false],
    ] as const) {
      input.data['medfee_sumamt'] = value
      expect(read('2206', input).faults.length > 0, String(value)).toBe(problem)
    }
  })

  it('refuse days that no calendar has', () => {
    const input = validInput(tableOf('2001')) as { data: Record<string, unknown> }
    for (const time of ['2026-02-30 10:00:00', '2026-11-24 24:00:00', '2026-11-24', '2026-11-24T10:00:00']) {
      input.data['begntime'] = time
      expect(read('2001', input).faults, time).toHaveLength(1)
    }
  })

  it('let a voucher code of type 01 be longer than C(50), up to the length of the area', () => {
    const input = validInput(tableOf('2201')) as { data: Record<string, unknown> }
    input.data['mdtrt_cert_type'] = '01'
    input.data['mdtrt_cert_no'] = 'a'.repeat(900)
    expect(read('2201', input).faults).toEqual([])
    input.data['mdtrt_cert_no'] = 'a'.repeat(2001)
    expect(read('2201', input).faults).toHaveLength(1)
    input.data['mdtrt_cert_no'] = 'a'.repeat(51)
    input.data['mdtrt_cert_type'] = '02'
    expect(read('2201', input).faults).toHaveLength(1)
  })

  it('refuse a missing node, a list where one object belongs, and what is no object', () => {
    expect(read('9001', {}).faults).toEqual([{ place: 'signIn', reason: '缺少节点' }])
    expect(read('9001', []).faults).toEqual([{ place: 'input（交易输入）', reason: '应为对象' }])
    expect(read('9001', { signIn: 'x' }).faults).toEqual([{ place: 'signIn', reason: '应为对象' }])
    expect(read('9001', { signIn: [{}, {}] }).faults).toEqual([{ place: 'signIn', reason: '应为单个对象' }])
    expect(read('2204', { feedetail: [] }).faults).toEqual([{ place: 'feedetail', reason: '不能为空' }])
    expect(read('9001', JSON.parse('{"__proto__":{"signIn":{}}}')).faults).toHaveLength(1)
  })

  it('stop looking after 50 faults, whatever is sent', () => {
    const { faults } = read('2204', { feedetail: Array.from({ length: 5000 }, () => ({})) })
    expect(faults.length).toBeLessThanOrEqual(50)
  })

  it('read a table in well under a tenth of a millisecond a row', () => {
    const input = validInput(tableOf('2204')) as { feedetail: unknown[] }
    input.feedetail = Array.from({ length: 20 }, () => input.feedetail[0])
    for (let warm = 0; warm < 200; warm++) read('2204', input)
    const from = performance.now()
    for (let at = 0; at < 200; at++) read('2204', input)
    expect((performance.now() - from) / 200 / 20).toBeLessThan(0.1)
  })
})

describe('the codes of an area', () => {
  const variants = [
    { profile: 'h', dictionary: 'med_type', localCode: '2101', nationalCode: '21', outward: true },
    { profile: 'h', dictionary: 'med_type', localCode: '2109', nationalCode: '21', outward: false },
    { profile: 'x', dictionary: 'med_type', localCode: '77', nationalCode: '11', outward: true },
  ]
  const area = areaCodes('h', variants, [])

  it('are national inside and local outside, both ways by table', () => {
    expect(area.inward('med_type', '2101')).toBe('21')
    expect(area.inward('med_type', '2109')).toBe('21')
    expect(area.outward('med_type', '21')).toBe('2101')
    expect(area.inward('med_type', '21')).toBeUndefined()
    expect(area.inward('med_type', '77')).toBeUndefined()
    expect(area.outward('med_type', '14')).toBe('14')
  })

  it('are those of the document where the area has no rows', () => {
    expect(area.inward('insutype', '310')).toBe('310')
    expect(area.inward('insutype', '999')).toBeUndefined()
    expect(area.inward('maindiag_flag', '1')).toBe('1')
    expect(area.inward('maindiag_flag', '2')).toBeUndefined()
    // No list was available: only the type is checked.
    expect(area.inward('caty', 'A03')).toBe('A03')
  })

  it('demand settings by name', () => {
    expect(() => area.setting('infver')).toThrow('lacks infver')
  })
})

describe('an output', () => {
  it('has every field of its table and no other, an empty number as "0" and other empties as ""', () => {
    const table = tableOf('2201')
    const written = writeOutput({ data: { mdtrt_id: 'A', psn_no: 'B', secret: 'x' } }, table.output, codes)
    expect(written).toEqual({ data: { mdtrt_id: 'A', psn_no: 'B', ipt_otp_no: '', exp_content: '' } })
    const empty = writeOutput({ setldetail: [{ fund_pay_type: '310100' }] }, tableOf('2207').output, codes)
    expect(empty['setldetail']).toEqual([
      {
        fund_pay_type: '310100',
        inscp_scp_amt: '0',
        crt_payb_lmt_amt: '0',
        fund_payamt: '0',
        fund_pay_type_name: '',
        setl_proc_info: '',
      },
    ])
  })

  it('spells the amounts of 2208 and 5203 as the document does', () => {
    const names = (infno: string) => tableOf(infno).output[0]?.fields.map((field) => field.name)
    expect(names('2208')).toContain('pdn_cash_pay')
    expect(names('2208')).not.toContain('psn_cash_pay')
    expect(names('5203')).toEqual(expect.arrayContaining(['psn_pay', 'cash_payamt', 'refd_setl_flag']))
    expect(names('5203')).not.toContain('psn_cash_pay')
    expect(names('2206')).not.toContain('setl_id')
  })
})

describe('err_msg', () => {
  it('gives the first reasons that fit into 200 characters and how many more there are', () => {
    expect(errMsg(['甲', '乙'])).toBe('甲；乙')
    const many = errMsg(Array.from({ length: 30 }, (_none, at) => `feedetail第${at + 1}行 pric（单价）应为数值N(16,6)`))
    expect(Array.from(many).length).toBeLessThanOrEqual(200)
    expect(many).toMatch(/^feedetail第1行 pric（单价）应为数值N\(16,6\)；.*；另有\d+处$/)
    const shown = many.split('；').length - 1
    expect(many).toContain(`另有${30 - shown}处`)
    expect(Array.from(errMsg(['长'.repeat(300)])).length).toBe(200)
  })
})
