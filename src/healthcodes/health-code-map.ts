import type { CityCode } from '../codes/index.ts'
import { type IssuerKeys, jwkToVerifier } from '../issuers/index.ts'
import { buildRegistry } from './registry.ts'
import type { HealthCodeState } from './state.ts'
import { type IssuerVersion, LEVELS, type PolicyRow } from './types.ts'
import type { HealthCodeMemory } from './verify-health-code.ts'

/** What an offline verifier needs to read health codes; plain JSON, nothing of any person. */
export interface HealthCodeMap {
  readonly levels: typeof LEVELS
  readonly issuers: readonly IssuerVersion[]
  readonly policy: readonly PolicyRow[]
  /** When the function is awake in a city; outside of these times no code is read. */
  readonly active: readonly { readonly city: CityCode; readonly fromMs: number; readonly toMs: number }[]
}

/** The issuers' level tables and keys, and the limits of age, for a bundle. */
export function healthCodeMap(state: Pick<HealthCodeState, 'registry' | 'policy' | 'orders'>): HealthCodeMap {
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
  const active = state.orders().map(({ city, fromMs, toMs }) => ({ city, fromMs, toMs }))
  return { levels: LEVELS, issuers, policy: state.policy(), active }
}

/** The memory of a verifier that has only a map and the cities' public keys. */
export function healthCodeMemory(map: HealthCodeMap, keys: Pick<IssuerKeys, 'issuer'>): HealthCodeMemory {
  return {
    keys,
    registry: buildRegistry(map.issuers, jwkToVerifier),
    policy: map.policy,
    isActive: (nowMs, city) =>
      map.active.some((one) => (city === undefined || one.city === city) && nowMs >= one.fromMs && nowMs < one.toMs),
  }
}
