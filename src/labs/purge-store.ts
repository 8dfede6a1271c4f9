import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import { newId } from '../kernel/ids.ts'
import type { PolicyFigure } from './store.ts'

export type PurgeClass = 'report' | 'version' | 'review'

export interface Purged {
  readonly institution: string
  readonly count: number
  /** Times of arrival of the first and the last of the rows. */
  readonly from: Date
  readonly to: Date
  /** SHA-256 of the rows' ids, sorted, one a line. */
  readonly idsSha256: string
}

interface Deletion {
  readonly cutoff: Date
  /** The same as a day of China. */
  readonly cutoffDay: string
  readonly limit: number
}

/** What goes of each class: rows, with id, institution and time. */
const DELETIONS: Readonly<Record<PurgeClass, (of: Deletion) => RawBuilder<unknown>>> = {
  report: (of) => sql`delete from labs_report where (person_id, report_id) in (
      select person_id, report_id from labs_report where tested_on < ${of.cutoffDay}::date order by tested_on limit ${of.limit})
    returning report_id::text as id, institution, received_at as at`,
  // A history goes with its age, and with the report that it is the history of.
  version: (of) => sql`delete from labs_report_version where (person_id, report_id, entry_id) in (
      select v.person_id, v.report_id, v.entry_id from labs_report_version v
      where v.recorded_at < ${of.cutoff}
        or not exists (select from labs_report r where r.report_id = v.report_id and r.institution = v.institution)
      limit ${of.limit})
    returning report_id || '/' || entry_id as id, institution, received_at as at`,
  review: (of) => sql`delete from labs_review where review_id in (
      select review_id from labs_review where received_at < ${of.cutoff} order by received_at limit ${of.limit})
    returning review_id::text as id, institution, received_at as at`,
}

/** Deletes a batch of one class, and counts and digests by institution what went. */
export async function deleteClass(tx: Tx, name: PurgeClass, of: Deletion): Promise<readonly Purged[]> {
  const { rows } = await sql<{ institution: string; count: bigint; from: Date; to: Date; ids: string }>`
    with gone as (${DELETIONS[name](of)})
    select institution, count(*) as count, min(at) as "from", max(at) as "to",
      encode(sha256(convert_to(string_agg(id, E'\n' order by id collate "C"), 'UTF8')), 'hex') as ids
    from gone group by institution order by institution`.execute(tx)
  return rows.map(({ ids, count, ...row }) => ({ ...row, count: Number(count), idsSha256: ids }))
}

export async function insertProofs(
  tx: Tx,
  name: PurgeClass,
  purged: readonly Purged[],
  policy: PolicyFigure,
  at: Date,
): Promise<void> {
  if (purged.length === 0) return
  await tx
    .insertInto('labs_purge_proof')
    .values(
      purged.map((one) => ({
        proof_id: newId(),
        class: name,
        institution: one.institution,
        count: one.count,
        from_at: one.from,
        to_at: one.to,
        ids_sha256: one.idsSha256,
        policy_name: policy.name,
        policy_version: policy.version,
        purged_at: at,
      })),
    )
    .execute()
}

/** Messages hold nothing of a person: they go without a proof. */
export async function pruneMessages(db: Db, before: Date, limit: number): Promise<number> {
  const done = await sql`delete from labs_message where (facility, control_id) in (
    select facility, control_id from labs_message where received_at < ${before} order by received_at limit ${limit})`.execute(
    db,
  )
  return Number(done.numAffectedRows ?? 0n)
}

export interface ProofRow extends Purged {
  readonly proofId: string
  readonly class: PurgeClass
  readonly policyName: string
  readonly policyVersion: number
  readonly at: Date
}

/** Proofs of an institution, the newest first. */
export async function listProofs(db: Db, institution: string, limit: number): Promise<readonly ProofRow[]> {
  const rows = await db
    .selectFrom('labs_purge_proof')
    .selectAll()
    .where('institution', '=', institution)
    .orderBy('proof_id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    proofId: row.proof_id,
    class: row.class as PurgeClass,
    institution: row.institution,
    count: row.count,
    from: row.from_at,
    to: row.to_at,
    idsSha256: row.ids_sha256,
    policyName: row.policy_name,
    policyVersion: row.policy_version,
    at: row.purged_at,
  }))
}
