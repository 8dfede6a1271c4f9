import { appendAudits } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { personEvent } from './audit-person.ts'
import { type MergeRow, readGroup, readHistoryIn, readHistoryOf } from './merged-store.ts'
import type { AskedBy } from './types.ts'

/** What a city may read of a merge; who of another city did it and where its evidence lies stays with that city. */
export interface ShownMerge
  extends Pick<MergeRow, 'mergeId' | 'kind' | 'survivorId' | 'absorbedId' | 'undoes' | 'reason' | 'byOrg'> {
  readonly at: string
  readonly evidenceRef?: string | null
  readonly byClient?: string
}

/** Merges and unmerges that concern the caller's city, of one person or of all, the newest first. */
export async function listMerges(
  deps: Pick<Deps, 'db' | 'clock'>,
  of: {
    readonly personId: string | undefined
    readonly before: string | undefined
    readonly limit: number
    readonly by: AskedBy
  },
): Promise<{ readonly merges: readonly ShownMerge[]; readonly next: string | undefined }> {
  const { by, personId, before, limit } = of
  const city = by.city ?? ''
  const people = personId === undefined ? undefined : [...new Set([personId, ...(await readGroup(deps.db, personId))])]
  const rows = await (people === undefined
    ? readHistoryIn(deps.db, { city, before, limit: limit + 1 })
    : readHistoryOf(deps.db, people, { city, before, limit: limit + 1 }))
  const shown = rows.slice(0, limit)
  await appendAudits(
    deps.db,
    [...new Set(shown.flatMap((row) => [row.survivorId, row.absorbedId]))].map((id) =>
      personEvent(by, { action: 'people.read-merges', personId: id, purpose: 'registration' }),
    ),
    deps.clock,
  )
  return {
    merges: shown.map((row) => showMerge(row, city)),
    next: rows.length > limit ? shown.at(-1)?.mergeId : undefined,
  }
}

export function showMerge(row: MergeRow, city: string): ShownMerge {
  const { mergeId, kind, survivorId, absorbedId, undoes, reason, byOrg, at } = row
  const own = row.city === city ? { evidenceRef: row.evidenceRef, byClient: row.byClient } : {}
  return { mergeId, kind, survivorId, absorbedId, undoes, reason, byOrg, at: at.toISOString(), ...own }
}
