import { valuesAt } from './index-keys.ts'
import type { Condition, Include, SearchPlan } from './plan-search.ts'
import { parameterOf } from './search-parameters.ts'
import { type HospitalStore, type Row, spansOf } from './store.ts'
import { isText } from './types.ts'

/** All matching rows in the order asked for. */
export function findRows(store: HospitalStore, plan: SearchPlan): Row[] {
  const keyed: ReadonlySet<Row>[][] = []
  const tests: ((row: Row) => boolean)[] = []
  let start: Iterable<Row> | undefined
  let startSize = Number.POSITIVE_INFINITY
  for (const condition of plan.conditions) {
    if (condition.kind === 'date') {
      tests.push(dateFilter(condition))
      continue
    }
    const sets = setsOf(store, plan.type, condition)
    keyed.push(sets)
    const size = sets.reduce((sum, set) => sum + set.size, 0)
    // The rarest key is walked, the other conditions are set look-ups.
    if (size < startSize) {
      startSize = size
      start = sets.length === 1 ? sets[0] : new Set(sets.flatMap((set) => [...set]))
    }
  }
  const found: Row[] = []
  for (const row of start ?? store.rowsOf(plan.type)) {
    if (keyed.every((sets) => sets.some((set) => set.has(row))) && tests.every((test) => test(row))) found.push(row)
  }
  return found.sort(orderOf(plan))
}

function setsOf(
  store: HospitalStore,
  type: string,
  condition: Exclude<Condition, { kind: 'date' }>,
): ReadonlySet<Row>[] {
  switch (condition.kind) {
    case 'ids':
      return [new Set(condition.ids.flatMap((id) => store.live(type, id) ?? []))]
    case 'keys':
      return condition.keys.map((key) => store.rowsByKey(type, condition.parameter, key))
    case 'text':
      return [...store.keysOf(type, condition.parameter)]
        .filter(condition.accepts)
        .map((key) => store.rowsByKey(type, condition.parameter, key))
  }
}

function dateFilter(condition: Extract<Condition, { kind: 'date' }>): (row: Row) => boolean {
  return (row) => spansOf(row, condition.parameter).some((span) => condition.tests.some((test) => test(span)))
}

/** Rows without the sorted date come last in both directions; ties keep the order of creation. */
function orderOf(plan: SearchPlan): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const { parameter, descending } of plan.sort) {
      const order = parameter === '_id' ? compare(a.id, b.id) : compareDates(a, b, parameter, descending)
      if (order !== 0) return descending && parameter === '_id' ? -order : order
    }
    return a.sequence - b.sequence
  }
}

function compareDates(a: Row, b: Row, parameter: string, descending: boolean): number {
  const left = spansOf(a, parameter)[0]?.from
  const right = spansOf(b, parameter)[0]?.from
  if (left === undefined || right === undefined) return compare(left === undefined ? 1 : 0, right === undefined ? 1 : 0)
  return descending ? compare(right, left) : compare(left, right)
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The rows that a page's matches point to, each once, none that is a match itself. */
export function includedRows(store: HospitalStore, matches: readonly Row[], includes: readonly Include[]): Row[] {
  const seen = new Set<Row>(matches)
  const found: Row[] = []
  for (const { parameter, target } of includes) {
    for (const row of matches) {
      for (const reference of referencesOf(row, parameter)) {
        const [type = '', id = ''] = reference.split('/')
        const hit = target === undefined || target === type ? store.live(type, id) : undefined
        if (hit !== undefined && !seen.has(hit)) {
          seen.add(hit)
          found.push(hit)
        }
      }
    }
  }
  return found
}

function referencesOf(row: Row, parameter: string): string[] {
  const paths = parameterOf(row.type, parameter)?.paths ?? []
  return paths
    .flatMap((path) => valuesAt(row.resource, `${path}.reference`).filter(isText))
    .filter((reference) => /^[A-Za-z]+\/[^/]+/.test(reference))
}
