import { describe, expect, it } from 'vitest'
import { parseFhirJson } from '../../src/fhir/index.ts'
import { toBundle } from '../../src/records/bundle.ts'
import { checkEntry } from '../../src/records/check-entry.ts'
import { isUnder } from '../../src/records/guarded-client.ts'
import { mergeFound } from '../../src/records/merge.ts'
import type { Found, Resource, SourceResult } from '../../src/records/types.ts'
import { withholdIdentity } from '../../src/records/withhold-identity.ts'

const BASE = 'https://one.example/fhir'

describe('an address', () => {
  it.each([
    [`${BASE}/Observation?_page=2`, true],
    ['Observation?_page=2', true],
    [BASE, true],
    ['https://one.example/fhir-other/Observation', false],
    ['https://one.example/fhir/../admin', false],
    ['https://one.example/fhir/%2e%2e/admin', false],
    ['http://one.example/fhir/Observation', false],
    ['https://one.example:8443/fhir/Observation', false],
    ['https://user@one.example/fhir/Observation', false],
    ['https://one.example@evil.example/fhir/Observation', false],
    ['//evil.example/fhir/Observation', false],
    ['https://', false],
  ])('%s is under the base: %s', (link, expected) => {
    expect(isUnder(link, BASE)).toBe(expected)
  })
})

describe('an entry', () => {
  const expected = { source: 'H1', baseUrl: BASE, type: 'Observation', includes: ['Specimen'], patientId: 'p1' }
  const observation = (changes: object = {}) => ({
    resourceType: 'Observation',
    id: 'o1',
    status: 'final',
    code: { text: 'K' },
    subject: { reference: 'Patient/p1' },
    ...changes,
  })
  const kind = (resource: unknown, more: object = {}) => checkEntry({ resource, ...more }, expected).kind

  it('of the patient is a match, also by an absolute or versioned reference', () => {
    expect(kind(observation())).toBe('match')
    expect(kind(observation({ subject: { reference: `${BASE}/Patient/p1` } }))).toBe('match')
    expect(kind(observation({ subject: { reference: 'Patient/p1/_history/3' } }))).toBe('match')
  })

  it.each([
    ['another patient', observation({ subject: { reference: 'Patient/p2' } })],
    [
      'a patient of the same id elsewhere',
      observation({ subject: { reference: 'https://two.example/fhir/Patient/p1' } }),
    ],
    ['no subject', observation({ subject: undefined })],
    ['another type', { ...observation(), resourceType: 'Condition' }],
    ['an id that is a path', observation({ id: '../Patient/p1' })],
    ['no status', observation({ status: undefined })],
    ['no code', observation({ code: 'K' })],
    ['no object', 'Observation'],
  ])('with %s is withheld', (_name, resource) => {
    expect(kind(resource)).toBe('quarantined')
  })

  it('that was not asked for is left out', () => {
    expect(kind({ resourceType: 'OperationOutcome', issue: [] }, { search: { mode: 'outcome' } })).toBe('ignored')
    expect(kind({ ...observation(), resourceType: 'Encounter' }, { search: { mode: 'include' } })).toBe('ignored')
    const specimen = { resourceType: 'Specimen', id: 's1', subject: { reference: 'Patient/p1' } }
    expect(kind(specimen, { search: { mode: 'include' } })).toBe('include')
    expect(checkEntry('x', expected).kind).toBe('quarantined')
  })

  it('keeps its fullUrl where that is the hospital’s own, else gets the address it has there', () => {
    const fullUrl = (given: string) => {
      const verdict = checkEntry({ fullUrl: given, resource: observation() }, expected)
      return verdict.kind === 'match' ? verdict.found.fullUrl : undefined
    }
    expect(fullUrl(`${BASE}/Observation/o1`)).toBe(`${BASE}/Observation/o1`)
    expect(fullUrl('https://two.example/fhir/Observation/o1')).toBe(`${BASE}/Observation/o1`)
  })
})

describe('merging', () => {
  const found = (source: string, id: string, changes: object = {}): Found => ({
    source,
    fullUrl: `https://${source}/${id}`,
    resource: { resourceType: 'DiagnosticReport', id, ...changes } as Resource,
  })
  const numbered = (issuer: string) => ({
    identifier: [{ system: 'urn:n', value: 'R1' }],
    performer: [{ identifier: { value: issuer } }],
    effectiveDateTime: '2026-03-01',
  })

  it('puts the newest first, those without a time last, equal ones by source and id', () => {
    const merged = mergeFound([
      found('B', '1'),
      found('B', '2', { effectivePeriod: { start: '2026-03-02' } }),
      found('A', '9', { effectiveDateTime: '2026-03-02' }),
      found('B', '0', { issued: '2026-03-02' }),
      found('A', '3', { effectiveInstant: '2026-03-05T00:00:00Z' }),
      found('A', '4', { effectiveDateTime: 'yesterday' }),
    ])
    expect(merged.entries.map((one) => `${one.source}${one.resource.id ?? ''}`)).toEqual([
      'A3',
      'A9',
      'B0',
      'B2',
      'A4',
      'B1',
    ])
  })

  it('shows one report once, in its issuer’s own copy', () => {
    for (const order of [
      ['P', 'A'],
      ['A', 'P'],
    ]) {
      const merged = mergeFound(order.map((source) => found(source, '1', numbered('A'))))
      expect(merged).toMatchObject({ duplicates: 1, entries: [{ source: 'A' }] })
    }
  })

  it('takes equal numbers of two issuers, and equal ids of two hospitals, for different reports', () => {
    expect(mergeFound([found('A', '1', numbered('A')), found('B', '1', numbered('B'))]).entries).toHaveLength(2)
    expect(mergeFound([found('A', '1'), found('B', '1')]).entries).toHaveLength(2)
  })
})

describe('the bundle', () => {
  const source = (state: SourceResult['state'], total: number): SourceResult => ({
    source: 'H1',
    state,
    elapsedMs: 7,
    found: [],
    included: [],
    total,
    issue: state === 'ok' ? undefined : { code: 'timeout', text: 'late' },
  })
  const options = { count: 10, self: 'x', at: new Date(0) }

  it('has no entry at all where nothing was found and nothing failed', () => {
    expect(toBundle([source('ok', 0)], options)).not.toHaveProperty('entry')
  })

  it('names a failed source with its milliseconds and says that the total is a lower bound', () => {
    const bundle = toBundle([source('failed', 0)], options)
    expect(bundle).toMatchObject({ total: 0, entry: [{ search: { mode: 'outcome' } }] })
    expect(JSON.stringify(bundle.entry)).toMatch(/source H1, 7 ms\..*lower bound/)
  })
})

describe('identity numbers', () => {
  const idNumber = '510104190002289017'
  const system = 'urn:oid:2.16.156.10011.1.3'
  const hospital = { identifierSystems: { 'resident-id': system } }
  const clean = (resource: object) =>
    withholdIdentity({ resourceType: 'Observation', ...resource } as Resource, hospital, {
      type: 'resident-id',
      value: idNumber,
    })

  it('go wherever they stand, the rest stays as it was', () => {
    expect(
      clean({
        contained: [
          {
            resourceType: 'Patient',
            identifier: [
              { system, value: 'another person’s' },
              { system: 'urn:mrn', value: '7' },
            ],
          },
        ],
        subject: { reference: 'Patient/p1', identifier: { system, value: idNumber } },
        note: [{ text: `证件 ${idNumber}` }],
        identifier: [{ system, value: idNumber }],
        valueQuantity: { value: 5.1 },
      }),
    ).toEqual({
      resourceType: 'Observation',
      contained: [{ resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: '7' }] }],
      subject: { reference: 'Patient/p1' },
      note: [{ text: '证件 [withheld]' }],
      valueQuantity: { value: 5.1 },
    })
  })

  it('are not taken for decimals, which keep their spelling', () => {
    const parsed = parseFhirJson('{"resourceType":"Observation","valueQuantity":{"value":6.30},"empty":[]}') as Resource
    expect(JSON.stringify(withholdIdentity(parsed, hospital, { type: 'resident-id', value: idNumber }))).toBe(
      '{"resourceType":"Observation","valueQuantity":{"value":6.30},"empty":[]}',
    )
  })
})
