import { jwkToVerifier, type KeyAlgorithm } from '../issuers/index.ts'
import type { IssuerJwk, IssuerVersion } from './types.ts'

type Verifier = ReturnType<typeof jwkToVerifier>

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

export function buildRegistry(versions: readonly IssuerVersion[]): HealthRegistry {
  const byIssuer = Map.groupBy(versions, (one) => one.issuer)
  const keys = new WeakMap<IssuerJwk, ForeignKey>()
  const keyOf = (jwk: IssuerJwk): ForeignKey => {
    let key = keys.get(jwk)
    if (key === undefined) {
      key = { alg: jwk.alg, verify: jwkToVerifier(jwk) }
      keys.set(jwk, key)
    }
    return key
  }
  return {
    versions,
    of: (issuer) => byIssuer.get(issuer),
    foreignKey(issuer, kid, version) {
      const all = byIssuer.get(issuer) ?? []
      const named = all.find((one) => one.version === version)
      for (const { keys: jwks } of named === undefined ? all : [named]) {
        const jwk = jwks.find((one) => one.kid === kid)
        if (jwk !== undefined) return keyOf(jwk)
      }
      return undefined
    },
  }
}
