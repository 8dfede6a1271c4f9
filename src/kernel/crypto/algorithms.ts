import { type CipherGCMTypes, getCiphers, getHashes } from 'node:crypto'

// @types/node lists OpenSSL's AES modes only; whether this build has SM4 is asked at start (availableAlgorithms).
const SM4_GCM = 'sm4-gcm' as string as CipherGCMTypes

/**
 * The algorithms a city may choose between: the international ones, and the national ones that
 * GB/T 39786-2021 asks for. Names are those that stand in keyrings, envelopes and exports.
 */
export const FIELD_ALGORITHMS = {
  'AES-256-GCM': { code: 1, cipher: 'aes-256-gcm', keyBytes: 32 },
  'SM4-GCM': { code: 2, cipher: SM4_GCM, keyBytes: 16 },
} as const

export const INDEX_ALGORITHMS = {
  'HMAC-SHA-256': { hash: 'sha256', keyBytes: 32 },
  'HMAC-SM3': { hash: 'sm3', keyBytes: 32 },
} as const

export const HASH_ALGORITHMS = {
  'SHA-256': { hash: 'sha256' },
  SM3: { hash: 'sm3' },
} as const

export type FieldAlgorithm = keyof typeof FIELD_ALGORITHMS
export type IndexAlgorithm = keyof typeof INDEX_ALGORITHMS
export type HashAlgorithm = keyof typeof HASH_ALGORITHMS

/** What the OpenSSL under this Node can do; a distribution's build may lack the SM algorithms. */
export interface AvailableAlgorithms {
  readonly field: readonly FieldAlgorithm[]
  readonly index: readonly IndexAlgorithm[]
  readonly hash: readonly HashAlgorithm[]
}

export function availableAlgorithms(): AvailableAlgorithms {
  const ciphers = new Set(getCiphers())
  const hashes = new Set(getHashes())
  return {
    field: keysOf(FIELD_ALGORITHMS).filter((name) => ciphers.has(FIELD_ALGORITHMS[name].cipher)),
    index: keysOf(INDEX_ALGORITHMS).filter((name) => hashes.has(INDEX_ALGORITHMS[name].hash)),
    hash: keysOf(HASH_ALGORITHMS).filter((name) => hashes.has(HASH_ALGORITHMS[name].hash)),
  }
}

function keysOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[]
}
