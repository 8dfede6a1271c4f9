import { describe, expect, it } from 'vitest'
import {
  checkStatement as checkIn,
  decide as decideIn,
  type Eligibility,
  judgeEligibility,
  reaches,
  type Suggestion,
  suggest as suggestIn,
  UNREACHABLE,
} from '../../src/recognition/rules.ts'
import type { ReadingContext, RegisterFacts, ResultFacts, Statement } from '../../src/recognition/types.ts'
import { CHENGDU, DEYANG, item, mark, REASONS, reading, register, result, round, ZIYANG } from './facts.ts'

const checkStatement = (statement: Statement, pointer: string) => checkIn(statement, pointer, REASONS)
const suggest = (facts: ResultFacts, known: RegisterFacts, context: ReadingContext) =>
  suggestIn(facts, known, context, REASONS)
const decide = (eligibility: Eligibility, suggestion: Suggestion, statement: Statement | undefined) => {
  const { reason, ...rest } = decideIn(eligibility, suggestion, statement, REASONS)
  return { ...rest, reason: reason?.code }
}

function judge(facts: ResultFacts, known: RegisterFacts, context: ReadingContext, statement?: Statement) {
  const eligibility = judgeEligibility(facts, known, context)
  return {
    ...decide(eligibility, suggest(facts, known, context), statement),
    hits: eligibility.hits,
    validUntil: eligibility.validUntil,
  }
}

describe('the ten worked cases', () => {
  it('1: HbA1c of Chengdu with 川渝HR is recognised in Deyang on day 49 of 60', () => {
    expect(judge(result('2026-03-02'), register('HBA1C'), reading('2026-04-20'))).toMatchObject({
      outcome: 'recognised',
      countable: true,
      hits: [],
      validUntil: '2026-05-01',
    })
  })

  it('2: potassium is too old on day 8 of 7, and still good on day 7', () => {
    expect(judge(result('2026-03-01'), register('K'), reading('2026-03-09'))).toMatchObject({
      outcome: 'not-eligible',
      hits: ['E09'],
      countable: null,
    })
    expect(judge(result('2026-03-01'), register('K'), reading('2026-03-08')).outcome).toBe('recognised')
  })

  it('3: a mark of Chengdu alone does not reach Ziyang; 川渝HR, 四川HR or a list of the four cities does', () => {
    const inZiyang = (scope: readonly string[]) =>
      judge(result('2026-03-01'), register('TC', { marks: [mark('TC', { scope })] }), reading('2026-03-06', ZIYANG))
    expect(inZiyang(['510100'])).toMatchObject({ outcome: 'not-eligible', hits: ['E06'] })
    for (const scope of [['510000', '500000'], ['510000'], ['510100', '510600', '511400', '512000'], ['CN']]) {
      expect(inZiyang(scope).outcome).toBe('recognised')
    }
  })

  const evaluated = (to: string) =>
    register('TG', {
      issuerLevel: 0,
      evaluations: [{ institution: 'H51140200009', organiser: 'city', from: '2025-01-01', to }],
    })

  it('4: a community centre below level two may issue with a quality evaluation valid on the day of the test', () => {
    expect(judge(result('2026-03-01'), evaluated('2026-03-01'), reading('2026-03-04', CHENGDU)).outcome).toBe(
      'recognised',
    )
  })

  it('5: it may not when the evaluation ended the day before', () => {
    expect(judge(result('2026-03-02'), evaluated('2026-03-01'), reading('2026-03-04', CHENGDU))).toMatchObject({
      outcome: 'not-eligible',
      hits: ['E07'],
    })
  })

  it('6: a failed assessment suspends the mark from its publication on, not before', () => {
    const known = register('GLU', { eqa: [round('GLU', '2025-10-01'), round('GLU', '2026-02-20', false)] })
    expect(judge(result('2026-03-02'), known, reading('2026-03-04'))).toMatchObject({
      outcome: 'not-eligible',
      hits: ['E08'],
    })
    expect(judge(result('2026-02-19'), known, reading('2026-03-04')).outcome).toBe('recognised')
  })

  it('7: deepened jaundice is a countable reason to test again', () => {
    const statement: Statement = { action: 'repeat', reason: '01', detail: '黄疸明显加深', informed: 'yes' }
    expect(checkStatement(statement, '/s')).toEqual([])
    expect(judge(result('2026-03-01'), register('TBIL'), reading('2026-03-05', CHENGDU), statement)).toMatchObject({
      outcome: 'not-recognised',
      reason: '01',
      countable: true,
    })
  })

  it('8: images that do not arrive leave it pending; going on with 98 is not countable', () => {
    const facts = result('2026-03-01', { images: 'unavailable' })
    const context = reading('2026-03-07', CHENGDU)
    expect(judge(facts, register('CT-CHEST'), context)).toMatchObject({
      outcome: 'pending',
      hits: ['E98'],
      countable: null,
    })
    const statement: Statement = { action: 'repeat', reason: '98', detail: 'retrieval-0042', informed: 'yes' }
    expect(judge(facts, register('CT-CHEST'), context, statement)).toMatchObject({
      outcome: 'not-recognised',
      reason: '98',
      countable: null,
    })
    expect(judge(facts, register('CT-CHEST'), context, { ...statement, reason: '07' }).outcome).toBe('pending')
  })

  it('9: daily potassium for hypokalaemia is monitoring: not countable', () => {
    const context = reading('2026-03-02', DEYANG, { kind: 'inpatient', monitoringDisease: '低钾血症' })
    expect(suggest(result('2026-03-01'), register('K'), context)).toMatchObject({
      kind: 'not-offered',
      preselected: '99',
    })
    const statement: Statement = { action: 'repeat', reason: '99', detail: '低钾血症', informed: 'yes' }
    expect(judge(result('2026-03-01'), register('K'), context, statement)).toMatchObject({
      outcome: 'not-recognised',
      reason: '99',
      countable: null,
    })
  })

  it('10: a panel is recognised in part, item by item', () => {
    const context = reading('2026-03-11')
    const of = (code: string) => judge(result('2026-03-01'), register(code), context)
    expect([of('ALB').outcome, of('TP').outcome]).toEqual(['recognised', 'recognised'])
    expect([of('K').hits, of('NA').hits]).toEqual([['E09'], ['E09']])
    const unmapped = judge(
      result('2026-03-01', { mapping: 'none' }),
      register('K', { item: undefined, marks: [], eqa: [] }),
      context,
    )
    expect(unmapped).toMatchObject({ outcome: 'not-eligible', hits: ['E02'] })
  })
})

describe('the further cases', () => {
  it('a forensic appraisal is offered no recognition; its test counts with 05', () => {
    const context = reading('2026-03-05', DEYANG, { kind: 'appraisal' })
    const statement: Statement = { action: 'repeat', reason: '05', detail: '司法鉴定', informed: 'yes' }
    expect(checkStatement(statement, '/s')).toEqual([])
    expect(judge(result('2026-03-01'), register('TP'), context, statement)).toMatchObject({
      outcome: 'not-recognised',
      reason: '05',
      countable: true,
    })
  })

  it('an item on the negative list is refused from its effective date on, whatever its marks', () => {
    expect(judge(result('2026-03-01'), register('TP', { negative: true }), reading('2026-03-05'))).toMatchObject({
      outcome: 'not-eligible',
      hits: ['E05'],
    })
  })

  it('a result of another person of the same name and birth date is no result of this one', () => {
    const facts = result('2026-03-01', { samePerson: false })
    expect(judge(facts, register('TP'), reading('2026-03-05'))).toMatchObject({
      outcome: 'not-eligible',
      hits: ['E01'],
    })
  })

  it('a mark that was withdrawn today carries what was tested before', () => {
    const withdrawn = register('TP', { marks: [mark('TP', { to: '2026-03-04' })] })
    expect(judge(result('2026-03-04'), withdrawn, reading('2026-03-05')).outcome).toBe('recognised')
    expect(judge(result('2026-03-05'), withdrawn, reading('2026-03-05')).hits).toEqual(['E06'])
  })

  it('a unit that leads nowhere is no mapping, and a missing one is incomplete', () => {
    expect(judge(result('2026-03-01', { mapping: 'unit' }), register('TP'), reading('2026-03-05')).hits).toEqual([
      'E02',
    ])
    expect(judge(result('2026-03-01', { missing: ['unit'] }), register('TP'), reading('2026-03-05')).hits).toEqual([
      'E10',
    ])
  })

  it('the direction of levels counts only where the parameter is on', () => {
    const lower = register('TP', { issuerLevel: 2 })
    const higher = { ...reading('2026-03-05', CHENGDU), level: 3 }
    expect(judge(result('2026-03-01'), lower, higher).outcome).toBe('recognised')
    expect(judge(result('2026-03-01'), lower, { ...higher, lowerAcceptsHigherOnly: true }).hits).toEqual(['E07'])
    const equal = register('TP', { issuerLevel: 3 })
    expect(judge(result('2026-03-01'), equal, { ...higher, lowerAcceptsHigherOnly: true }).outcome).toBe('recognised')
  })

  it('what is not eligible and used all the same is told apart', () => {
    const old = result('2025-01-01')
    expect(judge(old, register('TP'), reading('2026-03-05'), { action: 'accept' }).usedOutside).toBe(true)
    expect(judge(old, register('TP'), reading('2026-03-05')).usedOutside).toBe(false)
  })
})

describe('eligibility', () => {
  const today = reading('2026-03-05')

  it('lists every rule that hits, the first deciding', () => {
    const facts = result('2025-06-01', {
      samePerson: false,
      readable: false,
      fitsOrder: false,
      status: 'preliminary',
      missing: ['unit'],
      images: 'unavailable',
    })
    const known = register('K', { item: item('K', { negative: true }), marks: [], eqa: [], issuerLevel: 1 })
    expect(judgeEligibility(facts, known, today)).toMatchObject({
      verdict: 'not-eligible',
      hits: ['E01', 'E02', 'E03', 'E04', 'E05', 'E06', 'E07', 'E08', 'E09', 'E10', 'E98'],
    })
  })

  it.each([
    ['E03', result('2026-03-01', { status: 'entered-in-error' }), register('TP')],
    ['E02', result('2026-03-01', { mapping: 'ambiguous' }), register('TP')],
    ['E05', result('2026-03-01'), register('TP', { item: undefined })],
    ['E08', result('2026-03-01'), register('TP', { eqa: [] })],
    ['E08', result('2026-03-01'), register('TP', { eqa: [round('TP', '2024-11-30')] })],
    ['E10', result('2026-03-01', { specimenUnfit: true }), register('TP')],
    // Tested on a day that is still to come.
    ['E10', result('2026-03-06'), register('TP')],
  ] as const)('refuses with %s', (code, facts, known) => {
    expect(judgeEligibility(facts, known, today)).toMatchObject({ verdict: 'not-eligible', hits: [code] })
  })

  it('takes a corrected and an amended report', () => {
    for (const status of ['corrected', 'amended']) {
      expect(judgeEligibility(result('2026-03-01', { status }), register('TP'), today).verdict).toBe('eligible')
    }
  })

  it('asks for the mark on the day of the test: one withdrawn since still carries the result', () => {
    const withdrawn = register('TP', { marks: [mark('TP', { to: '2026-03-02' })] })
    expect(judgeEligibility(result('2026-03-02'), withdrawn, today).verdict).toBe('eligible')
    expect(judgeEligibility(result('2026-03-03'), withdrawn, today).hits).toEqual(['E06'])
    const later = register('TP', { marks: [mark('TP', { from: '2026-03-04' })] })
    expect(judgeEligibility(result('2026-03-03'), later, today).hits).toEqual(['E06'])
  })

  it('takes the latest round whatever order they are stored in', () => {
    const known = register('TP', { eqa: [round('TP', '2026-02-01'), round('TP', '2025-12-01', false)] })
    expect(judgeEligibility(result('2026-03-01'), known, today).verdict).toBe('eligible')
  })

  it('has no day to count from when none is known', () => {
    expect(judgeEligibility(result(null, { missing: ['collection-time'] }), register('TP'), today)).toMatchObject({
      hits: ['E06', 'E10'],
      validUntil: null,
    })
  })

  it('is pending and blames nobody when the issuer cannot be asked', () => {
    expect(decide(UNREACHABLE, suggest(result(null), register('TP'), today), undefined)).toMatchObject({
      outcome: 'pending',
      countable: null,
    })
  })

  it.each([
    [['510100'], '510104', true],
    [['510100'], '510603', false],
    [['510603'], '510603', true],
    [['500000'], '510603', false],
  ])('scope %j reaches %s: %s', (scope, division, expected) => {
    expect(reaches(scope, division)).toBe(expected)
  })
})

describe('what the physician is shown', () => {
  const facts = result('2026-03-01')
  const known = register('TP')
  it.each([
    ['no-block', '04', { kind: 'emergency', rescue: true, preoperative: true }],
    ['ask', '03', { kind: 'inpatient', preoperative: true }],
    ['not-offered', '05', { kind: 'appraisal' }],
    ['not-offered', '99', { kind: 'inpatient', monitoringDisease: '糖尿病' }],
    ['ask', '01', { kind: 'inpatient', changedOn: '2026-03-02' }],
    ['recognise', undefined, { kind: 'inpatient', changedOn: '2026-03-01' }],
    ['recognise', undefined, { kind: 'emergency' }],
  ] as const)('%s with %s', (kind, preselected, visit) => {
    expect(suggest(facts, known, reading('2026-03-03', DEYANG, visit))).toMatchObject({ kind, preselected })
  })

  it('a fast-changing result beyond its short limit, as reference only', () => {
    const fast = register('K', { item: item('K', { fastDays: 1 }) })
    expect(suggest(facts, fast, reading('2026-03-03'))).toMatchObject({ kind: 'reference-only', preselected: '02' })
    expect(suggest(facts, fast, reading('2026-03-02')).kind).toBe('recognise')
    expect(suggest(result(null), fast, reading('2026-03-03')).kind).toBe('recognise')
    expect(
      suggest(result(null), known, reading('2026-03-03', DEYANG, { kind: 'inpatient', changedOn: '2026-03-02' })).kind,
    ).toBe('recognise')
  })

  it('no code preselected that is not in force any more', () => {
    const left = new Map([...REASONS].filter(([code]) => code !== '03'))
    const shown = suggestIn(
      facts,
      known,
      reading('2026-03-03', DEYANG, { kind: 'inpatient', preoperative: true }),
      left,
    )
    expect(shown).toMatchObject({ kind: 'ask', preselected: undefined })
    expect(shown.offered).not.toContain('03')
  })
})

describe('the outcome', () => {
  const facts = result('2026-03-01')
  const known = register('TP')
  const rescue = reading('2026-03-03', DEYANG, { kind: 'emergency', rescue: true })

  it('owes a code in a rescue and is held up elsewhere', () => {
    expect(judge(facts, known, rescue, { action: 'repeat' }).outcome).toBe('open')
    expect(judge(facts, known, rescue).outcome).toBe('open')
    expect(judge(facts, known, reading('2026-03-03'), { action: 'repeat' }).outcome).toBe('reason-needed')
    expect(judge(facts, known, reading('2026-03-03'), { action: 'repeat', reason: '55' }).outcome).toBe('reason-needed')
    expect(judge(facts, known, reading('2026-03-03', DEYANG, { kind: 'appraisal' })).outcome).toBe('reason-needed')
  })

  it('is recognised when the physician accepts, whatever was suggested', () => {
    expect(judge(facts, known, rescue, { action: 'accept' })).toMatchObject({ outcome: 'recognised', countable: true })
  })

  it('stays not eligible whatever the physician says', () => {
    expect(judge(result('2025-01-01'), known, reading('2026-03-03'), { action: 'accept' }).outcome).toBe('not-eligible')
  })
})

describe('a statement', () => {
  const faults = (statement: Statement) => checkStatement(statement, '/statements/0').map((one) => one.pointer)

  it.each([
    [{ action: 'accept' }, []],
    [{ action: 'accept', reason: '01' }, ['/statements/0/reason']],
    [{ action: 'repeat' }, []],
    [{ action: 'repeat', reason: '55' }, ['/statements/0/reason']],
    [{ action: 'repeat', reason: '07', detail: '太短', informed: 'yes' }, ['/statements/0/detail']],
    [{ action: 'repeat', reason: '01', detail: '病情明显变化' }, ['/statements/0/informed']],
    [{ action: 'repeat', reason: '01', informed: 'impossible' }, ['/statements/0/detail', '/statements/0/informed']],
    [{ action: 'repeat', reason: '04', informed: 'impossible' }, []],
    [{ action: 'repeat', reason: '98', retrievalRef: 'retrieval-0042', informed: 'yes' }, []],
    [{ action: 'repeat', reason: '98', informed: 'yes' }, ['/statements/0/detail']],
    [{ action: 'repeat', reason: '01', further: ['03'], detail: '病情明显变化', informed: 'yes' }, []],
    [
      { action: 'repeat', reason: '01', further: ['55'], detail: '病情明显变化', informed: 'yes' },
      ['/statements/0/further'],
    ],
    [{ action: 'repeat', further: ['03'] }, ['/statements/0/further']],
    // 09 and 10 are in force only where a row says so.
    [{ action: 'repeat', reason: '09', detail: '签字申请', informed: 'yes' }, ['/statements/0/reason']],
  ] as const)('%j has its faults named', (statement, expected) => {
    expect(faults(statement)).toEqual(expected)
  })
})
