import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runGoldenCases } from '../../src/benefits/index.ts'
import { reportGolden } from '../../src/commands/golden.ts'

const SECTION_4 = readFileSync(join(import.meta.dirname, '../golden/section-4.json'), 'utf8')

/** The case of the issue, in its own words. */
const G1 = {
  name: 'G1',
  person: { insuplc_admdvs: '510100', insutype: '310', psn_type: '11', acct_used_flag: '0', balc: '0.00' },
  institution: { admdvs: '510600', kind: 'hospital', level: '3' },
  med_type: '21',
  setl_time: '2026-05-20T10:00:00+08:00',
  before: {
    outpatient_deductible_used: '0.00',
    outpatient_fund_paid: '0.00',
    stays: 0,
    inpatient_fund_paid: '0.00',
    burden: '0.00',
  },
  lines: [
    { chrgitm_lv: '03', amt: '1000.00' },
    { chrgitm_lv: '02', selfpay_prop: '0.10', amt: '8000.00' },
    { chrgitm_lv: '01', amt: '11000.00' },
  ],
  expect: { act_pay_dedc: '800.00', hifp_pay: '14790.00', psn_part_amt: '5210.00' },
}

const run = (...cases: unknown[]) => runGoldenCases(JSON.stringify({ cases }))
const failures = (change: object) => run({ ...G1, ...change })[0]?.failures

describe('golden cases', () => {
  test('G1 to G20 all pass', () => {
    const results = runGoldenCases(SECTION_4)
    expect(results.filter((one) => one.failures.length > 0)).toEqual([])
    const names = results.map((one) => one.name).join(' ')
    for (let n = 1; n <= 20; n++) expect(names).toMatch(new RegExp(`\\bG${n}\\b`))
  })

  test('a case in the form of the issue passes, and what may be left out may be', () => {
    const { name, med_type, setl_time, expect: wanted, lines } = G1
    const bare = { name, med_type, setl_time, lines, expect: wanted }
    const results = run(G1, { ...bare, person: { insuplc_admdvs: '510104' }, institution: { level: 3 } })
    expect(results.map((one) => one.failures)).toEqual([[], []])
  })

  test('numbers are read as well as text', () => {
    const lines = [{ chrgitm_lv: '01', amt: 20000 }]
    expect(failures({ lines, expect: { medfee_sumamt: 20000, pool_prop_selfpay: 0.85, hifp_pay: 16320 } })).toEqual([])
  })

  test('idle zeros and empty text say nothing', () => {
    const lines = [
      {
        chrgitm_lv: '02',
        selfpay_prop: '0.10000',
        amt: '100.000',
        cnt: '',
        pric: '',
        lmt_used_flag: '',
        hosp_appr_flag: '',
      },
    ]
    expect(failures({ lines, before: { burden: '' }, expect: { preselfpay_amt: '10' } })).toEqual([])
    expect(failures({ lines: [{ chrgitm_lv: '01', amt: '100.005' }] })).toEqual([
      'lines[0].amt is "100.005": not a decimal amount',
    ])
  })

  test.each([
    ['2025-12-31 20:00:00', '2025'],
    ['2025-12-31T20:00:00', '2025'],
    ['2026-01-01 00:00', '2026'],
    ['2025-12-31T16:00:00.000Z', '2026'],
    ['2026-01-01T00:30:00+09:00', '2025'],
    ['2026-01-01', '2026'],
  ])('the year of %s is %s: a time without an offset is of the four cities, not of this machine', (setl_time, year) => {
    const day = year === '2025' ? '2025-12-31' : '2026-01-01'
    expect(failures({ setl_time, expect: { year, setl_time: day, hifp_pay: '14790' } })).toEqual([])
  })

  test.each(['2026-02-30 10:00:00', '2026-05-20 25:00:00', '2026-05-20T10:00:00+0800x', '20260520'])(
    '%s is no time',
    (setl_time) => {
      expect(failures({ setl_time })).toEqual([`setl_time is "${setl_time}": no time`])
    },
  )

  test('fields of setlinfo that follow from the case are compared too', () => {
    const said = { clr_type: '21', clr_optins: '510600', insu_admdvs: '510100', setl_time: '2026-05-20 23:00:00' }
    const amounts = { psn_pay: '5210', cash_payamt: '5210', pdn_cash_pay: '5210', overlmt_amt: '0' }
    expect(failures({ expect: { ...said, ...amounts } })).toEqual([])
    expect(failures({ expect: { setl_time: '2026-05-21T01:00:00+08:00', clr_type: '11' } })).toEqual([
      'setl_time: expected 2026-05-21, got 2026-05-20',
      'clr_type: expected 11, got 21',
    ])
  })

  test('a pharmacy needs no level', () => {
    const purchase = {
      med_type: '41',
      institution: { admdvs: '510100', kind: 'pharmacy', level: null },
      lines: [{ chrgitm_lv: '01', amt: '300' }],
    }
    expect(failures({ ...purchase, expect: { act_pay_dedc: '200', hifp_pay: '50' } })).toEqual([])
  })

  test('a line may give quantity and price in the place of its amount', () => {
    const lines = [{ chrgitm_lv: '01', cnt: '2.5', pric: '100.004' }]
    expect(failures({ lines, expect: { medfee_sumamt: '250.01' } })).toEqual([])
  })

  test('a quantity that is left out follows from amount and price, so that a limit is that of every unit', () => {
    const limited = (more: object) => ({ lines: [{ chrgitm_lv: '01', pric: '120', pric_uplmt_amt: '100', ...more }] })
    expect(
      failures({ ...limited({ amt: '1200.00' }), expect: { overlmt_selfpay: '200', inscp_scp_amt: '1000' } }),
    ).toEqual([])
    expect(failures({ ...limited({ amt: '60.00' }), expect: { overlmt_selfpay: '10', inscp_scp_amt: '50' } })).toEqual(
      [],
    )
    expect(failures(limited({ amt: '1000000.01', pric: '1000000' }))).toEqual([
      'lines[0].cnt is missing: the amount is no multiple of pric',
    ])
    expect(failures({ ...limited({ amt: '5.00', pric: '0' }), expect: { medfee_sumamt: '5' } })).toEqual([])
  })

  test('a byte order mark in front of the file is no fault', () => {
    expect(runGoldenCases(`\uFEFF${JSON.stringify({ cases: [G1] })}`)[0]?.failures).toEqual([])
  })

  test('each difference is told', () => {
    expect(
      failures({
        expect: { hifp_pay: '14790.01', pool_prop_selfpay: '0.8', psn_type: '12', after: { stays: 3, burden: '1' } },
      }),
    ).toEqual([
      'hifp_pay: expected 14790.01, got 14790.00',
      'pool_prop_selfpay: expected 0.8000, got 0.8500',
      'psn_type: expected 12, got 11',
      'after.stays: expected 3, got 1',
      'after.burden: expected 1.00, got 3410.00',
    ])
  })

  test('a refusal that is expected passes, one that is not fails, and a settlement is no refusal', () => {
    const servant = { person: { ...G1.person, cvlserv_flag: '1' } }
    expect(failures({ ...servant, expect: { refused: 'parameter-missing' } })).toEqual([])
    expect(failures({ ...servant, expect: { refused: true } })).toEqual([])
    expect(failures({ ...servant, expect: { refused: ['bill-empty'] } })).toEqual([
      'expected the refusal bill-empty, got parameter-missing cvlserv_ratio, parameter-missing cvlserv_cap',
    ])
    expect(failures(servant)).toEqual(['refused: parameter-missing cvlserv_ratio, parameter-missing cvlserv_cap'])
    expect(failures({ expect: { refused: true } })).toEqual(['expected a refusal, but it was settled'])
    expect(failures({ person: { ...G1.person, psn_type: '1199' } })).toEqual(['refused: person-type-unknown 1199'])
    expect(failures({ lines: [] })).toEqual(['refused: bill-empty'])
    expect(failures({ person: { ...G1.person, insutype: '340' } })).toEqual(['refused: benefit-unsupported'])
  })

  test.each<[string, object, string]>([
    [
      'an amount that is none',
      { lines: [{ chrgitm_lv: '01', amt: '1,000' }] },
      'lines[0].amt is "1,000": not a decimal amount',
    ],
    ['a line without an amount', { lines: [{ chrgitm_lv: '01' }] }, 'lines[0].amt is missing'],
    [
      'a negative line',
      { lines: [{ chrgitm_lv: '01', amt: '-1' }] },
      'lines[0] is negative: a refund is a case with refund_of',
    ],
    ['an unknown class', { lines: [{ chrgitm_lv: '04', amt: '1' }] }, 'lines[0].chrgitm_lv is "04": one of 01, 02, 03'],
    ['a line that is no object', { lines: [7] }, 'lines[0] is no object'],
    [
      'a ratio above one',
      { lines: [{ chrgitm_lv: '02', amt: '1', selfpay_prop: '1.5' }] },
      'lines[0].selfpay_prop is more than the whole',
    ],
    ['lines that are no list', { lines: {} }, 'lines is no list'],
    ['no lines', { lines: null }, 'lines is missing'],
    ['an unknown level', { institution: { level: '4' } }, 'institution.level is "4": one of community, 1, 2, 3, 9'],
    ['no level', { institution: {} }, 'institution.level is missing'],
    ['no insured place', { person: {} }, 'person.insuplc_admdvs is missing'],
    ['a place that is none', { person: { insuplc_admdvs: '成都' } }, 'person.insuplc_admdvs is "成都": six digits'],
    ['a time that is none', { setl_time: 'today' }, 'setl_time is "today": no time'],
    ['no time', { setl_time: null }, 'setl_time is missing'],
    ['a count that is none', { before: { stays: '1.5' } }, 'before.stays is "1.5": not a whole number'],
    [
      'use that is negative',
      { before: { burden: '-1' } },
      'before.burden is "-1": an amount before a settlement is never negative',
    ],
    ['a balance that is an object', { person: { ...G1.person, balc: {} } }, 'person.balc is neither text nor a number'],
    ['an unknown field of setlinfo', { expect: { fund: '1' } }, 'expect.fund is no field of setlinfo'],
    [
      'a field that no calculation gives',
      { expect: { setl_id: '1' } },
      'expect.setl_id is not calculated: no case can have it',
    ],
    ['an unknown accumulator', { expect: { after: { visits: 1 } } }, 'expect.after.visits is no accumulator'],
    ['a refund of nothing', { refund_of: 'G0' }, 'refund_of is "G0": no settled case before this one'],
    ['an unknown parameter', { parameters: [{ item: 'luck' }] }, 'parameters[0].item is "luck": one of deductible,'],
    ['a malformed parameter', { parameters: [{ item: 'cap', value: 'much' }] }, 'parameter parameters[0] is malformed'],
  ])('%s is told with its field', (_, change, message) => {
    const [first, ...more] = failures(change) ?? []
    expect(first).toContain(message)
    expect(more).toEqual([])
  })

  test.each([
    ['{', 'the file is no JSON'],
    ['{"a":1}', 'the file has no list "cases"'],
    ['null', 'the file has no list "cases"'],
    ['[]', 'the list "cases" is empty'],
  ])('a file like %s is refused whole', (text, message) => {
    expect(() => runGoldenCases(text)).toThrow(message)
  })

  test('parameters of a case take the place of the samples that they cover', () => {
    const parameters = [
      { item: 'deductible', med_type: '21', value: '1000.00' },
      { item: 'ratio', value: [{ upTo: null, ratio: '0.5' }] },
    ]
    expect(failures({ parameters, expect: { act_pay_dedc: '1000', hifp_pay: '8600' } })).toEqual([])
  })

  test('with one balance and flag 2 the family’s account pays', () => {
    const person = { ...G1.person, acct_used_flag: '2', balc: '3000.00' }
    const wanted = { acct_pay: '3000', acct_mulaid_pay: '3000', psn_cash_pay: '2210', balc: '0', hifdm_pay: '0' }
    expect(failures({ person, expect: wanted })).toEqual([])
  })

  test('a refund of a refund is refused, and names of cases without one are their places', () => {
    const refund = { name: 'R', refund_of: 'G1', expect: {} }
    const results = run(G1, refund, { refund_of: 'R', expect: {} })
    expect(results.at(-1)).toMatchObject({
      name: 'case 3',
      failures: ['refund_of and then name settlements, not refunds'],
    })
  })

  test('the report names what failed and what was not used, and ends with the sums', () => {
    const report = reportGolden(run(G1, { ...G1, name: 'X', hint: 1, expect: { hifp_pay: '1' } }))
    expect(report).toEqual([
      'note: X: hint means nothing here and was not used',
      'FAILED X',
      '  hifp_pay: expected 1.00, got 14790.00',
      '1 passed, 1 failed',
    ])
  })
})
