import type { FieldError } from '../../kernel/errors.ts'
import { formatFen, formatPrice, formatQuantity, formatRatio, parseFen, sumFen } from '../../kernel/money.ts'
import type { SentBill } from '../check-sent-bill.ts'
import { visitError } from './errors.ts'
import { netLines, sumParts, type VisitLine } from './line-rules.ts'
import { invalid, readDecimal, totalsMismatch } from './read-fields.ts'
import type { BillParts, SaidOfPatient, Sender } from './types.ts'
import type { VisitRow } from './visit-store.ts'

/** The lines' sums under the names of the bill. */
const sumsOf = (lines: readonly VisitLine[]) => {
  const { overlmtAmt, ...parts } = sumParts(lines)
  return {
    ...parts,
    overlmtSelfpay: overlmtAmt,
    medfeeSumamt: sumFen(lines.map((line) => line.detItemFeeSumamt)),
  }
}

const NATIONAL: Readonly<Record<keyof ReturnType<typeof sumsOf>, string>> = {
  medfeeSumamt: 'medfee_sumamt',
  fulamtOwnpayAmt: 'fulamt_ownpay_amt',
  overlmtSelfpay: 'overlmt_selfpay',
  preselfpayAmt: 'preselfpay_amt',
  inscpScpAmt: 'inscp_scp_amt',
}

/**
 * The total and the four parts that a sender says must be the sums of the lines' splits: both sides then settle the same
 * bill. Parts that it does not say are not compared.
 *
 * @throws `visit.total-mismatch` naming every field that differs
 */
export function assertTotals(
  said: { readonly medfeeSumamt: string } & Partial<BillParts>,
  lines: readonly VisitLine[],
): void {
  const sums = sumsOf(lines)
  const errors = Object.entries(NATIONAL).flatMap(([field, name]): FieldError[] => {
    const key = field as keyof typeof NATIONAL
    const text = said[key]
    if (text === undefined || text === '') return []
    const isSame = readDecimal(text, `/${name}`, parseFen) === sums[key]
    return isSame ? [] : [{ pointer: `/${name}`, detail: `is not the sum of the fee lines, ${formatFen(sums[key])}` }]
  })
  if (errors.length > 0) throw totalsMismatch(errors)
}

export function readAccountFlag(flag: string | undefined): '0' | '1' | '2' {
  if (flag === undefined || flag === '' || flag === '0') return '0'
  if (flag === '1' || flag === '2') return flag
  throw invalid('/acct_used_flag', 'must be 0, 1 or 2')
}

/** The bill of lines of a visit, returns taken off, with the terms by which they were split. */
export function billOf(
  visit: VisitRow,
  lines: readonly VisitLine[],
  of: {
    readonly by: Sender
    readonly said: Pick<SaidOfPatient, 'mdtrtCertType' | 'verified'>
    readonly acctUsedFlag: '0' | '1' | '2'
    readonly now: Date
  },
): SentBill {
  const net = netLines(lines)
  if (net.length === 0) {
    throw visitError('out-of-order', {
      detail: 'Everything that was charged was returned: nothing is left to settle.',
      meta: { missing: visit.kind === 'inpatient' ? '2301' : '2204' },
    })
  }
  return {
    personId: visit.personId,
    medType: visit.medType ?? '',
    setlTime: undefined,
    acctUsedFlag: of.acctUsedFlag,
    medfeeSumamt: sumFen(net.map((line) => line.detItemFeeSumamt)),
    visitId: visit.id,
    msgid: of.by.msgid,
    ...(visit.kind === 'inpatient' ? { stay: { begin: visit.begunAt, end: visit.endedAt ?? of.now } } : {}),
    ...(diseaseOf(visit, lines) === null ? {} : { diseCodg: diseaseOf(visit, lines) ?? undefined }),
    identified: { type: of.said.mdtrtCertType, by: of.said.verified === undefined ? 'institution' : 'verifier' },
    resolved: true,
    lines: net.map((line) => ({
      feedetlSn: line.feedetlSn,
      medListCodg: line.medListCodg,
      chrgitmLv: line.chrgitmLv,
      detItemFeeSumamt: formatFen(line.detItemFeeSumamt),
      cnt: formatQuantity(line.cnt),
      pric: formatPrice(line.pric),
      selfpayProp: formatRatio(line.selfpayProp),
      pricUplmtAmt: formatPrice(line.pricUplmtAmt),
      lmtUsedFlag: line.lmtUsedFlag,
      hospApprFlag: line.hospApprFlag,
    })),
  }
}

/** That of the batch before that of the visit. */
const diseaseOf = (visit: VisitRow, lines: readonly VisitLine[]): string | null =>
  lines.find((line) => line.diseCodg !== null)?.diseCodg ?? visit.diseCodg
