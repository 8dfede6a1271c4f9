import type { CardMemory } from './card-memory.ts'
import type { Freshness } from './types.ts'

/**
 * How old keys, status, register and levels in memory can be; `trustAgeMs` is that of the trust lists, where a verdict
 * rests on those. Levels are told, not decided by: old ones make the state stale and refuse nobody.
 */
export function freshnessOf(memory: CardMemory, date: string, trustAgeMs = 0): Freshness {
  const { from, warnAfterS, refuseAfterS } = memory.limitsOn(date)
  const keysAgeMs = Math.round(Math.max(memory.keys.ageMs(), trustAgeMs))
  const statusAgeMs = Math.round(memory.statusAgeMs())
  const institutionsAgeMs = Math.round(memory.institutions.ageMs())
  const healthCodesAgeMs = Math.round(memory.healthCodes.ageMs())
  const oldest = Math.max(keysAgeMs, statusAgeMs, institutionsAgeMs) / 1000
  const stale = oldest > warnAfterS || healthCodesAgeMs / 1000 > warnAfterS
  const state = oldest > refuseAfterS ? 'too-old' : stale ? 'stale' : 'fresh'
  return {
    state,
    keysAgeMs,
    statusAgeMs,
    institutionsAgeMs,
    healthCodesAgeMs,
    policyFrom: from,
    warnAfterS,
    refuseAfterS,
  }
}
