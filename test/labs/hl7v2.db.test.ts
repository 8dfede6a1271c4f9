import { beforeAll, describe, expect, it } from 'vitest'
import { validateResource } from '../../src/fhir/index.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { holdersOf, searchHeld } from '../../src/labs/index.ts'
import { tellLocalId } from '../../src/people/tell-local-id.ts'
import { useDatabase } from '../support/database.ts'
import { OTHER, OWN, pid, SYSTEM, seeds, useLabs } from './lab-hub.ts'
import { GLUCOSE, oru } from './messages.ts'

const database = useDatabase()
const labs = useLabs(database)

beforeAll(async () => {
  await labs.sender('DY01')
  await labs.sender('MS01', {}, OTHER)
  await labs.map({ localCode: 'GLU01', item: 'GLU', loinc: '14749-6', unit: 'mmol/l', ucum: 'mmol/L' })
})

const held = async (index: number, type: 'DiagnosticReport' | 'Observation' | 'Specimen', form = {}) =>
  (await searchHeld(labs.hub.deps, { personId: labs.person(index), type, form, count: 100 })).map((one) => one.resource)

const own = (index: number) => seeds[index] as (typeof seeds)[number]

describe('a result message', () => {
  it('becomes a report with its results and specimen, in good FHIR, under the person of the identity number', async () => {
    const ack = await labs.hl7(oru({ controlId: 'FIRST', reportNo: 'R-FIRST', patient: pid(0) }))
    expect(ack).toMatchObject({ status: 200, code: 'AA', controlId: 'FIRST', errors: [] })
    const [report] = await held(0, 'DiagnosticReport')
    const [observation] = await held(0, 'Observation')
    const [specimen] = await held(0, 'Specimen')
    for (const one of [report, observation, specimen]) expect(validateResource(one)).toEqual([])
    expect(report).toMatchObject({
      status: 'final',
      identifier: [{ system: 'urn:oid:2.16.156.10011.1.33', value: 'R-FIRST' }],
      code: { text: '生化全套' },
      subject: { reference: `Patient/${labs.person(0)}` },
      result: [{ reference: `Observation/${observation?.id}` }],
      specimen: [{ reference: `Specimen/${specimen?.id}` }],
      issued: '2026-11-23T03:00:00.000Z',
      meta: { source: `urn:yimatong:institution:${OWN}`, versionId: '1' },
    })
    expect(JSON.parse(JSON.stringify(observation))).toMatchObject({
      status: 'final',
      code: {
        coding: [
          { system: SYSTEM, code: 'GLU01', display: '葡萄糖' },
          { system: 'urn:yimatong:recognition-item', code: 'GLU' },
          { system: 'http://loinc.org', code: '14749-6' },
        ],
        text: '葡萄糖',
      },
      effectiveDateTime: '2026-11-23T08:30:00+08:00',
      valueQuantity: { value: 5.6, unit: 'mmol/l', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
      referenceRange: [{ low: { value: 3.9, code: 'mmol/L' }, high: { value: 6.1 }, text: '3.9-6.1' }],
      interpretation: [{ coding: [{ code: 'N' }] }],
      performer: [{ identifier: { value: OWN } }],
    })
    expect(JSON.stringify(observation)).toContain('"value":5.60')
    expect(specimen).toMatchObject({
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0487', code: 'SER' }], text: '血清' },
      collection: { collectedDateTime: '2026-11-23T08:30:00+08:00' },
      receivedTime: '2026-11-23T08:45:00+08:00',
    })
    expect(await holdersOf(database.db, labs.person(0))).toEqual([OWN])
  })

  it('leaves nothing of the person, the codes or the values in clear', async () => {
    await labs.hl7(
      oru({ reportNo: 'R-SECRET', patient: pid(5), name: own(5).name, results: ['ST|HIV01^抗体^L||阳性||阴性|A|||F'] }),
    )
    const { rows } = await database.db.executeQuery<Record<string, unknown>>({
      sql: 'select r::text as text from labs_report r union all select m::text from labs_message m',
      parameters: [],
      query: { kind: 'RawNode' } as never,
      queryId: { queryId: 'x' } as never,
    })
    const all = JSON.stringify(rows)
    expect(rows.length).toBeGreaterThan(1)
    for (const secret of ['R-SECRET', 'HIV01', '阳性', own(5).name, own(5).idNumber]) expect(all).not.toContain(secret)
  })

  it('gets the stored answer when it is repeated, byte for byte, and changes nothing', async () => {
    const message = oru({ patient: pid(1) })
    const first = await labs.hl7(message)
    labs.hub.deps.clock.advance(60_000)
    const again = await labs.hl7(message)
    expect(again.text).toBe(first.text)
    expect(await held(1, 'DiagnosticReport')).toHaveLength(1)
    const many = await Promise.all(Array.from({ length: 8 }, () => labs.hl7(message)))
    expect(new Set(many.map((one) => one.text))).toEqual(new Set([first.text]))
  })

  it('that comes many times at once for the first time is held once', async () => {
    const message = oru({ controlId: 'RACE', patient: pid(2) })
    const answers = await Promise.all(Array.from({ length: 8 }, () => labs.hl7(message)))
    expect(new Set(answers.map((one) => one.text)).size).toBe(1)
    expect(answers[0]?.code).toBe('AA')
    expect(await held(2, 'DiagnosticReport')).toHaveLength(1)
  })

  it('is refused where its control id was used for another one', async () => {
    await labs.hl7(oru({ controlId: 'REUSED', patient: pid(1) }))
    const other = await labs.hl7(
      oru({ controlId: 'REUSED', patient: pid(1), results: [GLUCOSE.replace('5.60', '9.9')] }),
    )
    expect(other).toMatchObject({ status: 422, code: 'AE' })
    expect(other.errors[0]).toContain('205^')
  })

  it('is read as GB 18030, also where a byte of a name looks like a delimiter', async () => {
    // The second bytes of both characters are delimiters: a bar and a backslash.
    const name = Buffer.from([0x8f, 0x7c, 0xde, 0x5c])
    const text = oru({
      controlId: 'GB-1',
      charset: 'GB 18030-2000',
      patient: pid(3),
      results: ['ST|X1^XX^L||阴性||||||F'],
    })
    const [head = '', tail = ''] = text.split('XX')
    const bytes = Buffer.concat([encodeGb(head), name, encodeGb(tail)])
    expect(await labs.hl7(bytes)).toMatchObject({ code: 'AA' })
    const [observation] = await held(3, 'Observation')
    expect(observation).toMatchObject({
      code: { text: new TextDecoder('gb18030').decode(name) },
      valueCodeableConcept: { coding: [{ code: 'NEG' }], text: '阴性' },
    })
    const named = Buffer.concat([
      Buffer.from(head.replace('GB 18030-2000', 'UNICODE UTF-8').replace('GB-1', 'GB-2')),
      name,
      Buffer.from(tail),
    ])
    expect(await labs.hl7(named)).toMatchObject({ code: 'AR', errors: [expect.stringContaining('MSH^1^18')] })
  })

  it('keeps comparators, titres, words and what is not there', async () => {
    await labs.hl7(
      oru({
        reportNo: 'R-VALUES',
        patient: pid(4),
        results: [
          'NM|A1^甲^L||<0.5|mmol/l|<1.0||||F',
          'SN|A2^乙^L||^1^:^128||||||F',
          'ST|A3^丙^L||弱阳性(±)||||||F',
          'NM|A4^丁^L||||||||X',
          'SN|A5^戊^L||>=^100|U/L|||||C',
          'CE|A6^己^L||P^阳性^99R||||||F',
          'FT|A7^庚^L||第一行\\.br\\第二行 A\\T\\B||||||F',
          'NM|A8^辛^L||||||||N',
        ],
      }),
    )
    const found = await held(4, 'Observation')
    const byCode = new Map(
      found.map((one) => [
        (one['code'] as { coding: { code: string }[] }).coding[0]?.code,
        JSON.parse(JSON.stringify(one)),
      ]),
    )
    for (const one of found) expect(validateResource(one)).toEqual([])
    expect(byCode.get('A1')).toMatchObject({
      valueQuantity: { value: 0.5, comparator: '<', unit: 'mmol/l' },
      referenceRange: [{ high: { value: 1 }, text: '<1.0' }],
    })
    expect(byCode.get('A1').valueQuantity.code).toBeUndefined()
    expect(byCode.get('A2')).toMatchObject({ valueRatio: { numerator: { value: 1 }, denominator: { value: 128 } } })
    expect(byCode.get('A3')).toMatchObject({ valueString: '弱阳性(±)' })
    expect(byCode.get('A4')).toMatchObject({ status: 'cancelled', dataAbsentReason: { coding: [{ code: 'unknown' }] } })
    expect(byCode.get('A5')).toMatchObject({ status: 'corrected', valueQuantity: { value: 100, comparator: '>=' } })
    expect(byCode.get('A6')).toMatchObject({
      valueCodeableConcept: { coding: [{ code: 'P' }, { code: 'POS' }], text: '阳性' },
    })
    expect(byCode.get('A7')).toMatchObject({ valueString: '第一行\n第二行 A&B' })
    expect(byCode.has('A8')).toBe(false)
  })
})

describe('a code that is not mapped', () => {
  it('keeps its local coding alone, is listed, and gets its meaning when a mapping is confirmed', async () => {
    const ack = await labs.hl7(
      oru({
        reportNo: 'R-UNMAPPED',
        patient: pid(1),
        results: ['NM|ALB9^白蛋白^L||41.0|g/l|40-55|N|||F', 'NM|ALB9^白蛋白^L|2|40.0||40-55|N|||F'],
      }),
    )
    expect(ack).toMatchObject({ code: 'AA' })
    expect(ack.errors[0]).toContain('2 results have no confirmed mapping')
    const codes = async () =>
      (await held(1, 'Observation', { code: [`${SYSTEM}|ALB9`] })).map((one) => JSON.parse(JSON.stringify(one)))
    expect((await codes()).map((one) => one.code.coding)).toEqual([
      [{ system: SYSTEM, code: 'ALB9', display: '白蛋白' }],
      [{ system: SYSTEM, code: 'ALB9', display: '白蛋白' }],
    ])
    const list = await labs.call('GET', '/mappings/unmapped')
    expect(
      list.body.codes.find(
        (one: { localCode: string; unit: string | null }) => one.localCode === 'ALB9' && one.unit === 'g/l',
      ),
    ).toMatchObject({ problem: 'no-mapping', display: '白蛋白', seen: 1 })
    expect(JSON.stringify(list.body)).not.toContain('41.0')

    await labs.map({ localCode: 'ALB9', item: 'ALB', loinc: '1751-7', unit: 'g/l', ucum: 'g/L' })
    await labs.hub.work()
    const [second, first] = (await codes()).toSorted((a, b) => a.valueQuantity.value - b.valueQuantity.value)
    expect(first).toMatchObject({ valueQuantity: { code: 'g/L' }, meta: { versionId: '2' } })
    expect(first.code.coding).toContainEqual({ system: 'urn:yimatong:recognition-item', code: 'ALB' })
    // The other one came without a unit: that is a problem of the mapping, never taken one to one.
    expect(second.valueQuantity).toEqual({ value: 40 })
    const after = await labs.call('GET', '/mappings/unmapped')
    expect(after.body.codes.filter((one: { localCode: string }) => one.localCode === 'ALB9')).toMatchObject([
      { problem: 'unit-missing' },
    ])
  })

  it('is converted by a confirmed factor alone, and says what was reported', async () => {
    await labs.map({
      localCode: 'GLUMG',
      item: 'GLU',
      loinc: '14749-6',
      unit: 'mg/dl',
      ucum: 'mmol/L',
      factor: '0.05551',
    })
    await labs.hl7(oru({ patient: pid(3), results: ['NM|GLUMG^血糖^L||100|mg/dl|70-110|N|||F'] }))
    const [found] = await held(3, 'Observation', { code: ['GLUMG'] })
    expect(JSON.parse(JSON.stringify(found))).toMatchObject({
      valueQuantity: { value: 5.551, code: 'mmol/L' },
      referenceRange: [{ low: { value: 3.8857 }, text: '70-110' }],
      note: [{ text: 'Reported as 100 mg/dl.' }],
    })
  })

  it('with blanks or rare characters in its code or the name of its table is good FHIR all the same', async () => {
    const table = `${'x'.repeat(39)}😀 表`
    const results = [`NM|A  B \\.br\\ C^名　称^${table}||1|g/l|||||F`, 'CE|Y  Z^x^L||P  Q^阳性^a b:c||||||F']
    expect(await labs.hl7(oru({ patient: pid(3), results }))).toMatchObject({ code: 'AA' })
    const found = await held(3, 'Observation', { code: ['A B C,Y Z'] })
    expect(found).toHaveLength(2)
    for (const one of found) expect(validateResource(one)).toEqual([])
  })

  it('keeps all of several coded values', async () => {
    await labs.hl7(
      oru({
        reportNo: 'R-SEVERAL',
        patient: pid(5),
        results: ['CWE|ORG^细菌^L||ECO^大肠埃希菌^L~KPN^^L||||||F'],
      }),
    )
    const [observation] = await held(5, 'Observation', { code: [`${SYSTEM}|ORG`] })
    expect(observation).toMatchObject({ valueString: '大肠埃希菌\nKPN' })
  })

  it('cuts no text: its end may say the contrary of its beginning', async () => {
    const text = `${'疑似'.repeat(2_500)}，不支持该诊断`
    await labs.hl7(oru({ patient: pid(5), results: [`TX|LONG^镜检^L||${text}||||||F`] }))
    const [observation] = await held(5, 'Observation', { code: [`${SYSTEM}|LONG`] })
    expect(observation?.['valueString']).toBe(text)
  })

  it('gives a specimen, its state or an item no code that the laboratory did not send as one', async () => {
    const patient = pid(5)
    const results = ['NM|8888-1^Unlikely^LN||5||||||F']
    await labs.hl7(oru({ reportNo: 'R-GUESS', patient, specimen: '01&静脉全血&', results }))
    const [report] = await held(5, 'DiagnosticReport', { identifier: ['R-GUESS'] })
    const idAt = (element: string) =>
      (report?.[element] as { reference: string }[] | undefined)?.[0]?.reference.split('/')[1] ?? ''
    const [specimen] = await held(5, 'Specimen', { _id: [idAt('specimen')] })
    expect(specimen?.['type']).toEqual({ text: '静脉全血' })
    // The check digit of the code differs: it is none of LOINC, and somebody must look at it.
    const [observation] = await held(5, 'Observation', { _id: [idAt('result')] })
    expect(observation?.['code']).toMatchObject({ coding: [{ system: `${SYSTEM}/LN`, code: '8888-1' }] })
    const { body } = await labs.call('GET', '/mappings/unmapped')
    expect(body.codes).toContainEqual(expect.objectContaining({ localCode: '8888-1', problem: 'no-mapping' }))
  })

  it('of a table with another name is another code', async () => {
    await labs.hl7(oru({ patient: pid(3), results: ['NM|GLU01^x^99OLD||5.6|mmol/l|||||F'] }))
    const found = await held(3, 'Observation', { code: [`${SYSTEM}/99OLD|GLU01`] })
    expect(found[0]?.['code']).toMatchObject({ coding: [{ code: 'GLU01' }] })
    expect(found[0]?.['code']).not.toMatchObject({ coding: [{}, {}] })
  })
})

describe('a correction', () => {
  const send = async (reportNo: string, of: object) => await labs.hl7(oru({ reportNo, patient: pid(2), ...of }))
  const report = async (reportNo: string) => (await held(2, 'DiagnosticReport', { identifier: [reportNo] }))[0]
  const value = async (reportNo: string) => {
    const found = await report(reportNo)
    const [result] = (found?.['result'] ?? []) as { reference: string }[]
    const [observation] = await held(2, 'Observation', { _id: [result?.reference.slice('Observation/'.length) ?? ''] })
    return JSON.parse(JSON.stringify(observation))?.valueQuantity?.value
  }
  const changedEvents = async () =>
    await database.db
      .selectFrom('kernel_outbox')
      .select('payload')
      .where('topic', '=', 'records.result-changed')
      .execute()

  it('takes the place of the result, keeps its id, and is told to whoever used it', async () => {
    await send('R-C', {})
    const before = await report('R-C')
    const events = (await changedEvents()).length
    const ack = await send('R-C', {
      status: 'C',
      changedAt: '20261123150000+0800',
      results: [GLUCOSE.replace('5.60', '6.50').replace('|F|', '|C|')],
    })
    expect(ack).toMatchObject({ code: 'AA', errors: [] })
    const after = await report('R-C')
    expect(after).toMatchObject({
      id: before?.id,
      status: 'corrected',
      meta: { versionId: '2' },
      result: before?.['result'],
    })
    expect(await value('R-C')).toBe(6.5)
    const told = (await changedEvents()).slice(events).map((row) => row.payload as Record<string, string>)
    expect(new Set(told.map((one) => one['resourceType']))).toEqual(new Set(['DiagnosticReport', 'Observation']))
    expect(told).toHaveLength(2)
    expect(told[0]).toMatchObject({ personId: labs.person(2), institution: OWN })
    expect(told.find((one) => one['resourceId'] === after?.id)?.['state']).toMatch(/^corrected \S+ 2$/)
    expect(
      await database.db
        .selectFrom('labs_report_version')
        .select('why')
        .where('report_id', '=', before?.id as string)
        .execute(),
    ).toEqual([{ why: 'replaced' }])
  })

  it('that is overtaken by a newer one goes to the history and never into force', async () => {
    await send('R-LATE', { changedAt: '20261123160000+0800', status: 'C', results: [GLUCOSE.replace('5.60', '7.00')] })
    const ack = await send('R-LATE', { changedAt: '20261123120000+0800', results: [GLUCOSE] })
    expect(ack.errors[0]).toContain('A newer version is held')
    expect(await value('R-LATE')).toBe(7)
    expect(await report('R-LATE')).toMatchObject({ status: 'corrected', meta: { versionId: '1' } })
  })

  it('that was taken back holds, also where the version between comes last', async () => {
    const report = { reportNo: 'R-BACK', patient: pid(2) }
    await labs.hl7(oru({ ...report, changedAt: '20261123110000+0800' }))
    await labs.hl7(oru({ ...report, changedAt: '20261123130000+0800' }))
    const between = oru({ ...report, changedAt: '20261123120000+0800', results: [GLUCOSE.replace('5.60', '9.9')] })
    expect((await labs.hl7(between)).errors[0]).toContain('went to the history')
    expect(await value('R-BACK')).toBe(5.6)
  })

  it('comes to the same end in whatever order the versions arrive', async () => {
    const versions = [
      { status: 'P', changedAt: '20261123100000+0800', results: [GLUCOSE.replace('5.60', '1.0')] },
      { status: 'F', changedAt: '20261123110000+0800', results: [GLUCOSE.replace('5.60', '2.0')] },
      { status: 'C', changedAt: '20261123120000+0800', results: [GLUCOSE.replace('5.60', '3.0')] },
    ]
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]
    const ends: unknown[] = []
    for (const [n, order] of orders.entries()) {
      for (const at of order) await send(`R-O${n}`, versions[at] as object)
      ends.push([(await report(`R-O${n}`))?.['status'], await value(`R-O${n}`)])
    }
    expect(ends).toEqual(orders.map(() => ['corrected', 3]))
  })

  it('of a final result by a preliminary one is not taken, whatever its time', async () => {
    await send('R-P', {})
    await send('R-P', { status: 'P', changedAt: '20261124090000+0800', results: [GLUCOSE.replace('5.60', '9')] })
    expect([await value('R-P'), (await report('R-P'))?.['status']]).toEqual([5.6, 'final'])
  })

  it('that says something else as final again is an amendment; the same again is nothing', async () => {
    await send('R-A', {})
    await send('R-A', { changedAt: '20261123130000+0800' })
    expect(await report('R-A')).toMatchObject({ status: 'final', meta: { versionId: '1' } })
    await send('R-A', { changedAt: '20261123140000+0800', results: [GLUCOSE.replace('5.60', '5.70')] })
    expect(await report('R-A')).toMatchObject({ status: 'amended', meta: { versionId: '2' } })
  })

  it('that cancels the report makes its results cancelled', async () => {
    await send('R-X', {})
    await send('R-X', { status: 'X', changedAt: '20261123150000+0800' })
    expect(await report('R-X')).toMatchObject({ status: 'cancelled' })
  })

  it('of the patient takes the report away from the wrong one and tells it', async () => {
    await send('R-MOVED', {})
    const events = (await changedEvents()).length
    await labs.hl7(oru({ reportNo: 'R-MOVED', patient: pid(4), status: 'C', changedAt: '20261123150000+0800' }))
    expect(await report('R-MOVED')).toBeUndefined()
    expect(await held(4, 'DiagnosticReport', { identifier: ['R-MOVED'] })).toHaveLength(1)
    const told = (await changedEvents()).slice(events).map((row) => row.payload as Record<string, string>)
    expect(told).toHaveLength(2)
    for (const one of told) expect(one).toMatchObject({ personId: labs.person(2), state: 'entered-in-error - -' })
  })

  it('of the patient is not undone by a repeat of what was said before it', async () => {
    const of = (index: number, changedAt: string) => oru({ reportNo: 'R-WHOSE', patient: pid(index), changedAt })
    await labs.hl7(of(0, '20261123110000+0800'))
    await labs.hl7(of(1, '20261123120000+0800'))
    expect((await labs.hl7(of(0, '20261123110000+0800'))).errors[0]).toContain('went to the history')
    expect(await held(0, 'DiagnosticReport', { identifier: ['R-WHOSE'] })).toEqual([])
    expect(await held(1, 'DiagnosticReport', { identifier: ['R-WHOSE'] })).toHaveLength(1)
  })

  it('made by eight senders at once leaves one report and the newest value', async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        send('R-RACE', {
          status: n === 0 ? 'F' : 'C',
          changedAt: `2026112312000${n}+0800`,
          results: [GLUCOSE.replace('5.60', `${n}.0`)],
        }),
      ),
    )
    expect(await held(2, 'DiagnosticReport', { identifier: ['R-RACE'] })).toHaveLength(1)
    expect(await value('R-RACE')).toBe(7)
  })
})

describe('one number', () => {
  const numbers = (message: string, number: string) => message.replace(/(OBR\|1\|[^|]*\|)[^|]*/, `$1${number}`)

  it('of several orders of a specimen is that of several reports: none takes the place of another', async () => {
    const first = oru({ reportNo: 'R-SHARED', patient: pid(3) })
    const second = oru({
      reportNo: 'R-SHARED',
      patient: pid(3),
      results: [GLUCOSE.replace('GLU01^葡萄糖', 'WBC^白细胞')],
    })
    const blood = second.slice(second.indexOf('OBR|')).replace('BIO^生化全套', 'CBC^血常规')
    expect(await labs.hl7(first + blood)).toMatchObject({ code: 'AA' })
    const reports = await held(3, 'DiagnosticReport', { identifier: ['R-SHARED'] })
    expect(reports.map((one) => [one['status'], (one['result'] as object[]).length])).toEqual([
      ['final', 1],
      ['final', 1],
    ])
  })

  it('given twice for one order is refused, and nothing of the message is held', async () => {
    const first = oru({ reportNo: 'R-TWICE', patient: pid(3) })
    const second = oru({ reportNo: 'R-TWICE', patient: pid(4), results: [GLUCOSE.replace('5.60', '9.9')] })
    const ack = await labs.hl7(first + second.slice(second.indexOf('PID|')))
    expect(ack).toMatchObject({ code: 'AE', errors: [expect.stringContaining('OBR^2^3')] })
    for (const index of [3, 4]) expect(await held(index, 'DiagnosticReport', { identifier: ['R-TWICE'] })).toEqual([])
  })

  it('of two laboratories, two name spaces, or of the one who ordered, takes nothing from anybody', async () => {
    await labs.sender('DY02', { laboratory: 'second' })
    const message = (index: number, of: object = {}) => oru({ reportNo: '7001', patient: pid(index), ...of })
    await labs.hl7(message(0))
    await labs.hl7(message(1, { facility: 'DY02' }))
    await labs.hl7(numbers(message(2), '7001^HEMA'))
    await labs.hl7(message(3).replace(/(OBR\|1\|)[^|]*\|[^|]*/, '$17001|'))
    for (const index of [0, 1, 2, 3])
      expect(await held(index, 'DiagnosticReport', { identifier: ['7001'] }), `${index}`).toHaveLength(1)
  })
})

describe('a report whose person is not found', () => {
  it('is attached to nobody, not even by name, and waits for review', async () => {
    const seed = seeds[0]
    const name = `${seed?.name.slice(0, 1)}^${seed?.name.slice(1)}`
    const before = (await held(0, 'DiagnosticReport')).length
    const ack = await labs.hl7(oru({ reportNo: 'R-NOBODY', patient: '12345^^^HIS^MR', name }))
    expect(ack).toMatchObject({ code: 'AA' })
    expect(ack.errors[0]).toContain('Kept for review: identifier-missing')
    const unknown = await labs.hl7(oru({ reportNo: 'R-UNKNOWN', patient: '510104199001011118^^^^NNCHN', name }))
    expect(unknown.errors[0]).toContain('Kept for review: person-unknown')
    expect(await held(0, 'DiagnosticReport')).toHaveLength(before)
    const { body } = await labs.call('GET', '/labs/reviews')
    expect(body.reviews).toMatchObject([
      { reason: 'identifier-missing', reportNo: 'R-NOBODY', identifiers: [] },
      { reason: 'person-unknown', reportNo: 'R-UNKNOWN', identifiers: [{ type: 'resident-id' }] },
    ])
    expect(JSON.stringify(body)).not.toContain('510104199001011118')
    expect((await labs.call('GET', '/labs/reviews', undefined, { institution: OTHER })).body.reviews).toEqual([])
  })

  it('is ambiguous where its identifiers are those of two persons', async () => {
    const ack = await labs.hl7(oru({ patient: `${pid(0)}~${pid(1)}` }))
    expect(ack.errors[0]).toContain('Kept for review: person-ambiguous')
  })

  it('is attached when the person is registered and somebody of the institution tries again', async () => {
    const { body } = await labs.call('GET', '/labs/reviews')
    const review = body.reviews.find((one: { reportNo: string }) => one.reportNo === 'R-UNKNOWN')
    const retry = async (institution = OWN) =>
      await labs.call('POST', `/labs/reviews/${review.reviewId}/retry`, { officer: 'lab-1' }, { institution })
    expect(await retry()).toMatchObject({ status: 409, body: { code: 'labs.person-unknown' } })
    expect(await retry(OTHER)).toMatchObject({ status: 404, body: { code: 'labs.review-not-found' } })
    const { seedPeople } = await import('../../src/people/index.ts')
    const [personId] = await seedPeople(labs.hub.deps, [
      { ...seeds[0]!, idNumber: '510104199001011118', birthDate: '1990-01-01', sex: 'male' },
    ])
    expect(await retry()).toMatchObject({ status: 200, body: { outcome: 'first' } })
    expect(await holdersOf(database.db, personId as string)).toEqual([OWN])
    expect(await retry()).toMatchObject({ status: 404 })
  })

  it('is not attached in an old version while a newer one waits', async () => {
    const { seedPeople } = await import('../../src/people/index.ts')
    const patient = '510104199002022222^^^^NNCHN'
    const version = (changedAt: string) => oru({ reportNo: 'R-TWO', patient, changedAt, results: [GLUCOSE] })
    await labs.hl7(version('20261123120000+0800').replace('5.60', '9.90'))
    await labs.hl7(version('20261123110000+0800'))
    await seedPeople(labs.hub.deps, [{ ...own(0), idNumber: '510104199002022222', birthDate: '1990-02-02' }])
    const { body } = await labs.call('GET', '/labs/reviews')
    const [newer, older] = body.reviews.filter((one: { reportNo: string }) => one.reportNo === 'R-TWO')
    const retry = async (one: { reviewId: string }) =>
      await labs.call('POST', `/labs/reviews/${one.reviewId}/retry`, { officer: 'lab-1' })
    expect(await retry(older)).toMatchObject({ status: 409, body: { code: 'labs.newer-version-waits' } })
    expect(await retry(newer)).toMatchObject({ status: 200, body: { outcome: 'first' } })
    expect(await retry(older)).toMatchObject({ status: 200, body: { outcome: 'late' } })
  })

  it('can be discarded by its own institution alone', async () => {
    const { body } = await labs.call('GET', '/labs/reviews')
    const review = body.reviews.find((one: { reportNo: string }) => one.reportNo === 'R-NOBODY')
    const discard = async (institution = OWN) =>
      await labs.call('POST', `/labs/reviews/${review.reviewId}/discard`, { officer: 'lab-1' }, { institution })
    expect(await discard(OTHER)).toMatchObject({ status: 404 })
    expect(await discard()).toMatchObject({ status: 200, body: { state: 'discarded' } })
  })
})

describe('a report whose number is that of somebody else than its name, birth date or sex', () => {
  const compact = (date: string) => date.replaceAll('-', '')
  const { name, birthDate, sex, idNumber } = own(1)
  const letter = { male: 'M', female: 'F' }
  const matching = { patient: pid(1), name, birthDate: compact(birthDate), sex: letter[sex] }
  const ownNumber = async (oid: string, value: string, index: number) => {
    const by = { clientId: 'lab', org: OWN, role: 'hospital', institution: OWN }
    const localId = { system: `urn:oid:${oid}`, value }
    await inTx(database.db, (tx) => tellLocalId(labs.hub.deps, tx, { personId: labs.person(index), localId, by }))
  }
  const otherSex = sex === 'male' ? 'F' : 'M'

  it.each<[string, object]>([
    ['another name', { name: own(2).name }],
    ['one more in the name: a child under the number of its mother', { name: `${name}之子` }],
    ['another name in each spelling', { name: `${own(2).name}~${own(3).name}` }],
    ['another birth date', { birthDate: '20010203' }],
    ['a birth date of another year', { birthDate: '2001' }],
    ['the other sex', { sex: otherSex }],
  ])('waits for review with %s, and its answer says no more than that', async (_, said) => {
    const before = (await held(1, 'DiagnosticReport')).length
    const ack = await labs.hl7(oru({ ...matching, ...said }))
    expect(ack).toMatchObject({
      code: 'AA',
      errors: [expect.stringMatching(/Kept for review: person-contradicted\.$/)],
    })
    for (const one of [name, birthDate, compact(birthDate), own(2).name, idNumber]) expect(ack.text).not.toContain(one)
    expect(await held(1, 'DiagnosticReport')).toHaveLength(before)
  })

  it.each<[string, object]>([
    ['all of them', {}],
    ['the name in two parts', { name: `${name.slice(0, 1)}^${name.slice(1)}` }],
    ['the parts of the name exchanged', { name: `${name.slice(1)}^${name.slice(0, 1)}` }],
    ['the name in Latin letters, which says nothing of the Chinese one', { name: 'ZHANG^SHILI' }],
    ['a name of which letters are hidden', { name: `${name.slice(0, 1)}*` }],
    ['the year of birth alone', { birthDate: birthDate.slice(0, 4) }],
    ['the birth date that stands in the number, where another is registered', { birthDate: idNumber.slice(6, 14) }],
    ['a birth date that is none', { birthDate: '00000000' }],
    ['sex in the code of China', { sex: sex === 'male' ? '1' : '2' }],
    ['unknown sex', { sex: 'U' }],
  ])('is attached with %s', async (_, said) => {
    const before = (await held(1, 'DiagnosticReport')).length
    expect(await labs.hl7(oru({ ...matching, ...said }))).toMatchObject({ code: 'AA', errors: [] })
    expect(await held(1, 'DiagnosticReport')).toHaveLength(before + 1)
  })

  it('is not attached by another attempt either, and shows no name to whoever decides', async () => {
    await labs.hl7(oru({ ...matching, reportNo: 'R-OF-ANOTHER', name: own(2).name }))
    const { body } = await labs.call('GET', '/labs/reviews')
    const review = body.reviews.find((one: { reportNo: string }) => one.reportNo === 'R-OF-ANOTHER')
    expect(review).toMatchObject({ reason: 'person-contradicted', identifiers: [{ type: 'resident-id' }] })
    expect(JSON.stringify(body)).not.toContain(own(2).name)
    const retried = await labs.call('POST', `/labs/reviews/${review.reviewId}/retry`, { officer: 'lab-1' })
    expect(retried).toMatchObject({ status: 409, body: { code: 'labs.person-unknown' } })
    expect(JSON.stringify(retried.body)).not.toMatch(new RegExp(`${name}|${own(2).name}|${birthDate}`))
  })

  it('waits for review where a number of its own leads to one person and the identity number to nobody', async () => {
    await ownNumber('1.2.3.4.77', 'MR-77', 1)
    const local = 'MR-77^^^&1.2.3.4.77&ISO^MR'
    expect(await labs.hl7(oru({ patient: local }))).toMatchObject({ code: 'AA', errors: [] })
    expect(await labs.hl7(oru({ patient: `${local}~${pid(1)}` }))).toMatchObject({ code: 'AA', errors: [] })
    const other = await labs.hl7(oru({ patient: `${local}~510104199002021110^^^^NNCHN` }))
    expect(other.errors[0]).toContain('person-contradicted')
  })

  it('holds up only its own orders: each patient of a message is looked at', async () => {
    const good = oru({ ...matching, reportNo: 'R-GOOD' })
    const bad = oru({ ...matching, reportNo: 'R-BAD', name: own(2).name })
    const ack = await labs.hl7(good + bad.slice(bad.indexOf('PID|')))
    expect(ack).toMatchObject({ code: 'AA', errors: [expect.stringContaining('person-contradicted')] })
    expect(await held(1, 'DiagnosticReport', { identifier: ['R-GOOD'] })).toHaveLength(1)
    expect(await held(1, 'DiagnosticReport', { identifier: ['R-BAD'] })).toEqual([])
  })
})

describe('a message that is refused', () => {
  it.each<[string, () => string, string, string]>([
    ['of a facility that is not registered', () => oru({ facility: 'XX01' }), 'AR', '204^'],
    ['of the facility of another hospital', () => oru({ facility: 'MS01' }), 'AR', '204^'],
    ['without a control id', () => oru({ controlId: '' }), 'AR', '101^'],
    ['of another type', () => oru({ type: 'ADT^A01' }), 'AR', '200^'],
    ['of training', () => oru({ processing: 'T' }), 'AR', '202^'],
    ['of another character set', () => oru({ charset: '8859/1' }), 'AR', '103^'],
    ['with a report of the day after tomorrow', () => oru({ changedAt: '20261126120000' }), 'AE', '102^'],
    ['with a specimen of next year', () => oru({ collectedAt: '20271123083000' }), 'AE', '102^'],
    ['without PID', () => oru().replace(/PID[^\r]*\r/, ''), 'AE', '100^'],
    ['without OBR', () => oru().replace(/OBR[^\r]*\r/, ''), 'AE', '100^'],
    ['with an OBX before its OBR', () => oru().replace('PV1|1|O', 'OBX|1|NM|X||1'), 'AE', '100^'],
    ['without a report number', () => oru({ reportNo: '' }).replace(/OBR\|1\|A-\d+\|/, 'OBR|1||'), 'AE', '101^'],
    ['with a status that is none', () => oru({ status: 'Q' }), 'AE', '103^'],
    ['with a result status that is none', () => oru({ results: [GLUCOSE.replace('|F|', '|Q|')] }), 'AE', '103^'],
    ['with a time that is none', () => oru({ collectedAt: '20261331' }), 'AE', '102^'],
    ['without an item code', () => oru({ results: ['NM|||5.6|mmol/l|||||F'] }), 'AE', '101^'],
    ['with a segment that is none', () => `${oru()}<script>\r`, 'AR', '100^'],
    ['without a header', () => 'PID|1||x\r', 'AR', '100^'],
    ['with delimiters that are letters', () => oru().replace('MSH|^~\\&', 'MSHA^~\\&'), 'AR', '100^'],
    ['with two equal delimiters', () => oru().replace('MSH|^~\\&', 'MSH|^^\\&'), 'AR', '100^'],
    ['with a NUL character', () => oru({ name: 'a\u0000b' }), 'AR', '102^'],
    ['with a control character', () => oru({ name: 'a\u0007b' }), 'AR', '102^'],
    ['of too many segments', () => oru() + 'NTE|1\r'.repeat(6_000), 'AR', '100^'],
  ])('%s leaves nothing behind', async (_what, make, code, condition) => {
    const count = async () =>
      Number(
        (
          await database.db
            .selectFrom('labs_message')
            .select((eb) => eb.fn.countAll().as('n'))
            .executeTakeFirstOrThrow()
        ).n,
      )
    const before = await count()
    const ack = await labs.hl7(make())
    expect(ack.code).toBe(code)
    expect(ack.errors[0]).toContain(condition)
    expect(await count()).toBe(before)
  })

  it('quotes nothing of the message in its answer', async () => {
    const ack = await labs.hl7(
      oru({ patient: pid(0), name: '王^机密', status: 'Q', results: [GLUCOSE.replace('|F|', '|Q|')] }),
    )
    for (const secret of ['机密', seeds[0]?.idNumber as string, '葡萄糖', 'GLU01'])
      expect(ack.text).not.toContain(secret)
  })

  it('of 10 MB is not read', async () => {
    const ack = await labs.hl7(oru({ results: [`FT|X^x^L||${'长'.repeat(3_500_000)}||||||F`] }))
    expect(ack.status).toBe(413)
  })

  it('as JSON is told which type is taken', async () => {
    const { status } = await labs.call('POST', '/labs/hl7v2', { message: 'MSH' })
    expect(status).toBe(415)
  })
})

/** GB 18030 of text whose characters are all in GB 2312; Node decodes it but does not encode it. */
function encodeGb(text: string): Buffer {
  const decoder = new TextDecoder('gb18030')
  return Buffer.concat(
    text.split('').map((character) => {
      if (character.charCodeAt(0) < 0x80) return Buffer.from(character, 'latin1')
      for (let row = 0xa1; row <= 0xf7; row++) {
        for (let cell = 0xa1; cell <= 0xfe; cell++) {
          if (decoder.decode(Buffer.from([row, cell])) === character) return Buffer.from([row, cell])
        }
      }
      throw new Error(`${character} is not in GB 2312`)
    }),
  )
}
