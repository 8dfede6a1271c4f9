import { CARD_STATUS, type CardStatus } from './types.ts'

/** Where a card stands. `lost` is a suspension that ends by a replacement or when the card is found. */
export type Standing = CardStatus | 'lost'

/** What somebody wants of a card. `renew` and `replace` put another card in its place. */
export type CardAction = 'suspend' | 'report-loss' | 'restore' | 'revoke' | 'renew' | 'replace'

export type StepRefusal = 'status-final' | 'not-renewable' | 'not-lost'

/** Same standing: nothing changes, and the answer tells how the card stands. */
export type Step = { readonly to: Standing } | { readonly refused: StepRefusal }

const to = (standing: Standing): Step => ({ to: standing })
const refused = (code: StepRefusal): Step => ({ refused: code })
const FINAL = refused('status-final')

/**
 * Every action in every standing. A revoked card stays so. A suspended one is not renewed: whoever suspended it would find
 * a good card in its place; it is restored first, or, where it was lost, replaced.
 */
const STEPS: Readonly<Record<Standing, Readonly<Record<CardAction, Step>>>> = {
  valid: {
    suspend: to('suspended'),
    'report-loss': to('lost'),
    restore: to('valid'),
    revoke: to('revoked'),
    renew: to('revoked'),
    replace: refused('not-lost'),
  },
  suspended: {
    suspend: to('suspended'),
    'report-loss': to('lost'),
    restore: to('valid'),
    revoke: to('revoked'),
    renew: refused('not-renewable'),
    replace: refused('not-lost'),
  },
  lost: {
    // Whoever suspends it too must not make it look as if it were not lost.
    suspend: to('lost'),
    'report-loss': to('lost'),
    restore: to('valid'),
    revoke: to('revoked'),
    renew: refused('not-renewable'),
    replace: to('revoked'),
  },
  revoked: {
    suspend: FINAL,
    'report-loss': FINAL,
    restore: FINAL,
    revoke: to('revoked'),
    renew: FINAL,
    replace: FINAL,
  },
}

export const nextStep = (standing: Standing, action: CardAction): Step => STEPS[standing][action]

/** Reasons of a suspension that count as loss. */
export const LOSS_REASONS = ['lost', 'stolen'] as const
const isLoss = (reason: string | null): boolean => LOSS_REASONS.some((one) => one === reason)

/** How a stored card stands. A value that this program does not know must not pass: it counts as revoked. */
export function standingOf(stored: { readonly status: number; readonly reason: string | null }): Standing {
  if (stored.status === CARD_STATUS.valid) return 'valid'
  if (stored.status !== CARD_STATUS.suspended) return 'revoked'
  return isLoss(stored.reason) ? 'lost' : 'suspended'
}

/** What the status lists say of a standing. */
export const statusOf = (standing: Standing): CardStatus => (standing === 'lost' ? 'suspended' : standing)

/** A suspension for loss is a report of loss, whichever way it comes in. */
export const suspensionFor = (reason: string): CardAction => (isLoss(reason) ? 'report-loss' : 'suspend')

/** Events of the history, by the action that made them. */
export const EVENT_OF = {
  suspend: 'suspended',
  'report-loss': 'lost',
  restore: 'restored',
  revoke: 'revoked',
  renew: 'renewed',
  replace: 'replaced',
} as const satisfies Record<CardAction, string>

export type HistoryEvent = (typeof EVENT_OF)[CardAction] | 'issued' | 'registered'
