import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditCard } from './audit-card.ts'
import { type CarrierRow, readCarrier, readCarriersOf, releaseNumber, updateCarrier } from './carrier-store.ts'
import { cardsError } from './errors.ts'
import { insertEvents, readEvents, type StoredEvent } from './history-store.ts'
import { EVENT_OF, nextStep, standingOf, statusOf, suspensionFor } from './rules.ts'
import { CARD_STATUS, type CardCaller, type CardStatus } from './types.ts'

const MOST_SHOWN = 100

/**
 * Suspends, restores or revokes a carrier of the caller's city, by the same rules as a card. A verification asks the
 * database, so it is so everywhere at the commit. Revoked as an `error`, its number can be registered anew, for the right
 * person.
 *
 * @throws `cards.carrier-not-found`, `cards.status-final`
 */
export async function changeCarrier(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  change: {
    readonly carrierId: string
    readonly action: 'suspend' | 'restore' | 'revoke'
    readonly reason: string
    readonly by: CardCaller
  },
): Promise<{ readonly carrierId: string; readonly status: CardStatus; readonly at: Date }> {
  const { by, reason } = change
  const row = await readCarrier(tx, { carrierId: change.carrierId, city: by.city ?? '', lock: true })
  if (row === undefined) throw cardsError('carrier-not-found')
  const { carrierId, personId } = row
  const action = change.action === 'suspend' ? suspensionFor(reason) : change.action
  const standing = standingOf({ status: row.status, reason: row.statusReason })
  const step = nextStep(standing, action)
  if ('refused' in step) throw cardsError(step.refused)
  const now = deps.clock.now()
  const changes = step.to !== standing
  if (changes) {
    const status = CARD_STATUS[statusOf(step.to)]
    await updateCarrier(tx, { personId, carrierId, status, reason, at: now })
    if (step.to === 'revoked' && reason === 'error') await releaseNumber(tx, { personId, carrierId })
    await insertEvents(
      tx,
      [
        {
          personId,
          itemId: carrierId,
          event: EVENT_OF[action],
          fromStatus: row.status,
          toStatus: status,
          reason,
          relatedId: null,
        },
      ],
      { kind: 'carrier', at: now, by },
    )
  }
  await auditCard(deps, tx, by, {
    action: `cards.${action}-carrier`,
    targetType: 'carrier',
    cardId: carrierId,
    personId,
    purpose: 'administration',
    reasonCodes: [reason],
  })
  return { carrierId, status: statusOf(step.to), at: changes ? now : (row.statusAt ?? row.registeredAt) }
}

/** The carriers of a person that the caller's city issued. */
export async function showCarriersOf(
  deps: Pick<Deps, 'db' | 'clock'>,
  personId: string,
  by: CardCaller,
): Promise<readonly CarrierRow[]> {
  await auditCard(deps, deps.db, by, {
    action: 'cards.list-carriers',
    targetType: 'carrier',
    personId,
    purpose: 'administration',
  })
  return await readCarriersOf(deps.db, { personId, city: by.city ?? '', limit: MOST_SHOWN })
}

/** @throws `cards.carrier-not-found` */
export async function showCarrierHistory(
  deps: Pick<Deps, 'db' | 'clock'>,
  carrierId: string,
  by: CardCaller,
): Promise<readonly StoredEvent[]> {
  const row = await readCarrier(deps.db, { carrierId, city: by.city ?? '' })
  if (row === undefined) throw cardsError('carrier-not-found')
  await auditCard(deps, deps.db, by, {
    action: 'cards.history',
    targetType: 'carrier',
    cardId: carrierId,
    personId: row.personId,
    purpose: 'administration',
  })
  return await readEvents(deps.db, { personId: row.personId, itemId: row.carrierId })
}
