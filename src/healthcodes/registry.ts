import type { jwkToVerifier, KeyAlgorithm } from '../issuers/index.ts'
import type { IssuerJwk, IssuerVersion } from './types.ts'

type Verifier = ReturnType<typeof jwkToVerifier>

/** Prepares the check of signatures by one key. */
export type OpenCheck = (jwk: IssuerJwk) => Verifier

/** Issuers of health codes by name. Memory only; made anew where a version was added or withdrawn. */
export interface HealthRegistry {
  readonly versions: readonly IssuerVersion[]
  of(issuer: string): readonly IssuerVersion[] | undefined
  /** Key of a foreign issuer, in the version that is named or, where that is not known, in any of its versions. */
  foreignKey(issuer: string, kid: string, version: number): ForeignKey | undefined
}

export interface ForeignKey {
  readonly alg: KeyAlgorithm
  readonly verify: Verifier
}

/**
 * Prepares each key once, by its coordinates, whatever versions name it and however often the register is read again. What
 * two people have registered is some dozens of keys, so none is forgotten.
 */
export function keepChecks(open: OpenCheck): OpenCheck {
  const kept = new Map<string, Verifier>()
  return (jwk) => {
    const { kty, crv, x, y } = jwk
    const name = JSON.stringify([kty, crv, x, y ?? null])
    let check = kept.get(name)
    if (check === undefined) {
      check = open(jwk)
      kept.set(name, check)
    }
    return check
  }
}

/** Keys are prepared here and not when a code comes: a text that nobody signed must not cost more than its refusal. */
export function buildRegistry(versions: readonly IssuerVersion[], open: OpenCheck): HealthRegistry {
  const byIssuer = Map.groupBy(versions, (one) => one.issuer)
  const keysOf = new Map(
    versions.map((version) => [
      version,
      new Map(version.keys.map((jwk): [string, ForeignKey] => [jwk.kid, { alg: jwk.alg, verify: open(jwk) }])),
    ]),
  )
  return {
    versions,
    of: (issuer) => byIssuer.get(issuer),
    foreignKey(issuer, kid, version) {
      const all = byIssuer.get(issuer) ?? []
      const named = all.find((one) => one.version === version)
      for (const one of named === undefined ? all : [named]) {
        const key = keysOf.get(one)?.get(kid)
        if (key !== undefined) return key
      }
      return undefined
    },
  }
}
