import type { IssuerKeys } from '../issuers/index.ts'
import { buildRegistry } from './registry.ts'
import type { HealthCodeState } from './state.ts'
import { type IssuerVersion, LEVELS, type PolicyRow } from './types.ts'
import type { HealthCodeMemory } from './verify-health-code.ts'

/** What an offline verifier needs to read health codes; plain JSON, nothing of any person. */
export interface HealthCodeMap {
  readonly levels: typeof LEVELS
  readonly issuers: readonly IssuerVersion[]
  readonly policy: readonly PolicyRow[]
}

/** The issuers' level tables and keys, and the limits of age, for a bundle. */
export function healthCodeMap(state: Pick<HealthCodeState, 'registry' | 'policy'>): HealthCodeMap {
  const issuers = state
    .registry()
    .versions.map(({ issuer, version, city, name, region, keys, levels, maxAgeS, fromMs, toMs, source, verified }) => ({
      issuer,
      version,
      city,
      name,
      region,
      keys,
      levels,
      maxAgeS,
      fromMs,
      toMs,
      source,
      verified,
    }))
  return { levels: LEVELS, issuers, policy: state.policy() }
}

/** The memory of a verifier that has only a map and the cities' public keys. */
export function healthCodeMemory(map: HealthCodeMap, keys: Pick<IssuerKeys, 'issuer'>): HealthCodeMemory {
  return { keys, registry: buildRegistry(map.issuers), policy: map.policy }
}
