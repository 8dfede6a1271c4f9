import { describe, expect, it } from 'vitest'
import type { Resource } from '../../src/fhir/index.ts'
import { convertible } from '../../src/recognition/convertible.ts'
import type { Bench } from '../../src/recognition/judge-evidence.ts'
import { judgeFound } from '../../src/recognition/judge-found.ts'
import { arrangeCatalogue, arrangeInstitution } from '../../src/recognition/register.ts'
import type { SourceResult } from '../../src/records/index.ts'
import { item, mark, REASONS, reading, round } from './facts.ts'

const JUNK: readonly unknown[] = [
  undefined,
  null,
  '',
  'x'.repeat(10_000),
  0,
  -1,
  Number.MAX_SAFE_INTEGER,
  true,
  [],
  [null],
  [[]],
  [{}],
  {},
  { coding: null },
  { coding: [null, 1, { system: 1, code: {} }] },
  { coding: [{ system: '__proto__', code: 'constructor' }] },
  { reference: 7 },
  { reference: '/'.repeat(500) },
  { value: 'NaN', unit: {} },
  { value: 1, code: 'constructor', system: 'http://unitsofmeasure.org' },
  { start: [] },
]

const bench: Bench = {
  institutions: { factsAt: () => ({ level: 2 }) as never },
  issuer: {
    code: 'H51010400001',
    register: arrangeInstitution({ marks: [mark('K')], eqa: [round('K', '2025-10-01')], evaluations: [], prices: [] }),
    mappings: new Map(),
  },
  catalogue: arrangeCatalogue({
    items: [item('K'), item('CT-CHEST')],
    scopes: [],
    panels: [],
    negatives: [],
    reasons: [],
    policies: [],
  }),
  reasons: REASONS,
  convertible,
  context: reading('2026-03-05'),
  statements: [],
  ordered: undefined,
  complete: true,
}

const OBSERVATION: Resource = {
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '2823-3' }] },
  effectiveDateTime: '2026-03-01T08:00:00+08:00',
  specimen: { reference: 'Specimen/s' },
  valueQuantity: { value: 4.1, system: 'http://unitsofmeasure.org', code: 'mmol/L' },
  referenceRange: [{}],
}
const SPECIMEN: Resource = { resourceType: 'Specimen', id: 's', type: { coding: [{ code: 'SER' }] } }
const REPORT: Resource = {
  resourceType: 'DiagnosticReport',
  id: 'r',
  status: 'final',
  result: [{ reference: 'Observation/o' }],
}

function judge(observation: Resource, specimen: Resource, report: Resource) {
  const found = (resource: Resource) => ({ source: 'H51010400001', fullUrl: '', resource })
  const source = {
    source: 'H51010400001',
    state: 'ok',
    elapsedMs: 1,
    total: 1,
    found: [found(report)],
    included: [found(observation), found(specimen)],
  } as unknown as SourceResult
  return judgeFound(bench, source, new Set(['K', 'CT-CHEST']))
}

describe('what a hospital may send', () => {
  it('is judged where it is sound', () => {
    expect(judge(OBSERVATION, SPECIMEN, REPORT).map((one) => one.judged.eligibility.verdict)).toEqual(['eligible'])
  })

  const fields = (resource: Resource) => [...Object.keys(resource), 'issued', 'meta', 'method', 'effectivePeriod']

  it.each([
    ['result', OBSERVATION, (one: Resource) => judge(one, SPECIMEN, REPORT)],
    ['specimen', { ...SPECIMEN, condition: [], collection: {} }, (one: Resource) => judge(OBSERVATION, one, REPORT)],
    [
      'report',
      { ...REPORT, performer: [], imagingStudy: [], code: {} },
      (one: Resource) => judge(OBSERVATION, SPECIMEN, one),
    ],
  ] as const)('breaks no judgement, whatever stands in any field of a %s', (_name, sound, run) => {
    for (const field of fields(sound)) {
      for (const junk of JUNK) {
        if (field === 'resourceType') continue
        const judged = run({ ...sound, [field]: junk } as Resource)
        for (const one of judged) {
          expect(one.judged.evidence?.length ?? 0).toBeLessThanOrEqual(200)
        }
      }
    }
  })

  it.each(['status', 'code', 'effectiveDateTime', 'specimen', 'valueQuantity'])(
    'is never valid with a broken %s',
    (field) => {
      for (const junk of JUNK) {
        const verdicts = judge({ ...OBSERVATION, [field]: junk } as Resource, SPECIMEN, REPORT).map(
          (one) => one.judged.eligibility.verdict,
        )
        expect(verdicts, JSON.stringify(junk)).not.toContain('eligible')
      }
    },
  )
})
