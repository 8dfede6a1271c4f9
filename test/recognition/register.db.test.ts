import { beforeAll, describe, expect, it, vi } from 'vitest'
import { openRecognition, runRegisterImport } from '../../src/recognition/index.ts'
import { CODES } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'
import { byItem, useDesk } from './desk.ts'

const { hub, ask, decide, report, seeded, refresh } = useDesk(useDatabase())
const operator = { role: 'operator' as const }
const send = async (body: object) => await ask('POST', '/recognition/register', { ...operator, body })
const reason = {
  version: 1,
  zh: '患者或家属要求',
  en: 'The patient asks',
  detail: 'signed-request',
  source: 's',
  from: '2026-11-01',
}
const evidence = { basis: 'b', source: 's', from: '2026-01-01' }
const tc = async () =>
  byItem((await decide({ ...report('SHQT'), orderedItem: 'TC' }, { institution: CODES[3] })).body.decisions)

beforeAll(seeded)

describe('the register of the operator', () => {
  const fourCities = {
    scopes: [
      {
        label: '四市HR',
        version: 1,
        divisions: ['510100', '510600', '511400', '512000'],
        source: 's',
        from: '2026-01-01',
      },
    ],
    marks: [{ institution: CODES[0], item: 'TC', version: 2, label: '四市HR', ...evidence }],
  }

  it('says first what rows would change, and changes nothing', async () => {
    const response = await send({ dryRun: true, rows: fourCities })
    expect(response.json()).toEqual({
      dryRun: true,
      written: 0,
      changes: [
        { kind: 'scopes', key: '四市HR 1', change: 'new' },
        { kind: 'marks', key: `${CODES[0]} TC 2`, change: 'new' },
      ],
    })
    expect(await tc()).toEqual({ TC: 'not-eligible E06' })
  })

  it('takes them over: a list of the four cities carries the mark of Chengdu to Ziyang, without code', async () => {
    expect((await send({ rows: fourCities })).json()).toMatchObject({ written: 2 })
    expect(await tc()).toEqual({ TC: 'recognised' })
    expect((await send({ rows: fourCities })).json()).toMatchObject({
      written: 0,
      changes: [{ change: 'same' }, { change: 'same' }],
    })
  })

  it('takes CSV of one kind: an assessment that failed before the test suspends the mark', async () => {
    const csv = `institution,item,round,organiser,passed,publishedOn\r\n${CODES[0]},TC,2026-2,province,false,2026-06-01\r\n`
    expect((await send({ kind: 'eqa', csv })).json()).toMatchObject({ written: 1 })
    expect(await tc()).toEqual({ TC: 'not-eligible E08' })
    const passed = csv.replace('2026-2', '2026-3').replace('false', 'true').replace('06-01', '07-01')
    expect((await send({ kind: 'eqa', csv: passed })).statusCode).toBe(200)
    expect(await tc()).toEqual({ TC: 'recognised' })
  })

  it('has the negative list from its effective day on', async () => {
    const negative = { item: 'TC', version: 1, ...evidence, from: '2026-11-25' }
    expect((await send({ rows: { negatives: [negative] } })).statusCode).toBe(200)
    expect(await tc()).toEqual({ TC: 'recognised' })
    hub.deps.clock.advance(24 * 3_600_000)
    expect(await tc()).toEqual({ TC: 'not-eligible E05' })
  })

  it('turns the direction of levels on by a row: a higher house need not take results of a lower one', async () => {
    const glu = async (institution: string, issuer: string) =>
      byItem((await decide({ ...report('SHQT', issuer), orderedItem: 'GLU' }, { institution })).body.decisions)
    expect(await glu(CODES[0], CODES[1])).toEqual({ GLU: 'recognised' })
    const policies = [
      {
        name: 'lower-accepts-higher-only',
        version: 1,
        value: 0,
        source: 'notice of 2025-06 names all institutions of level two and above',
        from: '2020-01-01',
        to: '2026-11-24',
      },
      { name: 'lower-accepts-higher-only', version: 2, value: 1, source: 's', from: '2026-11-25' },
    ]
    expect((await send({ rows: { policies } })).statusCode).toBe(200)
    expect(await glu(CODES[0], CODES[1])).toEqual({ GLU: 'not-eligible E07' })
    expect(await glu(CODES[1], CODES[0])).toEqual({ GLU: 'recognised' })
    expect(await glu(CODES[1], CODES[3])).toEqual({ GLU: 'recognised' })
  })

  it('puts a further reason into force by a row; a reason is never deleted', async () => {
    const statement = { item: 'HBA1C', action: 'repeat', reason: '09', detail: '签字', informed: 'yes' }
    const ask09 = async () => (await decide({ ...report('HBA1C'), statements: [statement] })).body
    expect((await decide({ ...report('HBA1C'), statements: [statement] })).status).toBe(422)
    await send({ rows: { reasons: [{ ...reason, code: '09', countable: false, detailMin: 2 }] } })
    expect((await ask09()).decisions[0]).toMatchObject({
      outcome: 'not-recognised',
      reason: { code: '09' },
      inRate: false,
    })
    await expect(hub.deps.db.deleteFrom('recognition_reason').execute()).rejects.toThrow(/closed by its last day/)
  })

  it('shows what it holds of an institution', async () => {
    const rows = (await ask('GET', `/recognition/register?institution=${CODES[0]}`, operator)).json<{
      marks: { item: string; version: number }[]
      prices: { priceFen: string }[]
    }>()
    expect(rows.marks.filter((one) => one.item === 'TC').map((one) => one.version)).toEqual([1, 2])
    expect(rows.prices[0]?.priceFen).toMatch(/^\d+\.\d\d$/)
    const catalogue = (await ask('GET', '/recognition/register', operator)).json<{ scopes: { label: string }[] }>()
    expect(catalogue.scopes.map((one) => one.label)).toEqual(expect.arrayContaining(['全国HR', '川渝HR', '四市HR']))
  })
})

describe('what the register refuses', () => {
  it.each([
    ['rows and CSV at once', { rows: {}, kind: 'eqa', csv: 'a' }, 400],
    ['neither', {}, 400],
    ['a kind that there is not', { rows: { patients: [] } }, 400],
    ['a row with a field that there is not', { rows: { marks: [{ x: 1 }] } }, 422],
    [
      'an item that no catalogue has',
      { rows: { marks: [{ institution: CODES[0], item: 'NO', version: 1, label: '川渝HR', ...evidence }] } },
      422,
    ],
    [
      'another content under a version that counted',
      { rows: { marks: [{ institution: CODES[0], item: 'K', version: 1, label: '全国HR', ...evidence }] } },
      422,
    ],
    ['CSV that is none', { kind: 'eqa', csv: '"' }, 422],
  ])('%s', async (_name, body, status) => {
    const response = await send(body)
    expect(response.statusCode).toBe(status)
  })

  it('all or none: one bad row keeps the good one out', async () => {
    const good = { institution: CODES[0], item: 'K', version: 9, label: '全国HR', ...evidence }
    const response = await send({ rows: { marks: [good, { ...good, version: 10, label: '无' }] } })
    expect(response.statusCode).toBe(422)
    expect(response.json<{ errors: { pointer: string }[] }>().errors).toMatchObject([{ pointer: '/marks/1/label' }])
    const row = await hub.deps.db.selectFrom('recognition_mark').select('item').where('version', '=', 9).execute()
    expect(row).toEqual([])
  })

  it('everybody who is not the operator', async () => {
    expect((await ask('POST', '/recognition/register', { body: { rows: {} } })).statusCode).toBe(403)
    expect((await ask('GET', '/recognition/register')).statusCode).toBe(403)
  })

  it('the second of two that send the same version at once, if it says otherwise', async () => {
    const price = (amount: string) => ({
      rows: {
        prices: [
          {
            institution: CODES[2],
            item: 'K',
            version: 7,
            priceFen: amount,
            source: 's',
            from: '1999-01-01',
            to: '1999-12-31',
          },
        ],
      },
    })
    const answers = await Promise.all(['1.00', '2.00', '3.00'].map((amount) => send(price(amount))))
    expect(answers.map((one) => one.statusCode).toSorted((a, b) => a - b)).toEqual([200, 422, 422])
  })
})

it('another process has a change within a second, and only the parts that changed are read again', async () => {
  const other = await openRecognition(hub.deps)
  try {
    const untouched = other.register.institution(CODES[3])
    const before = other.register.changeNo()
    const row = { institution: CODES[2], item: 'NA', version: 8, label: '全国HR', ...evidence }
    expect((await send({ rows: { marks: [row] } })).statusCode).toBe(200)
    await vi.waitFor(
      () =>
        expect(
          other.register
            .institution(CODES[2])
            .marksOf('NA')
            .map((one) => one.version),
        ).toContain(8),
      { timeout: 3_000 },
    )
    expect(other.register.changeNo()).toBe(before + 1n)
    expect(other.register.institution(CODES[3])).toBe(untouched)
    expect(other.register.institution('H51010400099').marksOf('NA')).toEqual([])
  } finally {
    await other.close()
  }
})

describe('the import by a file', () => {
  const lines: string[] = []
  const run = async (text: string, kind?: 'marks', dryRun = false) => {
    lines.length = 0
    await runRegisterImport(hub.deps, { text, kind, dryRun }, (line) => lines.push(line))
    await refresh()
    return [...lines]
  }
  const csv = `institution,item,version,label,basis,source,from\n${CODES[2]},K,5,全国HR,b,s,2026-01-01\n`

  it('says what it would change, changes it, and says that it is there', async () => {
    expect(await run(csv, 'marks', true)).toEqual([
      `+ marks ${CODES[2]} K 5`,
      '1 rows would be new, 0 would be closed, 0 are there already',
    ])
    expect((await run(csv, 'marks')).at(-1)).toBe('1 rows are new, 0 are closed, 0 are there already')
    expect(await run(csv, 'marks')).toEqual(['0 rows are new, 0 are closed, 1 are there already'])
    const closed = csv.replace('from\n', 'from,to\n').replace('2026-01-01\n', '2026-01-01,2026-12-31\n')
    expect((await run(closed, 'marks'))[0]).toBe(`- marks ${CODES[2]} K 5 gets its last day`)
  })

  it('leaves an audit event of who did it', async () => {
    const events = await hub.deps.db
      .selectFrom('audit_event')
      .select('actor')
      .where('action', '=', 'recognition.change-register')
      .execute()
    expect(events.map((one) => one.actor)).toContain('command-line')
  })

  it('refuses a file that is no register', async () => {
    await expect(run('{')).rejects.toThrow(/register/i)
  })
})
