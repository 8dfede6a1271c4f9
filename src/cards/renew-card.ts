import type { KeyAlgorithm } from '../issuers/index.ts'
import type { Tx } from '../kernel/db.ts'
import { auditCard } from './audit-card.ts'
import { changeCard, lockCard } from './change-card.ts'
import { cardsError } from './errors.ts'
import { type IssueDeps, type IssuedCard, issueCards, oneCard, requireGuardian, usualEnd } from './issue-cards.ts'
import { nextStep } from './rules.ts'
import type { CardCaller } from './types.ts'

export interface RenewedCard extends IssuedCard {
  readonly replacedCardId: string
}

/**
 * Puts a new card in the place of one of the caller's city: `renew` for a good one, `replace` for a lost one. The old card
 * is revoked in the same transaction, so the person never has two, and of two requests at the same moment one wins.
 *
 * @throws `cards.not-found`, `cards.status-final`, `cards.not-renewable`, `cards.not-lost`, `cards.guardian-needed`,
 *   `cards.expiry-invalid`
 */
export async function renewCard(
  deps: IssueDeps,
  tx: Tx,
  order: {
    readonly cardId: string
    readonly action: 'renew' | 'replace'
    readonly expiresAt?: Date | undefined
    readonly alg?: KeyAlgorithm | undefined
    readonly by: CardCaller
  },
): Promise<RenewedCard> {
  const { action, by, alg } = order
  const card = await lockCard(tx, { cardId: order.cardId, city: by.city ?? '' })
  const step = nextStep(card.standing, action)
  if ('refused' in step) throw cardsError(step.refused)
  const { cardId, city, personId } = card.row
  const at = deps.clock.now()
  await requireGuardian(tx, personId, at)
  const expiresAt = order.expiresAt ?? usualEnd(at)
  const issued = oneCard(
    await issueCards(deps, tx, {
      city,
      personIds: [personId],
      expiresAt,
      alg,
      by,
      because: { reason: action === 'renew' ? 'renewal' : 'replacement', relatedId: cardId },
    }),
  )
  await changeCard(tx, card, { action, to: step.to, reason: 'replaced', at, by, relatedId: issued.cardId })
  await auditCard(deps, tx, by, { action: `cards.${action}`, cardId, personId, purpose: 'issuing' })
  await auditCard(deps, tx, by, { action: 'cards.issue', cardId: issued.cardId, personId, purpose: 'issuing' })
  return { ...issued, replacedCardId: cardId }
}
