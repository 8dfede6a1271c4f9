import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { Fen } from '../kernel/money.ts'
import type { Part } from '../kernel/part.ts'
import { THEIR_IDS } from '../people/index.ts'
import type { Outcome } from './types.ts'

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
  readonly reportId?: string | null
  /** State of the report or result when it was used (`resultState`). */
  readonly evidence?: string | null
  readonly department?: string | null
  readonly informed?: 'yes' | 'no' | 'impossible' | null
  readonly savedFen?: Fen | null
  readonly retrievalRef?: string | null
  /** The decision that this row opens again. */
  readonly reopens?: string | null
  readonly usedOutside?: boolean
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
        report_id: row.reportId ?? null,
        evidence: row.evidence ?? null,
        department: row.department ?? null,
        informed: row.informed ?? null,
        saved_fen: row.savedFen ?? null,
        retrieval_ref: row.retrievalRef ?? null,
        reopens: row.reopens ?? null,
        used_outside: row.usedOutside ?? false,
      })),
    )
    // A correction opens a decision once, whoever notices it first; any other row is new by its id.
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The newest state of what one institution decided on one item of one result. */
export interface LatestDecision {
  readonly decisionId: string
  /** The id under which it was taken; a merged person has several. */
  readonly personId: string
  readonly institution: string
  readonly issuer: string
  readonly resourceType: 'Observation' | 'DiagnosticReport'
  readonly resourceId: string
  readonly reportId: string | null
  readonly item: string | null
  readonly outcome: Outcome
  readonly reasonCode: string | null
  readonly eCodes: readonly string[]
  readonly evidence: string | null
  readonly usedOutside: boolean
  readonly reopens: string | null
  readonly department: string | null
  readonly savedFen: bigint | null
  readonly dueAt: Date | null
  readonly decidedAt: Date
}

/** Longest list shown of one person: some hundred results are decided on in a lifetime. */
const MAX_OF_PERSON = 1_000

/** By the primary key's first column: what is read is one person's decisions. */
export async function readLatest(db: Db, personIds: readonly string[]): Promise<readonly LatestDecision[]> {
  const rows = await db
    .selectFrom('recognition_decision')
    .select(LATEST_COLUMNS)
    .where('person_id', 'in', [...personIds])
    .distinctOn(['institution', 'issuer', 'resource_type', 'resource_id', 'item'])
    .orderBy('institution')
    .orderBy('issuer')
    .orderBy('resource_type')
    .orderBy('resource_id')
    .orderBy('item')
    .orderBy('decided_at', 'desc')
    .orderBy('decision_id', 'desc')
    .limit(MAX_OF_PERSON)
    .execute()
  return rows.map((row) => ({
    ...row,
    outcome: row.outcome as Outcome,
    resourceType: row.resourceType as LatestDecision['resourceType'],
  }))
}

/** The same as a part of a larger statement. */
export const DECISIONS_PART: Part<readonly LatestDecision[]> = {
  expression: sql`select json_agg(d) from (
    select distinct on (institution, issuer, resource_type, resource_id, item)
      decision_id as "decisionId", person_id as "personId", institution, issuer, resource_type as "resourceType",
      resource_id as "resourceId", report_id as "reportId", item, outcome, reason_code as "reasonCode",
      e_codes as "eCodes", evidence, used_outside as "usedOutside", reopens, department, saved_fen::text as "savedFen",
      due_at as "dueAt", decided_at as "decidedAt"
    from recognition_decision where person_id = any(${THEIR_IDS})
    order by institution, issuer, resource_type, resource_id, item, decided_at desc, decision_id desc
    limit ${sql.lit(MAX_OF_PERSON)}) d`,
  read: (value) =>
    ((value ?? []) as readonly WrittenDecision[]).map((one) => ({
      ...one,
      savedFen: one.savedFen === null ? null : BigInt(one.savedFen),
      dueAt: one.dueAt === null ? null : new Date(one.dueAt),
      decidedAt: new Date(one.decidedAt),
    })),
}

/** As JSON has it. */
type WrittenDecision = Omit<LatestDecision, 'savedFen' | 'dueAt' | 'decidedAt'> & {
  readonly savedFen: string | null
  readonly dueAt: string | null
  readonly decidedAt: string
}

/** Decisions that an institution has to look at again, newest first. */
export async function readReopened(db: Db, institution: string, limit: number): Promise<readonly LatestDecision[]> {
  const rows = await db
    .selectFrom('recognition_decision as it')
    .select(LATEST_COLUMNS)
    .where('it.institution', '=', institution)
    .where('it.outcome', '=', 'reopened')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('recognition_decision as later')
            .select('later.decision_id')
            .whereRef('later.person_id', '=', 'it.person_id')
            .whereRef('later.institution', '=', 'it.institution')
            .whereRef('later.issuer', '=', 'it.issuer')
            .whereRef('later.resource_type', '=', 'it.resource_type')
            .whereRef('later.resource_id', '=', 'it.resource_id')
            .where((sub) => sub('later.item', 'is not distinct from', sub.ref('it.item')))
            .whereRef('later.decision_id', '>', 'it.decision_id'),
        ),
      ),
    )
    .orderBy('it.decided_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    ...row,
    outcome: row.outcome as Outcome,
    resourceType: row.resourceType as LatestDecision['resourceType'],
  }))
}

const LATEST_COLUMNS = [
  'decision_id as decisionId',
  'person_id as personId',
  'institution',
  'issuer',
  'resource_type as resourceType',
  'resource_id as resourceId',
  'report_id as reportId',
  'item',
  'outcome',
  'reason_code as reasonCode',
  'e_codes as eCodes',
  'evidence',
  'used_outside as usedOutside',
  'reopens',
  'department',
  'saved_fen as savedFen',
  'due_at as dueAt',
  'decided_at as decidedAt',
] as const
