import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditCard } from './audit-card.ts'
import { changeCard, lockCard } from './change-card.ts'
import { cardsError } from './errors.ts'
import { type CardAction, nextStep, statusOf } from './rules.ts'
import type { CardCaller, CardId, CardStatus } from './types.ts'

export interface StatusChange {
  readonly cardId: string
  readonly action: CardAction
  readonly reason: string
  readonly by: CardCaller
  /** The holder as the caller identified it; another person's card is not found then. */
  readonly personId?: string | undefined
}

/**
 * Suspends, restores or revokes a card, or notes its loss; every verifying process of the four cities hears of it at the
 * commit. A revoked card stays revoked. What changes nothing answers how the card stands. The reason is kept for the
 * issuer and shown to nobody else.
 *
 * @throws `cards.not-found` also for another issuer's card; `cards.status-final`
 */
export async function changeStatus(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  change: StatusChange,
): Promise<{ readonly cardId: CardId; readonly status: CardStatus; readonly at: Date }> {
  const { by, action, reason } = change
  const card = await lockCard(tx, {
    cardId: change.cardId,
    city: by.role === 'issuer' ? (by.city ?? '') : undefined,
  })
  const { row, stored, standing } = card
  if (change.personId !== undefined && change.personId !== row.personId) throw cardsError('not-found')
  const step = nextStep(standing, action)
  if ('refused' in step) throw cardsError(step.refused)
  const now = deps.clock.now()
  const changes = step.to !== standing
  if (changes) await changeCard(tx, card, { action, to: step.to, reason, at: now, by })
  await auditCard(deps, tx, by, {
    action: `cards.${action}`,
    cardId: row.cardId,
    personId: row.personId,
    purpose: 'administration',
    reasonCodes: [reason],
  })
  const at = changes ? now : (stored.at ?? row.issuedAt)
  return { cardId: row.cardId as CardId, status: statusOf(step.to), at }
}
