import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { EmergencyOrder, EvidenceClass, HealthLevel, OrderRule, Party, PolicyName, PolicyRow } from './types.ts'

/** Area of the announcements. */
export const HEALTHCODES_CHANGED = 'healthcodes'

export interface Revision {
  readonly changeNo: bigint
  readonly setupNo: bigint
  readonly epoch: bigint
}

/**
 * Takes the next number and holds the row until the commit, which orders all writers; then all processes hear of it.
 * `setup`: an order, an issuer or a policy changes. `purged`: rows go away.
 */
export async function nextRevision(tx: Tx, what: { setup?: true; purged?: true } = {}): Promise<bigint> {
  await announce(tx, HEALTHCODES_CHANGED)
  const row = await tx
    .updateTable('healthcodes_revision')
    .set({
      change_no: sql`change_no + 1`,
      ...(what.setup ? { setup_no: sql`change_no + 1` } : {}),
      ...(what.purged ? { epoch: sql`epoch + 1` } : {}),
    })
    .returning('change_no as changeNo')
    .executeTakeFirstOrThrow()
  return row.changeNo
}

/** Takes the place in the order of writers without having changed anything yet. */
export async function lockRevision(tx: Tx): Promise<void> {
  await tx.selectFrom('healthcodes_revision').select('change_no').forUpdate().executeTakeFirstOrThrow()
}

export async function readRevision(db: Db): Promise<Revision> {
  return await db
    .selectFrom('healthcodes_revision')
    .select(['change_no as changeNo', 'setup_no as setupNo', 'epoch'])
    .executeTakeFirstOrThrow()
}

export async function readPolicy(db: Db): Promise<readonly PolicyRow[]> {
  const rows = await db
    .selectFrom('healthcodes_policy')
    .select(['name', 'version', 'value', 'from_date as from', 'to_date as to', 'source', 'verified'])
    .orderBy('name')
    .orderBy('version')
    .execute()
  return rows.map((row) => ({ ...row, name: row.name as PolicyName }))
}

export async function insertOrder(tx: Tx, order: EmergencyOrder, at: Date): Promise<void> {
  await tx
    .insertInto('healthcodes_order')
    .values({
      order_id: order.orderId,
      city: order.city,
      issued_by: order.issuedBy,
      legal_basis: order.legalBasis,
      area: [...order.area],
      from_at: new Date(order.fromMs),
      to_at: new Date(order.toMs),
      proposed_client: order.proposedBy.clientId,
      proposed_officer: order.proposedBy.officer,
      proposed_at: at,
    })
    .execute()
  await tx
    .insertInto('healthcodes_order_rule')
    .values(
      order.rules.map((rule) => ({
        order_id: order.orderId,
        reason_code: rule.reasonCode,
        zh: rule.zh,
        en: rule.en,
        issuer_level: rule.issuerLevel,
        map_version: rule.version,
        level: rule.level,
        evidence: [...rule.evidence],
        direct: rule.direct,
        max_hours: rule.maxHours,
        what_zh: rule.whatToDo.zh,
        what_en: rule.whatToDo.en,
      })),
    )
    .execute()
}

export interface OrderFilter {
  readonly city?: CityCode | undefined
  readonly orderId?: string | undefined
  /** Not closed; among them those whose end has passed but which nobody has closed yet. */
  readonly open?: true | undefined
}

/** Orders with their rules, the newest first. */
export async function readOrders(db: Db, filter: OrderFilter): Promise<readonly EmergencyOrder[]> {
  let query = db.selectFrom('healthcodes_order').selectAll().orderBy('order_id', 'desc')
  if (filter.city !== undefined) query = query.where('city', '=', filter.city)
  if (filter.orderId !== undefined) query = query.where('order_id', '=', filter.orderId)
  if (filter.open) query = query.where('closed_at', 'is', null)
  const heads = await query.limit(1_000).execute()
  if (heads.length === 0) return []
  const rules = await db
    .selectFrom('healthcodes_order_rule')
    .selectAll()
    .where(
      'order_id',
      'in',
      heads.map((one) => one.order_id),
    )
    .orderBy('reason_code')
    .execute()
  const rulesOf = Map.groupBy(rules, (rule) => rule.order_id)
  return heads.map((row) => ({
    orderId: row.order_id,
    city: row.city as CityCode,
    issuedBy: row.issued_by,
    legalBasis: row.legal_basis,
    area: row.area,
    fromMs: row.from_at.getTime(),
    toMs: row.to_at.getTime(),
    proposedBy: { clientId: row.proposed_client, officer: row.proposed_officer },
    approvedBy: partyOf(row.approved_client, row.approved_officer),
    closedBy: partyOf(row.closed_by, row.closed_officer),
    closedAtMs: row.closed_at?.getTime() ?? null,
    rules: (rulesOf.get(row.order_id) ?? []).map(
      (rule): OrderRule => ({
        reasonCode: rule.reason_code,
        zh: rule.zh,
        en: rule.en,
        issuerLevel: rule.issuer_level,
        version: rule.map_version,
        level: rule.level as HealthLevel,
        evidence: rule.evidence as EvidenceClass[],
        direct: rule.direct,
        maxHours: rule.max_hours,
        whatToDo: { zh: rule.what_zh, en: rule.what_en },
      }),
    ),
  }))
}

export const partyOf = (clientId: string | null, officer: string | null): Party | null =>
  clientId === null || officer === null ? null : { clientId, officer }

export async function approveOrderRow(tx: Tx, orderId: string, by: Party, at: Date): Promise<void> {
  await tx
    .updateTable('healthcodes_order')
    .set({ approved_client: by.clientId, approved_officer: by.officer, approved_at: at })
    .where('order_id', '=', orderId)
    .execute()
}

export async function closeOrderRow(
  tx: Tx,
  orderId: string,
  close: {
    readonly by: string
    /** Staff number; none where the clock has closed it. */
    readonly officer?: string
    readonly reason: 'refused' | 'ended' | 'expired'
    readonly at: Date
  },
): Promise<void> {
  await tx
    .updateTable('healthcodes_order')
    .set({
      closed_at: close.at,
      closed_by: close.by,
      closed_officer: close.officer ?? null,
      closed_reason: close.reason,
    })
    .where('order_id', '=', orderId)
    .where('closed_at', 'is', null)
    .execute()
}

/** Orders whose end has passed and which are not closed. */
export async function listExpiredOrders(db: Db, now: Date): Promise<readonly { orderId: string; city: CityCode }[]> {
  const rows = await db
    .selectFrom('healthcodes_order')
    .select(['order_id as orderId', 'city'])
    .where('closed_at', 'is', null)
    .where('to_at', '<=', now)
    .orderBy('order_id')
    .execute()
  return rows.map((row) => ({ ...row, city: row.city as CityCode }))
}
