import type { Db } from '../kernel/db.ts'
import type { LimitRow } from './limits.ts'

/** Every limit that ever was or will be in force: a few rows. */
export async function loadLimits(db: Db): Promise<LimitRow[]> {
  return await db
    .selectFrom('settlement_limit')
    .select(['item', 'value', 'effective_from as effectiveFrom', 'effective_to as effectiveTo'])
    .orderBy('effective_from')
    .$castTo<LimitRow>()
    .execute()
}
