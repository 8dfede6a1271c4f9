import type { CardMemory } from './card-memory.ts'
import type { Freshness } from './types.ts'

/** How old keys, status and register in memory can be. */
export function freshnessOf(memory: CardMemory, date: string): Freshness {
  const { from, warnAfterS, refuseAfterS } = memory.limitsOn(date)
  const keysAgeMs = Math.round(memory.keys.ageMs())
  const statusAgeMs = Math.round(memory.statusAgeMs())
  const institutionsAgeMs = Math.round(memory.institutions.ageMs())
  const oldest = Math.max(keysAgeMs, statusAgeMs, institutionsAgeMs) / 1000
  const state = oldest > refuseAfterS ? 'too-old' : oldest > warnAfterS ? 'stale' : 'fresh'
  return { state, keysAgeMs, statusAgeMs, institutionsAgeMs, policyFrom: from, warnAfterS, refuseAfterS }
}
