import { hash, timingSafeEqual } from 'node:crypto'
import { HASH_ALGORITHMS, type HashAlgorithm } from './algorithms.ts'

/** Hash of UTF-8 text or bytes, as lower-case hex. */
export function digestHex(algorithm: HashAlgorithm, data: string | Uint8Array): string {
  return hash(HASH_ALGORITHMS[algorithm].hash, data, 'hex')
}

/**
 * Compares secrets (tokens, codes, keyed hashes) in a time that depends neither on where they differ nor on
 * whether their lengths do: both are hashed first, so equal-length digests are compared.
 */
export function equalInConstantTime(left: string | Uint8Array, right: string | Uint8Array): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'))
}
