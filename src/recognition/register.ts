import { inForce, reaches } from './rules.ts'
import type {
  EqaRound,
  Evaluation,
  Item,
  Mark,
  Negative,
  Panel,
  Period,
  Policy,
  Price,
  Reason,
  Reasons,
  Scope,
} from './types.ts'

/** What holds for all institutions, as rows. */
export interface CatalogueRows {
  readonly items: readonly Item[]
  readonly scopes: readonly Scope[]
  readonly panels: readonly Panel[]
  readonly negatives: readonly Negative[]
  readonly reasons: readonly Reason[]
  readonly policies: readonly Policy[]
}

/** What is registered of one institution, as rows: as issuer (marks, quality) and as receiver (prices). */
export interface InstitutionRows {
  readonly marks: readonly Mark[]
  readonly eqa: readonly EqaRound[]
  readonly evaluations: readonly Evaluation[]
  readonly prices: readonly Price[]
}

/** The catalogue arranged for look-ups. */
export interface Catalogue {
  readonly items: readonly Item[]
  knows(code: string): boolean
  /** The newest version, also where none is in force: what the item is, not whether it counts. */
  newest(code: string): Item | undefined
  /** The version in force on the day for an institution in the division. */
  itemOn(code: string, day: string, division: string): Item | undefined
  isNegative(code: string, day: string, division: string): boolean
  /** Items that a LOINC code leads to. */
  byLoinc(code: string): readonly string[]
  panelOn(code: string, day: string): Panel | undefined
  scopeOn(label: string, day: string): Scope | undefined
  reasonsOn(day: string): Reasons
  policyOn(name: Policy['name'], day: string): number
}

/** One institution's part of the register arranged for look-ups. */
export interface InstitutionRegister {
  readonly evaluations: readonly Evaluation[]
  marksOf(item: string): readonly Mark[]
  /** Newest first. */
  eqaOf(item: string): readonly EqaRound[]
  priceOn(item: string, day: string): Price | undefined
}

const NONE: readonly never[] = []

export function arrangeCatalogue(rows: CatalogueRows): Catalogue {
  const items = Map.groupBy(rows.items, (one) => one.code)
  const negatives = Map.groupBy(rows.negatives, (one) => one.item)
  const loinc = new Map<string, string[]>()
  for (const { code, loinc: codes } of rows.items) {
    for (const one of codes) {
      const known = loinc.get(one) ?? []
      if (!known.includes(code)) loinc.set(one, [...known, code])
    }
  }
  let reasons: { day: string; inForce: Reasons } = { day: '', inForce: new Map() }
  return {
    items: rows.items,
    knows: (code) => items.has(code),
    newest: (code) => items.get(code)?.at(-1),
    itemOn: (code, day, division) => items.get(code)?.find((one) => inForce(one, day) && reaches(one.scope, division)),
    isNegative: (code, day, division) =>
      negatives.get(code)?.some((one) => inForce(one, day) && reaches(one.scope, division)) === true,
    byLoinc: (code) => loinc.get(code) ?? NONE,
    panelOn: (code, day) =>
      newestOn(
        rows.panels.filter((one) => one.code === code),
        day,
      ),
    scopeOn: (label, day) =>
      newestOn(
        rows.scopes.filter((one) => one.label === label),
        day,
      ),
    reasonsOn(day) {
      if (reasons.day !== day) {
        const those = rows.reasons.filter((one) => inForce(one, day))
        reasons = { day, inForce: new Map(those.map((one) => [one.code, one])) }
      }
      return reasons.inForce
    },
    policyOn(name, day) {
      const row = newestOn(
        rows.policies.filter((one) => one.name === name),
        day,
      )
      // The migration brings a first row of each; without one nothing can be decided.
      if (row === undefined) throw new TypeError(`recognition_policy has no ${name} in force`)
      return row.value
    },
  }
}

export function arrangeInstitution(rows: InstitutionRows): InstitutionRegister {
  const marks = Map.groupBy(rows.marks, (one) => one.item)
  const eqa = Map.groupBy(
    rows.eqa.toSorted((a, b) => (a.publishedOn < b.publishedOn ? 1 : -1)),
    (one) => one.item,
  )
  const prices = Map.groupBy(rows.prices, (one) => one.item)
  return {
    evaluations: rows.evaluations,
    marksOf: (item) => marks.get(item) ?? NONE,
    eqaOf: (item) => eqa.get(item) ?? NONE,
    priceOn: (item, day) => newestOn(prices.get(item) ?? NONE, day),
  }
}

/** Of versions in their order the last that is in force. */
function newestOn<T extends Period>(versions: readonly T[], day: string): T | undefined {
  return versions.findLast((one) => inForce(one, day))
}
