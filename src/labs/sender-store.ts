import type { Db } from '../kernel/db.ts'
import type { Charset } from './hl7v2/charset.ts'

/** A registered laboratory system. */
export interface Sender {
  /** MSH-4, first component. */
  readonly facility: string
  readonly institution: string
  readonly laboratory: string | null
  readonly codeSystem: string
  readonly charset: Charset
  readonly addresses: readonly string[]
  readonly enabled: boolean
}

export async function readSenders(db: Db, facility?: string): Promise<readonly Sender[]> {
  let query = db.selectFrom('labs_sender').selectAll().orderBy('facility')
  if (facility !== undefined) query = query.where('facility', '=', facility)
  const rows = await query.execute()
  return rows.map((row) => ({
    facility: row.facility,
    institution: row.institution,
    laboratory: row.laboratory,
    codeSystem: row.code_system,
    charset: row.charset as Charset,
    addresses: row.addresses,
    enabled: row.enabled,
  }))
}

export async function saveSender(db: Db, sender: Sender, by: string, at: Date): Promise<void> {
  const values = {
    institution: sender.institution,
    laboratory: sender.laboratory,
    code_system: sender.codeSystem,
    charset: sender.charset,
    addresses: [...sender.addresses],
    enabled: sender.enabled,
    changed_by: by,
    changed_at: at,
  }
  await db
    .insertInto('labs_sender')
    .values({ facility: sender.facility, ...values })
    .onConflict((conflict) => conflict.column('facility').doUpdateSet(values))
    .execute()
}
