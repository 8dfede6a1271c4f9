import type { ForeignRefusal, ForeignVerdict } from '../foreign/index.ts'
import type { CardMemory } from './card-memory.ts'
import { calendarDay } from './days.ts'
import { freshnessOf } from './freshness.ts'
import { refusal } from './refusals.ts'
import type { Freshness, Refusal } from './types.ts'

export interface ForeignContext {
  readonly nowMs: number
  readonly clockSkewS: number
  readonly withName: boolean
  /** A use that counts once, or pays: no certificate of another system can do that, it can be shown for years. */
  readonly countsOnce: boolean
  /** Milliseconds since the trust lists were read. */
  readonly listAgeMs: number
}

/** A certificate of another system and what this system has to say about it beyond its own words. */
export interface JudgedForeign {
  readonly foreign: ForeignVerdict
  /** Every reason against it; none: accepted. */
  readonly reasons: readonly (Refusal | ForeignRefusal)[]
  readonly freshness: Freshness
}

export function judgeForeign(memory: CardMemory, foreign: ForeignVerdict, context: ForeignContext): JudgedForeign {
  const freshness = freshnessOf(memory, calendarDay(context.nowMs).date, context.listAgeMs)
  return {
    foreign,
    freshness,
    reasons: [
      ...(foreign.verdict === 'refused' ? foreign.reasons : []),
      ...(context.countsOnce ? [refusal('single-use-needs-code')] : []),
      ...(freshness.state === 'too-old' ? [refusal('status-too-old')] : []),
    ],
  }
}

/** The answer of `/cards/verify`; `kind` is the format (SMART Health Card or EU DCC). */
export function foreignVerdictText({ foreign, reasons, freshness }: JudgedForeign, context: ForeignContext): string {
  const common = { freshness, clockSkewS: context.clockSkewS }
  if (foreign.verdict === 'refused' || reasons.length > 0) {
    return JSON.stringify({ verdict: 'refused', kind: foreign.format, reasons, ...common })
  }
  const { format, kind, issuer, issuedAtMs, expiresAtMs, holder } = foreign
  return JSON.stringify({
    verdict: 'accepted',
    reasons: [],
    kind: format,
    certificate: kind,
    foreignIssuer: issuer,
    issuedAt: new Date(issuedAtMs).toISOString(),
    ...(expiresAtMs === null ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
    ...(context.withName ? { holder: { maskedName: holder.maskedName } } : {}),
    ...common,
  })
}
