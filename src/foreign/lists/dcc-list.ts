import type { FieldError } from '../../kernel/errors.ts'
import { isObject } from '../../kernel/strict-json.ts'
import { kidOf, readSigner } from '../dcc/signer.ts'
import type { DccKey, DccTrust } from '../trust.ts'
import { readCertificate } from '../x509.ts'
import { readHead } from './head.ts'

/** A document signing certificate as it stands in a list. */
export interface DccCertificateJson {
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** Base64 of DER. */
  readonly der: string
}

const MAX_CERTIFICATES = 5000
/** Certificates that share a kid by chance; each is tried for a code, so that many would cost time. */
const MAX_SHARED = 4

/** Reads a trust list of the EU DCC, with all that is wrong with it; the trust counts only where nothing is. */
export function readDccList(value: unknown): { readonly trust: DccTrust; readonly errors: readonly FieldError[] } {
  const { head, errors: headErrors } = readHead(value, 'dcc')
  const keys = new Map<string, DccKey[]>()
  const errors: FieldError[] = [...headErrors]
  const seen = new Set<string>()
  const list = isObject(value) ? value['certificates'] : undefined
  if (!Array.isArray(list) || list.length > MAX_CERTIFICATES) {
    errors.push({ pointer: '/certificates', detail: `is not a list of ${MAX_CERTIFICATES} certificates at most` })
    return { trust: { ...head, keys }, errors }
  }
  for (const [index, entry] of (list as readonly unknown[]).entries()) {
    const pointer = `/certificates/${index}`
    const { country, der } = isObject(entry) ? entry : {}
    const certificate = typeof der === 'string' ? readCertificate(der) : undefined
    if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country)) {
      errors.push({ pointer: `${pointer}/country`, detail: 'is not a code of two letters' })
    } else if (certificate === undefined) {
      errors.push({ pointer: `${pointer}/der`, detail: 'is not a certificate' })
    } else if (seen.has(certificate.fingerprint256)) {
      errors.push({ pointer: `${pointer}/der`, detail: 'comes twice' })
    } else {
      seen.add(certificate.fingerprint256)
      const key = readSigner(certificate, country)
      const sharing = keys.get(kidOf(certificate.raw)) ?? []
      if (typeof key === 'string') errors.push({ pointer: `${pointer}/der`, detail: key })
      else if (sharing.length >= MAX_SHARED) errors.push({ pointer, detail: 'has a kid that too many share' })
      else keys.set(kidOf(certificate.raw), [...sharing, key])
    }
  }
  return { trust: { ...head, keys }, errors }
}
