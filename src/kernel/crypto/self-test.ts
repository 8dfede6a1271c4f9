import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import {
  type AvailableAlgorithms,
  availableAlgorithms,
  FIELD_ALGORITHMS,
  type FieldAlgorithm,
  type HashAlgorithm,
  INDEX_ALGORITHMS,
  type IndexAlgorithm,
} from './algorithms.ts'
import { blindIndex } from './blind-index.ts'
import { digestHex } from './digest.ts'
import { TAG_BYTES } from './envelope.ts'
import { cryptoError } from './errors.ts'
import { decryptField, encryptField } from './field-encryption.ts'
import type { Keyring } from './keyring.ts'

interface CipherVector {
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly plain: string
  readonly cipher: string
  readonly tag: string
}

const CIPHER_VECTORS: Readonly<Record<FieldAlgorithm, CipherVector>> = {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test case 16.
  'AES-256-GCM': {
    key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    iv: 'cafebabefacedbaddecaf888',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plain:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    cipher:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
  // RFC 8998 appendix A.1.
  'SM4-GCM': {
    key: '0123456789abcdeffedcba9876543210',
    iv: '00001234567800000000abcd',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plain:
      'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd' +
      'eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa',
    cipher:
      '17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735' +
      'd82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d',
    tag: '83de3541e4c2b58177e065a9bf7b62ec',
  },
}

const HASH_VECTORS: Readonly<Record<HashAlgorithm, string>> = {
  // FIPS 180-4 and GB/T 32905-2016 both give the digest of "abc".
  'SHA-256': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  SM3: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
}

const HMAC_VECTORS: Readonly<Record<IndexAlgorithm, string>> = {
  // RFC 4231 §4.3: key "Jefe". The SM3 value was computed with a second, independent implementation.
  'HMAC-SHA-256': '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  'HMAC-SM3': '2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882',
}

/** SHA-256 and SM3 both give 32 bytes. */
const INDEX_BYTES = 32

/**
 * Run once at start, before any data is touched: known answers for every algorithm of this build, then a round
 * trip with the configured keys.
 *
 * @param available what to test; by default all that this build has
 * @returns what was tested, for the start-up log line
 * @throws AppError `crypto.algorithm-unavailable` where a configured key needs what the build lacks,
 *   `crypto.self-test-failed` where an answer is wrong
 */
export function runCryptoSelfTest(
  keyring?: Keyring,
  available: AvailableAlgorithms = availableAlgorithms(),
): AvailableAlgorithms {
  for (const alg of available.hash) check(alg, digestHex(alg, 'abc') === HASH_VECTORS[alg])
  for (const alg of available.index) check(alg, hmacAnswer(alg) === HMAC_VECTORS[alg])
  for (const alg of available.field) checkCipher(alg, CIPHER_VECTORS[alg])
  if (keyring !== undefined) {
    requireAvailable(keyring, available)
    roundTrip(keyring)
  }
  return available
}

function hmacAnswer(alg: IndexAlgorithm): string {
  return createHmac(INDEX_ALGORITHMS[alg].hash, 'Jefe').update('what do ya want for nothing?').digest('hex')
}

function checkCipher(alg: FieldAlgorithm, vector: CipherVector): void {
  const { cipher: name } = FIELD_ALGORITHMS[alg]
  const key = Buffer.from(vector.key, 'hex')
  const iv = Buffer.from(vector.iv, 'hex')
  const aad = Buffer.from(vector.aad, 'hex')
  const cipher = createCipheriv(name, key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(aad)
  const made = cipher.update(vector.plain, 'hex', 'hex') + cipher.final('hex')
  check(alg, made === vector.cipher && cipher.getAuthTag().toString('hex') === vector.tag)
  const decipher = createDecipheriv(name, key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(Buffer.from(vector.tag, 'hex'))
  check(alg, decipher.update(vector.cipher, 'hex', 'hex') + decipher.final('hex') === vector.plain)
}

function requireAvailable(keyring: Keyring, available: AvailableAlgorithms): void {
  const missing = new Set<string>()
  for (const { alg } of keyring.field.byId.values()) if (!available.field.includes(alg)) missing.add(alg)
  for (const { alg } of keyring.index.byId.values()) if (!available.index.includes(alg)) missing.add(alg)
  if (missing.size > 0) {
    throw cryptoError('algorithm-unavailable', {
      detail: `The keyring uses ${[...missing].join(', ')}, which the OpenSSL of this Node does not have.`,
    })
  }
}

function roundTrip(keyring: Keyring): void {
  const place = { table: 'self_test', column: 'value', rowId: '0' }
  const plain = 'self-test 自检'
  check('the field key', decryptField(keyring, encryptField(keyring, plain, place), place) === plain)
  check('the index key', blindIndex(keyring, { type: 'self-test', normalForm: plain }).value.length === INDEX_BYTES)
}

function check(what: string, ok: boolean): void {
  if (!ok) throw cryptoError('self-test-failed', { detail: `${what} gave a wrong answer; nothing may be encrypted.` })
}
