import { announce } from '../kernel/change-feed.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditCard } from './audit-card.ts'
import { cardsError } from './errors.ts'
import { writeStatusBits } from './status-store.ts'
import { readCard, takePlaces, updateStatus } from './store.ts'
import { CARD_STATUS, CARDS_CHANGED, type CardCaller, type CardId, type CardStatus } from './types.ts'

/**
 * Sets a card's status; every verifying process of the four cities hears of it at the commit. A revoked card stays
 * revoked. The reason is kept for the issuer and shown to nobody else.
 *
 * @throws `cards.not-found` also for another issuer's card; `cards.status-final`
 */
export async function changeStatus(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  change: { readonly cardId: string; readonly status: CardStatus; readonly reason: string; readonly by: CardCaller },
): Promise<{ readonly cardId: CardId; readonly status: CardStatus; readonly at: Date }> {
  const { by, status, reason } = change
  const own = { cardId: change.cardId, city: by.role === 'issuer' ? (by.city ?? '') : undefined }
  const found = await readCard(tx, own)
  if (found === undefined) throw cardsError('not-found')
  const places = await takePlaces(tx, { city: found.city, count: 0 })
  // Read again under the issuer's lock: another change may have come first.
  const row = await readCard(tx, own)
  if (row === undefined) throw cardsError('not-found')
  if (row.status === CARD_STATUS.revoked && status !== 'revoked') throw cardsError('status-final')
  const at = deps.clock.now()
  await updateStatus(tx, { cardId: row.cardId, status: CARD_STATUS[status], reason, at, changeNo: places.changeNo })
  await writeStatusBits(tx, { city: row.city, index: row.statusIndex, status: CARD_STATUS[status] })
  await announce(tx, CARDS_CHANGED)
  await auditCard(deps, tx, by, {
    action: `cards.${status === 'valid' ? 'restore' : status === 'revoked' ? 'revoke' : 'suspend'}`,
    cardId: row.cardId,
    personId: row.personId,
    purpose: 'administration',
    reasonCodes: [reason],
  })
  return { cardId: row.cardId as CardId, status, at }
}
