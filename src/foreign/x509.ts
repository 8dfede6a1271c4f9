import { X509Certificate } from 'node:crypto'

/** A certificate in base64 of DER; undefined for everything else. */
export function readCertificate(base64: string): X509Certificate | undefined {
  const der = Buffer.from(base64, 'base64')
  // One spelling only, and nothing behind the certificate: the package would skip both.
  if (der.length === 0 || der.toString('base64') !== base64) return undefined
  try {
    const certificate = new X509Certificate(der)
    // Its key is decoded only when asked for, and may be of a kind that is not known.
    return certificate.raw.equals(der) && exportKey(certificate).length > 0 ? certificate : undefined
  } catch (error) {
    // OpenSSL gives an error for each way in which bytes are not a certificate; all mean the same here.
    if (error instanceof Error) return undefined
    throw error
  }
}

/** The public key as SubjectPublicKeyInfo. */
export const exportKey = (certificate: X509Certificate): Buffer =>
  certificate.publicKey.export({ format: 'der', type: 'spki' })
