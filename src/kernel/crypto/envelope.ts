import { FIELD_ALGORITHMS, type FieldAlgorithm } from './algorithms.ts'
import { cryptoError } from './errors.ts'

/** The parts of a stored ciphertext. */
export interface Envelope {
  readonly alg: FieldAlgorithm
  readonly keyId: string
  readonly iv: Buffer
  readonly tag: Buffer
  readonly ciphertext: Buffer
}

const VERSION = 1
export const IV_BYTES = 12
export const TAG_BYTES = 16
const HEADER_FIXED = 3

/**
 * Version, algorithm and key id as bytes. They go first in the stored form and are also authenticated, so a
 * changed header fails like a changed ciphertext.
 */
export function packHeader(alg: FieldAlgorithm, keyId: string): Buffer {
  const id = Buffer.from(keyId, 'latin1')
  return Buffer.concat([Buffer.of(VERSION, FIELD_ALGORITHMS[alg].code, id.length), id])
}

/**
 * One compact form for a `bytea` column:
 * version (1) · algorithm (1) · length of key id (1) · key id · iv (12) · tag (16) · ciphertext.
 */
export function packEnvelope(envelope: Envelope): Buffer {
  return Buffer.concat([packHeader(envelope.alg, envelope.keyId), envelope.iv, envelope.tag, envelope.ciphertext])
}

export function unpackEnvelope(bytes: Uint8Array): Envelope {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEADER_FIXED) throw malformed('it is too short')
  if (buffer[0] !== VERSION) throw malformed('its version is unknown')
  const alg = algorithmOf(buffer[1])
  if (alg === undefined) throw malformed('its algorithm is unknown')
  const ivAt = HEADER_FIXED + (buffer[2] ?? 0)
  const tagAt = ivAt + IV_BYTES
  const textAt = tagAt + TAG_BYTES
  if (ivAt === HEADER_FIXED || buffer.length < textAt) throw malformed('it is too short')
  return {
    alg,
    keyId: buffer.toString('latin1', HEADER_FIXED, ivAt),
    iv: buffer.subarray(ivAt, tagAt),
    tag: buffer.subarray(tagAt, textAt),
    ciphertext: buffer.subarray(textAt),
  }
}

function algorithmOf(code: number | undefined): FieldAlgorithm | undefined {
  const names = Object.keys(FIELD_ALGORITHMS) as FieldAlgorithm[]
  return names.find((name) => FIELD_ALGORITHMS[name].code === code)
}

function malformed(why: string) {
  return cryptoError('envelope-malformed', { detail: `A stored ciphertext cannot be read: ${why}.` })
}
