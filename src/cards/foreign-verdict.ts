import type { ForeignVerdict } from '../foreign/index.ts'
import type { CardMemory } from './card-memory.ts'
import { calendarDay } from './days.ts'
import { freshnessOf } from './freshness.ts'

/** A certificate of another system (SMART Health Card, EU DCC) as the answer of `/cards/verify`; a third of our own shape. */
export function foreignVerdictText(
  memory: CardMemory,
  foreign: ForeignVerdict,
  context: { readonly nowMs: number; readonly clockSkewS: number; readonly withName: boolean },
): string {
  const common = {
    freshness: freshnessOf(memory, calendarDay(context.nowMs).date),
    clockSkewS: context.clockSkewS,
  }
  if (foreign.verdict === 'refused') {
    return JSON.stringify({ verdict: 'refused', kind: foreign.format, reasons: foreign.reasons, ...common })
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
