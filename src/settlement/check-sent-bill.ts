import type { Deps } from '../kernel/deps.ts'
import { type Fen, lineAmount, parseFen, parsePrice, parseQuantity, sumFen } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import { settlementError } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Institutions } from './ports.ts'
import type { Bill, ClaimLine, SentLine } from './types.ts'

/** A bill as an institution sends it. */
export interface SentBill extends Omit<Bill, 'institution' | 'treatmentCity' | 'setlTime' | 'lines'> {
  /** Left out = now. */
  readonly setlTime: Date | undefined
  readonly lines: readonly SentLine[]
  /** True where a visit of the hub has taken the terms of all lines from the catalogue already. */
  readonly resolved?: boolean | undefined
  readonly medfeeSumamt: Fen
}

export type CheckDeps = Pick<Deps, 'clock'> & { readonly institutions: Institutions; readonly limits: () => Limits }

/** A clock of an institution may be wrong by this much. */
const CLOCK_ERROR_MS = 5 * 60_000

const HOUR_MS = 3_600_000

/** cnt × pric may miss the amount of its line by one fen: institutions round the product in different ways. */
const LINE_TOLERANCE_FEN = 1n

/** What can be judged without the person's data; anything else is a verdict of the settlement. */
export function checkSentBill(
  deps: CheckDeps,
  institution: string,
  sent: SentBill,
): Bill & { readonly medfeeSumamt: Fen } {
  const now = deps.clock.now()
  const setlTime = sent.setlTime ?? now
  assertTime(setlTime, now, deps.limits())
  const sum = sumFen(sent.lines.map((line) => parseFen(line.detItemFeeSumamt)))
  if (sum !== sent.medfeeSumamt) {
    throw settlementError('total-mismatch', {
      detail: 'medfee_sumamt must be the sum of det_item_fee_sumamt over all lines.',
      errors: [{ pointer: '/medfee_sumamt', detail: 'is not the sum of the lines' }],
    })
  }
  const serials = new Set<string>()
  for (const [index, line] of sent.lines.entries()) {
    if (serials.has(line.feedetlSn)) {
      throw settlementError('line-repeated', {
        detail: 'feedetl_sn must be different for every line.',
        errors: [{ pointer: `/lines/${index}/feedetl_sn`, detail: 'stands in an earlier line already' }],
      })
    }
    serials.add(line.feedetlSn)
    assertProduct(line, index)
  }
  const facts = deps.institutions.factsAt(institution, localDate(setlTime))
  if (facts === undefined) {
    throw settlementError('institution-unknown', { detail: 'The register has no institution with your code.' })
  }
  const { setlTime: _given, resolved: _said, lines, ...rest } = sent
  return { ...rest, lines: lines.map(asSent), institution, treatmentCity: facts.city, setlTime }
}

const asSent = (line: SentLine): ClaimLine => ({
  chrgitmLv: '01',
  selfpayProp: '0',
  pricUplmtAmt: '0',
  lmtUsedFlag: '0',
  ...line,
})

/**
 * The day of a settlement decides the year of its accumulators, the insurance, the register and the policy. Whoever
 * may choose it freely gets round each of them, so it may lie back only as far as policy says.
 */
function assertTime(setlTime: Date, now: Date, limits: Limits): void {
  const age = now.getTime() - setlTime.getTime()
  if (Number.isNaN(age) || age < -CLOCK_ERROR_MS) {
    throw settlementError('time-invalid', {
      detail: 'setl_time must be an instant that is not in the future.',
      errors: [{ pointer: '/setl_time', detail: 'must not be in the future' }],
    })
  }
  if (age <= CLOCK_ERROR_MS) return
  const hours = limits.backdateHours(localDate(now))
  if (hours === undefined) {
    throw settlementError('limit-missing', {
      detail: 'No limit for the age of a settlement is in force; leave out setl_time.',
    })
  }
  if (age > hours * HOUR_MS) {
    throw settlementError('time-too-old', {
      detail: `setl_time may lie at most ${hours} hours back.`,
      errors: [{ pointer: '/setl_time', detail: `must not be more than ${hours} hours ago` }],
      meta: { most_hours: hours },
    })
  }
}

function assertProduct(line: SentLine, index: number): void {
  const product = lineAmount(parseQuantity(line.cnt), parsePrice(line.pric))
  const off = product - parseFen(line.detItemFeeSumamt)
  if (off >= -LINE_TOLERANCE_FEN && off <= LINE_TOLERANCE_FEN) return
  throw settlementError('line-amount-mismatch', {
    detail: 'det_item_fee_sumamt must be cnt times pric, to within 0.01.',
    errors: [{ pointer: `/lines/${index}/det_item_fee_sumamt`, detail: 'is not cnt times pric' }],
  })
}
