import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { Part } from '../kernel/part.ts'
import { THEIR_IDS } from '../people/index.ts'
import type { ReportStatus, Source } from './types.ts'

export interface ReportRow {
  readonly personId: string
  readonly reportId: string
  readonly institution: string
  readonly reportKey: Buffer
  readonly version: number
  readonly status: ReportStatus
  readonly versionAt: Date
  readonly testedOn: string
  readonly source: Source
  readonly facts: Buffer
  readonly body: Buffer
  readonly unmapped: number
  readonly receivedAt: Date
  readonly changedAt: Date
}

/** Versions of one report follow one another, also the first ones that arrive at the same time. */
export async function lockReport(tx: Tx, key: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`labs/${key.toString('hex')}`}, 0))`.execute(tx)
}

/** The report, locked: a changed mapping may be reading it anew. */
export async function takeReport(tx: Tx, key: Buffer): Promise<ReportRow | undefined> {
  const row = await tx
    .selectFrom('labs_report')
    .selectAll()
    .where('report_key', '=', key)
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? undefined : toRow(row)
}

/** Writes a version: a new row, or over the one that is held; a corrected patient moves the row. */
export async function saveReport(tx: Tx, row: ReportRow): Promise<void> {
  const values = {
    person_id: row.personId,
    report_id: row.reportId,
    institution: row.institution,
    report_key: row.reportKey,
    version: row.version,
    status: row.status,
    version_at: row.versionAt,
    tested_on: row.testedOn,
    source: row.source,
    facts_encrypted: row.facts,
    body_encrypted: row.body,
    unmapped: row.unmapped,
    received_at: row.receivedAt,
    changed_at: row.changedAt,
  }
  const { report_key: _key, report_id: _id, institution: _institution, ...changing } = values
  await tx
    .insertInto('labs_report')
    .values(values)
    .onConflict((conflict) => conflict.column('report_key').doUpdateSet(changing))
    .execute()
}

/** The version in force was confirmed by a later one that says the same: what was made between them is late. */
export async function confirmVersion(tx: Tx, key: Buffer, versionAt: Date): Promise<void> {
  await tx.updateTable('labs_report').set({ version_at: versionAt }).where('report_key', '=', key).execute()
}

export interface VersionRow {
  readonly personId: string
  readonly reportId: string
  readonly entryId: string
  readonly institution: string
  readonly versionAt: Date
  readonly status: ReportStatus
  readonly why: 'replaced' | 'late' | 'moved'
  readonly source: Source
  readonly facts: Buffer
  readonly receivedAt: Date
  readonly recordedAt: Date
}

export async function insertVersion(tx: Tx, row: VersionRow): Promise<void> {
  await tx
    .insertInto('labs_report_version')
    .values({
      person_id: row.personId,
      report_id: row.reportId,
      entry_id: row.entryId,
      institution: row.institution,
      version_at: row.versionAt,
      status: row.status,
      why: row.why,
      source: row.source,
      facts_encrypted: row.facts,
      received_at: row.receivedAt,
      recorded_at: row.recordedAt,
    })
    .onConflict((conflict) => conflict.columns(['person_id', 'report_id', 'entry_id']).doNothing())
    .execute()
}

/** Reports of persons, newest test first. */
export async function readReportsOf(
  db: Db,
  personIds: readonly string[],
  filter: { readonly institution?: string | undefined; readonly limit: number },
): Promise<readonly ReportRow[]> {
  let query = db
    .selectFrom('labs_report')
    .selectAll()
    .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
    .orderBy('tested_on', 'desc')
    .orderBy('report_id', 'desc')
    .limit(filter.limit)
  if (filter.institution !== undefined) query = query.where('institution', '=', filter.institution)
  return (await query.execute()).map(toRow)
}

export async function readHolders(db: Db, personIds: readonly string[]): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('labs_report')
    .select('institution')
    .distinct()
    .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
    .orderBy('institution')
    .execute()
  return rows.map((row) => row.institution)
}

/** Whether anything is held of the person, as a part of a larger statement. */
export const IS_HELD_PART: Part<boolean> = {
  expression: sql`select exists (select from labs_report where person_id = any(${THEIR_IDS}))`,
  read: (value) => value === true,
}

/** The next reports of an institution after one, locked: what a changed mapping may concern. */
export async function takeReportsAfter(
  tx: Tx,
  institution: string,
  after: string | null,
  limit: number,
): Promise<readonly ReportRow[]> {
  let query = tx
    .selectFrom('labs_report')
    .selectAll()
    .where('institution', '=', institution)
    .orderBy('report_id')
    .limit(limit)
    .forUpdate()
  if (after !== null) query = query.where('report_id', '>', after)
  return (await query.execute()).map(toRow)
}

function toRow(row: {
  person_id: string
  report_id: string
  institution: string
  report_key: Buffer
  version: number
  status: string
  version_at: Date
  tested_on: string
  source: string
  facts_encrypted: Buffer
  body_encrypted: Buffer
  unmapped: number
  received_at: Date
  changed_at: Date
}): ReportRow {
  return {
    personId: row.person_id,
    reportId: row.report_id,
    institution: row.institution,
    reportKey: row.report_key,
    version: row.version,
    status: row.status as ReportStatus,
    versionAt: row.version_at,
    testedOn: row.tested_on,
    source: row.source as Source,
    facts: row.facts_encrypted,
    body: row.body_encrypted,
    unmapped: row.unmapped,
    receivedAt: row.received_at,
    changedAt: row.changed_at,
  }
}

export interface StoredMessage {
  readonly digest: Buffer
  readonly answer: string
}

export async function findMessage(db: Db, facility: string, controlId: string): Promise<StoredMessage | undefined> {
  return await db
    .selectFrom('labs_message')
    .select(['digest', 'answer'])
    .where('facility', '=', facility)
    .where('control_id', '=', controlId)
    .executeTakeFirst()
}

/** False where the message was accepted before; a parallel one waits here for the other's end. */
export async function claimMessage(
  tx: Tx,
  row: StoredMessage & { readonly facility: string; readonly controlId: string; readonly at: Date },
): Promise<boolean> {
  const claimed = await tx
    .insertInto('labs_message')
    .values({
      facility: row.facility,
      control_id: row.controlId,
      digest: row.digest,
      answer: row.answer,
      received_at: row.at,
    })
    .onConflict((conflict) => conflict.columns(['facility', 'control_id']).doNothing())
    .returning('control_id')
    .executeTakeFirst()
  return claimed !== undefined
}

/** The answer is known only when the work is done, in the same transaction. */
export async function saveAnswer(tx: Tx, facility: string, controlId: string, answer: string): Promise<void> {
  await tx
    .updateTable('labs_message')
    .set({ answer })
    .where('facility', '=', facility)
    .where('control_id', '=', controlId)
    .execute()
}

export type PolicyName = 'report-days' | 'review-days' | 'message-days'

export interface PolicyFigure {
  readonly name: PolicyName
  readonly version: number
  readonly value: number
}

/** Figures in force on a day. */
export async function readPolicy(db: Db, day: string): Promise<ReadonlyMap<PolicyName, PolicyFigure>> {
  const rows = await db
    .selectFrom('labs_policy')
    .select(['name', 'version', 'value'])
    .where('from_date', '<=', day)
    .where((eb) => eb.or([eb('to_date', 'is', null), eb('to_date', '>=', day)]))
    .orderBy('version')
    .execute()
  return new Map(rows.map((row) => [row.name as PolicyName, { ...row, name: row.name as PolicyName }]))
}
