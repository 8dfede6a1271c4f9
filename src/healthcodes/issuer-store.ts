import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import { partyOf } from './setup-store.ts'
import type { HealthLevel, IssuerJwk, IssuerVersion, Party } from './types.ts'

/** An issuer version with who stands for it. */
export interface IssuerRecord extends IssuerVersion {
  readonly issuerVersionId: string
  readonly proposedBy: Party
  readonly approvedBy: Party | null
  readonly withdrawnAtMs: number | null
}

/** False where the issuer has this version already. */
export async function insertIssuer(tx: Tx, record: IssuerRecord, at: Date): Promise<boolean> {
  const inserted = await tx
    .insertInto('healthcodes_issuer')
    .values({
      issuer_version_id: record.issuerVersionId,
      issuer: record.issuer,
      version: record.version,
      city: record.city,
      name_zh: record.name.zh,
      name_en: record.name.en,
      region: record.region,
      keys: sql<string>`${JSON.stringify(record.keys)}::jsonb`,
      max_age_s: record.maxAgeS,
      from_at: new Date(record.fromMs),
      to_at: record.toMs === null ? null : new Date(record.toMs),
      source: record.source,
      verified: record.verified,
      proposed_client: record.proposedBy.clientId,
      proposed_officer: record.proposedBy.officer,
      proposed_at: at,
    })
    .onConflict((conflict) => conflict.columns(['issuer', 'version']).doNothing())
    .returning('issuer')
    .executeTakeFirst()
  if (inserted === undefined) return false
  await tx
    .insertInto('healthcodes_level_map')
    .values(
      record.levels.map((one) => ({
        issuer_version_id: record.issuerVersionId,
        issuer_level: one.issuerLevel,
        level: one.level,
      })),
    )
    .execute()
  return true
}

/** All versions of all issuers; there are some dozens. */
export async function readIssuers(
  db: Db,
  filter: { readonly issuerVersionId?: string; readonly inUse?: true } = {},
): Promise<readonly IssuerRecord[]> {
  let query = db.selectFrom('healthcodes_issuer').selectAll().orderBy('issuer').orderBy('version')
  if (filter.issuerVersionId !== undefined) query = query.where('issuer_version_id', '=', filter.issuerVersionId)
  if (filter.inUse) query = query.where('approved_at', 'is not', null).where('withdrawn_at', 'is', null)
  const rows = await query.execute()
  if (rows.length === 0) return []
  const levels = await db
    .selectFrom('healthcodes_level_map')
    .selectAll()
    .where(
      'issuer_version_id',
      'in',
      rows.map((row) => row.issuer_version_id),
    )
    .orderBy('issuer_level')
    .execute()
  const levelsOf = Map.groupBy(levels, (one) => one.issuer_version_id)
  return rows.map((row) => ({
    issuerVersionId: row.issuer_version_id,
    issuer: row.issuer,
    version: row.version,
    city: row.city as CityCode | null,
    name: { zh: row.name_zh, en: row.name_en },
    region: row.region,
    keys: row.keys as unknown as readonly IssuerJwk[],
    levels: (levelsOf.get(row.issuer_version_id) ?? []).map((one) => ({
      issuerLevel: one.issuer_level,
      level: one.level as HealthLevel,
    })),
    maxAgeS: row.max_age_s,
    fromMs: row.from_at.getTime(),
    toMs: row.to_at?.getTime() ?? null,
    source: row.source,
    verified: row.verified,
    proposedBy: { clientId: row.proposed_client, officer: row.proposed_officer },
    approvedBy: partyOf(row.approved_client, row.approved_officer),
    withdrawnAtMs: row.withdrawn_at?.getTime() ?? null,
  }))
}

export async function approveIssuerRow(tx: Tx, issuerVersionId: string, by: Party, at: Date): Promise<void> {
  await tx
    .updateTable('healthcodes_issuer')
    .set({ approved_client: by.clientId, approved_officer: by.officer, approved_at: at })
    .where('issuer_version_id', '=', issuerVersionId)
    .execute()
}

export async function withdrawIssuerRow(tx: Tx, issuerVersionId: string, by: string, at: Date): Promise<void> {
  await tx
    .updateTable('healthcodes_issuer')
    .set({ withdrawn_at: at, withdrawn_by: by })
    .where('issuer_version_id', '=', issuerVersionId)
    .execute()
}
