import { appendAudit } from '../audit/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { isDate } from '../kernel/time.ts'
import { institutionsError } from './errors.ts'
import { insertSuspension, lockInstitution, markChanged, nextChangeNo } from './store.ts'
import type { Suspension } from './types.ts'

/** Who suspends: an operator acts for all cities, a bureau for the institutions of its own city only. */
export interface SuspendedBy {
  readonly clientId: string
  readonly role: string
  /** Undefined for an operator. */
  readonly city: string | undefined
}

/**
 * Records a suspension (协议中止) of a designated institution.
 *
 * @throws `institutions.not-found` also for an institution of another city; `institutions.already-suspended`.
 */
export async function suspendInstitution(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly code: string; readonly suspension: Suspension; readonly by: SuspendedBy },
): Promise<void> {
  const { code, suspension, by } = command
  const { from, to } = suspension
  if (!isDate(from) || (to !== null && (!isDate(to) || to < from))) {
    throw institutionsError('invalid', {
      detail: 'The suspension needs two days of the calendar in order.',
      errors: [
        { pointer: isDate(from) ? '/to' : '/from', detail: 'is not a day of the calendar, or lies before from' },
      ],
    })
  }
  const at = deps.clock.now()
  // The counter first, as every writer does: the same order of locks everywhere.
  const changeNo = await nextChangeNo(tx)
  if ((await lockInstitution(tx, { code, city: by.city })) === undefined) throw institutionsError('not-found')
  if (!(await insertSuspension(tx, { code, suspension, by: by.clientId, at }))) {
    throw institutionsError('already-suspended', { detail: 'Another suspension covers a day of this period.' })
  }
  await markChanged(tx, { code, changeNo, at })
  await appendAudit(
    tx,
    {
      actor: by.clientId,
      actorOrg: by.city ?? by.clientId,
      role: by.role,
      action: 'institutions.suspend',
      targetType: 'institution',
      targetId: code,
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
    },
    deps.clock,
  )
}
