import { describe, expect, it } from 'vitest'
import { parseFhirJson } from '../../src/fhir/index.ts'
import { countMembers } from '../../src/kernel/json-depth.ts'
import { renderBundle } from '../../src/records/bundle.ts'
import { toBytes } from '../../src/records/bytes-text.ts'
import { checkEntry, FHIR_ID } from '../../src/records/check-entry.ts'
import { cleanerFor, exactResource } from '../../src/records/clean-found.ts'
import { type Cursor, openCursor, sealCursor } from '../../src/records/cursor.ts'
import { isUnder } from '../../src/records/guarded-client.ts'
import { hubIdOfPatient, hubIdsFor, isLocal, readHubId } from '../../src/records/hub-id.ts'
import { mergeSources } from '../../src/records/merge.ts'
import { timeOf } from '../../src/records/order.ts'
import { outcomesOf } from '../../src/records/outcomes.ts'
import { positionsAfter } from '../../src/records/positions.ts'
import { presenterFor } from '../../src/records/render-resource.ts'
import { scanResource, scanSearchset } from '../../src/records/scan-searchset.ts'
import type { Found, Resource, SourceResult } from '../../src/records/types.ts'
import { withholdIdentity } from '../../src/records/withhold-identity.ts'
import { testKeyring } from '../support/deps.ts'

const BASE = 'https://one.example/fhir'
const CODE = 'H51010400001'
const PERSON = '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'

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
  const origin = { institution: CODE, baseUrl: BASE, personId: PERSON, patientId: 'p1' }
  const expected = {
    type: 'Observation',
    includes: ['Specimen'],
    origin,
    order: { type: 'Observation', sort: { parameter: 'date', descending: true } },
  } as const
  const check = (entry: unknown, text = JSON.stringify({ entry: [entry] })) =>
    checkEntry(entry, text, scanSearchset(text)?.[0], expected)
  const observation = (changes: object = {}) => ({
    resourceType: 'Observation',
    id: 'o1',
    status: 'final',
    code: { text: 'K' },
    subject: { reference: 'Patient/p1' },
    ...changes,
  })
  const kind = (resource: unknown, more: object = {}) => check({ resource, ...more }).kind

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
    expect(check('x').kind).toBe('quarantined')
  })

  it('keeps its fullUrl where that is the hospital’s own, else gets the address it has there', () => {
    const fullUrl = (given: string) => {
      const verdict = check({ fullUrl: given, resource: observation() })
      return verdict.kind === 'match' ? verdict.found.fullUrl : undefined
    }
    expect(fullUrl(`${BASE}/Observation/o1`)).toBe(`${BASE}/Observation/o1`)
    expect(fullUrl('https://two.example/fhir/Observation/o1')).toBe(`${BASE}/Observation/o1`)
  })

  it('with a member that comes twice is withheld: its next reader might take the other one', () => {
    const text = JSON.stringify({ entry: [{ resource: observation() }] })
    const doubled = text.replace('"status"', '"subject":{"reference":"Patient/p2"},"status"')
    const entry = (JSON.parse(doubled) as { entry: unknown[] }).entry[0]
    expect(check(entry, text).kind).toBe('match')
    expect(check(entry, doubled).kind).toBe('quarantined')
  })
})

const order = { type: 'DiagnosticReport', sort: { parameter: 'date', descending: true } } as const

/** A resource as it comes from a hospital. */
function foundAt(source: string, resource: object & { id: string }, patientId = 'p1'): Found {
  const whole = { resourceType: 'DiagnosticReport', ...resource } as Resource
  const text = Buffer.from(JSON.stringify(whole)).toString('latin1')
  const baseUrl = `https://${source.toLowerCase()}.example/fhir`
  return {
    source,
    fullUrl: `${baseUrl}/${whole.resourceType}/${resource.id}`,
    resource: whole,
    origin: { institution: source, baseUrl, personId: PERSON, patientId },
    text,
    place: scanResource(text),
    time: timeOf(whole, order),
  }
}

const sourceOf = (source: string, found: readonly Found[], more: Partial<SourceResult> = {}): SourceResult => ({
  source,
  state: 'ok',
  elapsedMs: 7,
  found,
  pages: [{ link: undefined, next: undefined, skipped: 0, found }],
  included: [],
  total: found.length,
  ...more,
})

describe('merging', () => {
  const at = (time: string) => ({ effectiveDateTime: time })
  const report = (issuer: string, number = '7') => ({
    identifier: [{ system: 'urn:report', value: number }],
    performer: [{ identifier: { system: 'urn:org', value: issuer } }],
  })
  const ids = (results: readonly SourceResult[], options: { count?: number; descending?: boolean } = {}) =>
    mergeSources(results, {
      order: { ...order, sort: { parameter: 'date', descending: options.descending ?? true } },
      count: options.count ?? 100,
    }).shown.map((one) => one.found.resource.id)

  it('puts the newest first, those without a time last in both directions, equal ones by source', () => {
    const results = [
      sourceOf('B', [foundAt('B', { id: 'b1', ...at('2026-03-01') }), foundAt('B', { id: 'b2', ...at('2026-01-01') })]),
      sourceOf('A', [foundAt('A', { id: 'a1', ...at('2026-03-01') }), foundAt('A', { id: 'a2' })]),
    ]
    expect(ids(results)).toEqual(['a1', 'b1', 'b2', 'a2'])
    expect(ids(results, { count: 2 })).toEqual(['a1', 'b1'])
    const rising = [
      sourceOf('A', [foundAt('A', { id: 'a1', ...at('2026-01-01') }), foundAt('A', { id: 'a2' })]),
      sourceOf('B', [foundAt('B', { id: 'b1', ...at('2026-02-01') })]),
    ]
    expect(ids(rising, { descending: false })).toEqual(['a1', 'b1', 'a2'])
  })

  it('shows one report once, in its issuer’s own copy, and remembers the other', () => {
    const own = foundAt('B', { id: 'own', ...at('2026-03-01'), ...report('B') })
    const copy = foundAt('A', { id: 'copy', ...at('2026-03-01'), ...report('B') })
    const merged = mergeSources([sourceOf('A', [copy]), sourceOf('B', [own])], { order, count: 10 })
    expect(merged.shown).toEqual([{ found: own, copies: [copy], key: expect.any(String), time: expect.any(Number) }])
    expect(merged.duplicates).toBe(1)
  })

  it('knows on the next page what the one before ended with', () => {
    const own = foundAt('B', { id: 'own', ...at('2026-03-01'), ...report('B') })
    const copy = foundAt('A', { id: 'copy', ...at('2026-03-01'), ...report('B') })
    const first = mergeSources([sourceOf('A', [copy]), sourceOf('B', [own])], { order, count: 1 })
    expect(first.shown.map((one) => one.found.resource.id)).toEqual(['copy'])
    const second = mergeSources([sourceOf('B', [own])], { order, count: 1, given: first.marks })
    expect(second.shown).toEqual([])
    expect(second.consumed.get('B')).toBe(1)
    expect(JSON.stringify(first.marks)).not.toContain('urn:report')
  })

  it('takes equal numbers of two issuers, and two records of one source, for different ones', () => {
    const one = (source: string, id: string, more: object = {}) => foundAt(source, { id, ...at('2026-03-01'), ...more })
    expect(
      ids([sourceOf('A', [one('A', '1', report('A'))]), sourceOf('B', [one('B', '1', report('B'))])]),
    ).toHaveLength(2)
    expect(ids([sourceOf('A', [one('A', '1')]), sourceOf('B', [one('B', '1')])])).toHaveLength(2)
    expect(ids([sourceOf('A', [one('A', '1', report('A')), one('A', '2', report('A'))])])).toHaveLength(2)
  })

  it('takes an observation for a copy only where issuer, code, time and value are the same', () => {
    const observation = (source: string, value: number, more: object = {}) =>
      foundAt(source, {
        resourceType: 'Observation',
        id: 'o1',
        ...at('2026-03-01'),
        code: { coding: [{ system: 'urn:c', code: 'K' }] },
        performer: [{ identifier: { value: 'A' } }],
        valueQuantity: { value },
        ...more,
      } as { id: string })
    const count = (one: Found, other: Found) =>
      mergeSources([sourceOf('A', [one]), sourceOf('B', [other])], {
        order: { ...order, type: 'Observation' },
        count: 9,
      }).shown.length
    expect(count(observation('A', 4.1), observation('B', 4.1))).toBe(1)
    expect(count(observation('A', 4.1), observation('B', 4.2))).toBe(2)
    expect(count(observation('A', 4.1), observation('B', 4.1, at('2026-03-02')))).toBe(2)
    expect(count(observation('A', 4.1), observation('B', 4.1, { performer: undefined }))).toBe(2)
  })
})

describe('where a search goes on', () => {
  const report = (id: string) => foundAt('A', { id, effectiveDateTime: '2026-03-01' } as { id: string })
  const after = (result: SourceResult, consumed: number, before?: Parameters<typeof positionsAfter>[2]) =>
    positionsAfter([result], { consumed: new Map([['A', consumed]]) }, before).open

  it('is behind what was shown: inside a page, at the next one, or nowhere', () => {
    const [a, b, c] = [report('a'), report('b'), report('c')]
    const pages = [
      { link: undefined, next: '/R?_page=2', skipped: 0, found: [a, b] },
      { link: '/R?_page=2', next: undefined, skipped: 0, found: [c] },
    ]
    const result = sourceOf('A', [a, b, c], { pages, patientId: 'p1' })
    const at = (consumed: number) => after(result, consumed).map(({ link, taken, last }) => [link, taken, last])
    expect(at(0)).toEqual([[undefined, 0, undefined]])
    expect(at(1)).toEqual([[undefined, 1, 'a']])
    expect(at(2)).toEqual([[undefined, 2, 'b']])
    expect(at(3)).toEqual([])
    const more = sourceOf('A', [a], { pages: [{ link: undefined, next: '/R?_page=2', skipped: 4, found: [a] }] })
    expect(after(more, 1)).toMatchObject([{ link: '/R?_page=2', taken: 0 }])
    expect(after(more, 0)).toMatchObject([{ taken: 4 }])
  })

  it('keeps a hospital that failed for two more pages, and one that cannot come back not at all', () => {
    const failed = sourceOf('A', [], { state: 'failed', pages: [], issue: { code: 'timeout', text: 'late' } })
    const first = after(failed, 0)
    expect(first).toMatchObject([{ institution: 'A', taken: 0, failures: 1 }])
    const second = after(failed, 0, first)
    expect(second).toMatchObject([{ failures: 2 }])
    expect(after(failed, 0, second)).toEqual([])
    expect(after(sourceOf('A', [], { state: 'failed', pages: [], issue: { code: 'structure', text: '' } }), 0)).toEqual(
      [],
    )
    expect(after(sourceOf('A', [], { state: 'not-linked', pages: [] }), 0)).toEqual([])
  })
})

describe('the link of a page', () => {
  const cursor: Cursor = {
    kind: 'search',
    personId: PERSON,
    types: ['Observation'],
    form: { code: ['K'] },
    includes: [],
    withPatient: false,
    withProvenance: false,
    count: 5,
    sort: undefined,
    total: 9,
    positions: [{ institution: CODE, link: '/Observation?secret', taken: 1, failures: 0 }],
    marks: [],
    until: 1_000,
  }
  const sealed = sealCursor(testKeyring, cursor, 'hospital-a') ?? ''
  const open = (text: string, client = 'hospital-a', now = 0) => openCursor(testKeyring, text, client, new Date(now))

  it('holds the place and shows none of it', () => {
    expect(open(sealed)).toEqual(cursor)
    expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('secret')
  })

  it('is refused when it was changed, cut, made up, too old, or given to another client', () => {
    const changed = `${sealed.slice(0, 60)}${sealed[60] === 'A' ? 'B' : 'A'}${sealed.slice(61)}`
    for (const text of [changed, sealed.slice(0, -8), 'x'.repeat(80), '', '..', 'AAAA'.repeat(4_000)]) {
      expect(() => open(text), text.slice(0, 20)).toThrow(expect.objectContaining({ code: 'records.cursor-invalid' }))
    }
    expect(() => open(sealed, 'hospital-b')).toThrow(expect.objectContaining({ code: 'records.cursor-invalid' }))
    expect(() => open(sealed, 'hospital-a', 1_001)).toThrow(expect.objectContaining({ code: 'records.cursor-expired' }))
  })
})

describe('an id of the hub', () => {
  const make = hubIdsFor(CODE, PERSON)

  it.each([['o1'], ['0b55a5aa-1111-4222-8333-123456789abc'], ['a'.repeat(34)], ['ab'.repeat(25)], ['A-b.'.repeat(16)]])(
    'leads back to %s at its hospital and to its person',
    (local) => {
      const id = make(local)
      expect(id).toMatch(FHIR_ID)
      const address = readHubId(id)
      expect(address).toMatchObject({ institution: CODE, personId: PERSON })
      expect(isLocal(address?.local ?? { kind: 'own' }, local)).toBe(true)
      expect(isLocal(address?.local ?? { kind: 'own' }, `${local}x`)).toBe(false)
    },
  )

  it('differs between hospitals, persons and ids', () => {
    const all = [
      make('1'),
      hubIdsFor('H51010400002', PERSON)('1'),
      hubIdsFor(CODE, PERSON.replace('0', '1'))('1'),
      make('2'),
      hubIdOfPatient(CODE, PERSON),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  it('has one spelling only, and nothing else is one', () => {
    const id = make('0b55a5aa-1111-4222-8333-123456789abc')
    const last = id.at(-1) ?? ''
    for (const other of [
      `${id.slice(0, -1)}${last === 'A' ? 'B' : 'B'}`,
      `${id}A`,
      id.slice(0, -1),
      `w${id.slice(1)}`,
      'x',
      '',
      PERSON,
    ]) {
      if (other !== id) expect(readHubId(other), other).toBeUndefined()
    }
  })
})

describe('a resource as the hub presents it', () => {
  const found = foundAt(CODE, {
    id: 'r1',
    meta: { versionId: '3', source: 'urn:old', tag: [{ code: 'x' }] },
    subject: { reference: 'Patient/p1' },
    encounter: { reference: `https://${CODE.toLowerCase()}.example/fhir/Encounter/e1` },
    performer: [{ reference: 'Organization/7' }, { reference: '#inner' }, { reference: 'https://two.example/X/1' }],
    result: [{ reference: 'Observation/o1/_history/2' }],
    conclusion: '正常 "reference":"Observation/o9"',
    presentedForm: [{ url: 'Binary/b1' }],
  } as { id: string })
  const shown = () =>
    JSON.parse(
      Buffer.from(
        presenterFor(found.origin, 'https://hub.example/fhir').resource(found, [{ system: 'urn:t', code: '互认' }]),
        'latin1',
      ).toString(),
    ) as Record<string, unknown>
  const base = `https://${CODE.toLowerCase()}.example/fhir`

  it('has ids and references that a client can follow, and is otherwise as it was', () => {
    const make = hubIdsFor(CODE, PERSON)
    expect(shown()).toEqual({
      resourceType: 'DiagnosticReport',
      id: make('r1'),
      meta: {
        versionId: '3',
        source: `urn:yimatong:institution:${CODE}`,
        tag: [{ code: 'x' }, { system: 'urn:t', code: '互认' }],
      },
      subject: { reference: `Patient/${PERSON}` },
      encounter: { reference: `Encounter/${make('e1')}` },
      performer: [
        { reference: `${base}/Organization/7` },
        { reference: '#inner' },
        { reference: 'https://two.example/X/1' },
      ],
      result: [{ reference: `${base}/Observation/o1/_history/2` }],
      conclusion: '正常 "reference":"Observation/o9"',
      presentedForm: [{ url: `${base}/Binary/b1` }],
    })
  })

  it('keeps the spelling of its decimals, and gets a meta where it had none', () => {
    const text = '{"resourceType":"Observation","id":"o1","valueQuantity":{"value":6.30,"unit":"μmol"}}'
    const bytes = Buffer.from(text).toString('latin1')
    const one = { ...found, resource: JSON.parse(text) as Resource, text: bytes, place: scanResource(bytes) }
    const written = Buffer.from(presenterFor(one.origin, 'x').resource(one), 'latin1').toString()
    expect(written).toContain('"value":6.30,"unit":"μmol"')
    expect(JSON.parse(written)).toMatchObject({ meta: { source: `urn:yimatong:institution:${CODE}` } })
    expect(JSON.stringify(exactResource(one))).toContain('6.30')
  })
})

describe('the scan of a searchset', () => {
  it('finds the same resources as a parser, whatever the spacing and escapes', () => {
    const resources = [
      { resourceType: 'A', id: '1', text: 'a "quote" \\ and \\"', nested: { id: 'no', meta: {}, url: 'u' } },
      {
        resourceType: 'B',
        list: [1, [2, [true, null]], '}]'],
        subject: { reference: 'x' },
        id: '2',
        meta: { source: 's', tag: [] },
      },
    ]
    const bundle = {
      a: [{ entry: 1 }],
      entry: [{ resource: resources[0] }, 7, { x: 1 }, { resource: resources[1] }],
      z: -1.5e3,
    }
    for (const text of [JSON.stringify(bundle), JSON.stringify(bundle, null, '\t'), ` \n${JSON.stringify(bundle)}`]) {
      const places = scanSearchset(text) ?? []
      expect(places).toHaveLength(4)
      const [first, second, third, fourth] = places
      expect([second, third]).toEqual([undefined, undefined])
      const cut = (range: readonly [number, number] | undefined) =>
        range === undefined ? undefined : JSON.parse(text.slice(...range))
      expect(cut(first?.resource)).toEqual(resources[0])
      expect(cut(fourth?.resource)).toEqual(resources[1])
      expect([cut(first?.id), cut(fourth?.id), cut(fourth?.metaSource), first?.meta]).toEqual([
        '1',
        '2',
        's',
        undefined,
      ])
      expect([...(first?.addresses ?? []), ...(fourth?.addresses ?? [])].map(cut)).toEqual(['u', 'x'])
      expect([first?.members, fourth?.members]).toEqual(resources.map(countMembers))
    }
  })

  it('gives up on what is nested too deeply', () => {
    const deep = (levels: number) => `{"entry":[{"resource":{"x":${'['.repeat(levels)}${']'.repeat(levels)}}}]}`
    expect(scanSearchset(deep(20))).toHaveLength(1)
    expect(scanSearchset(deep(20_000))).toBeUndefined()
  })
})

describe('the bundle', () => {
  const parts = (results: readonly SourceResult[]) => ({
    fhirBase: 'https://hub.example/fhir',
    shown: [],
    results,
    outcomes: outcomesOf(results, { ignored: [], cut: false }),
    tags: new Map(),
    withProvenance: false,
    total: 0,
    links: [],
    at: new Date(0),
  })
  const bundleOf = (results: readonly SourceResult[]) => JSON.parse(renderBundle(parts(results)).toString()) as object

  it('has no entry at all where nothing was found and nothing failed', () => {
    expect(bundleOf([sourceOf('H1', [])])).not.toHaveProperty('entry')
  })

  it('names a failed source with its milliseconds and says that the total is a lower bound', () => {
    const bundle = bundleOf([sourceOf('H1', [], { state: 'failed', issue: { code: 'timeout', text: 'late' } })])
    expect(bundle).toMatchObject({ total: 0, entry: [{ search: { mode: 'outcome' } }] })
    expect(JSON.stringify(bundle)).toMatch(/source H1, 7 ms\..*lower bound/)
  })

  it.each([
    ['partial', 'incomplete', 'warning/incomplete'],
    ['failed', 'timeout', 'error/timeout'],
    ['failed', 'transient', 'error/transient'],
    ['failed', 'throttled', 'error/throttled'],
    ['failed', 'forbidden', 'error/forbidden'],
    ['not-linked', 'not-found', 'information/not-found'],
    ['failed', 'exception', 'error/exception'],
    ['failed', 'structure', 'error/structure'],
    ['skipped', 'not-supported', 'warning/not-supported'],
    ['denied', 'suppressed', 'information/suppressed'],
  ] as const)('says %s for %s as %s', (state, code, expected) => {
    const [outcome] = outcomesOf([sourceOf('H1', [], { state, issue: { code, text: '' } })], {
      ignored: [],
      cut: false,
    })
    expect(`${outcome?.issue[0]?.severity}/${outcome?.issue[0]?.code}`).toBe(expected)
    // Which house a person closed is for nobody to know.
    expect(JSON.stringify(outcome).includes('H1')).toBe(state !== 'denied')
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

  it('go with a small check character as well', () => {
    const identifier = { type: 'resident-id', value: '11010519491231002X' } as const
    const text = JSON.stringify({ resourceType: 'Observation', note: [{ text: '证件 11010519491231002x' }] })
    expect(JSON.stringify(withholdIdentity(JSON.parse(text) as Resource, hospital, identifier))).not.toContain(
      '11010519',
    )
    const page = toBytes(text)
    const found = { text: page, place: scanResource(page), resource: JSON.parse(text) as Resource } as Found
    expect(cleanerFor(page, hospital, identifier)(found).text).not.toContain('11010519')
  })

  it('are not taken for decimals, which keep their spelling', () => {
    const parsed = parseFhirJson('{"resourceType":"Observation","valueQuantity":{"value":6.30},"empty":[]}') as Resource
    expect(JSON.stringify(withholdIdentity(parsed, hospital, { type: 'resident-id', value: idNumber }))).toBe(
      '{"resourceType":"Observation","valueQuantity":{"value":6.30},"empty":[]}',
    )
  })
})
