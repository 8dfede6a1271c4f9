import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Consents, openConsents } from '../../src/consent/index.ts'
import { compileSensitive } from '../../src/consent/sensitive.ts'
import { generateLabRecords } from '../../src/sandbox/lab-records.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'

const database = useDatabase()
let consents: Consents
beforeAll(async () => {
  consents = await openConsents(testDeps(database))
})
afterAll(() => consents.close())

const classesOf = (resource: object): readonly string[] =>
  [...consents.sensitiveClassesOf({ resourceType: 'Observation', ...resource })].toSorted()
const coded = (system: string, code: string, display?: string) => ({
  code: { coding: [{ system, code, ...(display === undefined ? {} : { display }) }] },
})
const ICD = 'http://hl7.org/fhir/sid/icd-10'
const LOINC = 'http://loinc.org'

describe('the special classes of a resource', () => {
  it.each([
    ['a diagnosis by its chapter', { resourceType: 'Condition', ...coded(ICD, 'F32.101') }, ['psychiatric']],
    ['a diagnosis by the national identifier', coded('urn:oid:2.16.156.10011.2.3.3.11', 'B24.x01'), ['hiv']],
    ['a diagnosis in two classes', coded(ICD, 'F10.2'), ['psychiatric', 'substance']],
    ['lower case letters', coded(ICD, 'b20'), ['hiv']],
    ['a laboratory test by its code', coded(LOINC, '75622-1'), ['hiv']],
    ['a local code by its name', coded('urn:local', 'A17', '梅毒螺旋体抗体'), ['std']],
    ['a text without any code', { code: { text: 'HIV 抗原抗体联合检测' } }, ['hiv']],
    ['the value of a result', { valueCodeableConcept: { text: '梅毒阳性' } }, ['std']],
    ['a part of a panel', { component: [coded(LOINC, '20447-9')] }, ['hiv']],
    ['what is contained', { contained: [{ resourceType: 'Observation', ...coded(LOINC, '20507-0') }] }, ['std']],
    ['the conclusion of a report', { resourceType: 'DiagnosticReport', conclusion: '考虑精神分裂症' }, ['psychiatric']],
    ['a coded conclusion', { conclusionCode: [{ coding: [{ system: ICD, code: 'O04.9' }] }] }, ['reproductive']],
    [
      'the reason of a stay',
      { resourceType: 'Encounter', reasonCode: [{ coding: [{ system: ICD, code: 'T74.2' }] }] },
      ['violence'],
    ],
    [
      'the name of the medicine that it refers to',
      {
        resourceType: 'MedicationRequest',
        medicationReference: { reference: 'Medication/1', display: '抗HIV 拉米夫定' },
      },
      ['hiv'],
    ],
    ['the name of its reason', { reasonReference: [{ reference: 'Condition/1', display: 'HIV 感染' }] }, ['hiv']],
    [
      'a diagnosis of a stay by name',
      { resourceType: 'Encounter', diagnosis: [{ condition: { display: '梅毒' } }] },
      ['std'],
    ],
    ['what speaks for a diagnosis', { evidence: [{ code: [coded(LOINC, '75622-1').code] }] }, ['hiv']],
    ['the title of a document', { content: [{ attachment: { title: 'HIV 检测报告' } }] }, ['hiv']],
    ['the title of a printed report', { presentedForm: [{ title: '梅毒检测报告' }] }, ['std']],
    [
      'the label of its source',
      { meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }] } },
      ['psychiatric'],
    ],
    [
      'a document that its source restricts',
      {
        securityLabel: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'V' }] },
        ],
      },
      ['restricted'],
    ],
  ])('are found by %s', (_what, resource, classes) => {
    expect(classesOf(resource)).toEqual(classes)
  })

  it.each([
    ['a code of another system', coded('urn:local', 'F32')],
    ['a code that only begins alike', coded(LOINC, '7917-80')],
    ['a shorter code than the prefix', coded(ICD, 'B2')],
    [
      'ordinary confidentiality',
      { meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }] } },
    ],
    ['nothing at all', {}],
  ])('are none for %s', (_what, resource) => {
    expect(classesOf(resource)).toEqual([])
  })

  it('are none for the ordinary laboratory: no report of the sandbox is withheld', () => {
    const persons = generatePeople('sensitive', 20).map((one, at) => ({ ...one, id: `sandbox-${at}` }))
    const hospital = {
      code: 'H51010499001',
      name: '示范医院',
      level: 3 as const,
      grade: '甲' as const,
      city: '510100' as const,
    }
    const resources = generateLabRecords('sensitive', persons, hospital, new Date('2026-11-24T07:00:00Z'))
    expect(resources.length).toBeGreaterThan(100)
    expect(resources.filter((one) => classesOf(one).length > 0)).toEqual([])
  })

  it('are found whatever else the resource holds, and nothing makes it throw', () => {
    const odd: unknown[] = [
      null,
      0,
      '',
      'x',
      [],
      [null],
      {},
      [[]],
      { coding: null },
      { coding: [null, 1, {}] },
      { text: 7 },
    ]
    for (const value of odd) {
      for (const name of ['code', 'category', 'meta', 'component', 'contained', 'conclusion', 'valueCodeableConcept']) {
        expect(classesOf({ [name]: value })).toEqual([])
      }
    }
    let deep: object = coded(LOINC, '20447-9')
    for (let at = 0; at < 10_000; at += 1) deep = { contained: [deep] }
    expect(classesOf(deep)).toEqual([])
  })

  it('take microseconds: a bundle of a hundred is a fraction of a millisecond', () => {
    const one = {
      resourceType: 'Observation',
      status: 'final',
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
      ],
      code: { coding: [{ system: LOINC, code: '2345-7', display: 'Glucose [Mass/volume]' }], text: '葡萄糖' },
      valueQuantity: { value: 5.2, unit: 'mmol/L' },
    }
    for (let at = 0; at < 20_000; at += 1) consents.sensitiveClassesOf(one)
    const began = performance.now()
    for (let at = 0; at < 20_000; at += 1) consents.sensitiveClassesOf(one)
    const microseconds = ((performance.now() - began) * 1_000) / 20_000
    expect(microseconds).toBeLessThan(50)
  })

  it('follow the table: a local code counts once it stands there, and words may hold anything', async () => {
    const local = coded('urn:oid:1.2.3', 'HT-99')
    expect(classesOf(local)).toEqual([])
    await database.db
      .insertInto('consent_sensitive_code')
      .values({ class: 'std', system: 'urn:oid:1.2.3', match: 'code', value: 'ht-99', version: 1, source: 'test' })
      .execute()
    await consents.refresh()
    expect(classesOf(local)).toEqual(['std'])
    const classify = compileSensitive([{ class: 'std', system: '', match: 'word', value: 'a.b(c' }])
    expect(classify({ resourceType: 'Observation', code: { text: 'xA.B(Cx' } })).toEqual(['std'])
    expect(classify({ resourceType: 'Observation', code: { text: 'aXb(c' } })).toEqual([])
    expect(compileSensitive([])({ resourceType: 'Observation', code: { text: 'HIV' } })).toEqual([])
  })
})

describe('the calendar', () => {
  it('knows Monday to Friday, and what it is told otherwise', async () => {
    expect(['2026-11-27', '2026-11-28', '2026-11-29'].map(consents.isWorkday)).toEqual([true, false, false])
    await database.db
      .insertInto('consent_calendar_day')
      .values([
        { day: '2026-11-27', working: false, source: 'test' },
        { day: '2026-11-28', working: true, source: 'test' },
      ])
      .execute()
    await consents.refresh()
    expect(['2026-11-27', '2026-11-28'].map(consents.isWorkday)).toEqual([false, true])
  })
})
