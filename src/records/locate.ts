import type { Clock } from '../kernel/time.ts'
import type { Connection } from './connection.ts'
import type { LocatorRow } from './store.ts'
import type { SourceResult } from './types.ts'

/** "Not known here" is believed for this long: a person may become a patient anywhere at any time. */
const NOT_LINKED_FOR_MS = 10 * 60_000
/** A confirmed link is written again only after this long: a read should not cost a write. */
const LINKED_FOR_MS = 24 * 3_600_000

/** True where the hospital said a moment ago that it does not know the person: then it is not asked again. */
export function isKnownAbsent(rows: readonly LocatorRow[], institution: string, now: Date): boolean {
  const row = rows.find((one) => one.institution === institution)
  return row !== undefined && !row.linked && isFresh(row, NOT_LINKED_FOR_MS, now)
}

/** What this search taught about where the person is known. A failed source teaches nothing. */
export function locatorChanges(
  rows: readonly LocatorRow[],
  results: readonly SourceResult[],
  asked: readonly Connection[],
  clock: Clock,
): readonly LocatorRow[] {
  const now = clock.now()
  return results.flatMap(({ source, state }): LocatorRow[] => {
    if (!asked.some((one) => one.hospital.institution === source)) return []
    if (state !== 'ok' && state !== 'partial' && state !== 'not-linked') return []
    const linked = state !== 'not-linked'
    const known = rows.find((one) => one.institution === source)
    if (known?.linked === linked && isFresh(known, linked ? LINKED_FOR_MS : NOT_LINKED_FOR_MS, now)) return []
    return [{ institution: source, linked, seenAt: now }]
  })
}

function isFresh(row: LocatorRow, forMs: number, now: Date): boolean {
  return now.getTime() - row.seenAt.getTime() < forMs
}
