import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { catalogueError } from './errors.ts'
import { saveCatalogue } from './save-catalogue.ts'
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
