import { SAMPLE_ITEMS } from '../../src/recognition/sample-catalogue.ts'
import type {
  EqaRound,
  Item,
  Mark,
  ReadingContext,
  Reason,
  Reasons,
  RegisterFacts,
  ResultFacts,
} from '../../src/recognition/types.ts'

/** The four fictitious houses of the worked cases. */
export const CHENGDU = '510104'
export const DEYANG = '510603'
export const ZIYANG = '512002'
export const CHUANYU = ['510000', '500000']

export function item(code: string, changes: Partial<Item> = {}): Item {
  const found = SAMPLE_ITEMS.find((one) => one.code === code)
  if (found === undefined) throw new Error(`no item ${code}`)
  return { ...found, from: '2020-01-01', ...changes }
}

export function mark(code: string, changes: Partial<Mark> = {}): Mark {
  return {
    institution: 'H51010400001',
    item: code,
    version: 1,
    label: '川渝HR',
    scope: CHUANYU,
    basis: 'test',
    source: 'test',
    verified: false,
    from: '2025-01-01',
    to: null,
    ...changes,
  }
}

export function round(code: string, publishedOn: string, passed = true): EqaRound {
  return { institution: 'H51010400001', item: code, round: publishedOn, organiser: 'province', passed, publishedOn }
}

export function register(code: string, changes: Partial<RegisterFacts> = {}): RegisterFacts {
  return {
    item: item(code),
    negative: false,
    marks: [mark(code)],
    eqa: [round(code, '2025-10-01')],
    evaluations: [],
    issuerLevel: 3,
    ...changes,
  }
}

export function result(baseDate: string | null, changes: Partial<ResultFacts> = {}): ResultFacts {
  return {
    samePerson: true,
    readable: true,
    mapping: 'confirmed',
    fitsOrder: true,
    status: 'final',
    baseDate,
    baseIsReport: false,
    missing: [],
    specimenUnfit: false,
    images: 'not-needed',
    ...changes,
  }
}

export function reading(
  today: string,
  division = DEYANG,
  visit: ReadingContext['visit'] = { kind: 'outpatient' },
): ReadingContext {
  return { today, division, level: 2, lowerAcceptsHigherOnly: false, visit }
}

/** The dictionary as the migration brings it. */
export const REASONS: Reasons = new Map(
  (
    [
      ['01', true, 'what-changed', 5],
      ['02', true, 'trend', 2],
      ['03', true, 'measure', 2],
      ['04', true, 'none', 0],
      ['05', true, 'appraisal', 2],
      ['06', true, 'qualification', 2],
      ['07', true, 'text', 10],
      ['08', true, 'text', 2],
      ['98', false, 'retrieval', 4],
      ['99', false, 'disease', 2],
    ] as const
  ).map(([code, countable, detail, detailMin]): [string, Reason] => [
    code,
    {
      code,
      version: 1,
      zh: code,
      en: code,
      countable,
      detail,
      detailMin,
      informedImpossible: code === '04',
      source: 'test',
      verified: false,
      from: '2020-01-01',
      to: null,
    },
  ]),
)
