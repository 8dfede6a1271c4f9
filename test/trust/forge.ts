import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { PublicJwk } from '../../src/issuers/index.ts'
import { fingerprintOf } from '../../src/trust/fingerprint.ts'
import { bundleOf, linesOf, manifestOf } from './hub.ts'

/** A key pair of somebody who would like to be a hub. */
export function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, y } as PublicJwk
  return { privateKey, jwk, kid: fingerprintOf(jwk).slice(0, 11), fingerprint: fingerprintOf(jwk) }
}

/** Signs a bundle whose parts or manifest were changed, as somebody with that key would. */
export function resign(
  bundle: Buffer,
  key: { readonly privateKey: KeyObject; readonly kid: string },
  change: { parts?: (lines: string[]) => string[]; manifest?: object; header?: object } = {},
): Buffer {
  const manifest = manifestOf(bundle)
  const parts = (change.parts ?? ((lines) => lines))(linesOf(bundle).slice(1))
  const entries = parts.map((part, at) => ({
    name: manifest.parts[at]?.name ?? `extra-${at}`,
    bytes: Buffer.byteLength(part),
    sha256: createHash('sha256').update(part).digest('base64url'),
  }))
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = { alg: 'ES256', kid: key.kid, typ: 'ymt-trust-bundle+jwt', ...change.header }
  const signed = `${encode(header)}.${encode({ ...manifest, parts: entries, ...change.manifest })}`
  const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return bundleOf([`${signed}.${signature.toString('base64url')}`, ...parts])
}

/** The issuers part with one more key of the bundle's issuer. */
export function withKey(
  issuers: string,
  key: { readonly kid: string; readonly jwk: PublicJwk },
  change: object = {},
): string {
  const all = JSON.parse(issuers) as { keys: object[] }[]
  all[0]?.keys.push({
    kid: key.kid,
    alg: 'ES256',
    uses: ['bundle'],
    activeFrom: 0,
    retiredAt: null,
    verifyUntil: null,
    revoked: false,
    jwk: key.jwk,
    ...change,
  })
  return JSON.stringify(all)
}
