import type { X509Certificate } from 'node:crypto'
import { exportKey, readCertificate } from '../x509.ts'

/** The certificates of a key (`x5c`), checked against each other. */
export interface CertificateChain {
  readonly validFromMs: number
  readonly validToMs: number
}

const MAX_CERTIFICATES = 5

/**
 * Checks `x5c` of a JWK (RFC 7517 §4.7): the first certificate holds the key and names the issuer's address, each one is
 * signed by the next, and all but the first are of authorities. Who the last one is does not matter: the trust list
 * says whom to believe, the chain can only take that away. Gives what is wrong with it as a sentence.
 */
export function readCertificateChain(
  x5c: unknown,
  of: { readonly publicKeyDer: Uint8Array; readonly iss: string | undefined },
): CertificateChain | string {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > MAX_CERTIFICATES) return 'is not a list of certificates'
  const chain: X509Certificate[] = []
  for (const text of x5c as readonly unknown[]) {
    const certificate = typeof text === 'string' ? readCertificate(text) : undefined
    if (certificate === undefined) return 'holds what is not a certificate'
    chain.push(certificate)
  }
  const [leaf] = chain
  if (leaf === undefined || !Buffer.from(of.publicKeyDer).equals(exportKey(leaf))) return 'begins with another key'
  const addresses = uriNames(leaf)
  if (addresses.length === 0) return 'begins with a certificate that names no address'
  if (of.iss !== undefined && !addresses.includes(of.iss))
    return "begins with a certificate of another issuer's address"
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1]
    if (issuer === undefined) continue
    if (!issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      return `holds a certificate (${index}) that the next one did not issue`
    }
  }
  return {
    validFromMs: Math.max(...chain.map((one) => one.validFromDate.getTime())),
    validToMs: Math.min(...chain.map((one) => one.validToDate.getTime())),
  }
}

/** Subject alternative names of the kind URI (RFC 5280 §4.2.1.6). */
function uriNames(certificate: X509Certificate): readonly string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length))
}
