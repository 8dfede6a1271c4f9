import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { readPositions } from '../../src/clearing/index.ts'
import type { CityCode } from '../../src/codes/index.ts'
import { fen, formatFen, parseFen } from '../../src/kernel/money.ts'
import { proveWindow } from '../../src/ledger/index.ts'
import { openAccounts } from '../../src/settlement/index.ts'
import { useDatabase } from '../support/database.ts'
import { faults, NO_FAULTS } from './invariants.ts'
import { bill, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)
const CITIES: readonly CityCode[] = ['510100', '510600', '511400', '512000']

const step = fc.record({
  person: fc.nat(5),
  city: fc.nat(3),
  fen: fc.bigInt(1n, 90_000n),
  account: fc.constantFrom('0', '1'),
  reverse: fc.boolean(),
})

/** What each city's own book says it is owed and owes; the positions come from counters, so the two can differ. */
const netsOfEntries = async () => {
  const { rows } = await sql<{ book: string; net: bigint }>`
    select book, sum(amount_fen)::bigint as net from ledger_entry
    where account like 'due\\_to/%' or account like 'due\\_from/%' group by book`.execute(database.db)
  const nets = new Map(rows.map((row) => [row.book, row.net]))
  return CITIES.map((city) => ({ city, net: nets.get(city) ?? 0n }))
}

describe('whatever is settled and reversed, in whatever order', () => {
  test('positions are what the books say, the books agree, and every balance is the sum of its movements', async () => {
    const people: string[] = []
    for (let n = 0; n < 6; n++) people.push(await stage.person(CITIES[n % 4] as CityCode))
    await openAccounts(
      stage.deps,
      people.map((personId, n) => ({ personId, insuredCity: CITIES[n % 4] as string, balance: parseFen('300.00') })),
    )
    const settled: { place: string; claim: string }[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await Promise.all(
          steps.map(async (one) => {
            const earlier = one.reverse ? settled.pop() : undefined
            if (earlier !== undefined) {
              expect((await stage.reverse(earlier.place, earlier.claim)).status).toBe(201)
              return
            }
            const place = stage.hospital(CITIES[one.city] as CityCode, 2)
            const answer = await stage.claim(
              place,
              bill(people[one.person] as string, formatFen(fen(one.fen)), { acct_used_flag: one.account }),
            )
            expect(answer.body.state).toBe('settled')
            settled.push({ place, claim: answer.body.claim_id })
          }),
        )
        const { cities } = await readPositions(stage.deps, '2026-11', 'all')
        expect(cities).toEqual(await netsOfEntries())
        expect(await proveWindow(database.db, '2026-11')).toMatchObject({ balanced: true, disagreements: [] })
        expect(await faults(database.db)).toEqual(NO_FAULTS)
      }),
      { numRuns: 20 },
    )
    // Everything taken back: nobody owes anything, no deductible is used, the accounts hold what they held.
    for (const one of settled) expect((await stage.reverse(one.place, one.claim)).status).toBe(201)
    const { cities } = await readPositions(stage.deps, '2026-11', 'all')
    expect(cities.map((one) => one.net)).toEqual([0n, 0n, 0n, 0n])
    const years = await database.db.selectFrom('settlement_accumulator').select('used').execute()
    expect(new Set(years.flatMap((one) => one.used))).toEqual(new Set())
    const accounts = await database.db.selectFrom('settlement_account').select('balance_fen').execute()
    expect(new Set(accounts.map((one) => one.balance_fen))).toEqual(new Set([30_000n]))
    expect(await database.db.selectFrom('settlement_resettle').select('result_id').execute()).toEqual([])
  })
})
