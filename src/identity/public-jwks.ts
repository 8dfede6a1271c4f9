import { createPublicKey, type webcrypto } from 'node:crypto'
import { calculateJwkThumbprint, importJWK, type JWK } from 'jose'

/** Algorithms that this code can check; which of them are allowed is data (identity_assertion_algorithm). */
export type AssertionAlgorithm = 'ES256' | 'ES384' | 'RS384' | 'EdDSA'

/** A client's public key: id and algorithm are fixed at registration, so that no assertion can choose them. */
export type PublicJwk = JWK & { readonly kid: string; readonly alg: AssertionAlgorithm; readonly use: 'sig' }

const MAX_KEYS = 10
const MIN_RSA_BITS = 2048
/** Members of private and of symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * Reads the public keys of a client (RFC 7517).
 *
 * @returns the keys with only their public members, or every reason why they are not taken. A key that comes with
 * its private half is refused, not trimmed: whoever sends it has to know that it is no longer a secret.
 */
export async function readPublicJwks(
  jwks: unknown,
): Promise<{ readonly keys: readonly PublicJwk[] } | { readonly problems: readonly string[] }> {
  const list = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_KEYS) {
    return { problems: [`jwks.keys must be a list of 1 to ${MAX_KEYS} keys`] }
  }
  const problems: string[] = []
  const keys = new Map<string, PublicJwk>()
  for (const [position, entry] of (list as unknown[]).entries()) {
    const read = await readPublicJwk(entry)
    if (typeof read === 'string') problems.push(`jwks.keys[${position}] ${read}`)
    else if (keys.has(read.kid)) problems.push(`jwks.keys[${position}] repeats a kid`)
    else keys.set(read.kid, read)
  }
  return problems.length > 0 ? { problems } : { keys: [...keys.values()] }
}

async function readPublicJwk(entry: unknown): Promise<PublicJwk | string> {
  if (typeof entry !== 'object' || entry === null) return 'is not an object'
  if (SECRET_MEMBERS.some((member) => member in entry)) {
    return 'holds a private or symmetric key: make a new pair and send the public half only'
  }
  const jwk = entry as JWK
  const alg = algorithmOf(jwk)
  if (alg === undefined) return 'must be EC P-256, EC P-384, RSA or Ed25519'
  if (jwk.alg !== undefined && jwk.alg !== alg) return `has another alg than ${alg}, which its type is used with here`
  if (jwk.use !== undefined && jwk.use !== 'sig') return 'is not meant for signatures (use)'
  if (jwk.kid !== undefined && !(typeof jwk.kid === 'string' && /^[\x21-\x7e]{1,128}$/.test(jwk.kid))) {
    return 'has a kid that is not 1 to 128 visible ASCII characters'
  }
  try {
    await importJWK(jwk, alg)
    const { asymmetricKeyDetails } = createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' })
    if (alg === 'RS384' && (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
      return `is an RSA key of less than ${MIN_RSA_BITS} bits`
    }
  } catch {
    // The library's message may quote the key; the position is enough to find the fault.
    return 'is not a valid public key'
  }
  return { ...publicMembers(jwk), kid: jwk.kid ?? (await calculateJwkThumbprint(jwk)), alg, use: 'sig' }
}

function algorithmOf(jwk: JWK): AssertionAlgorithm | undefined {
  if (jwk.kty === 'EC' && jwk.crv === 'P-256') return 'ES256'
  if (jwk.kty === 'EC' && jwk.crv === 'P-384') return 'ES384'
  if (jwk.kty === 'RSA') return 'RS384'
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return 'EdDSA'
  return undefined
}

function publicMembers(jwk: JWK): JWK {
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const
  return Object.fromEntries(members.filter((name) => jwk[name] !== undefined).map((name) => [name, jwk[name]]))
}
