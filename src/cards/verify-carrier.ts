import { blindIndexes } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { addDays, startOfDate } from '../kernel/time.ts'
import { insuranceAt } from '../people/index.ts'
import { auditCard } from './audit-card.ts'
import type { CardState } from './card-state.ts'
import { reasonsAgainst } from './carrier-rules.ts'
import { findCarrier } from './carrier-store.ts'
import { type CarrierKind, indexType, normalCarrierNumber } from './carriers.ts'
import { calendarDay } from './days.ts'
import { freshnessOf } from './freshness.ts'
import { type CardCaller, type Purpose, pays } from './types.ts'
import { healthBody } from './verdict-text.ts'

/**
 * Answers about a shown social-security card or insurance voucher in the form of every verdict. Unlike a card's this
 * verification asks the database: the number is found by its keyed hash in one statement, the insurance by its key in
 * another. The audit event is written before the answer, and never holds the number.
 */
export async function verifyCarrier(
  deps: Pick<Deps, 'db' | 'clock' | 'config' | 'keyring'> & { readonly cards: CardState },
  shown: { readonly kind: CarrierKind; readonly number: string; readonly purpose?: Purpose | undefined },
  asker: { readonly by: CardCaller; readonly withName: boolean },
) {
  const { by, withName } = asker
  const { cards } = deps
  const { kind, purpose = 'check-in' } = shown
  const nowMs = deps.clock.now().getTime()
  const { date } = calendarDay(nowMs)
  const indexes = blindIndexes(deps.keyring, {
    type: indexType(kind),
    normalForm: normalCarrierNumber(shown.number),
  })
  const carrier = await findCarrier(
    deps.db,
    indexes.map((index) => index.value),
  )
  const insuredCity =
    carrier === undefined ? null : ((await insuranceAt(deps.db, carrier.personId, date))?.insuredCity ?? null)
  const recognition =
    carrier === undefined || (by.institution === undefined && !pays(purpose))
      ? null
      : cards.institutions.recognitionAt(by.institution ?? '', insuredCity ?? '', date)
  const freshness = freshnessOf(cards, date)
  const reasons = reasonsAgainst(carrier, { day: date, purpose, recognition, freshness })
  await auditCard(deps, deps.db, by, {
    action: 'cards.verify-carrier',
    targetType: 'carrier',
    cardId: carrier?.carrierId,
    personId: carrier?.personId,
    purpose,
    result: reasons.length > 0 ? 'refused' : 'allowed',
    reasonCodes: reasons.map((one) => one.code),
  })
  const common = {
    reasons: [...reasons],
    freshness,
    clockSkewS: deps.config.clockSkewS,
    ...(recognition === null ? {} : { recognition: { ...recognition, reasons: [...recognition.reasons] } }),
  }
  if (reasons.length > 0 || carrier === undefined) return { verdict: 'refused' as const, ...common }
  const health = cards.healthCodes.levelOf(carrier.personId, insuredCity, nowMs)
  return {
    verdict: 'accepted' as const,
    kind,
    carrierId: carrier.carrierId,
    issuer: carrier.city,
    issuedAt: startOfDate(carrier.validFrom).toISOString(),
    ...(carrier.validTo === null ? {} : { expiresAt: startOfDate(addDays(carrier.validTo, 1)).toISOString() }),
    holder: {
      personId: carrier.personId,
      insuredCity,
      ...(withName ? { maskedName: carrier.maskedName } : {}),
    },
    healthCode: healthBody(health),
    ...common,
  }
}
