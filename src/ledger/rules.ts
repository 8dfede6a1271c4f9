import { digestHex } from '../kernel/crypto/index.ts'
import { addFen, type Fen, negFen, sumFen, ZERO_FEN } from '../kernel/money.ts'
import type { Account, AccountKind, Entry, Posting } from './types.ts'

/** fund_pay_type under which the personal account stands among the funds. */
export const PERSONAL_ACCOUNT_FUND = '310200'

/**
 * The number under which journals name an account: its book, then 13 digits of the code's SHA-256. It follows from the
 * code, so posting needs no look-up; `ledger_account_no` in the database says the same, and its unique key refuses two
 * codes that would share one.
 */
export const accountNo = (code: string): bigint => {
  const known = numbers.get(code)
  if (known !== undefined) return known
  const book = code.split('/')[1]
  const no =
    BigInt(`${book}`) * NUMBERS_OF_A_BOOK + (BigInt(`0x${digestHex('SHA-256', code).slice(0, 15)}`) % NUMBERS_OF_A_BOOK)
  // Accounts grow with institutions and months: some tens of thousands. The bound is for codes that nobody foresaw.
  if (numbers.size >= 100_000) numbers.clear()
  numbers.set(code, no)
  return no
}

const NUMBERS_OF_A_BOOK = 10_000_000_000_000n
const numbers = new Map<string, bigint>()

/** What a posting writes into one book. */
export interface Side {
  readonly book: string
  readonly entries: readonly Entry[]
}

/** The insured city's side, which is all there is of local care, and that of the city of treatment. */
export const sidesOf = (posting: Posting, entries: readonly Entry[]): readonly [own: Side, other: Side | null] => {
  const { insuredCity: payer, treatmentCity: payee } = posting
  const other = payer === payee ? [] : entries.filter((entry) => entry.account.book === payee)
  return [
    { book: payer, entries: entries.filter((entry) => entry.account.book === payer) },
    other.length === 0 ? null : { book: payee, entries: other },
  ]
}

/**
 * The entries of a settlement. Local care stays in one book. Across city lines each book balances on its own: the
 * insured city books its cost against what it owes, the city of treatment its claim against what it owes the provider.
 * A reversal comes with negated amounts and so swaps every sign. Amounts of zero leave no entry.
 */
export const entriesOf = (posting: Posting): readonly Entry[] => {
  const { insuredCity: payer, treatmentCity: payee } = posting
  const whole = addFen(sumFen(posting.funds.map((one) => one.amount)), posting.account)
  const payable = account('provider_payable', payee, posting.institution, posting.clrType)
  const cost: readonly Move[] = [
    ...posting.funds.map((one): Move => [account('fund_expense', payer, one.fund), one.amount]),
    [account('psn_account', payer), posting.account],
  ]
  const moves: readonly Move[] =
    payer === payee
      ? [...cost, [payable, negFen(whole)]]
      : [
          ...cost,
          [account('due_to', payer, payee, posting.month), negFen(whole)],
          [account('due_from', payee, payer, posting.month), whole],
          [payable, negFen(whole)],
        ]
  return moves
    .filter(([, amount]) => amount !== ZERO_FEN)
    .map(([of, amount], index) => ({ leg: index + 1, account: of, amount }))
}

type Move = readonly [account: Account, amount: Fen]

const account = (kind: AccountKind, book: string, ...parts: readonly string[]): Account => ({
  code: [kind, book, ...parts].join('/'),
  book,
  kind,
})

/** What a posting adds to a counter. */
export interface TotalChange {
  readonly month: string
  readonly payer: string
  readonly payee: string
  readonly fund: string
  readonly clrType: string
  readonly amount: Fen
  readonly settlements: number
  readonly reversals: number
}

/** Changes of the counters, summed per counter and in the order in which every transaction must lock them. */
export const totalChanges = (postings: readonly Posting[]): readonly TotalChange[] => {
  const sums = new Map<string, TotalChange>()
  for (const posting of postings) {
    const parts = [...posting.funds, { fund: PERSONAL_ACCOUNT_FUND, amount: posting.account }]
    for (const { fund, amount } of parts) {
      if (amount === ZERO_FEN) continue
      const { month, insuredCity: payer, treatmentCity: payee, clrType } = posting
      const key = [month, payer, payee, fund, clrType].join('/')
      const before = sums.get(key)
      sums.set(key, {
        month,
        payer,
        payee,
        fund,
        clrType,
        amount: addFen(before?.amount ?? ZERO_FEN, amount),
        settlements: (before?.settlements ?? 0) + (posting.kind === 'settlement' ? 1 : 0),
        reversals: (before?.reversals ?? 0) + (posting.kind === 'reversal' ? 1 : 0),
      })
    }
  }
  return [...sums.keys()].sort().map((key) => sums.get(key) as TotalChange)
}
