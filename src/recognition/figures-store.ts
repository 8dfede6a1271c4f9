import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { type Fen, fen } from '../kernel/money.ts'
import { idsInSql } from '../people/index.ts'
import type { Outcome } from './types.ts'

export interface FigureRow {
  readonly department: string | null
  readonly item: string | null
  readonly outcome: Outcome
  readonly reasonCode: string | null
  readonly eCode: string | null
  readonly inRate: boolean
  readonly usedOutside: boolean
  readonly count: number
  readonly savedFen: Fen
  /** Recognised ones of an item without a price here. */
  readonly unpriced: number
}

/**
 * One institution's month: the latest decision on each result counts, for a change of mind is a new decision, and it
 * counts in its own month alone: a result that is decided on again later leaves the month before. A report and an
 * observation may bear one id, and on a report itself there is a decision for each item that was asked about. An open
 * emergency item counts from the moment it is overdue.
 */
export async function countMonth(db: Db, institution: string, month: string, now: Date): Promise<readonly FigureRow[]> {
  const latest = db
    .selectFrom('recognition_decision as it')
    .select(['department', 'item', 'outcome', 'reason_code as reasonCode', 'used_outside as usedOutside', 'saved_fen'])
    .select([
      sql<string | null>`e_codes[1]`.as('eCode'),
      sql<boolean>`coalesce(countable, false) or (outcome = 'open' and due_at < ${now})`.as('inRate'),
    ])
    .where('institution', '=', institution)
    .where('decided_month', '=', month)
    .where(isLatest(sql`(it.resource_type <> 'DiagnosticReport' or later.item is not distinct from it.item)`))
  const rows = await db
    .selectFrom(latest.as('latest'))
    .select(['department', 'item', 'outcome', 'reasonCode', 'eCode', 'inRate', 'usedOutside'])
    .select([
      sql<number>`count(*)::int`.as('count'),
      sql<bigint>`coalesce(sum(saved_fen), 0)::bigint`.as('savedFen'),
      sql<number>`(count(*) filter (where outcome = 'recognised' and saved_fen is null))::int`.as('unpriced'),
    ])
    .groupBy(['department', 'item', 'outcome', 'reasonCode', 'eCode', 'inRate', 'usedOutside'])
    .orderBy('department')
    .orderBy('item')
    .orderBy('outcome')
    .orderBy('reasonCode')
    .orderBy('eCode')
    .execute()
  return rows.map((row) => ({ ...row, outcome: row.outcome as Outcome, savedFen: fen(row.savedFen) }))
}

/** What others decided in the month on the institution's own results, the latest of each, as {@link countMonth} has it. */
export async function countShared(
  db: Db,
  issuer: string,
  month: string,
): Promise<{ readonly shared: number; readonly accepted: number; readonly refused: number }> {
  return await db
    .selectFrom('recognition_decision as it')
    .where('issuer', '=', issuer)
    .where('institution', '<>', issuer)
    .where('decided_month', '=', month)
    .where(isLatest(sql`later.item is not distinct from it.item`))
    .select([
      sql<number>`count(*)::int`.as('shared'),
      sql<number>`(count(*) filter (where outcome = 'recognised'))::int`.as('accepted'),
      sql<number>`(count(*) filter (where outcome = 'not-recognised'))::int`.as('refused'),
    ])
    .executeTakeFirstOrThrow()
}

/**
 * Of decisions `it`: no `later` one of the same institution on the same result stands, in whichever month and under whichever
 * id of the person.
 */
function isLatest(sameItem: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`not exists (
    select from recognition_decision as later
    where later.person_id = any(${idsInSql(sql`it.person_id`)})
      and later.institution = it.institution
      and later.issuer = it.issuer
      and later.resource_type = it.resource_type
      and later.resource_id = it.resource_id
      and ${sameItem}
      and (later.decided_at, later.decision_id) > (it.decided_at, it.decision_id))`
}

/** Orders of the month that were checked afterwards: all, and those repeated although a valid result was not decided on. */
export async function countRepeats(
  db: Db,
  institution: string,
  month: string,
): Promise<{ readonly checked: number; readonly undecided: number }> {
  return await db
    .selectFrom('recognition_order_check')
    .select([
      sql<number>`count(*)::int`.as('checked'),
      sql<number>`(count(*) filter (where verdict = 'valid-result' and not decided))::int`.as('undecided'),
    ])
    .where('institution', '=', institution)
    .where('ordered_month', '=', month)
    .executeTakeFirstOrThrow()
}
