import type { Deps } from '../kernel/deps.ts'
import { parseFen } from '../kernel/money.ts'
import { addDays, localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { CATALOGUE, markChanged, readInstitutionRows, writeRegister } from './register-store.ts'
import { SAMPLE_ITEMS, SAMPLE_PANELS } from './sample-catalogue.ts'
import type { EqaRound, Mark, Price } from './types.ts'

/** 川渝HR: Sichuan and Chongqing. */
const CHUANYU = ['510000', '500000']
/** Only inside the issuer's own city: another city's institutions must refuse it (E06). */
const CITY_ONLY_ITEM = 'TC'
/** Its mark ended two months ago: results since then are refused, older ones still count. */
const ENDED_ITEM = 'ALT'
/** How long the sandbox's marks and rounds reach back: before any of its results. */
const BACK_DAYS = 400
const ROUND_DAYS = 240
/** Sandbox prices; no price list of a hospital was read. */
const LABORATORY_PRICE = '8.00'
const IMAGING_PRICE = '220.00'

/**
 * The sandbox's register: the sample catalogue, and for each given hospital 川渝HR on most items, a mark of its own city
 * only on one (总胆固醇), an ended one on another (丙氨酸氨基转移酶), and passed quality assessments. Repeating it
 * changes nothing.
 */
export async function seedRecognition(
  deps: Pick<Deps, 'db' | 'clock'>,
  institutions: readonly { readonly code: string; readonly city: string }[],
): Promise<void> {
  const today = localDate(deps.clock.now())
  const known = await readInstitutionRows(
    deps.db,
    institutions.map((one) => one.code),
  )
  // Dates count from today: an institution that has marks keeps those of its first time.
  const fresh = institutions.filter((one) => known.get(one.code)?.marks.length === 0)
  const marks = fresh.flatMap(({ code, city }) =>
    SAMPLE_ITEMS.map(
      (item): Mark => ({
        institution: code,
        item: item.code,
        version: 1,
        label: item.code === CITY_ONLY_ITEM ? '市HR' : '川渝HR',
        scope: item.code === CITY_ONLY_ITEM ? [city] : CHUANYU,
        basis: 'sandbox',
        source: 'sandbox',
        verified: false,
        from: addDays(today, -BACK_DAYS),
        to: item.code === ENDED_ITEM ? addDays(today, -60) : null,
      }),
    ),
  )
  const eqa = fresh.flatMap(({ code }) =>
    SAMPLE_ITEMS.filter((item) => item.eqaMaxMonths !== null).map(
      (item): EqaRound => ({
        institution: code,
        item: item.code,
        round: 'sandbox-1',
        organiser: 'province',
        passed: true,
        publishedOn: addDays(today, -ROUND_DAYS),
      }),
    ),
  )
  const prices = fresh.flatMap(({ code }) =>
    SAMPLE_ITEMS.map(
      (item): Price => ({
        institution: code,
        item: item.code,
        version: 1,
        priceFen: parseFen(item.kind === 'imaging' ? IMAGING_PRICE : LABORATORY_PRICE),
        source: 'sandbox',
        from: addDays(today, -BACK_DAYS),
        to: null,
      }),
    ),
  )
  await inTx(deps.db, async (tx) => {
    await writeRegister(tx, { items: SAMPLE_ITEMS, panels: SAMPLE_PANELS, marks, eqa, prices })
    await markChanged(tx, [CATALOGUE, ...fresh.map((one) => one.code)])
  })
}
