import type { Recognition } from '../institutions/index.ts'
import type { CarrierKind } from './carriers.ts'
import { refusal } from './refusals.ts'
import { CARD_STATUS, type Freshness, type Purpose, pays, type Refusal } from './types.ts'

/** What is known of a shown carrier. */
export interface KnownCarrier {
  readonly kind: CarrierKind
  readonly status: number
  readonly validFrom: string
  readonly validTo: string | null
}

/** Every reason against a shown carrier on a day; none: it is good. */
export function reasonsAgainst(
  carrier: KnownCarrier | undefined,
  at: {
    readonly day: string
    readonly purpose: Purpose
    readonly recognition: Recognition | null
    readonly freshness: Freshness
  },
): readonly Refusal[] {
  const stale = at.freshness.state === 'too-old' ? [refusal('status-too-old')] : []
  if (carrier === undefined) return [refusal('carrier-unknown'), ...stale]
  const { status, validFrom, validTo } = carrier
  return [
    ...(status === CARD_STATUS.suspended ? [refusal('carrier-suspended')] : []),
    // A value that this program does not know must not pass.
    ...(status !== CARD_STATUS.valid && status !== CARD_STATUS.suspended ? [refusal('carrier-revoked')] : []),
    ...(validFrom > at.day ? [refusal('not-yet-valid')] : []),
    ...(validTo !== null && validTo < at.day ? [refusal('expired')] : []),
    // A number can be shown twice and by anybody who knows it: where money moves, only a code that counts once will do.
    ...(pays(at.purpose) ? [refusal('single-use-needs-code')] : []),
    ...(pays(at.purpose) && at.recognition?.recognised !== true ? [refusal('institution-not-recognised')] : []),
    ...stale,
  ]
}
