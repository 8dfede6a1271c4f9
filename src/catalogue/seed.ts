import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { catalogueError } from './errors.ts'
import { SAMPLE_CATALOGUE } from './sample-catalogue.ts'
import { saveCatalogue } from './save-catalogue.ts'
import { readStandingItems } from './store.ts'
import type { ItemRow, LimitRow } from './types.ts'

/** Saves rows of a sandbox or a test; saving the same ones again changes nothing. */
export async function seedCatalogue(
  deps: Pick<Deps, 'db' | 'clock'>,
  rows: { readonly items: readonly ItemRow[]; readonly limits: readonly LimitRow[] },
): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const numbered = {
      items: rows.items.map((row, line) => ({ line, row })),
      limits: rows.limits.map((row, line) => ({ line, row })),
    }
    const { errors } = await saveCatalogue(deps, tx, numbered, { areas: 'all', by: 'seed', org: 'seed' })
    if (errors.length > 0) {
      throw catalogueError('import-invalid', {
        errors: errors.map(({ line, column, detail }) => ({ pointer: `/${line}/${column}`, detail })),
      })
    }
  })
}

/**
 * The unverified first figures of a sandbox. A second run leaves alone what is there, also where somebody has corrected it:
 * only codes that the catalogue does not know are added.
 */
export async function seedSampleCatalogue(deps: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const codes = [...new Set(SAMPLE_CATALOGUE.items.map((row) => row.hilistCode))]
  const known = new Set((await readStandingItems(deps.db, codes)).map((row) => row.hilistCode))
  const isNew = (row: ItemRow | LimitRow): boolean => !known.has(row.hilistCode)
  const items = SAMPLE_CATALOGUE.items.filter(isNew)
  if (items.length > 0) await seedCatalogue(deps, { items, limits: SAMPLE_CATALOGUE.limits.filter(isNew) })
}
