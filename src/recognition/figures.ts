import { addFen, type Fen, ZERO_FEN } from '../kernel/money.ts'
import type { FigureRow } from './figures-store.ts'
import type { Catalogue } from './register.ts'
import { ELIGIBILITY_TEXTS } from './texts.ts'
import type { Reasons } from './types.ts'

/** What is counted of a group of decisions. */
export interface Tally {
  readonly recognised: number
  /** Countable ones, overdue emergency items included. */
  readonly notRecognised: number
  /** recognised / (recognised + countable not recognised) in 1/10000; null without either. */
  readonly rateBasisPoints: number | null
  readonly savedFen: Fen
}

export interface Share {
  readonly code: string
  readonly zh: string
  readonly en: string
  readonly count: number
  readonly shareBasisPoints: number
}

export interface Figures extends Tally {
  readonly institution: string
  readonly name: string | null
  readonly month: string
  /** Own results that others decided on, and what came of it. */
  readonly shared: number
  readonly sharedAccepted: number
  readonly sharedRefused: number
  readonly notCountable: number
  readonly open: number
  readonly pending: number
  readonly notEligible: number
  readonly reopened: number
  readonly usedOutside: number
  /** Recognised without a price here: their saving is not known. */
  readonly unpriced: number
  readonly ordersChecked: number
  readonly repeatedWithoutDecision: number
  /** Reasons 07 and 08 among all repetitions with a reason, in 1/10000. */
  readonly ownJudgementBasisPoints: number | null
  readonly reasons: readonly Share[]
  readonly eligibility: readonly Share[]
  readonly departments: readonly (Tally & {
    readonly department: string | null
    readonly ownJudgementBasisPoints: number | null
  })[]
  readonly items: readonly (Tally & { readonly item: string | null; readonly name: string | null })[]
  readonly rows: readonly FigureRow[]
}

/** Codes whose share is looked at: the physician's own judgement, and "other" (result-recognition 4.2). */
const OWN_JUDGEMENT = new Set(['07', '08'])

/** One institution's month from its counted rows. */
export function figuresOf(
  of: { readonly institution: string; readonly name: string | null; readonly month: string },
  counted: {
    readonly rows: readonly FigureRow[]
    readonly shared: { readonly shared: number; readonly accepted: number; readonly refused: number }
    readonly repeats: { readonly checked: number; readonly undecided: number }
  },
  register: { readonly catalogue: Pick<Catalogue, 'newest'>; readonly reasons: Reasons },
): Figures {
  const { rows, shared, repeats } = counted
  const withReason = rows.filter((row) => row.reasonCode !== null)
  const byReason = Map.groupBy(withReason, (row) => row.reasonCode as string)
  const refused = rows.filter((row) => row.outcome === 'not-eligible' || row.outcome === 'pending')
  const byCode = Map.groupBy(
    refused.filter((row) => row.eCode !== null),
    (row) => row.eCode as string,
  )
  const reasonText = (code: string) => register.reasons.get(code) ?? { zh: code, en: code }
  const eligibilityText = (code: string) =>
    (ELIGIBILITY_TEXTS as Readonly<Record<string, { zh: string; en: string }>>)[code] ?? { zh: code, en: code }
  return {
    ...of,
    ...tally(rows),
    shared: shared.shared,
    sharedAccepted: shared.accepted,
    sharedRefused: shared.refused,
    notCountable: sum(rows, (row) => row.outcome === 'not-recognised' && !row.inRate),
    open: sum(rows, (row) => (row.outcome === 'open' && !row.inRate) || row.outcome === 'reason-needed'),
    pending: sum(rows, (row) => row.outcome === 'pending'),
    notEligible: sum(rows, (row) => row.outcome === 'not-eligible'),
    reopened: sum(rows, (row) => row.outcome === 'reopened'),
    usedOutside: sum(rows, (row) => row.usedOutside),
    unpriced: rows.reduce((all, row) => all + row.unpriced, 0),
    ordersChecked: repeats.checked,
    repeatedWithoutDecision: repeats.undecided,
    ownJudgementBasisPoints: ownJudgement(rows),
    reasons: shares(byReason, reasonText),
    eligibility: shares(byCode, eligibilityText),
    departments: groups(rows, (row) => row.department).map(([department, those]) => ({
      department,
      ...tally(those),
      ownJudgementBasisPoints: ownJudgement(those),
    })),
    items: groups(rows, (row) => row.item).map(([item, those]) => ({
      item,
      name: item === null ? null : (register.catalogue.newest(item)?.name ?? null),
      ...tally(those),
    })),
    rows,
  }
}

function tally(rows: readonly FigureRow[]): Tally {
  const recognised = sum(rows, (row) => row.outcome === 'recognised')
  const notRecognised = sum(rows, (row) => row.inRate && row.outcome !== 'recognised')
  return {
    recognised,
    notRecognised,
    rateBasisPoints: basisPoints(recognised, recognised + notRecognised),
    savedFen: rows.reduce((all, row) => addFen(all, row.savedFen), ZERO_FEN),
  }
}

function ownJudgement(rows: readonly FigureRow[]): number | null {
  const all = sum(rows, (row) => row.reasonCode !== null)
  return basisPoints(
    sum(rows, (row) => row.reasonCode !== null && OWN_JUDGEMENT.has(row.reasonCode)),
    all,
  )
}

function shares(
  groups: ReadonlyMap<string, readonly FigureRow[]>,
  textOf: (code: string) => { readonly zh: string; readonly en: string },
): readonly Share[] {
  const counts = [...groups].map(([code, rows]) => ({ code, count: sum(rows, () => true) }))
  const all = counts.reduce((total, one) => total + one.count, 0)
  return counts
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, count }) => {
      const { zh, en } = textOf(code)
      return { code, zh, en, count, shareBasisPoints: basisPoints(count, all) ?? 0 }
    })
}

/** Groups in the order of their key; what has none comes last. */
function groups(
  rows: readonly FigureRow[],
  keyOf: (row: FigureRow) => string | null,
): readonly (readonly [string | null, readonly FigureRow[]])[] {
  return [...Map.groupBy(rows, keyOf)].toSorted(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
}

const sum = (rows: readonly FigureRow[], of: (row: FigureRow) => boolean): number =>
  rows.filter(of).reduce((all, row) => all + row.count, 0)

const basisPoints = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part * 10_000) / whole)
