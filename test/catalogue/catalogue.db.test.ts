import { describe, expect, it } from 'vitest'
import { openCatalogue, seedSampleCatalogue } from '../../src/catalogue/index.ts'
import { readStandingItems } from '../../src/catalogue/store.ts'
import { createChangeFeed } from '../../src/kernel/change-feed.ts'
import { createLog } from '../../src/kernel/log.ts'
import { formatPrice, formatRatio } from '../../src/kernel/money.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { seedItems } from '../support/catalogue.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const clock = manualClock('2026-03-01T02:00:00Z')
const log = createLog({ level: 'silent', name: 'test' })
const deps = () => ({
  db: database.db,
  clock,
  log,
  changes: createChangeFeed({ url: database.url, name: 'catalogue-test', log }),
})

describe('the catalogue in memory', () => {
  it('answers by the city of treatment, else by the province, on the day and for the level that is asked', async () => {
    await seedItems(deps(), [
      { code: 'A1', chrgitmLv: '02', selfpayProp: '0.1', pricUplmtAmt: { '1': '10', '3': '12.5' } },
      {
        code: 'A1',
        area: '510600',
        chrgitmLv: '02',
        selfpayProp: '0.2',
        pricUplmtAmt: { '3': '11' },
        from: '2026-01-01',
      },
    ])
    const catalogue = await openCatalogue(deps())
    try {
      const at = (city: '510100' | '510600', date: string, level: '1' | '2' | '3') => {
        const terms = catalogue.termsAt(city, 'A1', date, level)
        return terms && `${terms.admdvs} ${formatRatio(terms.selfpayProp)} ${formatPrice(terms.pricUplmtAmt)}`
      }
      expect(at('510100', '2026-03-01', '1')).toBe('510100 0.1000 10.000000')
      expect(at('510100', '2026-03-01', '2')).toBe('510100 0.1000 0.000000')
      expect(at('510100', '2026-03-01', '3')).toBe('510100 0.1000 12.500000')
      expect(at('510600', '2026-03-01', '3')).toBe('510600 0.2000 11.000000')
      // A city's own item does not take the province's limits away where the city sets none.
      expect(at('510600', '2026-03-01', '1')).toBe('510600 0.2000 10.000000')
      expect(at('510600', '2025-12-31', '3')).toBe('510600 0.1000 12.500000')
      expect(at('510100', '2014-12-31', '3')).toBeUndefined()
      expect(catalogue.termsAt('510100', 'A2', '2026-03-01', '1')).toBeUndefined()

      await seedItems(deps(), [{ code: 'A2', chrgitmLv: '03' }])
      await expect
        .poll(() => catalogue.termsAt('512000', 'A2', '2026-03-01', '1')?.chrgitmLv, { timeout: 1000, interval: 20 })
        .toBe('03')
      expect(catalogue.size()).toBe(2)
    } finally {
      await catalogue.close()
    }
  })
})

describe('the sample catalogue', () => {
  it('is there once, stays unverified, and leaves alone what somebody corrected', async () => {
    await seedSampleCatalogue(deps())
    await seedItems(deps(), [{ code: '002101030160000', chrgitmLv: '02', selfpayProp: '0.1', from: '2020-01-01' }])
    await seedSampleCatalogue(deps())
    const rows = await readStandingItems(database.db, ['002101030160000', '002102000010000'])
    expect(rows.map((row) => `${row.insuAdmdvs} ${row.hilistCode} ${row.chrgitmLv} v${row.version}`).sort()).toEqual([
      '510000 002101030160000 02 v2',
      '510000 002102000010000 02 v1',
      '510100 002102000010000 02 v1',
    ])
    expect(rows.every((row) => !row.verified)).toBe(true)
  })
})
