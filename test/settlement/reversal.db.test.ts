import { describe, expect, test } from 'vitest'
import { decodeTrace, NO_ACCUMULATORS } from '../../src/benefits/index.ts'
import { formatFen, parseFen, sumFen } from '../../src/kernel/money.ts'
import { readFirstReversed, readYearEvents } from '../../src/settlement/year-history-store.ts'
import { useDatabase } from '../support/database.ts'
import { faults, NO_FAULTS } from './invariants.ts'
import { bill, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

const flagged = async (person: string) =>
  await database.db
    .selectFrom('settlement_resettle')
    .select(['result_id', 'overpaid_fen'])
    .where('person_id', '=', person)
    .orderBy('result_id')
    .execute()

describe('what a reversal makes outdated', () => {
  test('is found over a year of several pages, reading only from the first settlement that was taken back', async () => {
    const person = await stage.person('510600')
    const place = stage.hospital('510100', 3)
    const claims: { claim: string; setl: string; paid: string }[] = []
    for (let n = 0; n < 50; n++) {
      const { body } = await stage.claim(place, bill(person, '20.00'))
      claims.push({ claim: body.claim_id, setl: body.setlinfo.setl_id, paid: body.setlinfo.hifp_pay })
    }
    const key = { personIds: [person], insuredCity: '510600', year: 2026, insutype: '310' }
    const first = async () => {
      const found = await readFirstReversed(database.db, key)
      return found && { no: found.no, before: decodeTrace(found.trace).claim.accumulators }
    }
    expect(await first()).toBeUndefined()

    // The last is taken back first: nothing after it, nothing flagged.
    await stage.reverse(place, claims[49]?.claim ?? '')
    expect(await flagged(person)).toEqual([])
    expect(await first()).toMatchObject({
      no: 50n,
      before: { outpatientDeductible: 20_000n },
    })

    // 200.00 of deductible are visits 1 to 10. Without the fifth, the eleventh is the tenth: its 10.00 were too much.
    await stage.reverse(place, claims[4]?.claim ?? '')
    expect(await first()).toEqual({
      no: 5n,
      before: { ...NO_ACCUMULATORS, outpatientDeductible: 8_000n, inScopeBurden: 8_000n },
    })
    const from = await readFirstReversed(database.db, key)
    const events = from === undefined ? [] : await readYearEvents(database.db, key, from, 100)
    expect(events.map((one) => one.no)).toEqual(Array.from({ length: 46 }, (_, n) => BigInt(n + 5)))
    expect(await flagged(person)).toEqual([{ result_id: claims[10]?.setl, overpaid_fen: 1_000n }])

    // A reversal behind the first one: the year is still computed from the first one on.
    await stage.reverse(place, claims[7]?.claim ?? '')
    expect((await first())?.no).toBe(5n)
    expect(await flagged(person)).toEqual(
      [claims[10], claims[11]].map((one) => ({ result_id: one?.setl, overpaid_fen: 1_000n })),
    )
    expect(formatFen(sumFen(claims.map((one) => parseFen(one.paid))))).toBe('400.00')
    expect(await faults(database.db)).toEqual(NO_FAULTS)
  })
})
