import { formatFen, parseFen, sumFen, ZERO_FEN } from '../../kernel/money.ts'
import type { PositionsAnswer } from '../answers.ts'
import { expectPresent, expectSame, expectThat } from '../expect.ts'
import type { Step } from '../facts.ts'
import { cityName } from '../names.ts'
import { debtsOf } from '../provider-book.ts'

export const netCities: Step = {
  name: 'positions',
  title: 'Positions of the four cities sum to zero',
  titleZh: '四市清算头寸轧差为零',
  async run({ api, facts, book }) {
    const month = expectPresent('the settlements', facts.settled).g10.info.window
    const { body } = await api.call<PositionsAnswer>({
      as: 'operator',
      path: `/clearing/positions?month=${month}&prove=true`,
    })
    const nets = body.cities.map((one) => parseFen(one.net_amt))
    expectSame('cities', body.cities.length, 4)
    expectSame('sum of the positions', formatFen(sumFen(nets)), '0.00')
    expectThat(
      'somebody owes somebody',
      nets.some((net) => net !== ZERO_FEN),
      'a position that is not zero',
      body.cities,
    )
    // The hub's counters against what the hospitals wrote down themselves.
    const debts = debtsOf(book.rows().filter((row) => row.info.window === month))
    for (const pair of body.pairs) {
      const own = debts.get(`${pair.payer}/${pair.payee}`) ?? ZERO_FEN
      expectSame(`${pair.payer} owes ${pair.payee}, by the hospitals' books`, pair.gross_amt, formatFen(own))
    }
    // That the nets sum to zero follows from how they are made. The books of the two cities of each pair do not.
    const proof = expectPresent('the proof of the month', body.proof)
    const owed = formatFen(sumFen([...debts.values()]))
    expectSame('the pairs on which both books and the counters agree', proof.balanced, true)
    expectSame('owed by the paying cities’ books', proof.due_to_amt, owed)
    expectSame('claimed by the treating cities’ books', proof.due_from_amt, owed)
    expectSame('owed by the counters', proof.counted_amt, owed)
    facts.positions = body
    return {
      lines: [
        body.cities.map((one) => `${cityName(one.city)} ${one.net_amt}`).join(' + ') + ' = 0.00',
        `the paying cities’ books owe ${owed}, the treating cities’ books claim ${owed}, the counters say ${owed}`,
      ],
      figures: { cities: Object.fromEntries(body.cities.map((one) => [one.city, one.net_amt])), sum: '0.00', owed },
    }
  },
}
