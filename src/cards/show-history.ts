import type { Deps } from '../kernel/deps.ts'
import { auditCard } from './audit-card.ts'
import { cardsError } from './errors.ts'
import { readEvents, type StoredEvent } from './history-store.ts'
import { readCardsOf } from './life-store.ts'
import { type CardRow, readCard } from './store.ts'
import type { CardCaller } from './types.ts'

/** More than this city's clerks will ever issue to one person; a seeded database may hold more. */
const CARDS_SHOWN = 100

/** What happened to a card of the caller's city, with the reasons, which are the issuer's. @throws `cards.not-found` */
export async function showHistory(
  deps: Pick<Deps, 'db' | 'clock'>,
  cardId: string,
  by: CardCaller,
): Promise<readonly StoredEvent[]> {
  const row = await readCard(deps.db, { cardId, city: by.city ?? '' })
  if (row === undefined) throw cardsError('not-found')
  const { personId } = row
  await auditCard(deps, deps.db, by, { action: 'cards.history', cardId, personId, purpose: 'administration' })
  return await readEvents(deps.db, { personId, itemId: row.cardId })
}

/** The cards of a person: to an issuer those of its city, to a hospital all, masked as one card is. */
export async function showCardsOf(
  deps: Pick<Deps, 'db' | 'clock'>,
  personId: string,
  by: CardCaller,
): Promise<readonly CardRow[]> {
  await auditCard(deps, deps.db, by, { action: 'cards.list', personId, purpose: 'identification' })
  const city = by.role === 'issuer' ? (by.city ?? '') : undefined
  return await readCardsOf(deps.db, { personId, city, limit: CARDS_SHOWN })
}
