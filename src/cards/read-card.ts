import type { Deps } from '../kernel/deps.ts'
import { auditCard } from './audit-card.ts'
import { cardsError } from './errors.ts'
import { type CardRow, readCard } from './store.ts'
import type { CardCaller } from './types.ts'

/** One card with its masked holder; an issuer sees its own city's only. @throws `cards.not-found` */
export async function showCard(deps: Pick<Deps, 'db' | 'clock'>, cardId: string, by: CardCaller): Promise<CardRow> {
  const row = await readCard(deps.db, { cardId, city: by.role === 'issuer' ? (by.city ?? '') : undefined })
  if (row === undefined) throw cardsError('not-found')
  await auditCard(deps, deps.db, by, {
    action: 'cards.read',
    cardId,
    personId: row.personId,
    purpose: 'identification',
  })
  return row
}
