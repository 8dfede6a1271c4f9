import { appendAudit } from '../audit/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Outcome } from './compare-periods.ts'
import { catalogueError } from './errors.ts'
import { readRows } from './read-rows.ts'
import { type CatalogueChange, compareCatalogue, type Progress, saveCatalogue } from './save-catalogue.ts'
import type { Area, ItemRow, LimitRow } from './types.ts'

/** Who imports: an operator writes every area, the bureau of a city only that city's. */
export interface ImportedBy {
  readonly clientId: string
  readonly role: string
  readonly org: string
  readonly areas: readonly Area[] | 'all'
}

/** Errors of one answer; who has more corrects these first. */
const MOST_ERRORS = 100

/**
 * What a text would change in the catalogue; a transaction of one snapshot makes it that of a moment.
 *
 * @throws `catalogue.import-invalid` naming line and column of what is wrong
 */
export async function previewImport(
  db: Db,
  text: string,
  by: Pick<ImportedBy, 'areas'>,
  progress?: Progress,
): Promise<CatalogueChange> {
  const rows = await readRows(text)
  const change = await compareCatalogue(db, rows, { areas: by.areas, progress })
  refuse([...rows.errors, ...change.errors])
  return change
}

/**
 * Changes the catalogue as a text says, all of it or nothing: where a row is wrong the transaction must not commit.
 *
 * @throws `catalogue.import-invalid`
 */
export async function importCatalogue(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  text: string,
  by: ImportedBy,
  progress?: Progress,
): Promise<CatalogueChange> {
  const rows = await readRows(text)
  refuse(rows.errors)
  const change = await saveCatalogue(deps, tx, rows, { areas: by.areas, by: by.clientId, org: by.org, progress })
  refuse(change.errors)
  await appendAudit(
    tx,
    {
      actor: by.clientId,
      actorOrg: by.org,
      role: by.role,
      action: 'catalogue.import',
      targetType: 'catalogue',
      targetId: by.areas === 'all' ? 'all' : by.areas.join(' '),
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
    },
    deps.clock,
  )
  return change
}

function refuse(errors: CatalogueChange['errors']): void {
  if (errors.length === 0) return
  throw catalogueError('import-invalid', {
    detail: `${errors.length} of the rows are wrong; nothing was written.`,
    errors: errors.slice(0, MOST_ERRORS).map(({ line, column, detail }) => ({
      pointer: `/${line}/${column}`,
      detail,
    })),
  })
}

export type Counts = Readonly<Record<Outcome<unknown>['kind'], number>>

export function countOutcomes(outcomes: readonly { readonly kind: Outcome<unknown>['kind'] }[]): Counts {
  const counts = { added: 0, changed: 0, ended: 0, unchanged: 0 }
  for (const { kind } of outcomes) counts[kind] += 1
  return counts
}

/** One row that an import changes, as it is shown. */
export interface ShownOutcome {
  readonly line: number
  readonly outcome: 'added' | 'changed' | 'ended'
  readonly of: 'item' | 'limit'
  readonly insu_admdvs: string
  readonly hilist_code: string
  readonly lmtpric_hosp_lv: string | null
  readonly begndate: string
  readonly changes: readonly { readonly field: string; readonly before: string | null; readonly after: string | null }[]
}

/** What changes, in the order of the lines; what stays as it is is left out. */
export function showOutcomes(change: Pick<CatalogueChange, 'items' | 'limits'>, most: number): readonly ShownOutcome[] {
  const items: readonly Outcome<ItemRow | LimitRow>[] = change.items
  return [...items, ...change.limits]
    .filter(({ kind }) => kind !== 'unchanged')
    .toSorted((a, b) => a.line - b.line)
    .slice(0, most)
    .map(show)
}

function show({ kind, line, row, changes }: Outcome<ItemRow | LimitRow>): ShownOutcome {
  return {
    line,
    outcome: kind as ShownOutcome['outcome'],
    of: 'priceLevel' in row ? 'limit' : 'item',
    insu_admdvs: row.insuAdmdvs,
    hilist_code: row.hilistCode,
    lmtpric_hosp_lv: 'priceLevel' in row ? row.priceLevel : null,
    begndate: row.begndate,
    changes,
  }
}
