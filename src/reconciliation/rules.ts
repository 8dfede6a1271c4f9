import { addFen, type Fen, subFen, ZERO_FEN } from '../kernel/money.ts'
import type { DayRow, DayTotal } from '../settlement/index.ts'

/** Totals of one (insutype, clr_type): as sent, at the centre, and sent minus centre. */
export interface GroupResult {
  readonly insutype: string
  readonly clrType: string
  readonly sent: Sums
  readonly center: Sums
  readonly difference: Sums
  readonly equal: boolean
}

export interface Sums {
  readonly medfee: Fen
  readonly fundPay: Fen
  readonly acctPay: Fen
  readonly count: number
}

const NOTHING: Sums = { medfee: ZERO_FEN, fundPay: ZERO_FEN, acctPay: ZERO_FEN, count: 0 }

/** Compares group by group. A group that only one side has stands against nothing: it is a difference, not an omission. */
export const compareTotals = (sent: readonly DayTotal[], center: readonly DayTotal[]): readonly GroupResult[] => {
  const bySent = new Map(sent.map((one) => [nameOf(one), one]))
  const byCenter = new Map(center.map((one) => [nameOf(one), one]))
  const groups = new Map<string, DayTotal>([...bySent, ...byCenter])
  return [...groups.keys()].sort().map((name) => {
    const { insutype, clrType } = groups.get(name) as DayTotal
    const ours = byCenter.get(name) ?? NOTHING
    const theirs = bySent.get(name) ?? NOTHING
    const difference = {
      medfee: subFen(theirs.medfee, ours.medfee),
      fundPay: subFen(theirs.fundPay, ours.fundPay),
      acctPay: subFen(theirs.acctPay, ours.acctPay),
      count: theirs.count - ours.count,
    }
    const equal =
      difference.medfee === 0n && difference.fundPay === 0n && difference.acctPay === 0n && difference.count === 0
    return { insutype, clrType, sent: theirs, center: ours, difference, equal }
  })
}

/** Totals of rows. Rows and totals of a comparison come from one read, so they cannot contradict each other. */
export const sumRows = (rows: readonly DayRow[]): readonly DayTotal[] => {
  const groups = new Map<string, DayTotal>()
  for (const row of rows) {
    const { insutype, clrType } = row
    const before = groups.get(nameOf(row)) ?? NOTHING
    groups.set(nameOf(row), {
      insutype,
      clrType,
      medfee: addFen(before.medfee, row.medfee),
      fundPay: addFen(before.fundPay, row.fundPay),
      acctPay: addFen(before.acctPay, row.acctPay),
      count: before.count + 1,
    })
  }
  return [...groups.values()]
}

const nameOf = (one: { insutype: string; clrType: string }): string => `${one.insutype}/${one.clrType}`

export type DifferenceClass = 'CENTER_ONLY' | 'PROVIDER_ONLY' | 'AMOUNT_DIFF' | 'REFUND_DIFF' | 'OTHER_DAY'

/** What an institution says of one settlement or refund. */
export type SentRow = Pick<DayRow, 'setlId' | 'refund' | 'medfee' | 'fundPay' | 'acctPay'>

export interface Difference {
  readonly class: DifferenceClass
  readonly setlId: string
  readonly sent: SentRow | null
  readonly center: SentRow | null
  /** OTHER_DAY: the day on which it stands at the centre. */
  readonly day: string | null
}

/** Ids that the institution lists and the day lacks: each may stand at the centre on another day. */
export const unknownIds = (sent: readonly SentRow[], center: readonly DayRow[]): readonly string[] => {
  const known = new Set(center.map((one) => one.setlId))
  return sent.map((one) => one.setlId).filter((id) => !known.has(id))
}

/**
 * Compares row by row: a row that one side lacks, the same row with other amounts, refunds that only one side knows or
 * that one side calls a settlement, and rows that the institution lists on another day than the centre (`elsewhere`).
 * Each settlement id gives at most one difference.
 */
export const compareRows = (
  sent: readonly SentRow[],
  center: readonly DayRow[],
  elsewhere: ReadonlyMap<string, DayRow>,
): readonly Difference[] => {
  const bySent = new Map(sent.map((one) => [one.setlId, one]))
  const byCenter = new Map(center.map((one) => [one.setlId, one]))
  const ids = [...new Set([...byCenter.keys(), ...bySent.keys()])].sort()
  return ids.flatMap((setlId): Difference[] => {
    const theirs = bySent.get(setlId) ?? null
    const ours = byCenter.get(setlId) ?? null
    const moved = ours === null ? elsewhere.get(setlId) : undefined
    if (moved !== undefined) return [{ class: 'OTHER_DAY', setlId, sent: theirs, center: moved, day: moved.date }]
    const found = classOf(theirs, ours)
    return found === undefined ? [] : [{ class: found, setlId, sent: theirs, center: ours, day: null }]
  })
}

const classOf = (sent: SentRow | null, center: SentRow | null): DifferenceClass | undefined => {
  if (sent === null) return center?.refund ? 'REFUND_DIFF' : 'CENTER_ONLY'
  if (center === null) return sent.refund ? 'REFUND_DIFF' : 'PROVIDER_ONLY'
  if (sent.refund !== center.refund) return 'REFUND_DIFF'
  const equal = sent.medfee === center.medfee && sent.fundPay === center.fundPay && sent.acctPay === center.acctPay
  return equal ? undefined : 'AMOUNT_DIFF'
}

export type NextStep =
  | 'record-or-reverse'
  | 'settle-again-or-void'
  | 'reverse-and-settle-again'
  | 'record-the-refund'
  | 'refund-or-void'
  | 'move-to-its-day'
  | 'offset-next-period'

/** How a difference is closed. Once the month is closed nothing in it is edited: an offset in the next period does it. */
export const nextStep = (difference: Difference, monthOpen: boolean): NextStep => {
  // The settlement itself stands; only the statement names the wrong day. Settling again would pay twice.
  if (difference.class === 'OTHER_DAY') return 'move-to-its-day'
  if (!monthOpen) return 'offset-next-period'
  switch (difference.class) {
    case 'CENTER_ONLY':
      return 'record-or-reverse'
    case 'PROVIDER_ONLY':
      return 'settle-again-or-void'
    case 'AMOUNT_DIFF':
      return 'reverse-and-settle-again'
    case 'REFUND_DIFF':
      return difference.center?.refund ? 'record-the-refund' : 'refund-or-void'
  }
}
