import { beforeAll, describe, expect, it } from 'vitest'
import { differenceCsv, differenceText, eachDifference } from '../../src/catalogue/index.ts'
import { listDifferences } from '../../src/catalogue/list-differences.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { seedItems } from '../support/catalogue.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const clock = manualClock('2026-11-24T02:00:00Z')
const DAY = '2026-11-24'

beforeAll(() =>
  seedItems({ db: database.db, clock }, [
    { code: 'SAME', chrgitmLv: '02', selfpayProp: '0.1', pricUplmtAmt: '5' },
    { code: 'RATIO', chrgitmLv: '02', selfpayProp: '0.1' },
    { code: 'RATIO', area: '510600', chrgitmLv: '02', selfpayProp: '0.2' },
    { code: 'CLASS', chrgitmLv: '03' },
    { code: 'CLASS', area: '511400', chrgitmLv: '02', selfpayProp: '0.5' },
    { code: 'LIMIT', pricUplmtAmt: { '3': '10' } },
    { code: 'LIMIT', area: '510100', pricUplmtAmt: { '2': '8', '3': '12' } },
    { code: 'ONLY', area: '510100', lmtUsedFlag: '1' },
    { code: 'REST', lmtUsedFlag: '1' },
    { code: 'REST', area: '512000', lmtUsedFlag: '0' },
    // A row of a city's own that says what the province says.
    { code: 'EQUAL' },
    { code: 'EQUAL', area: '510600' },
    { code: 'PAST' },
    { code: 'PAST', area: '510600', chrgitmLv: '03', from: '2020-01-01', to: '2025-12-31' },
  ]),
)

const all = async (date = DAY) => {
  const found = []
  for await (const one of eachDifference(database.db, date)) found.push(one)
  return found
}
const short = async (date?: string) =>
  (await all(date)).map((one) => `${one.hilistCode} ${one.field} ${Object.values(one.values).join(' ')}`)

describe('the differences between the four cities', () => {
  it('are every field in which they differ on the day, in the order of codes, and nothing else', async () => {
    expect(await short()).toEqual([
      'CLASS chrgitm_lv 03 03 02 03',
      'CLASS selfpay_prop 1.0000 1.0000 0.5000 1.0000',
      'LIMIT pric_uplmt_2 8.000000   ',
      'LIMIT pric_uplmt_3 12.000000 10.000000 10.000000 10.000000',
      'ONLY listed 1 0 0 0',
      'RATIO selfpay_prop 0.1000 0.2000 0.1000 0.1000',
      'REST lmt_used_flag 1 1 1 0',
      'REST lmt_used_cond 限测试条件 限测试条件 限测试条件 ',
    ])
    expect(await short('2025-06-01')).toContain('PAST chrgitm_lv 01 03 01 01')
    expect(await short('2010-01-01')).toEqual([])
  })

  it('come in pages, which together are the whole', async () => {
    const found: string[] = []
    let after: string | undefined
    for (let pages = 0; pages < 20; pages++) {
      const page = await listDifferences(database.db, { date: DAY, after, limit: 2 })
      found.push(...page.differences.map((one) => `${one.hilistCode} ${one.field}`))
      if (page.next === null) break
      after = page.next
    }
    expect(found).toEqual((await all()).map((one) => `${one.hilistCode} ${one.field}`))
  })

  it('can be read by people and by spreadsheets, where no cell is a formula', () => {
    const difference = {
      hilistCode: 'X1',
      hilistName: '=甲,"乙"',
      field: 'chrgitm_lv',
      values: { '510100': '01', '510600': '02', '511400': null, '512000': '03' },
    } as const
    expect(differenceText(difference)).toBe(
      'X1 =甲,"乙"\n  收费项目等级: 成都市 甲类 · 德阳市 乙类 · 眉山市 — · 资阳市 丙类\n',
    )
    expect(differenceCsv(difference)).toBe('X1,"\'=甲,""乙""",chrgitm_lv,01,02,,03\r\n')
  })
})
