import type { CityCode } from '../codes/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Tx } from '../kernel/db.ts'
import { cardsError } from './errors.ts'
import { type DoneBy, insertEvents } from './history-store.ts'
import { readStanding, type StoredStanding } from './life-store.ts'
import { type CardAction, EVENT_OF, type Standing, standingOf, statusOf } from './rules.ts'
import { writeStatusBits } from './status-store.ts'
import { type CardRow, readCard, takePlaces, updateStatus } from './store.ts'
import { CARD_STATUS, CARDS_CHANGED } from './types.ts'

/** A card that nobody else can change until the transaction ends. */
export interface LockedCard {
  readonly row: CardRow
  readonly stored: StoredStanding
  readonly standing: Standing
  readonly changeNo: bigint
}

/** Locks a card by its issuer's row; with `city`, only where that city issued it. @throws `cards.not-found` */
export async function lockCard(
  tx: Tx,
  of: { readonly cardId: string; readonly city?: string | undefined },
): Promise<LockedCard> {
  const found = await readCard(tx, of)
  if (found === undefined) throw cardsError('not-found')
  const { changeNo } = await takePlaces(tx, { city: found.city, count: 0 })
  // Read under the issuer's lock: another change may have come first.
  const stored = await readStanding(tx, found.cardId)
  if (stored === undefined) throw cardsError('not-found')
  return { row: { ...found, status: stored.status }, stored, standing: standingOf(stored), changeNo }
}

/** Locks a city's cards, so that what is looked up about them stays so until the transaction ends. */
export async function lockIssuing(tx: Tx, city: CityCode): Promise<void> {
  await takePlaces(tx, { city, count: 0 })
}

/**
 * Writes a change of a locked card everywhere where it must be: the row, the published bits, the history; and tells all
 * verifying processes at the commit.
 */
export async function changeCard(
  tx: Tx,
  card: LockedCard,
  change: {
    readonly action: CardAction
    readonly to: Standing
    readonly reason: string
    readonly at: Date
    readonly by: DoneBy
    readonly relatedId?: string | undefined
  },
): Promise<void> {
  const { row, stored, changeNo } = card
  const { at, reason } = change
  const status = CARD_STATUS[statusOf(change.to)]
  await updateStatus(tx, { cardId: row.cardId, status, reason, at, changeNo })
  await writeStatusBits(tx, { city: row.city, index: row.statusIndex, status })
  await insertEvents(
    tx,
    [
      {
        personId: row.personId,
        itemId: row.cardId,
        event: EVENT_OF[change.action],
        fromStatus: stored.status,
        toStatus: status,
        reason,
        relatedId: change.relatedId ?? null,
      },
    ],
    { kind: 'card', at, by: change.by },
  )
  await announce(tx, CARDS_CHANGED)
}
