import type { RawBuilder } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { AppError } from '../kernel/errors.ts'
import type { Clock } from '../kernel/time.ts'
import { sqlState } from '../kernel/tx.ts'
import { checkGroup } from './check-group.ts'
import { auditError } from './errors.ts'
import type { AuditEvent } from './event.ts'
import { groupEvents } from './group-events.ts'
import { eventTerms, insertEvents } from './store.ts'

/**
 * Writes one audit event: a plain insert that waits for nobody. Inside a transaction it commits or falls with the
 * change that it records; with the pool it commits at once, as a read's event must before the data leave.
 *
 * @throws AppError `audit.write-failed` where the log cannot be written: the caller must let its request fail
 */
export async function appendAudit(db: Db, event: AuditEvent, clock: Clock): Promise<void> {
  await appendAudits(db, [event], clock)
}

/** The same for several events of one request, in one statement. */
export async function appendAudits(db: Db, events: readonly AuditEvent[], clock: Clock): Promise<void> {
  if (events.length === 0) return
  const groups = groupEvents(events)
  for (const group of groups) checkGroup(group)
  try {
    await insertEvents(db, groups, clock.now())
  } catch (cause) {
    // Class 40 (serialisation failure, deadlock) belongs to the caller's transaction, which is then run again.
    if (sqlState(cause)?.startsWith('40') === true) throw cause
    throw auditError('write-failed', { detail: 'The audit log did not take the event; nothing was disclosed.', cause })
  }
}

/**
 * The same as terms of a `with`, for a statement of many rows that has no second way to the database to spare.
 *
 * @param only a condition on `target`: events of what that statement did not write are left out
 * @throws AppError where an event is not fit for the log
 */
export function auditTerms(
  events: readonly AuditEvent[],
  clock: Clock,
  only: RawBuilder<boolean>,
): RawBuilder<unknown> {
  const groups = groupEvents(events)
  for (const group of groups) checkGroup(group)
  return eventTerms(groups, clock.now(), only)
}

/** Whether the log takes the event, before it is written. */
export function isFit(event: AuditEvent): boolean {
  try {
    for (const group of groupEvents([event])) checkGroup(group)
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}
