import { type CatalogueTerms, priceLevelOf } from '../catalogue/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { type Fen, lineAmount, parseFen, parsePrice, parseQuantity, parseRatio } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import { settlementError } from './errors.ts'
import type { Limits } from './limits.ts'
import type { CatalogueTable, Institutions } from './ports.ts'
import { type Bill, careDate, type PricedLine, type SentLine } from './types.ts'

/** A bill as an institution sends it. */
export interface SentBill extends Omit<Bill, 'institution' | 'treatmentCity' | 'setlTime' | 'lines'> {
  /** Left out = now. */
  readonly setlTime: Date | undefined
  readonly lines: readonly SentLine[]
  /** True where a visit of the hub has taken the terms of all lines from the catalogue already. */
  readonly resolved?: boolean | undefined
  readonly medfeeSumamt: Fen
}

/** A bill with its lines as the catalogue of its place has them. */
export type CheckedBill = Bill & { readonly medfeeSumamt: Fen }

export type CheckDeps = Pick<Deps, 'clock'> & {
  readonly institutions: Institutions
  readonly catalogue: CatalogueTable
  readonly limits: () => Limits
}

/** A clock of an institution may be wrong by this much. */
const CLOCK_ERROR_MS = 5 * 60_000

const HOUR_MS = 3_600_000

/** cnt × pric may miss the amount of its line by one fen: institutions round the product in different ways. */
const LINE_TOLERANCE_FEN = 1n

/** What can be judged without the person's data; anything else is a verdict of the settlement. */
export function checkSentBill(deps: CheckDeps, institution: string, sent: SentBill): CheckedBill {
  const now = deps.clock.now()
  const setlTime = sent.setlTime ?? now
  // A visit of the hub has its own record of when it was; whoever sends a bill alone may date it back only so far.
  if (sent.resolved !== true) assertTime(setlTime, now, deps.limits(), '/setl_time')
  if (sent.stay !== undefined) assertStay(sent.stay, setlTime, now, deps.limits(), sent.resolved === true)
  const date = careDate({ setlTime, stay: sent.stay })
  const facts = deps.institutions.factsAt(institution, date)
  if (facts === undefined) {
    throw settlementError('institution-unknown', { detail: 'The register has no institution with your code.' })
  }
  const level = priceLevelOf(facts.level)
  const serials = new Set<string>()
  let sum = 0n
  const faults: FieldError[] = []
  const lines = sent.lines.map((line, index): PricedLine => {
    if (serials.has(line.feedetlSn)) {
      throw settlementError('line-repeated', {
        detail: 'feedetl_sn must be different for every line.',
        errors: [{ pointer: `/lines/${index}/feedetl_sn`, detail: 'stands in an earlier line already' }],
      })
    }
    serials.add(line.feedetlSn)
    const terms = sent.resolved === true ? undefined : deps.catalogue.termsAt(facts.city, line.medListCodg, date, level)
    if (terms === undefined && sent.resolved !== true) {
      faults.push({
        pointer: `/lines/${index}/med_list_codg`,
        detail: 'is not in the catalogue of the place of treatment',
      })
    }
    const priced = price(line, facts.city, terms)
    if (terms !== undefined) compareTerms(line, terms, index, faults)
    sum += priced.detItemFeeSumamt
    assertProduct(priced, index)
    return priced
  })
  if (sum !== sent.medfeeSumamt) {
    throw settlementError('total-mismatch', {
      detail: 'medfee_sumamt must be the sum of det_item_fee_sumamt over all lines.',
      errors: [{ pointer: '/medfee_sumamt', detail: 'is not the sum of the lines' }],
    })
  }
  if (faults.length > 0) {
    const unknown = faults.some((one) => one.pointer.endsWith('/med_list_codg'))
    throw settlementError(unknown ? 'item-unknown' : 'terms-mismatch', {
      detail: unknown
        ? 'An item that the catalogue of the place of treatment does not have cannot be settled.'
        : 'The catalogue of the place of treatment decides over class, part paid first and price limit; leave them out.',
      errors: faults,
    })
  }
  const { setlTime: _given, resolved: _said, ...rest } = sent
  return { ...rest, lines, institution, treatmentCity: facts.city, setlTime }
}

const ZERO_RATIO = parseRatio('0')
const NO_LIMIT = parsePrice('0')

const price = (line: SentLine, admdvs: string, terms: CatalogueTerms | undefined): PricedLine => {
  const chrgitmLv = terms?.chrgitmLv ?? line.chrgitmLv ?? '01'
  const selfpay = terms?.selfpayProp ?? (line.selfpayProp === undefined ? ZERO_RATIO : parseRatio(line.selfpayProp))
  return {
    feedetlSn: line.feedetlSn,
    medListCodg: line.medListCodg,
    detItemFeeSumamt: parseFen(line.detItemFeeSumamt),
    cnt: parseQuantity(line.cnt),
    pric: parsePrice(line.pric),
    lmtUsedFlag: terms?.lmtUsedFlag ?? line.lmtUsedFlag ?? '0',
    hospApprFlag: line.hospApprFlag,
    terms: {
      admdvs,
      chrgitmLv,
      // 丙 is paid whole by its class: the ratio is that of 乙 alone.
      selfpayProp: chrgitmLv === '02' ? selfpay : ZERO_RATIO,
      pricUplmtAmt: terms?.pricUplmtAmt ?? (line.pricUplmtAmt === undefined ? NO_LIMIT : parsePrice(line.pricUplmtAmt)),
    },
  }
}

/** A sender's own terms are never believed: where they are said, they are those of the catalogue. */
function compareTerms(line: SentLine, terms: CatalogueTerms, index: number, faults: FieldError[]): void {
  const fault = (field: string): void => {
    faults.push({ pointer: `/lines/${index}/${field}`, detail: 'is not what the catalogue says' })
  }
  if (line.chrgitmLv !== undefined && line.chrgitmLv !== terms.chrgitmLv) fault('chrgitm_lv')
  if (
    line.selfpayProp !== undefined &&
    terms.chrgitmLv === '02' &&
    parseRatio(line.selfpayProp) !== terms.selfpayProp
  ) {
    fault('selfpay_prop')
  }
  if (line.pricUplmtAmt !== undefined && parsePrice(line.pricUplmtAmt) !== terms.pricUplmtAmt) fault('pric_uplmt_amt')
  if (line.lmtUsedFlag !== undefined && line.lmtUsedFlag !== terms.lmtUsedFlag) fault('lmt_used_flag')
}

/**
 * The day of a settlement decides the year of its accumulators, the insurance, the register and the policy. Whoever
 * may choose it freely gets round each of them, so it may lie back only as far as policy says.
 */
function assertTime(setlTime: Date, now: Date, limits: Limits, pointer: string): void {
  const age = now.getTime() - setlTime.getTime()
  if (Number.isNaN(age) || age < -CLOCK_ERROR_MS) {
    throw settlementError('time-invalid', {
      detail: 'setl_time must be an instant that is not in the future.',
      errors: [{ pointer, detail: 'must not be in the future' }],
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
      errors: [{ pointer, detail: `must not be more than ${hours} hours ago` }],
      meta: { most_hours: hours },
    })
  }
}

/** The discharge decides the year of a stay, so it lies back no further than a settlement may. */
function assertStay(
  { begin, end }: { readonly begin: Date; readonly end: Date },
  setlTime: Date,
  now: Date,
  limits: Limits,
  recorded: boolean,
): void {
  if (!(begin.getTime() <= end.getTime() && end.getTime() <= setlTime.getTime() + CLOCK_ERROR_MS)) {
    throw settlementError('time-invalid', {
      detail: 'A stay begins before it ends, and ends before it is settled.',
      errors: [{ pointer: '/stay', detail: 'begin, end and setl_time are not in this order' }],
    })
  }
  if (!recorded) assertTime(end, now, limits, '/stay/end')
}

function assertProduct(line: PricedLine, index: number): void {
  const off = lineAmount(line.cnt, line.pric) - line.detItemFeeSumamt
  if (off >= -LINE_TOLERANCE_FEN && off <= LINE_TOLERANCE_FEN) return
  throw settlementError('line-amount-mismatch', {
    detail: 'det_item_fee_sumamt must be cnt times pric, to within 0.01.',
    errors: [{ pointer: `/lines/${index}/det_item_fee_sumamt`, detail: 'is not cnt times pric' }],
  })
}
