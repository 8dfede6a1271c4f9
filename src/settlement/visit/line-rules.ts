import { type SplitLine, splitLine } from '../../benefits/index.ts'
import { type Fen, fen, type Price, type Quantity, type Ratio, sumFen, ZERO_FEN } from '../../kernel/money.ts'

/** The four parts of an amount. */
export interface Parts {
  readonly fulamtOwnpayAmt: Fen
  readonly overlmtAmt: Fen
  readonly preselfpayAmt: Fen
  readonly inscpScpAmt: Fen
}

/** A fee line with the terms of the catalogue and its split. */
export interface VisitLine extends Parts {
  readonly feedetlSn: string
  readonly no: number
  readonly chrgBchno: string | null
  readonly initFeedetlSn: string | null
  readonly diseCodg: string | null
  readonly feeOcurTime: Date
  readonly medListCodg: string
  readonly medinsListCodg: string
  readonly detItemFeeSumamt: Fen
  readonly cnt: Quantity
  readonly pric: Price
  readonly hospApprFlag: '0' | '1' | '2'
  readonly chrgitmLv: '01' | '02' | '03'
  readonly selfpayProp: Ratio
  readonly pricUplmtAmt: Price
  readonly lmtUsedFlag: '0' | '1'
  readonly medChrgitmType: string
  readonly listType: string
  readonly catalogueRow: string
  readonly claimId: string | null
}

/** A line as it will be charged: what was returned is taken off. */
export type UnsplitLine = Omit<VisitLine, keyof Parts>

const toBillLine = (line: UnsplitLine, admdvs: string) => ({
  feedetlSn: line.feedetlSn,
  detItemFeeSumamt: line.detItemFeeSumamt,
  cnt: line.cnt,
  lmtUsedFlag: line.lmtUsedFlag,
  hospApprFlag: line.hospApprFlag,
  terms: {
    admdvs,
    chrgitmLv: line.chrgitmLv,
    pricUplmtAmt: line.pricUplmtAmt,
    selfpayProp: line.selfpayProp,
  },
})

const partsOf = ({ fulamtOwnpayAmt, overlmtAmt, preselfpayAmt, inscpScpAmt }: SplitLine | VisitLine): Parts => ({
  fulamtOwnpayAmt,
  overlmtAmt,
  preselfpayAmt,
  inscpScpAmt,
})

/** The split of a charge. */
export const splitCharge = (line: UnsplitLine, admdvs: string): VisitLine => ({
  ...line,
  ...partsOf(splitLine(toBillLine(line, admdvs))),
})

/** A line less its returns. */
export const lessReturns = (original: VisitLine, returns: readonly UnsplitLine[]): UnsplitLine => ({
  ...original,
  cnt: returns.reduce((sum, one) => sum + one.cnt, original.cnt as bigint) as Quantity,
  detItemFeeSumamt: sumFen([original, ...returns].map((one) => one.detItemFeeSumamt)),
})

/**
 * The split of a return: what it changes in the split of its line. So the splits of a line and its returns always sum to
 * the split of what is left, however the parts were rounded.
 *
 * @returns undefined where more is returned than is left
 */
export const splitReturn = (
  line: UnsplitLine,
  original: VisitLine,
  earlier: readonly VisitLine[],
  admdvs: string,
): VisitLine | undefined => {
  const left = lessReturns(original, [...earlier, line])
  if (left.cnt < 0n || left.detItemFeeSumamt < 0n || (left.cnt === 0n) !== (left.detItemFeeSumamt === 0n)) {
    return undefined
  }
  const after = partsOf(splitLine(toBillLine(left, admdvs)))
  const before = sumParts([original, ...earlier])
  return {
    ...line,
    fulamtOwnpayAmt: fen(after.fulamtOwnpayAmt - before.fulamtOwnpayAmt),
    overlmtAmt: fen(after.overlmtAmt - before.overlmtAmt),
    preselfpayAmt: fen(after.preselfpayAmt - before.preselfpayAmt),
    inscpScpAmt: fen(after.inscpScpAmt - before.inscpScpAmt),
  }
}

/** Sums of parts over lines. */
export const sumParts = (lines: readonly Parts[]): Parts =>
  lines.reduce<Parts>(
    (sum, line) => ({
      fulamtOwnpayAmt: fen(sum.fulamtOwnpayAmt + line.fulamtOwnpayAmt),
      overlmtAmt: fen(sum.overlmtAmt + line.overlmtAmt),
      preselfpayAmt: fen(sum.preselfpayAmt + line.preselfpayAmt),
      inscpScpAmt: fen(sum.inscpScpAmt + line.inscpScpAmt),
    }),
    { fulamtOwnpayAmt: ZERO_FEN, overlmtAmt: ZERO_FEN, preselfpayAmt: ZERO_FEN, inscpScpAmt: ZERO_FEN },
  )

/** What is left to be settled of lines and their returns; lines that were returned whole are gone. */
export const netLines = (lines: readonly VisitLine[]): readonly UnsplitLine[] => {
  const returnsOf = Map.groupBy(
    lines.filter((line) => line.initFeedetlSn !== null),
    (line) => line.initFeedetlSn,
  )
  return lines
    .filter((line) => line.initFeedetlSn === null)
    .map((line) => lessReturns(line, returnsOf.get(line.feedetlSn) ?? []))
    .filter((line) => line.cnt !== 0n || line.detItemFeeSumamt !== 0n)
}
