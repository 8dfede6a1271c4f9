import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'

export interface StatementRow {
  readonly institution: string
  readonly id: string
  readonly date: string
  readonly equal: boolean
  /** As shown to the institution: amounts as decimal strings. */
  readonly groups: unknown
}

/** Holds the day of an institution until the transaction ends: whoever compares it next sees what this one wrote. */
export async function lockDay(db: Db, institution: string, date: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`reconciliation/${institution}/${date}`}, 0))`.execute(db)
}

export async function insertStatement(db: Db, row: StatementRow, at: Date): Promise<void> {
  await db
    .insertInto('reconciliation_statement')
    .values({
      institution: row.institution,
      id: row.id,
      date: row.date,
      result: row.equal ? 'equal' : 'unequal',
      groups: JSON.stringify(row.groups),
      created_at: at,
    })
    .execute()
}

/** Closes what earlier statements of the day left open: the day was compared anew. */
export async function supersedeDifferences(db: Db, institution: string, date: string): Promise<void> {
  await db
    .updateTable('reconciliation_difference')
    .set({ state: 'superseded' })
    .where('institution', '=', institution)
    .where('date', '=', date)
    .where('state', '=', 'open')
    .execute()
}

export interface DifferenceRow {
  readonly class: string
  readonly setlId: string
  readonly row: unknown
}

export async function insertDifferences(
  db: Db,
  statement: StatementRow,
  differences: readonly DifferenceRow[],
): Promise<void> {
  if (differences.length === 0) return
  const rows = differences.map((one, index) => ({ no: index + 1, class: one.class, setl_id: one.setlId, row: one.row }))
  await sql`
    insert into reconciliation_difference (institution, statement_id, no, date, class, setl_id, row)
    select ${statement.institution}, ${statement.id}::uuid, d.no, ${statement.date}::date, d.class, d.setl_id, d.row
    from json_to_recordset(${JSON.stringify(rows)}::json) as d (no integer, class text, setl_id text, row jsonb)
  `.execute(db)
}

/** True where the statement is the institution's own. */
export async function hasStatement(db: Db, institution: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('reconciliation_statement')
    .select('id')
    .where('institution', '=', institution)
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}

/** Differences of a statement after number `after`, in order, by the primary key. */
export async function readDifferences(
  db: Db,
  of: { readonly institution: string; readonly statementId: string; readonly after: number; readonly limit: number },
) {
  return await db
    .selectFrom('reconciliation_difference')
    .select(['no', 'state', 'row'])
    .where('institution', '=', of.institution)
    .where('statement_id', '=', of.statementId)
    .where('no', '>', of.after)
    .orderBy('no')
    .limit(of.limit)
    .execute()
}
