import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db } from '../kernel/db.ts'
import type { TrustPolicy } from './types.ts'

/** The policy of a day; undefined where none is in force. */
export async function readTrustPolicy(db: Db, date: string): Promise<TrustPolicy | undefined> {
  const row = await db
    .selectFrom('trust_policy')
    .select([
      'effective_from as from',
      'list_ttl_s as listTtlS',
      'list_life_s as listLifeS',
      'bundle_warn_s as bundleWarnS',
      'bundle_life_s as bundleLifeS',
      'bundle_city as bundleCity',
    ])
    .where('effective_from', '<=', date)
    .orderBy('effective_from', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { ...row, bundleCity: row.bundleCity as CityCode }
}

/** One order of bundles over all processes, whatever their clocks say. */
export async function takeBundleNumber(db: Db): Promise<number> {
  const row = await db
    .selectNoFrom(sql<string>`nextval('trust_bundle_number')::text`.as('number'))
    .executeTakeFirstOrThrow()
  return Number(row.number)
}
