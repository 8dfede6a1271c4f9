import type { CityCode } from '../codes/index.ts'

/** What a key may sign. */
export const KEY_USES = ['card', 'code', 'status', 'health', 'bundle'] as const
export type KeyUse = (typeof KEY_USES)[number]

/** JOSE `alg`. SM2-SM3 has no registered name: SM2 with SM3 and the id 1234567812345678 (GB/T 32918). */
export const KEY_ALGORITHMS = ['ES256', 'EdDSA', 'SM2-SM3'] as const
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]

/** A public key (RFC 7517); `crv: SM2` is ours. */
export interface PublicJwk {
  readonly kty: 'EC' | 'OKP'
  readonly crv: 'P-256' | 'SM2' | 'Ed25519'
  readonly x: string
  readonly y?: string
}

/** Checks one signature: at once for ES256 and EdDSA, later for SM2-SM3. A bad one is `false`, never an error. */
export type SignatureCheck = (signed: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>

/**
 * A public key with all that decides whether it counts. The object stays the same one as long as its row does: what was
 * verified with it is remembered by it.
 */
export interface IssuerKey {
  readonly kid: string
  readonly iss: string
  readonly city: CityCode
  readonly alg: KeyAlgorithm
  readonly uses: ReadonlySet<KeyUse>
  /** Milliseconds since 1970; infinite where open. */
  readonly activeFromMs: number
  readonly retiredAtMs: number
  readonly verifyUntilMs: number
  readonly revoked: boolean
  readonly verify: SignatureCheck
}

/** One of the four issuing cities with its keys by kid. */
export interface Issuer {
  readonly city: CityCode
  readonly iss: string
  readonly keys: ReadonlyMap<string, IssuerKey>
}

/** A key as it is published, with what it may sign and when. */
export interface PublishedJwk extends PublicJwk {
  readonly kid: string
  readonly alg: KeyAlgorithm
  readonly use: 'sig'
  /** Ours (private names, RFC 7517 §4): what the key may sign, from when, and until when what it signed counts. */
  readonly ymt_uses: readonly KeyUse[]
  readonly ymt_active_from: string
  readonly ymt_retired_at?: string
  readonly ymt_verify_until?: string
}

/** `iss` of a city. A URN and not an address: keys are looked up in memory, never fetched from what a token names. */
export function issuerName(city: CityCode): string {
  return `urn:yimatong:${city}`
}
