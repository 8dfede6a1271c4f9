import { describe, expect, it } from 'vitest'
import { outcomeOfIssues, parseFhirJson, validateResource } from '../../src/fhir/index.ts'
import { bundle, observation, patient } from './samples.ts'

/** Sets or, with `undefined`, removes what stands at a path of a copy. */
function broken(resource: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(resource)
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], copy)
  const last = path.at(-1) as string | number
  const members = parent as Record<string | number, unknown>
  if (value === undefined) delete members[last]
  else members[last] = value
  return copy
}

const whole = () => bundle(observation(), patient())
const inFirst = (...path: readonly (string | number)[]) => ['entry', 0, 'resource', ...path]
const inSecond = (...path: readonly (string | number)[]) => ['entry', 1, 'resource', ...path]
const FIRST = 'Bundle.entry[0].resource'
const SECOND = 'Bundle.entry[1].resource'

/** What, where in JSON, the value put there, and the code and place that must be told. */
const DEFECTS: readonly (readonly [string, readonly (string | number)[], unknown, string, string])[] = [
  ['a bundle without its type', ['type'], undefined, 'required', 'Bundle.type'],
  ['a type of bundle that does not exist', ['type'], 'searchset2', 'code-invalid', 'Bundle.type'],
  ['a negative total', ['total'], -1, 'value', 'Bundle.total'],
  ['a total with a fraction', ['total'], 1.5, 'value', 'Bundle.total'],
  ['a number in quotes', ['total'], '1', 'value', 'Bundle.total'],
  ['an empty list of entries', ['entry'], [], 'structure', 'Bundle.entry'],
  ['an object in place of a list', ['entry'], {}, 'structure', 'Bundle.entry'],
  ['an empty entry', ['entry', 1], {}, 'structure', 'Bundle.entry[1]'],
  ['null in place of an entry', ['entry', 1], null, 'structure', 'Bundle.entry[1]'],
  ['a link without its address', ['link', 0, 'url'], undefined, 'required', 'Bundle.link[0].url'],
  ['an address with a blank', ['link', 0, 'url'], 'http://a b', 'value', 'Bundle.link[0].url'],
  [
    'a search mode that does not exist',
    ['entry', 0, 'search', 'mode'],
    'nope',
    'code-invalid',
    'Bundle.entry[0].search.mode',
  ],
  ['a resource without its type', inFirst('resourceType'), undefined, 'structure', FIRST],
  ['a resource type that does not exist', inFirst('resourceType'), 'Observations', 'not-supported', FIRST],
  ['an abstract type', inFirst('resourceType'), 'DomainResource', 'not-supported', FIRST],
  ['a data type as a resource', inFirst('resourceType'), 'HumanName', 'not-supported', FIRST],
  ['a type of every object of JavaScript', inFirst('resourceType'), 'constructor', 'not-supported', FIRST],
  ['a list as a resource', inFirst(), [], 'structure', FIRST],
  ['a text as a resource', inFirst(), 'Observation', 'structure', FIRST],
  ['a missing status', inFirst('status'), undefined, 'required', `${FIRST}.status`],
  ['a status that does not exist', inFirst('status'), 'done', 'code-invalid', `${FIRST}.status`],
  ['a status that is null', inFirst('status'), null, 'structure', `${FIRST}.status`],
  ['a status that is a number', inFirst('status'), 1, 'value', `${FIRST}.status`],
  ['a missing code', inFirst('code'), undefined, 'required', `${FIRST}.code`],
  ['a text in place of a concept', inFirst('code'), '2345-7', 'structure', `${FIRST}.code`],
  ['one concept in place of a list', inFirst('category'), { text: 'x' }, 'structure', `${FIRST}.category`],
  ['a list in place of one concept', inFirst('code'), [{ text: 'x' }], 'structure', `${FIRST}.code`],
  ['an unknown element', inFirst('colour'), 'red', 'structure', FIRST],
  ['a key with a trailing blank', inFirst('status '), 'final', 'structure', FIRST],
  ['two forms of the value', inFirst('valueString'), 'x', 'structure', `${FIRST}.value`],
  ['a form that the choice does not have', inFirst('valueAddress'), { text: 'x' }, 'structure', FIRST],
  ['an empty object', inFirst('subject'), {}, 'structure', `${FIRST}.subject`],
  ['an empty text', inFirst('code', 'text'), '', 'value', `${FIRST}.code.text`],
  ['a control character', inFirst('code', 'text'), 'a\u0000', 'value', `${FIRST}.code.text`],
  ['a day that is not in the calendar', inFirst('effectiveDateTime'), '2026-02-30', 'value', `${FIRST}.effective`],
  ['29 February of 1900', inFirst('effectiveDateTime'), '1900-02-29', 'value', `${FIRST}.effective`],
  ['31 April', inFirst('effectiveDateTime'), '2026-04-31T00:00:00Z', 'value', `${FIRST}.effective`],
  ['a time without its zone', inFirst('effectiveDateTime'), '2026-02-20T08:00:00', 'value', `${FIRST}.effective`],
  ['a time without seconds', inFirst('effectiveDateTime'), '2026-02-20T08:00Z', 'value', `${FIRST}.effective`],
  [
    'a day where an instant must stand',
    inFirst('meta', 'lastUpdated'),
    '2026-02-20',
    'value',
    `${FIRST}.meta.lastUpdated`,
  ],
  ['a time in a date', inSecond('birthDate'), '1990-12-31T00:00:00Z', 'value', `${SECOND}.birthDate`],
  ['a decimal in quotes', inFirst('valueQuantity', 'value'), '6.3', 'value', `${FIRST}.value.value`],
  [
    'a comparator that does not exist',
    inFirst('valueQuantity', 'comparator'),
    '=',
    'code-invalid',
    `${FIRST}.value.comparator`,
  ],
  ['a code with two blanks', inFirst('code', 'coding', 0, 'code'), 'a  b', 'value', `${FIRST}.code.coding[0].code`],
  ['an id that is too long', inFirst('id'), 'x'.repeat(65), 'value', `${FIRST}.id`],
  ['a numeric id', inFirst('id'), 7, 'value', `${FIRST}.id`],
  [
    'a component without its code',
    inFirst('component', 1, 'code'),
    undefined,
    'required',
    `${FIRST}.component[1].code`,
  ],
  ['two forms in a component', inFirst('component', 0, 'valueString'), 'x', 'structure', `${FIRST}.component[0].value`],
  [
    'a defect in a contained resource',
    inFirst('contained', 0, 'status'),
    'x',
    'code-invalid',
    `${FIRST}.contained[0].status`,
  ],
  [
    'a contained resource without its type',
    inFirst('contained', 0, 'resourceType'),
    undefined,
    'structure',
    `${FIRST}.contained[0]`,
  ],
  [
    'an unknown type in contained',
    inFirst('contained', 0, 'resourceType'),
    'X',
    'not-supported',
    `${FIRST}.contained[0]`,
  ],
  ['a narrative without its text', inFirst('text', 'div'), undefined, 'required', `${FIRST}.text.div`],
  ['an annotation without its text', inFirst('note', 0, 'text'), undefined, 'required', `${FIRST}.note[0].text`],
  [
    'two authors of an annotation',
    inFirst('note', 0, 'authorReference'),
    { display: 'x' },
    'structure',
    `${FIRST}.note[0].author`,
  ],
  ['a boolean in quotes', inSecond('active'), 'true', 'value', `${SECOND}.active`],
  ['an integer beyond 32 bits', inSecond('multipleBirthInteger'), 2 ** 31, 'value', `${SECOND}.multipleBirth`],
  ['base64 that is none', inSecond('photo', 0, 'data'), 'AAAAB', 'value', `${SECOND}.photo[0].data`],
  [
    'null without anything in its place',
    inSecond('name', 0, '_given'),
    undefined,
    'structure',
    `${SECOND}.name[0].given`,
  ],
  ['a list of nulls', inSecond('name', 0, 'given'), [null, null], 'structure', `${SECOND}.name[0].given`],
  ['a companion that is null', inSecond('_birthDate'), null, 'structure', `${SECOND}.birthDate`],
  ['a companion that is empty', inSecond('_birthDate'), {}, 'structure', `${SECOND}.birthDate`],
  ['a companion of an object', inSecond('_name'), [{ id: 'x' }], 'structure', SECOND],
  ['a companion of an id', inSecond('_id'), { id: 'x' }, 'structure', SECOND],
  [
    'an extension without its url',
    inSecond('_birthDate', 'extension', 0, 'url'),
    undefined,
    'required',
    `${SECOND}.birthDate.extension[0].url`,
  ],
  [
    'two values of an extension',
    inSecond('_birthDate', 'extension', 0, 'valueCode'),
    'x',
    'structure',
    `${SECOND}.birthDate.extension[0].value`,
  ],
]

describe('a resource with a defect', () => {
  it.each(DEFECTS)('is refused for %s', (_what, path, value, code, expression) => {
    const issues = validateResource(broken(whole(), path, value))
    expect(issues.map((issue) => ({ code: issue.code, expression: issue.expression }))).toEqual([{ code, expression }])
    expect(issues.every((issue) => issue.severity === 'error' && issue.diagnostics !== '')).toBe(true)
  })

  it('is refused for each defect that it has', () => {
    const resource = broken(broken(broken(whole(), inFirst('status'), 'x'), inSecond('gender'), 'x'), ['total'], -1)
    expect(validateResource(resource).map(({ expression }) => expression)).toEqual([
      'Bundle.total',
      `${FIRST}.status`,
      `${SECOND}.gender`,
    ])
  })

  it('begins the path with its own type where nothing is around it', () => {
    const issues = validateResource(broken(patient(), ['name', 0, 'given', 1], ' \u0001'))
    expect(issues.map(({ expression }) => expression)).toEqual(['Patient.name[0].given[1]'])
  })

  it('is told of without quoting what it holds', () => {
    const secret = '张三 510104199001011234'
    const resource = broken(broken(whole(), inFirst('status'), secret), inSecond(secret), secret)
    const issues = validateResource(resource)
    expect(issues).toHaveLength(2)
    expect(JSON.stringify(issues)).not.toMatch(/张三|5101/)
  })
})

describe('a valid resource', () => {
  it.each([
    ['in a bundle', whole()],
    ['without optional elements', { resourceType: 'Patient' }],
    [
      'with a companion in place of a required primitive',
      {
        ...(broken(observation(), ['status'], undefined) as object),
        _status: { extension: [{ url: 'http://example.org/e', valueCode: 'unknown' }] },
      },
    ],
    [
      'with a companion beside the value of a choice',
      {
        resourceType: 'Patient',
        deceasedBoolean: false,
        _deceasedBoolean: { id: 'x' },
      },
    ],
    ['with companions alone', { resourceType: 'Patient', name: [{ _given: [{ id: 'x' }] }] }],
    [
      'of parameters in parameters',
      {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'a',
            part: [
              { name: 'b', resource: patient() },
              { name: 'c', valueMeta: { versionId: '1' } },
            ],
          },
        ],
      },
    ],
    [
      'with an element named resourceType inside',
      {
        resourceType: 'ExampleScenario',
        status: 'draft',
        instance: [{ resourceId: 'a', resourceType: 'Patient' }],
      },
    ],
  ])('%s passes', (_what, resource) => {
    expect(validateResource(resource)).toEqual([])
  })

  it('passes where its decimals keep their spelling', () => {
    const read = parseFhirJson(
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":6.30}}',
    )
    expect(validateResource(read)).toEqual([])
  })

  it('is refused where a spelling stands in an integer, or an object in a decimal', () => {
    const one = parseFhirJson('{"resourceType":"Bundle","type":"searchset","total":1.0}')
    expect(validateResource(one).map(({ expression }) => expression)).toEqual(['Bundle.total'])
    const other = parseFhirJson('{"resourceType":"Observation","status":"final","code":7.0}')
    expect(validateResource(other).map(({ expression }) => expression)).toEqual(['Observation.code'])
  })
})

describe('what is no resource at all', () => {
  it.each([
    undefined,
    null,
    0,
    '',
    'Patient',
    [],
    {},
    [patient()],
    true,
    { resourceType: null },
    { resourceType: ['Patient'] },
  ])('%j is refused', (value) => {
    expect(validateResource(value)).toHaveLength(1)
  })

  it('a member __proto__ is an unknown element', () => {
    const read: unknown = JSON.parse('{"resourceType":"Patient","__proto__":{"active":true}}')
    expect(validateResource(read).map(({ code }) => code)).toEqual(['structure'])
  })

  it('nesting of ten thousand levels is refused and does not overflow', () => {
    let extension: unknown = { url: 'http://example.org/e', valueCode: 'x' }
    for (let depth = 0; depth < 10_000; depth++) extension = { url: 'http://example.org/e', extension: [extension] }
    const issues = validateResource({ resourceType: 'Patient', extension: [extension] })
    expect(issues.map(({ code }) => code)).toEqual(['too-costly'])
  })

  it('a text of blanks in the place of base64 costs no more than its length', () => {
    const began = performance.now()
    const issues = validateResource({
      resourceType: 'Binary',
      contentType: 'text/plain',
      data: `${' '.repeat(500_000)}!`,
    })
    expect(issues).toMatchObject([{ code: 'value', expression: 'Binary.data' }])
    // A pattern that goes back over the blanks takes minutes for as many.
    expect(performance.now() - began).toBeLessThan(2_000)
    const lines = { resourceType: 'Binary', contentType: 'text/plain', data: '5paH\r\n 5q\tGj\n' }
    expect(validateResource(lines)).toEqual([])
    expect(validateResource({ ...lines, data: '5paH\u30005qGj' })).toMatchObject([{ code: 'value' }])
  })

  it('a body of a million defects is looked at as far as the list goes', () => {
    let looked = 0
    const entry = new Proxy(
      Array.from({ length: 1_000_000 }, () => 0),
      {
        get: (list, key) => {
          looked++
          return Reflect.get(list, key) as unknown
        },
      },
    )
    expect(validateResource({ resourceType: 'Bundle', type: 'collection', entry })).toHaveLength(101)
    expect(looked).toBeLessThan(1_000)
  })

  it('a resource of defects alone is answered with a bounded list', () => {
    const entry = Array.from({ length: 5000 }, () => ({}))
    const issues = validateResource({ resourceType: 'Bundle', type: 'collection', entry })
    expect(issues).toHaveLength(101)
    expect(issues.at(-1)?.code).toBe('too-costly')
  })

  it.each([
    ['data', { resourceType: 'Binary', contentType: 'a/b', data: `${'AAAA  '.repeat(50_000)}!` }],
    ['code', { resourceType: 'Binary', contentType: `${'a '.repeat(50_000)} ` }],
    ['language', { resourceType: 'Binary', contentType: 'a/b', language: ' '.repeat(100_000) }],
  ])('a long text made to keep a pattern busy is refused at once (%s)', (_what, resource) => {
    const before = performance.now()
    expect(validateResource(resource)).toHaveLength(1)
    expect(performance.now() - before).toBeLessThan(500)
  })
})

describe('an outcome', () => {
  it('has an issue for each defect, with its path, and is a valid resource itself', () => {
    const outcome = outcomeOfIssues(validateResource(broken(whole(), inFirst('status'), 'x')))
    expect(outcome.issue).toEqual([
      expect.objectContaining({ severity: 'error', code: 'code-invalid', expression: [`${FIRST}.status`] }),
    ])
    expect(validateResource(outcome)).toEqual([])
    expect(validateResource(outcomeOfIssues([]))).toEqual([])
  })
})
