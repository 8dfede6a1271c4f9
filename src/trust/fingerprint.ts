import { createHash } from 'node:crypto'
import type { PublicJwk } from '../issuers/index.ts'

/** SHA-256 thumbprint of a public key (RFC 7638), base64url: 43 characters, whole, because a verifier trusts by it. */
export function fingerprintOf({ crv, kty, x, y }: PublicJwk): string {
  const canonical = JSON.stringify(y === undefined ? { crv, kty, x } : { crv, kty, x, y })
  return createHash('sha256').update(canonical, 'utf8').digest('base64url')
}

export const isFingerprint = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)
