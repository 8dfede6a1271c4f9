import type { StoredEvent } from './history-store.ts'
import type { CardRow } from './store.ts'
import { CARD_STATUS, type CardStatus } from './types.ts'

/** Name of a stored status. A value that this program does not know must not pass: it is shown as revoked. */
export function statusName(status: number): CardStatus {
  return (Object.keys(CARD_STATUS) as CardStatus[]).find((name) => CARD_STATUS[name] === status) ?? 'revoked'
}

export function presentCard(row: CardRow) {
  return {
    cardId: row.cardId,
    issuer: row.city,
    status: statusName(row.status),
    personId: row.personId,
    maskedName: row.maskedName,
    insuredCity: row.insuredCity,
    issuedAt: row.issuedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }
}

export function presentEvent(event: StoredEvent) {
  return {
    at: event.at.toISOString(),
    event: event.event,
    from: event.fromStatus === null ? null : statusName(event.fromStatus),
    to: statusName(event.toStatus),
    reason: event.reason,
    relatedCardId: event.relatedId,
    byClient: event.byClient,
    byOrg: event.byOrg,
  }
}
