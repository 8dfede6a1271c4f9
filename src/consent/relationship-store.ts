import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { RelationshipKind } from './types.ts'

export interface Relationship {
  readonly personId: string
  readonly relationshipId: string
  readonly institution: string
  readonly kind: RelationshipKind
  readonly from: Date
  /** Null while it lasts. */
  readonly to: Date | null
  readonly visitRef: string
  readonly reportedAt: Date
}

/** False where the institution reported this visit before. */
export async function insertRelationship(tx: Tx, relationship: Relationship, reportedClient: string): Promise<boolean> {
  const inserted = await tx
    .insertInto('consent_relationship')
    .values({
      person_id: relationship.personId,
      relationship_id: relationship.relationshipId,
      institution: relationship.institution,
      kind: relationship.kind,
      from_at: relationship.from,
      to_at: relationship.to,
      visit_ref: relationship.visitRef,
      reported_client: reportedClient,
      reported_at: relationship.reportedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('relationship_id')
    .executeTakeFirst()
  return inserted !== undefined
}

/** Relations of care of a person, the newest first; of one institution, or all. */
export async function readRelationships(
  db: Db,
  of: {
    readonly personIds: readonly string[]
    readonly institution?: string
    readonly relationshipId?: string
    readonly kind?: RelationshipKind
    readonly visitRef?: string
  },
): Promise<readonly Relationship[]> {
  let query = db
    .selectFrom('consent_relationship')
    .select([
      'person_id as personId',
      'relationship_id as relationshipId',
      'institution',
      'kind',
      'from_at as from',
      'to_at as to',
      'visit_ref as visitRef',
      'reported_at as reportedAt',
    ])
    .where(sql<boolean>`person_id = any(${of.personIds}::uuid[])`)
    .orderBy('relationship_id', 'desc')
    .limit(1_000)
  if (of.institution !== undefined) query = query.where('institution', '=', of.institution)
  if (of.relationshipId !== undefined) query = query.where('relationship_id', '=', of.relationshipId)
  if (of.kind !== undefined) query = query.where('kind', '=', of.kind)
  if (of.visitRef !== undefined) query = query.where('visit_ref', '=', of.visitRef)
  return (await query.execute()).map((row) => ({ ...row, kind: row.kind as RelationshipKind }))
}

/** Sets the end where there is none yet; a first end stands. */
export async function endRelationshipRow(
  tx: Tx,
  of: { readonly personId: string; readonly relationshipId: string },
  to: Date,
): Promise<void> {
  await tx
    .updateTable('consent_relationship')
    .set({ to_at: to })
    .where('person_id', '=', of.personId)
    .where('relationship_id', '=', of.relationshipId)
    .where('to_at', 'is', null)
    .execute()
}
