import type { Tx } from '../kernel/db.ts'
import { newId } from '../kernel/ids.ts'
import { isDate, localDate } from '../kernel/time.ts'
import type { Reader } from '../records/index.ts'
import { checkOrder } from './check-order.ts'
import { daysAfter } from './days.ts'
import { recognitionError } from './errors.ts'
import type { RecognitionDeps } from './judge-results.ts'
import { insertOrderChecks, type OrderCheckRow } from './order-check-store.ts'
import type { AskedItem } from './resolve-order.ts'
import type { Visit } from './types.ts'

export interface SignedOrder {
  readonly personId: string
  /** Number of the order at the hospital; a line is checked once. */
  readonly orderRef: string
  readonly orderedOn: string
  readonly items: readonly AskedItem[]
  readonly visit: Visit
  readonly department?: string | undefined
}

/** An order can be checked afterwards for this long; later, results and marks of that day say little. */
const MAX_DAYS_BACK = 31

export type CheckedOrder = Awaited<ReturnType<typeof checkOrder>>

/**
 * Checks an order that was signed while the reminder did not answer, as of the day of the order (result-recognition 8.3:
 * ordering is never blocked, and the order is checked afterwards).
 */
export async function checkSignedOrder(deps: RecognitionDeps, by: Reader, order: SignedOrder): Promise<CheckedOrder> {
  const today = localDate(deps.clock.now())
  if (!isDate(order.orderedOn) || order.orderedOn > today || order.orderedOn < daysAfter(today, -MAX_DAYS_BACK)) {
    throw recognitionError('order-day-invalid', {
      detail: `Orders of the last ${MAX_DAYS_BACK} days can be checked.`,
      errors: [{ pointer: '/orderedOn', detail: `must be from ${daysAfter(today, -MAX_DAYS_BACK)} to ${today}` }],
    })
  }
  return await checkOrder(deps, by, order)
}

/** Keeps what the check found: a valid result that nobody decided on is a repetition to be supervised. */
export async function recordSignedOrder(
  deps: Pick<RecognitionDeps, 'clock'>,
  tx: Tx,
  by: Reader,
  order: SignedOrder,
  checked: CheckedOrder,
): Promise<void> {
  const rows = checked.items.flatMap((line): OrderCheckRow[] => {
    if (line.item === null) return []
    const [best] = line.found
    const verdict =
      line.verdict === 'valid-result'
        ? 'valid-result'
        : line.verdict === 'no-valid-result' || line.verdict === 'none'
          ? 'none'
          : 'unknown'
    return [
      {
        orderCheckId: newId<'order-check'>(),
        personId: order.personId,
        institution: by.institution,
        department: order.department ?? null,
        orderRef: order.orderRef,
        item: line.item.code,
        orderedOn: order.orderedOn,
        verdict,
        issuer: verdict === 'valid-result' ? (best?.issuer.code ?? null) : null,
        resourceId: verdict === 'valid-result' ? (best?.result.id ?? null) : null,
        decided: line.found.some((one) => one.decision !== null),
        checkedBy: by.clientId,
        checkedAt: deps.clock.now(),
      },
    ]
  })
  await insertOrderChecks(tx, rows)
}
