import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Catalogue, catalogueRoutes, openCatalogue, seedSampleCatalogue } from '../../src/catalogue/index.ts'
import type { Role } from '../../src/http/access.ts'
import type { App } from '../../src/http/app-type.ts'
import { createServer } from '../../src/http/server.ts'
import { openTokenKeys } from '../../src/identity/index.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'
import { type TokenFor, tokenMinter } from '../support/tokens.ts'

const database = useDatabase()
let app: App
let catalogue: Catalogue
let mint: ReturnType<typeof tokenMinter>
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  const deps = testDeps(database, { now: '2026-11-24T07:00:00.000Z' })
  await seedSampleCatalogue(deps)
  catalogue = await openCatalogue(deps)
  stops.push(() => catalogue.close())
  const tokenKeys = await openTokenKeys(deps)
  stops.push(() => tokenKeys.close())
  app = await createServer({ ...deps, tokenKeys })
  stops.push(() => app.close())
  catalogueRoutes(app, { ...deps, catalogue })
  await app.ready()
  mint = tokenMinter(deps, tokenKeys)
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

type Who = readonly [Role, TokenFor?]
const DEYANG: Who = ['bureau', { city: '510600' }]
const HOSPITAL: Who = ['hospital', { institution: 'H51060399999' }]
const OPERATOR: Who = ['operator']

const send = async (method: 'GET' | 'POST', url: string, [role, of]: Who, payload?: object, key?: string) => {
  const headers = { authorization: `Bearer ${await mint(role, of)}`, 'idempotency-key': key ?? randomUUID() }
  const reply = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  const json = reply.headers['content-type']?.includes('json') ?? false
  return { status: reply.statusCode, text: reply.body, body: json ? reply.json() : undefined }
}
const content = (area: string, code: string, more = '') =>
  `insu_admdvs,hilist_code,hilist_name,begndate,list_type,med_chrgitm_type,chrgitm_lv,selfpay_prop,source_document\n${area},${code},示例,2026-01-01,101,09,02,0.1,示例文件${more}`
const imported = (body: object, who: Who = DEYANG, key?: string) => send('POST', '/catalogue/imports', who, body, key)

describe('an import over the API', () => {
  it('shows, writes on demand, and is known here when it is answered', async () => {
    const body = { content: content('510600', 'R1') }
    const shown = await imported(body)
    expect(shown).toMatchObject({ status: 200, body: { applied: false, items: { added: 1 } } })
    expect(catalogue.termsAt('510600', 'R1', '2026-11-24', '3')).toBeUndefined()
    const key = randomUUID()
    const written = await imported({ ...body, apply: true }, DEYANG, key)
    expect(written).toMatchObject({ status: 200, body: { applied: true, items: { added: 1 }, limits: { added: 0 } } })
    expect(catalogue.termsAt('510600', 'R1', '2026-11-24', '3')).toMatchObject({ chrgitmLv: '02' })
    expect(catalogue.termsAt('510100', 'R1', '2026-11-24', '3')).toBeUndefined()
    // A repeat gets the same answer and writes nothing.
    expect((await imported({ ...body, apply: true }, DEYANG, key)).body).toEqual(written.body)
    expect((await imported({ ...body, apply: true })).body.items).toMatchObject({ added: 0, unchanged: 1 })
  })

  it('refuses the rows of another city, rows that are wrong, and whoever is no bureau', async () => {
    for (const area of ['510100', '510000']) {
      const refused = await imported({ content: content(area, 'R2'), apply: true })
      expect(refused).toMatchObject({
        status: 422,
        body: { code: 'catalogue.import-invalid', errors: [{ pointer: '/2/insu_admdvs' }] },
      })
    }
    expect((await imported({ content: 'x' })).status).toBe(422)
    expect((await imported({ content: '' })).status).toBe(400)
    expect((await imported({ content: content('510600', 'R2'), apply: 'yes' })).status).toBe(400)
    expect((await imported({ content: content('510600', 'R2'), apply: true }, HOSPITAL)).status).toBe(403)
    expect((await imported({ content: content('510000', 'R2'), apply: true }, OPERATOR)).status).toBe(200)
  })
})

describe('reading over the API', () => {
  it('gives items and limits by the filters of the interface, and refuses what is no filter', async () => {
    const items = await send(
      'GET',
      '/catalogue/items?insu_admdvs=510100&query_date=2026-11-24&hilist_code=002102000010000',
      HOSPITAL,
    )
    expect(items.body).toMatchObject({
      rows: [{ insu_admdvs: '510100', selfpay_prop: '0.1000', verified: false }],
      more: false,
    })
    const limits = await send(
      'GET',
      '/catalogue/limits?hilist_code=XA10BAE050A001010100005&hilist_lmtpric_type=2',
      HOSPITAL,
    )
    expect(limits.body.rows).toMatchObject([{ hilist_pric_uplmt_amt: '0.086667', lmtpric_hosp_lv: '2' }])
    const all = await send('GET', '/catalogue/items?page_size=10', HOSPITAL)
    expect([all.body.rows.length, all.body.more]).toEqual([10, true])
    for (const query of ['page_size=101', 'page_num=0', 'updt_time=2026-02-30', 'colour=red', 'chrgitm_lv=9']) {
      expect((await send('GET', `/catalogue/items?${query}`, HOSPITAL)).status).toBe(400)
    }
  })

  it('says what a city’s catalogue says about an item', async () => {
    const url = '/catalogue/items/002102000010000/terms'
    const chengdu = await send('GET', `${url}?city=510100&lmtpric_hosp_lv=3`, HOSPITAL)
    expect(chengdu.body).toMatchObject({ selfpay_prop: '0.1000', pric_uplmt_amt: '560.000000', date: '2026-11-24' })
    const ziyang = await send('GET', `${url}?city=512000&lmtpric_hosp_lv=1`, HOSPITAL)
    expect(ziyang.body).toMatchObject({ selfpay_prop: '0.2000', pric_uplmt_amt: '380.000000' })
    expect((await send('GET', `${url}?city=510100&date=2019-12-31`, HOSPITAL)).status).toBe(404)
    expect((await send('GET', `${url}?city=510100&date=2019-02-30`, HOSPITAL)).status).toBe(400)
    expect((await send('GET', '/catalogue/items/nothing/terms?city=510100', HOSPITAL)).status).toBe(404)
  })

  it('gives the differences of the four cities as JSON, table and text, to bureaus', async () => {
    const json = await send('GET', '/catalogue/differences', DEYANG)
    expect(json.body.differences).toContainEqual({
      hilist_code: 'XN02BEB160A001010100009',
      hilist_name: '示例布洛芬缓释胶囊',
      field: 'chrgitm_lv',
      values: { '510100': '02', '510600': '01', '511400': '02', '512000': '02' },
    })
    const csv = await send('GET', '/catalogue/differences.csv?date=2026-11-24', DEYANG)
    expect(csv.text).toContain('hilist_code,hilist_name,field,510100,510600,511400,512000\r\n')
    expect(csv.text).toContain('XN02BEB160A001010100009,示例布洛芬缓释胶囊,chrgitm_lv,02,01,02,02\r\n')
    const text = await send('GET', '/catalogue/differences.txt', DEYANG)
    expect(text.text).toContain('收费项目等级: 成都市 乙类 · 德阳市 甲类 · 眉山市 乙类 · 资阳市 乙类')
    expect((await send('GET', '/catalogue/differences', HOSPITAL)).status).toBe(403)
    expect((await send('GET', '/catalogue/differences.csv?date=2026-13-01', DEYANG)).status).toBe(400)
  })
})
