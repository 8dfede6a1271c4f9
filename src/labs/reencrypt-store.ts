import { sql } from 'kysely'
import type { Tx } from '../kernel/db.ts'

export type SealedColumn = 'reportFacts' | 'reportBody' | 'version' | 'review'

export interface SealedRow {
  readonly id: string
  readonly value: Buffer
}

const TABLES = {
  reportFacts: { table: sql.table('labs_report'), id: sql.ref('report_id'), column: sql.ref('facts_encrypted') },
  reportBody: { table: sql.table('labs_report'), id: sql.ref('report_id'), column: sql.ref('body_encrypted') },
  version: { table: sql.table('labs_report_version'), id: sql.ref('entry_id'), column: sql.ref('facts_encrypted') },
  review: { table: sql.table('labs_review'), id: sql.ref('review_id'), column: sql.ref('facts_encrypted') },
} as const

/** Rows that do not begin with the header of the active key, locked. */
export async function takeStale(
  tx: Tx,
  of: SealedColumn,
  header: Buffer,
  limit: number,
): Promise<readonly SealedRow[]> {
  const { table, id, column } = TABLES[of]
  const { rows } = await sql<SealedRow>`select ${id}::text as id, ${column} as value from ${table}
    where substring(${column} from 1 for ${header.length}) <> ${header} limit ${limit} for update skip locked`.execute(
    tx,
  )
  return rows
}

export async function replaceSealed(tx: Tx, of: SealedColumn, rows: readonly SealedRow[]): Promise<void> {
  if (rows.length === 0) return
  const { table, id, column } = TABLES[of]
  await sql`update ${table} t set ${column} = n.value
    from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.value)}::bytea[]) n (id, value)
    where t.${id} = n.id`.execute(tx)
}
