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
