import { beforeAll, describe, expect, it } from 'vitest'
import {
  type ItemFilter,
  type LimitFilter,
  searchItems,
  searchPriceLimits,
  seedCatalogue,
} from '../../src/catalogue/index.ts'
import { readStandingItems } from '../../src/catalogue/store.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { seedItems } from '../support/catalogue.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const clock = manualClock('2026-05-10T16:30:00Z') // the 11th in Chengdu

beforeAll(async () => {
  const deps = { db: database.db, clock }
  await seedItems(deps, [
    { code: 'A1', name: '示例阿莫西林胶囊', pricUplmtAmt: { '1': '1', '3': '3' } },
    {
      code: 'A1',
      area: '510600',
      name: '示例阿莫西林胶囊',
      chrgitmLv: '03',
      from: '2026-01-01',
      pricUplmtAmt: { '3': '2' },
    },
    {
      code: 'B1',
      name: '示例理疗',
      chrgitmLv: '02',
      selfpayProp: '0.1',
      listType: '201',
      medChrgitmType: '05',
      lmtUsedFlag: '1',
    },
    { code: 'C1', name: '示例旧药', from: '2016-01-01', to: '2020-12-31' },
  ])
  const [row] = await readStandingItems(database.db, ['C1'])
  const { rid: _rid, version: _version, ...item } = row!
  clock.set('2026-06-01T02:00:00Z')
  await seedCatalogue(deps, {
    items: [
      {
        ...item,
        hilistCode: 'D1',
        pinyin: 'SLxy',
        wubi: 'ABCD',
        enddate: null,
        matnUsedFlag: '1',
        hilistUseType: '2',
        lmtCpndType: '3',
        medUseFlag: '0',
        valiFlag: '0',
      },
    ],
    limits: [],
  })
})

const items = async (filter: Partial<ItemFilter>, pageNum = 1, pageSize = 100) => {
  const { rows, more } = await searchItems(database.db, { updtTime: '2026-01-01', ...filter }, { pageNum, pageSize })
  return (
    rows
      .map((row) => `${row.insuAdmdvs} ${row.hilistCode}`)
      .sort()
      .join(', ') + (more ? ' …' : '')
  )
}
const limits = async (filter: Partial<LimitFilter>) => {
  const { rows } = await searchPriceLimits(
    database.db,
    { updtTime: '2026-01-01', ...filter },
    { pageNum: 1, pageSize: 100 },
  )
  return rows
    .map((row) => `${row.insuAdmdvs} ${row.hilistCode} ${row.priceLevel}`)
    .sort()
    .join(', ')
}

describe('the search of interface 1312', () => {
  it.each<[Partial<ItemFilter>, string]>([
    [{}, '510000 A1, 510000 B1, 510000 C1, 510000 D1, 510600 A1'],
    [{ hilistCode: 'A1' }, '510000 A1, 510600 A1'],
    [{ hilistName: '阿莫西' }, '510000 A1, 510600 A1'],
    [{ hilistName: '%' }, ''],
    [{ insuAdmdvs: '510000' }, '510000 A1, 510000 B1, 510000 C1, 510000 D1'],
    [{ insuAdmdvs: '511400', queryDate: '2026-05-01' }, '510000 A1, 510000 B1, 510000 D1'],
    [{ insuAdmdvs: '510600', queryDate: '2026-05-01' }, '510000 B1, 510000 D1, 510600 A1'],
    [{ insuAdmdvs: '510600', queryDate: '2025-12-31' }, '510000 A1, 510000 B1, 510000 D1'],
    [{ insuAdmdvs: '510600', hilistCode: 'A1' }, '510000 A1, 510600 A1'],
    [{ begndate: '2026-01-01' }, '510600 A1'],
    [{ chrgitmLv: '02' }, '510000 B1'],
    [{ lmtUsedFlag: '1' }, '510000 B1'],
    [{ listType: '201' }, '510000 B1'],
    [{ medChrgitmType: '05' }, '510000 B1'],
    [{ pinyin: 'sl' }, '510000 D1'],
    [{ wubi: 'abc' }, '510000 D1'],
    [{ wubi: '_' }, ''],
    [{ medUseFlag: '0' }, '510000 D1'],
    [{ matnUsedFlag: '1' }, '510000 D1'],
    [{ hilistUseType: '2' }, '510000 D1'],
    [{ lmtCpndType: '3' }, '510000 D1'],
    [{ valiFlag: '0' }, '510000 D1'],
    [{ updtTime: '2026-05-11', valiFlag: '1' }, '510000 A1, 510000 B1, 510000 C1, 510600 A1'],
    [{ updtTime: '2026-05-12' }, '510000 D1'],
    [{ updtTime: '2026-06-02' }, ''],
  ])('%j', async (filter, found) => {
    expect(await items(filter)).toBe(found)
  })

  it('gives pages that do not overlap, and says where the last one is', async () => {
    const pages = [await items({}, 1, 2), await items({}, 2, 2), await items({}, 3, 2), await items({}, 4, 2)]
    expect(pages.map((page) => page.endsWith('…'))).toEqual([true, true, false, false])
    const all = pages.flatMap((page) => page.replace(' …', '').split(', ')).filter((one) => one !== '')
    expect(all.sort().join(', ')).toBe(await items({}))
  })

  it('tells when a row was first written and when its version was', async () => {
    clock.set('2026-07-01T02:00:00Z')
    await seedItems({ db: database.db, clock }, [
      {
        code: 'B1',
        name: '示例理疗',
        chrgitmLv: '02',
        selfpayProp: '0.2',
        listType: '201',
        medChrgitmType: '05',
        lmtUsedFlag: '1',
      },
    ])
    const { rows } = await searchItems(database.db, { updtTime: '2026-06-30' }, { pageNum: 1, pageSize: 1 })
    expect(rows).toMatchObject([
      {
        hilistCode: 'B1',
        version: 2,
        createdAt: new Date('2026-05-10T16:30:00Z'),
        updatedAt: new Date('2026-07-01T02:00:00Z'),
      },
    ])
  })

  it.each([
    [{ updtTime: '2026-02-30' }, 1, 10, '/updt_time'],
    [{ queryDate: 'x' }, 1, 10, '/query_date'],
    [{ begndate: '' }, 1, 10, '/begndate'],
    [{}, 0, 10, '/page_num'],
    [{}, 1.5, 10, '/page_num'],
    [{}, 10_000, 10, '/page_num'],
    [{}, 1, 101, '/page_size'],
    [{}, 1, 0, '/page_size'],
  ])('refuses %j page %s of %s, naming %s', async (filter, pageNum, pageSize, pointer) => {
    await expect(
      searchItems(database.db, { updtTime: '2026-01-01', ...filter }, { pageNum, pageSize }),
    ).rejects.toMatchObject({ code: 'request.invalid', errors: [{ pointer }] })
  })
})

describe('the search of interface 1318', () => {
  it.each<[Partial<LimitFilter>, string]>([
    [{}, '510000 A1 1, 510000 A1 3, 510600 A1 3'],
    [{ hilistLmtpricType: '3' }, '510000 A1 3, 510600 A1 3'],
    [{ overlmtDspoWay: '2' }, ''],
    [{ insuAdmdvs: '510600', queryDate: '2026-05-01' }, '510000 A1 1, 510600 A1 3'],
    [{ poolareaNo: '510600', queryDate: '2026-05-01' }, '510000 A1 1, 510600 A1 3'],
    [{ begndate: '2026-01-01' }, '510600 A1 3'],
    [{ enddate: '2030-01-01' }, ''],
    [{ tabname: 'x' }, ''],
    [{ valiFlag: '0' }, ''],
    [{ hilistCode: 'B1' }, ''],
  ])('%j', async (filter, found) => {
    expect(await limits(filter)).toBe(found)
  })

  it('finds a row by its number', async () => {
    const { rows } = await searchPriceLimits(database.db, { updtTime: '2026-01-01' }, { pageNum: 1, pageSize: 100 })
    for (const { rid, insuAdmdvs, hilistCode, priceLevel } of rows) {
      expect(await limits({ rid })).toBe(`${insuAdmdvs} ${hilistCode} ${priceLevel}`)
    }
    expect(await limits({ rid: 999_999n })).toBe('')
  })
})
