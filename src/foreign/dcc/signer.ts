import { createHash, type X509Certificate } from 'node:crypto'
import type { DccKey } from '../trust.ts'
import type { DccKind } from './certificate.ts'

/** Extended key usages of the hcert specification; many certificates carry the second form, with one more arc. */
const USE_ROOTS = ['1.3.6.1.4.1.1847.2021.1.', '1.3.6.1.4.1.0.1847.2021.1.']
const USES: readonly (readonly [arc: string, kind: DccKind])[] = [
  ['1', 'test'],
  ['2', 'vaccination'],
  ['3', 'recovery'],
]
const ALL_USES: ReadonlySet<DccKind> = new Set(USES.map(([, kind]) => kind))

/** First 8 bytes of the SHA-256 of the certificate, in hex. */
export const kidOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex').slice(0, 16)

/** A document signing certificate as a key for a country; a sentence where its key is not one of the specification. */
export function readSigner(certificate: X509Certificate, country: string): DccKey | string {
  const { publicKey } = certificate
  const details = publicKey.asymmetricKeyDetails
  const isEc = publicKey.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1'
  const bits = publicKey.asymmetricKeyType === 'rsa' ? (details?.modulusLength ?? 0) : 0
  if (!isEc && (bits < 2048 || bits > 4096)) return 'has a key that is neither P-256 nor RSA of 2048 to 4096 bits'
  return {
    country,
    publicKey,
    alg: isEc ? 'ES256' : 'PS256',
    validFromMs: certificate.validFromDate.getTime(),
    validToMs: certificate.validToDate.getTime(),
    // Node calls the extended usages `keyUsage`; the property is undefined where the certificate has none.
    uses: usesOf(certificate.keyUsage as readonly string[] | undefined),
  }
}

/** None of these usages, or only unrelated ones such as TLS: the key is good for all kinds. */
function usesOf(oids: readonly string[] = []): ReadonlySet<DccKind> {
  const named = USES.filter(([arc]) => USE_ROOTS.some((root) => oids.includes(root + arc))).map(([, kind]) => kind)
  return named.length === 0 ? ALL_USES : new Set(named)
}
