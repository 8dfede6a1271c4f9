import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { countOutcomes, importCatalogue, previewImport, showOutcomes } from '../../src/catalogue/index.ts'
import { readStandingItems, readStandingLimits } from '../../src/catalogue/store.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { seedItems } from '../support/catalogue.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const clock = manualClock('2026-11-24T02:00:00Z')
const OPERATOR = { clientId: 'op', role: 'operator', org: 'operator', areas: 'all' } as const
const DEYANG = { clientId: 'b', role: 'bureau', org: '510600', areas: ['510600'] } as const

const HEADER =
  'insu_admdvs,hilist_code,hilist_name,begndate,enddate,list_type,med_chrgitm_type,chrgitm_lv,selfpay_prop,lmt_used_flag,lmt_used_cond,vali_flag,source_document'
const row = (code: string, more: Partial<Record<string, string>> = {}) => ({
  insu_admdvs: '510600',
  hilist_code: code,
  hilist_name: `项目 ${code}`,
  begndate: '2026-01-01',
  enddate: '',
  list_type: '101',
  med_chrgitm_type: '09',
  chrgitm_lv: '02',
  selfpay_prop: '0.1',
  lmt_used_flag: '0',
  lmt_used_cond: '',
  vali_flag: '1',
  source_document: '示例文件',
  ...more,
})
const csv = (...rows: readonly object[]) => [HEADER, ...rows.map((one) => Object.values(one).join(','))].join('\n')

const apply = (text: string, by: Parameters<typeof importCatalogue>[3] = OPERATOR) =>
  inTx(database.db, (tx) => importCatalogue({ clock }, tx, text, by))
const preview = (text: string, by: Parameters<typeof previewImport>[2] = OPERATOR) =>
  previewImport(database.db, text, by)
const faults = async (work: Promise<unknown>) =>
  await work.then(
    () => 'no fault',
    (error: { code: string; errors?: { pointer: string; detail: string }[]; detail?: string }) =>
      error.errors !== undefined && error.errors.length > 0
        ? error.errors.map(({ pointer, detail }) => `${pointer} ${detail}`)
        : error.detail,
  )
const standing = async (code: string) =>
  (await readStandingItems(database.db, [code]))
    .map(
      (one) =>
        `${one.begndate}/${one.enddate ?? ''} ${one.chrgitmLv} ${one.selfpayProp} v${one.version} ${one.valiFlag}`,
    )
    .sort()

describe('an import', () => {
  it('shows first and writes then: added, unchanged, changed field by field, ended', async () => {
    const first = csv(row('A1'), row('A2'))
    const shown = await preview(first)
    expect(countOutcomes(shown.items)).toEqual({ added: 2, changed: 0, ended: 0, unchanged: 0 })
    expect(await standing('A1')).toEqual([])
    await apply(first)
    expect(await standing('A1')).toEqual(['2026-01-01/ 02 1000 v1 1'])
    expect(countOutcomes((await preview(first)).items)).toEqual({ added: 0, changed: 0, ended: 0, unchanged: 2 })

    const second = csv(
      row('A1', { selfpay_prop: '0.2', hilist_name: '改名' }),
      row('A2', { enddate: '2026-12-31' }),
      row('A3', { begndate: '2027-01-01' }),
    )
    const change = await apply(second)
    expect(showOutcomes(change, 10)).toEqual([
      expect.objectContaining({
        line: 2,
        outcome: 'changed',
        hilist_code: 'A1',
        changes: [
          { field: 'hilist_name', before: '项目 A1', after: '改名' },
          { field: 'selfpay_prop', before: '0.1000', after: '0.2000' },
        ],
      }),
      expect.objectContaining({
        line: 3,
        outcome: 'ended',
        changes: [{ field: 'enddate', before: null, after: '2026-12-31' }],
      }),
      expect.objectContaining({ line: 4, outcome: 'added', changes: [] }),
    ])
    expect(await standing('A1')).toEqual(['2026-01-01/ 02 2000 v2 1'])
    const history = await sql<{ version: number; over: boolean }>`
      select version, superseded_at is not null as over from catalogue_item where hilist_code = 'A1' order by version`.execute(
      database.db,
    )
    expect(history.rows).toEqual([
      { version: 1, over: true },
      { version: 2, over: false },
    ])
  })

  it('ends the open period before one that begins later, and withdraws what was entered in error', async () => {
    await apply(csv(row('B1')))
    const change = await apply(csv(row('B1', { begndate: '2027-01-01', chrgitm_lv: '01', selfpay_prop: '0' })))
    expect(countOutcomes(change.items)).toEqual({ added: 1, changed: 0, ended: 1, unchanged: 0 })
    expect(await standing('B1')).toEqual(['2026-01-01/2026-12-31 02 1000 v2 1', '2027-01-01/ 01 0 v1 1'])
    await apply(csv(row('B1', { begndate: '2027-01-01', chrgitm_lv: '01', selfpay_prop: '0', vali_flag: '0' })))
    expect(await standing('B1')).toEqual(['2026-01-01/2026-12-31 02 1000 v2 1', '2027-01-01/ 01 0 v2 0'])
  })

  it('names line and column of everything that is wrong, and writes nothing of it', async () => {
    await apply(csv(row('C1', { enddate: '2026-06-30' })))
    const wrong = csv(
      row('C2'),
      row('C3', { chrgitm_lv: '04' }),
      row('C4', { selfpay_prop: '1.1' }),
      row('C5', { begndate: '2026-02-30' }),
      row('C 6'),
      row('C7', { insu_admdvs: '310000' }),
      row('C8', { source_document: '' }),
    )
    expect(await faults(apply(wrong))).toEqual([
      '/3/chrgitm_lv is none of 01, 02, 03',
      '/4/selfpay_prop is more than 1',
      '/5/begndate is not a day of the calendar (YYYY-MM-DD)',
      '/6/hilist_code is not a code of 1 to 30 letters, digits, points or hyphens',
      '/7/insu_admdvs is no city of the four and not 510000',
      '/8/source_document is missing',
    ])
    const contradicting = csv(
      row('C2'),
      row('C3', { chrgitm_lv: '01' }),
      row('C4', { chrgitm_lv: '03' }),
      row('C5', { enddate: '2025-12-31' }),
      row('C6', { lmt_used_cond: '限某' }),
      row('C7'),
      row('C7'),
      row('C1', { begndate: '2026-06-01' }),
      row('C8'),
      row('C8', { begndate: '2026-02-01' }),
    )
    expect(await faults(apply(contradicting))).toEqual([
      '/3/selfpay_prop is 0 for class 01 (甲): nothing of it is paid first',
      '/4/selfpay_prop is 1 for class 03 (丙): the person pays it whole',
      '/5/enddate lies before begndate',
      '/6/lmt_used_cond has a condition, and lmt_used_flag says that there is none',
      '/8/begndate the same period stands in line 7',
      '/9/begndate shares a day with the period that begins 2026-01-01',
      '/10/enddate shares a day with the period that begins 2026-02-01',
    ])
    expect(await faults(preview(contradicting))).toEqual(await faults(apply(contradicting)))
    expect(await standing('C2')).toEqual([])
  })

  it.each([
    ['', 'The text is empty.'],
    ['insu_admdvs,hilist_code\n', /line 1 lacks hilist_name/],
    [`${HEADER},price\n`, /line 1 names columns that are unknown or stand twice: price/],
    [`${HEADER}\n510600,A\n`, /each row has as many fields/],
    ['{"items": {}}', /lists of rows/],
    ['{"rows": []}', /nothing else/],
    ['[1]', /Row 1 is no object/],
    ['[{"a":', /begins like JSON/],
  ])('refuses a text that is no table: %s', async (text, detail) => {
    const said = await faults(preview(text))
    if (typeof detail === 'string') expect(said).toBe(detail)
    else expect(said).toMatch(detail)
  })

  it('reads JSON with items and limits, and takes no number for an amount', async () => {
    const limit = {
      insu_admdvs: '510000',
      hilist_code: 'D1',
      lmtpric_hosp_lv: '3',
      hilist_lmtpric_type: '3',
      begndate: '2026-01-01',
      hilist_pric_uplmt_amt: '12.345678',
      source_document: '示例文件',
    }
    const { enddate: _1, lmt_used_cond: _2, ...item } = row('D1', { insu_admdvs: '510000' })
    await apply(JSON.stringify({ items: [{ ...item, verified: true }], limits: [limit] }))
    expect(await readStandingLimits(database.db, ['D1'])).toMatchObject([
      { priceLevel: '3', hilistPricUplmtAmt: 12345678n, verified: false },
    ])
    const change = await apply(JSON.stringify([{ ...limit, hilist_pric_uplmt_amt: '13' }]))
    expect(showOutcomes(change, 9)).toMatchObject([
      { of: 'limit', lmtpric_hosp_lv: '3', changes: [{ before: '12.345678', after: '13.000000' }] },
    ])
    expect(
      await faults(
        apply(
          JSON.stringify([
            { ...limit, hilist_pric_uplmt_amt: 13 },
            { ...limit, hilist_pric_uplmt_amt: '0' },
          ]),
        ),
      ),
    ).toEqual([
      '/1/hilist_pric_uplmt_amt is not a text: amounts and ratios are written in quotes',
      '/2/hilist_pric_uplmt_amt is 0, which would mean no limit: leave the row out, or end it',
    ])
    expect(await faults(apply(JSON.stringify([{ ...item, hilist_code: 'D2', colour: 'red' }])))).toEqual([
      '/1/colour is no column of these rows',
    ])
  })

  it('refuses a bureau the rows of another city and of the province', async () => {
    expect(
      await faults(
        apply(csv(row('E1'), row('E2', { insu_admdvs: '510100' }), row('E3', { insu_admdvs: '510000' })), DEYANG),
      ),
    ).toEqual([
      '/3/insu_admdvs is not your city: each city writes its own rows',
      '/4/insu_admdvs is not your city: each city writes its own rows',
    ])
    expect(await standing('E1')).toEqual([])
    await apply(csv(row('E1')), DEYANG)
    expect(await standing('E1')).toEqual(['2026-01-01/ 02 1000 v1 1'])
  })

  it('is one of two at a time: parallel corrections of one row become two versions in order', async () => {
    await apply(csv(row('F1')))
    await Promise.all(['0.2', '0.3'].map((selfpay_prop) => apply(csv(row('F1', { selfpay_prop })))))
    expect((await standing('F1'))[0]).toMatch(/ v3 1$/)
  })

  it('keeps what was: no version is changed or deleted', async () => {
    await apply(csv(row('G1')))
    for (const statement of [
      sql`update catalogue_item set selfpay_prop = 0 where hilist_code = 'G1'`,
      sql`delete from catalogue_item where hilist_code = 'G1'`,
      sql`update catalogue_limit set pric_uplmt_micro = 1`,
    ]) {
      await expect(statement.execute(database.db)).rejects.toThrow('a correction is a new version')
    }
  })
})

it('has one class of an item on a day, whoever writes', async () => {
  await apply(csv(row('H1')))
  const second = sql`
    insert into catalogue_item select nextval('catalogue_rid'), version, insu_admdvs, hilist_code, hilist_name,
      begndate + 10, enddate, list_type, med_chrgitm_type, chrgitm_lv, selfpay_prop, lmt_used_flag, lmt_used_cond,
      med_use_flag, matn_used_flag, hilist_use_type, lmt_cpnd_type, pinyin, wubi, memo, vali_flag, source_document,
      verified, written_by, written_org, written_at, superseded_at, change_no
    from catalogue_item where hilist_code = 'H1'`
  await expect(second.execute(database.db)).rejects.toThrow('share a day')
})

describe('a large import', () => {
  beforeAll(() => seedItems({ db: database.db, clock }, [{ code: 'X0' }]))

  it('tells how far it is, and writes 20,000 rows in one transaction', async () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => row(`X${at}`, { insu_admdvs: '510000' }))
    const steps: number[] = []
    const started = performance.now()
    const work = inTx(database.db, (tx) =>
      importCatalogue(
        { clock },
        tx,
        csv(...rows, row('X1', { begndate: '2010-01-01', enddate: '2010-12-31' })),
        OPERATOR,
        (done) => steps.push(done),
      ),
    )
    expect(countOutcomes((await work).items)).toMatchObject({ added: 20_001, ended: 1 })
    expect(steps.length).toBeGreaterThan(5)
    expect(steps.at(-1)).toBe(20_001)
    expect(performance.now() - started).toBeLessThan(60_000)
  }, 90_000)
})
