import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import type { SettingRow, VariantRow } from './codes.ts'

/** Where the changes of access keys are announced. */
export const NHSA_CHANGED = 'nhsa'

export interface AccessKeyRow {
  readonly accessKey: string
  readonly institution: string
  readonly secretEncrypted: Buffer
  readonly issuedAt: Date
  readonly revokedAt: Date | null
}

export async function insertAccessKey(db: Db, key: Omit<AccessKeyRow, 'revokedAt'>): Promise<void> {
  await db
    .insertInto('nhsa_access_key')
    .values({
      access_key: key.accessKey,
      institution: key.institution,
      secret_encrypted: key.secretEncrypted,
      issued_at: key.issuedAt,
    })
    .execute()
}

/** Writes a secret that was encrypted anew; nothing where it was changed meanwhile. */
export async function updateSecret(db: Db, accessKey: string, from: Buffer, to: Buffer): Promise<void> {
  await db
    .updateTable('nhsa_access_key')
    .set({ secret_encrypted: to })
    .where('access_key', '=', accessKey)
    .where('secret_encrypted', '=', from)
    .execute()
}

/** False where there is no such key in force. */
export async function revokeAccessKey(db: Db, accessKey: string, at: Date): Promise<boolean> {
  const result = await db
    .updateTable('nhsa_access_key')
    .set({ revoked_at: at, changed_xid: sql`pg_current_xact_id()` })
    .where('access_key', '=', accessKey)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function listAccessKeys(db: Db, institution?: string): Promise<readonly AccessKeyRow[]> {
  let query = accessKeys(db).orderBy('institution').orderBy('issued_at')
  if (institution !== undefined) query = query.where('institution', '=', institution)
  return await query.execute()
}

const accessKeys = (db: Db) =>
  db
    .selectFrom('nhsa_access_key')
    .select([
      'access_key as accessKey',
      'institution',
      'secret_encrypted as secretEncrypted',
      'issued_at as issuedAt',
      'revoked_at as revokedAt',
    ])

/** Keys written since `horizon`; '0' reads all of them. Never misses a transaction that commits late. */
export async function readKeyChanges(
  db: Db,
  horizon: string,
): Promise<{ readonly horizon: string; readonly keys: readonly AccessKeyRow[] }> {
  // Before the keys: what commits in between is read again next time.
  const seen = await sql<{ horizon: string }>`select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`.execute(
    db,
  )
  const keys = await accessKeys(db).where(sql<boolean>`changed_xid >= ${horizon}::text::xid8`).execute()
  return { horizon: seen.rows[0]?.horizon ?? horizon, keys }
}

export interface ProfileRows {
  readonly areas: readonly { readonly admdvs: string; readonly from: string; readonly profile: string }[]
  readonly variants: readonly VariantRow[]
  readonly settings: readonly SettingRow[]
}

export async function readProfiles(db: Db): Promise<ProfileRows> {
  const areas = await db
    .selectFrom('nhsa_area')
    .select(['admdvs', 'from_date as from', 'profile'])
    .orderBy('from_date')
    .execute()
  const variants = await db
    .selectFrom('nhsa_code_variant')
    .select(['profile', 'dictionary', 'local_code as localCode', 'national_code as nationalCode', 'outward'])
    .execute()
  const settings = await db.selectFrom('nhsa_setting').select(['profile', 'name', 'value']).execute()
  return { areas, variants, settings }
}

/** The next thousand serials of inf_refmsgid: the first of them. */
export async function nextSerials(db: Db): Promise<bigint> {
  const { rows } = await sql<{ first: string }>`select nextval('nhsa_refmsg')::text as first`.execute(db)
  return BigInt(rows[0]?.first ?? '0')
}

/** How many days the answers of messages are kept, by the profile that keeps them longest. */
export async function readAnswerDays(db: Db): Promise<number> {
  const rows = await db.selectFrom('nhsa_setting').select('value').where('name', '=', 'answer_days').execute()
  return Math.max(1, ...rows.map((row) => Number(row.value)))
}
