import { beforeAll, describe, expect, it } from 'vitest'
import { validateResource } from '../../src/fhir/index.ts'
import { searchHeld } from '../../src/labs/index.ts'
import { useDatabase } from '../support/database.ts'
import { OTHER, OWN, SYSTEM, seeds, useLabs } from './lab-hub.ts'
import { cda, cdaItem } from './messages.ts'

const database = useDatabase()
const labs = useLabs(database)
const identity = (index: number) => seeds[index]?.idNumber as string

beforeAll(async () => {
  await labs.map({ localCode: 'GLU01', item: 'GLU', loinc: '14749-6', unit: 'mmol/l', ucum: 'mmol/L' })
})

const held = async (index: number, type: 'DiagnosticReport' | 'Observation' | 'Specimen', form = {}) =>
  (await searchHeld(labs.hub.deps, { personId: labs.person(index), type, form, count: 100 })).map((one) => one.resource)

describe('a laboratory report of WS/T 500', () => {
  it('becomes a report with its results and specimen, in good FHIR', async () => {
    const items = [
      cdaItem({ code: 'GLU01', name: '葡萄糖', value: '5.60', unit: 'mmol/l', range: ['3.9', '6.1'] }),
      cdaItem({ code: 'WBC7', value: '6.3', unit: '10^9/L' }),
    ].join('')
    const { status, body } = await labs.cda(cda({ reportNo: 'C-1', identity: identity(0), items }))
    expect({ status, body }).toMatchObject({ status: 200, body: { outcome: 'first', unmapped: 1 } })
    const [report] = await held(0, 'DiagnosticReport')
    const observations = (await held(0, 'Observation')).map((one) => JSON.parse(JSON.stringify(one)))
    const [specimen] = await held(0, 'Specimen')
    for (const one of [report, ...observations, specimen]) expect(validateResource(one)).toEqual([])
    expect(report).toMatchObject({
      status: 'final',
      identifier: [{ value: 'C-1' }],
      issued: '2026-11-23T03:00:00.000Z',
    })
    expect(observations).toMatchObject([
      {
        code: { coding: [{ system: SYSTEM, code: 'GLU01' }, { code: 'GLU' }, { code: '14749-6' }] },
        valueQuantity: { value: 5.6, code: 'mmol/L' },
        referenceRange: [{ low: { value: 3.9 }, high: { value: 6.1 } }],
        effectiveDateTime: '2026-11-23T08:30:00+08:00',
      },
      { code: { coding: [{ system: SYSTEM, code: 'WBC7' }] }, valueQuantity: { value: 6.3, unit: '10^9/L' } },
    ])
    expect(specimen).toMatchObject({ type: { coding: [{ code: 'SER' }], text: '血清' }, status: 'available' })
  })

  it('with its item code in a named coding keeps that coding', async () => {
    const items = cdaItem({ code: 'X', value: '1', unit: 'g' }).replace(
      '<value xsi:type="ST">X</value>',
      '<value xsi:type="CD" code="X" codeSystem="1.2.156.9"/>',
    )
    await labs.cda(cda({ identity: identity(1), items }))
    const [found] = await held(1, 'Observation')
    expect(found).toMatchObject({ code: { coding: [{ system: 'urn:oid:1.2.156.9', code: 'X' }] } })
  })

  it('gets the same answer when it is repeated; its id is good for one document', async () => {
    const document = cda({ documentId: 'D-1', identity: identity(1) })
    const [first, again] = [await labs.cda(document), await labs.cda(document)]
    expect(again).toEqual(first)
    const other = await labs.cda(cda({ documentId: 'D-1', identity: identity(1) }))
    expect(other).toMatchObject({ status: 409, body: { code: 'labs.document-reused' } })
    const race = cda({ identity: identity(2) })
    const answers = await Promise.all(Array.from({ length: 6 }, () => labs.cda(race)))
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1)
  })

  it('in a later version corrects the one before it', async () => {
    await labs.cda(cda({ reportNo: 'C-V', identity: identity(3) }))
    const items = cdaItem({ code: 'GLU01', value: '6.60', unit: 'mmol/l' })
    const { body } = await labs.cda(
      cda({ reportNo: 'C-V', identity: identity(3), version: 2, made: '20261123180000', items }),
    )
    expect(body).toMatchObject({ outcome: 'replace' })
    expect((await held(3, 'DiagnosticReport'))[0]).toMatchObject({ status: 'corrected', meta: { versionId: '2' } })
  })

  it('keeps a result in words where the quantity beside it is empty', async () => {
    const entry = (code: string, value: string) =>
      `<entry><observation classCode="OBS" moodCode="EVN"><code code="${code}" codeSystem="2.16.156.10011.2.2.1"/>${value}</observation></entry>`
    const items = [
      entry('DE04.30.019.00', '<value xsi:type="ST">HBSAG</value>'),
      entry('DE04.30.017.00', '<value xsi:type="ST">阴性</value>'),
      entry('DE04.30.015.00', '<value xsi:type="REAL" value=""/>'),
    ].join('')
    await labs.cda(cda({ identity: identity(5), reportNo: 'CR-EMPTY', items }))
    const [observation] = await held(5, 'Observation', { code: [`${SYSTEM}|HBSAG`] })
    expect(observation).toMatchObject({ valueCodeableConcept: { text: '阴性', coding: [{ code: 'NEG' }] } })
  })

  it('in which an item has no code, or two quantities, is refused: whose value it is, nobody can say', async () => {
    const first = cdaItem({ code: 'GLU01', value: '5.60', unit: 'mmol/l' })
    const quantity = cdaItem({ code: 'X', value: '99', unit: 'mmol/l' }).slice(first.indexOf('</entry>') + 2)
    for (const items of [
      first + cdaItem({ code: '', value: '99', unit: 'mmol/l' }),
      first + quantity.slice(quantity.indexOf('<entry>')),
    ]) {
      expect(await labs.cda(cda({ identity: identity(5), items })), items).toMatchObject({
        status: 422,
        body: { code: 'labs.document-invalid' },
      })
    }
  })

  it('of nobody that is known waits for review', async () => {
    expect((await labs.cda(cda({}))).body).toMatchObject({ outcome: 'review', reason: 'identifier-missing' })
    expect((await labs.cda(cda({ identity: '510104199001011118' }))).body).toMatchObject({
      outcome: 'review',
      reason: 'person-unknown',
    })
  })

  it('whose patient has another name, birth date or sex than the person of the number waits for review', async () => {
    const { name, birthDate, sex, idNumber } = seeds[4] as (typeof seeds)[number]
    const gender = (code: string) => `<administrativeGenderCode code="${code}" codeSystem="2.16.156.10011.2.3.3.4"/>`
    const birth = (date: string) => `<birthTime value="${date.replaceAll('-', '')}"/>`
    const [own, other] = sex === 'male' ? ['1', '2'] : ['2', '1']
    const right = `<name>${name}</name>${gender(own)}${birth(birthDate)}`
    expect((await labs.cda(cda({ identity: idNumber, said: right }))).body).toMatchObject({ outcome: 'first' })
    for (const said of [
      `<name>无此人</name>`,
      `<name><family>无</family><given>此人</given></name>`,
      `<name>${name}</name>${gender(other)}`,
      `<name>${name}</name>${birth('20010203')}`,
    ]) {
      const { body } = await labs.cda(cda({ identity: idNumber, said }))
      expect(body, said).toMatchObject({ outcome: 'review', reason: 'person-contradicted', reportId: null })
    }
  })

  it('stands under the codes of its institution: insurance, credit code, or organisation code', async () => {
    for (const custodian of [OWN, '12510600450718500J', '450718500', '45071850-0']) {
      expect((await labs.cda(cda({ identity: identity(4), custodian }))).status, custodian).toBe(200)
    }
    for (const custodian of [OTHER, '', '12510600450718500', '450718501']) {
      expect(await labs.cda(cda({ identity: identity(4), custodian }))).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: 'custodian' }] },
      })
    }
  })
})

describe('a document that attacks', () => {
  const doctype = (inner: string) => `<?xml version="1.0"?><!DOCTYPE ClinicalDocument [${inner}]>`
  it.each<[string, string]>([
    ['reads a file', cda({ head: doctype('<!ENTITY x SYSTEM "file:///etc/passwd">') }).replace('检验报告', '&x;')],
    ['fetches an address', cda({ head: doctype('<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;') })],
    [
      'grows without end',
      cda({
        head: doctype(
          `<!ENTITY a "${'a'.repeat(100)}">${Array.from({ length: 9 }, (_, n) => `<!ENTITY b${n} "${`&${n === 0 ? 'a' : `b${n - 1}`};`.repeat(10)}">`).join('')}`,
        ),
      }).replace('检验报告', '&b8;'),
    ],
    ['has an empty document type', cda({ head: '<!DOCTYPE ClinicalDocument>' })],
    ['uses an entity that is none', cda().replace('检验报告', '&nbsp;')],
    ['is nested without end', cda().replace('<title>', `${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}<title>`)],
    ['has elements without end', cda().replace('<title>', `${'<a/>'.repeat(60_000)}<title>`)],
    ['ends in the middle', cda().slice(0, -30)],
    ['has two roots', `${cda()}<x/>`],
    ['is of another namespace', cda().replace('urn:hl7-org:v3', 'urn:other')],
    ['declares an encoding that is not read', cda({ head: '<?xml version="1.0" encoding="UTF-7"?>' })],
    ['is no XML', 'MSH|^~\\&|'],
    ['is empty text', ' '],
    ['is another template', cda().replace('2.16.156.10011.2.1.1.27', '2.16.156.10011.2.1.1.24')],
    ['is another document', cda().replace('C0007', 'C0006')],
    ['was made in a year to come', cda({ made: '20620101120000' })],
    ['has a time that is none', cda({ made: '20261340' })],
    ['has no item', cda({ items: '' })],
    ['has a report number without end', cda({ reportNo: '9'.repeat(300) })],
  ])('%s is refused at once, quoting nothing', async (_what, document) => {
    const began = performance.now()
    const { status, body } = await labs.cda(document)
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'labs.document-invalid' })
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(JSON.stringify(body)).not.toMatch(/张三|root:|aaaa/)
  })

  it('in bytes that are not of its character set is refused', async () => {
    const bytes = Buffer.from(cda({ identity: identity(5) }))
    bytes[bytes.indexOf('检验报告')] = 0xff
    expect((await labs.cda(bytes)).status).toBe(422)
  })

  it('of 10 MB is not read', async () => {
    expect((await labs.cda(cda({ items: '<entry>x</entry>'.repeat(700_000) }))).status).toBe(413)
  })

  it('names members of objects and means nothing by it', async () => {
    const items = cdaItem({ code: '__proto__', name: 'constructor', value: '1', unit: 'toString' })
    expect(await labs.cda(cda({ identity: identity(5), items }))).toMatchObject({ status: 200, body: { unmapped: 1 } })
    expect(({} as Record<string, unknown>)['code']).toBeUndefined()
  })
})
