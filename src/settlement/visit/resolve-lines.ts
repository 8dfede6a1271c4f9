import { priceLevelOf } from '../../catalogue/index.ts'
import { isCityCode } from '../../codes/index.ts'
import type { FieldError } from '../../kernel/errors.ts'
import {
  formatFen,
  formatPrice,
  formatQuantity,
  formatRatio,
  lineAmount,
  ONE,
  parseFen,
  parsePrice,
  parseQuantity,
} from '../../kernel/money.ts'
import { localDate } from '../../kernel/time.ts'
import { visitError } from './errors.ts'
import type { UnsplitLine, VisitLine } from './line-rules.ts'
import type { LineTold } from './line-store.ts'
import type { VisitDeps } from './open-visit.ts'
import { assertPast, invalid, readDecimal, readTime } from './read-fields.ts'
import type { FeeLine, LineSplit } from './types.ts'

/** Lines of one call: what the 40,000 characters of its input hold, and more. */
export const MOST_LINES = 1000

/** cnt × pric may miss the amount of its line by one fen: institutions round the product in different ways. */
const TOLERANCE_FEN = 1n

/** At most 8 digits before the point: no line costs more, and sums of many stay far inside a bigint of fen. */
const MOST_FEN = 9_999_999_999n

/** Stands in a return until its charge is read. */
const TERMS_OF_CHARGE = {
  chrgitmLv: '03',
  selfpayProp: ONE,
  pricUplmtAmt: parsePrice('0'),
  lmtUsedFlag: '0',
  medChrgitmType: '',
  listType: '',
  rowId: '',
} as const

const SERIAL = /^[A-Za-z0-9_-]{1,30}$/

/**
 * Reads lines and takes their terms from the catalogue of the place of treatment, as of the day on which each was charged:
 * 执行就医地目录. What the catalogue does not have is refused by name, all such lines at once.
 */
export function resolveLines(
  deps: VisitDeps,
  at: { readonly institution: string; readonly city: string },
  sent: readonly FeeLine[],
  node: string,
): readonly UnsplitLine[] {
  if (sent.length === 0) throw invalid(`/${node}`, 'has no lines')
  if (sent.length > MOST_LINES) throw invalid(`/${node}`, `has more than ${MOST_LINES} lines`)
  const { city } = at
  if (!isCityCode(city)) throw new TypeError('a visit is in one of the four cities')
  const now = deps.clock.now()
  const unknown: FieldError[] = []
  const serials = new Set<string>()
  const lines = sent.flatMap((line, no): UnsplitLine[] => {
    const place = `/${node}/${no}`
    if (!SERIAL.test(line.feedetlSn) || line.feedetlSn === '0000') throw invalid(`${place}/feedetl_sn`, 'is no serial')
    if (serials.has(line.feedetlSn)) throw lineRepeated([{ pointer: `${place}/feedetl_sn`, detail: 'stands twice' }])
    serials.add(line.feedetlSn)
    const feeOcurTime = readTime(line.feeOcurTime, `${place}/fee_ocur_time`)
    assertPast(feeOcurTime, now, `${place}/fee_ocur_time`)
    const cnt = readDecimal(line.cnt, `${place}/cnt`, parseQuantity)
    const pric = readDecimal(line.pric, `${place}/pric`, parsePrice)
    const amount = readDecimal(line.detItemFeeSumamt, `${place}/det_item_fee_sumamt`, parseFen)
    const off = lineAmount(cnt, pric) - amount
    if (off > TOLERANCE_FEN || off < -TOLERANCE_FEN)
      throw invalid(`${place}/det_item_fee_sumamt`, 'is not cnt times pric')
    if (amount > MOST_FEN || amount < -MOST_FEN) throw invalid(`${place}/det_item_fee_sumamt`, 'is too large')
    const returned = orNull(line.initFeedetlSn)
    if ((returned !== null) !== cnt < 0n) {
      throw invalid(`${place}/cnt`, 'is negative where init_feedetl_sn names the line that is returned, and only there')
    }
    // A day may lie on the edge of a change of level: each line has that of its own day.
    const day = localDate(feeOcurTime)
    const facts = deps.settlement.institutions.factsAt(at.institution, day)
    const found = deps.settlement.catalogue.termsAt(city, line.medListCodg, day, priceLevelOf(facts?.level ?? 0))
    // A return has the terms of its charge, also where the item has left the catalogue since.
    const terms = found ?? (returned === null ? undefined : TERMS_OF_CHARGE)
    if (terms === undefined) {
      unknown.push({ pointer: `${place}/med_list_codg`, detail: 'is not in the catalogue of the place of treatment' })
      return []
    }
    return [
      {
        feedetlSn: line.feedetlSn,
        no,
        chrgBchno: orNull(line.chrgBchno),
        initFeedetlSn: returned,
        diseCodg: orNull(line.diseCodg),
        feeOcurTime,
        medListCodg: line.medListCodg,
        medinsListCodg: line.medinsListCodg,
        detItemFeeSumamt: amount,
        cnt,
        pric,
        hospApprFlag: readApproval(line.hospApprFlag, place),
        chrgitmLv: terms.chrgitmLv,
        selfpayProp: terms.selfpayProp,
        pricUplmtAmt: terms.pricUplmtAmt,
        lmtUsedFlag: terms.lmtUsedFlag,
        medChrgitmType: terms.medChrgitmType,
        listType: terms.listType,
        catalogueRow: terms.rowId,
        claimId: null,
      },
    ]
  })
  if (unknown.length > 0) {
    throw visitError('item-unknown', {
      detail: `${unknown[0]?.pointer.slice(1)}: the catalogue of ${city} does not have it on that day.`,
      errors: unknown,
    })
  }
  return lines
}

export const lineRepeated = (errors: readonly FieldError[]) =>
  visitError('line-repeated', { detail: 'feedetl_sn must be different for every line of a visit.', errors })

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text)

function readApproval(flag: string | undefined, place: string): '0' | '1' | '2' {
  if (flag === undefined || flag === '' || flag === '0') return '0'
  if (flag === '1' || flag === '2') return flag
  throw invalid(`${place}/hosp_appr_flag`, 'must be 0, 1 or 2')
}

/** What of a sent line is only kept. */
export const toldOf = ({ rxno, rxCircFlag, bilgDeptCodg, bilgDrCodg, drugTracCodg }: FeeLine): LineTold => ({
  rxno,
  rxCircFlag,
  bilgDeptCodg,
  bilgDrCodg,
  drugTracCodg,
})

/** The split of a line as 2204 answers it. */
export const showSplit = (line: VisitLine): LineSplit => ({
  feedetlSn: line.feedetlSn,
  detItemFeeSumamt: formatFen(line.detItemFeeSumamt),
  cnt: formatQuantity(line.cnt),
  pric: formatPrice(line.pric),
  pricUplmtAmt: formatPrice(line.pricUplmtAmt),
  selfpayProp: formatRatio(line.selfpayProp),
  fulamtOwnpayAmt: formatFen(line.fulamtOwnpayAmt),
  overlmtAmt: formatFen(line.overlmtAmt),
  preselfpayAmt: formatFen(line.preselfpayAmt),
  inscpScpAmt: formatFen(line.inscpScpAmt),
  chrgitmLv: line.chrgitmLv,
  medChrgitmType: line.medChrgitmType,
  lmtUsedFlag: line.lmtUsedFlag,
})
