import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { EqaRound, Evaluation, Item, Mark, Organiser, Outcome } from './types.ts'

export interface MappingRow {
  readonly localSystem: string
  readonly localCode: string
  readonly item: string
}

/** Every version of every item: a catalogue has some hundreds. */
export async function readItems(db: Db): Promise<readonly Item[]> {
  const rows = await db.selectFrom('recognition_item').selectAll().orderBy('code').orderBy('version').execute()
  return rows.map((row) => ({
    code: row.code,
    version: row.version,
    name: row.name,
    nameEn: row.name_en,
    kind: row.kind as Item['kind'],
    loinc: row.loinc,
    specimen: row.specimen,
    validityDays: row.validity_days,
    fastDays: row.fast_days,
    eqaMaxMonths: row.eqa_max_months,
    negative: row.negative,
    basis: row.basis,
    source: row.source,
    verified: row.verified,
    from: row.from_date,
    to: row.to_date,
  }))
}

export interface IssuerRegister {
  readonly marks: readonly Mark[]
  readonly eqa: readonly EqaRound[]
  readonly evaluations: readonly Evaluation[]
  readonly mappings: readonly MappingRow[]
}

/** All that the register holds of one issuing institution; mappings only confirmed ones in force on the day. */
export async function readIssuer(db: Db, institution: string, day: string): Promise<IssuerRegister> {
  const [marks, eqa, evaluations, mappings] = await Promise.all([
    db.selectFrom('recognition_mark').selectAll().where('institution', '=', institution).execute(),
    db.selectFrom('recognition_eqa').selectAll().where('institution', '=', institution).execute(),
    db.selectFrom('recognition_evaluation').selectAll().where('institution', '=', institution).execute(),
    db
      .selectFrom('recognition_mapping')
      .select(['local_system as localSystem', 'local_code as localCode', 'item'])
      .where('institution', '=', institution)
      .where('state', '=', 'confirmed')
      .where('from_date', '<=', day)
      .where((eb) => eb.or([eb('to_date', 'is', null), eb('to_date', '>=', day)]))
      .execute(),
  ])
  return {
    marks: marks.map(({ from_date: from, to_date: to, ...row }) => ({ ...row, from, to })),
    eqa: eqa.map(({ published_on: publishedOn, organiser, ...row }) => ({
      ...row,
      publishedOn,
      organiser: organiser as Organiser,
    })),
    evaluations: evaluations.map(({ from_date: from, to_date: to, organiser, ...row }) => ({
      ...row,
      from,
      to,
      organiser: organiser as Organiser,
    })),
    mappings,
  }
}

export async function insertRegister(
  tx: Tx,
  rows: {
    readonly items: readonly Item[]
    readonly marks: readonly Mark[]
    readonly eqa: readonly EqaRound[]
    readonly evaluations: readonly Evaluation[]
  },
): Promise<void> {
  const period = ({ from, to }: { from: string; to: string | null }) => ({ from_date: from, to_date: to })
  if (rows.items.length > 0) {
    await tx
      .insertInto('recognition_item')
      .values(
        rows.items.map((one) => ({
          code: one.code,
          version: one.version,
          name: one.name,
          name_en: one.nameEn,
          kind: one.kind,
          loinc: [...one.loinc],
          specimen: one.specimen,
          validity_days: one.validityDays,
          fast_days: one.fastDays,
          eqa_max_months: one.eqaMaxMonths,
          negative: one.negative,
          basis: one.basis,
          source: one.source,
          verified: one.verified,
          ...period(one),
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  if (rows.marks.length > 0) {
    await tx
      .insertInto('recognition_mark')
      .values(rows.marks.map(({ from, to, scope, ...one }) => ({ ...one, scope: [...scope], ...period({ from, to }) })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  if (rows.eqa.length > 0) {
    await tx
      .insertInto('recognition_eqa')
      .values(rows.eqa.map(({ publishedOn, ...one }) => ({ ...one, published_on: publishedOn })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  if (rows.evaluations.length > 0) {
    await tx
      .insertInto('recognition_evaluation')
      .values(rows.evaluations.map(({ from, to, ...one }) => ({ ...one, ...period({ from, to }) })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

export interface DecisionRow {
  readonly decisionId: string
  readonly personId: string
  readonly institution: string
  readonly issuer: string
  readonly resourceType: string
  readonly resourceId: string
  readonly item: string | null
  readonly outcome: Outcome
  readonly reasonCode: string | null
  readonly countable: boolean | null
  readonly eCodes: readonly string[]
  readonly inputs: unknown
  readonly detailEncrypted: Buffer | null
  readonly dueAt: Date | null
  readonly decidedBy: string
  readonly decidedAt: Date
  readonly decidedMonth: string
}

export async function insertDecisions(tx: Tx, rows: readonly DecisionRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insertInto('recognition_decision')
    .values(
      rows.map((row) => ({
        decision_id: row.decisionId,
        person_id: row.personId,
        institution: row.institution,
        issuer: row.issuer,
        resource_type: row.resourceType,
        resource_id: row.resourceId,
        item: row.item,
        outcome: row.outcome,
        reason_code: row.reasonCode,
        countable: row.countable,
        e_codes: [...row.eCodes],
        inputs: JSON.stringify(row.inputs),
        detail_encrypted: row.detailEncrypted,
        due_at: row.dueAt,
        decided_by: row.decidedBy,
        decided_at: row.decidedAt,
        decided_month: row.decidedMonth,
      })),
    )
    .execute()
}

export interface FigureRow {
  readonly item: string | null
  readonly outcome: string
  readonly reasonCode: string | null
  readonly eCode: string | null
  readonly inRate: boolean
  readonly count: number
}

/**
 * One institution's month: the latest decision on each result counts, for a change of mind is a new decision. A report
 * and an observation may bear one id, and on a report itself there is a decision for each item that was asked about. An
 * open emergency item counts from the moment it is overdue.
 */
export async function countMonth(db: Db, institution: string, month: string, now: Date): Promise<readonly FigureRow[]> {
  const itemOfReport = sql<string | null>`case when resource_type = 'DiagnosticReport' then item end`
  const latest = db
    .selectFrom('recognition_decision')
    .select(['item', 'outcome', 'reason_code as reasonCode'])
    .select([
      sql<string | null>`e_codes[1]`.as('eCode'),
      sql<boolean>`coalesce(countable, false) or (outcome = 'open' and due_at < ${now})`.as('inRate'),
    ])
    .where('institution', '=', institution)
    .where('decided_month', '=', month)
    .distinctOn(['person_id', 'issuer', 'resource_id', 'resource_type', itemOfReport])
    .orderBy('person_id')
    .orderBy('issuer')
    .orderBy('resource_id')
    .orderBy('resource_type')
    .orderBy(itemOfReport)
    .orderBy('decided_at', 'desc')
    .orderBy('decision_id', 'desc')
  return await db
    .selectFrom(latest.as('latest'))
    .select(['item', 'outcome', 'reasonCode', 'eCode', 'inRate', sql<number>`count(*)::int`.as('count')])
    .groupBy(['item', 'outcome', 'reasonCode', 'eCode', 'inRate'])
    .orderBy('item')
    .orderBy('outcome')
    .execute()
}
