import type { Db } from '../kernel/db.ts'
import type { AuditRecord } from './event.ts'
import { type PersonAuditPage, readByPerson, toRecord } from './store.ts'

export interface PersonAuditEntry {
  readonly eventNo: bigint
  readonly at: Date
  /** False for the moment between the event and the sealer's next round; `record.seq` is 0 until then. */
  readonly sealed: boolean
  readonly record: AuditRecord
}

/** Who saw or changed what of one person, when and for what reason, newest first: one query, one index range. */
export async function listPersonAudit(db: Db, page: PersonAuditPage): Promise<readonly PersonAuditEntry[]> {
  const rows = await readByPerson(db, page)
  return rows.map((row) => ({
    eventNo: row.eventNo,
    at: row.at,
    sealed: row.seq !== null,
    record: toRecord(Number(row.seq ?? 0n), row),
  }))
}
