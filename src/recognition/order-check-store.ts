import type { Tx } from '../kernel/db.ts'

export interface OrderCheckRow {
  readonly orderCheckId: string
  readonly personId: string
  readonly institution: string
  readonly department: string | null
  readonly orderRef: string
  readonly item: string
  readonly orderedOn: string
  readonly verdict: 'valid-result' | 'none' | 'unknown'
  readonly issuer: string | null
  readonly resourceId: string | null
  /** Whether the institution had decided on the result by then. */
  readonly decided: boolean
  readonly checkedBy: string
  readonly checkedAt: Date
}

/** A line of an order is kept once: the first check stands. */
export async function insertOrderChecks(tx: Tx, rows: readonly OrderCheckRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insertInto('recognition_order_check')
    .values(
      rows.map((row) => ({
        order_check_id: row.orderCheckId,
        person_id: row.personId,
        institution: row.institution,
        department: row.department,
        order_ref: row.orderRef,
        item: row.item,
        ordered_on: row.orderedOn,
        ordered_month: row.orderedOn.slice(0, 7),
        verdict: row.verdict,
        issuer: row.issuer,
        resource_id: row.resourceId,
        decided: row.decided,
        checked_by: row.checkedBy,
        checked_at: row.checkedAt,
      })),
    )
    .onConflict((conflict) => conflict.columns(['person_id', 'institution', 'order_ref', 'item']).doNothing())
    .execute()
}
