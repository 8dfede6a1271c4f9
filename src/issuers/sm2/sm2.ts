import { createHash, randomBytes } from 'node:crypto'
import {
  type CurveParams,
  type Group,
  groupOf,
  type Point,
  SCALAR_BYTES,
  SM2_CURVE,
  toBigInt,
  toBytes,
} from './curve.ts'
import { addMultiple, type FixedBase, prepareBase } from './fixed-base.ts'

/** The id that the standard names where the parties agreed on none (GB/T 35276, GM/T 0009). */
export const DEFAULT_ID = Buffer.from('1234567812345678')

/** A public key: x and y, 32 bytes each. */
export type Sm2PublicKey = Uint8Array

/** Checks a signature of 64 bytes, r and s. Nothing that is not one makes it throw. */
export type Sm2Check = (message: Uint8Array, signature: Uint8Array) => boolean

export interface Sm2KeyPair {
  readonly privateKey: Uint8Array
  readonly publicKey: Sm2PublicKey
}

/** Everything that is signed or verified with SM2 and SM3 goes through one of these; the self-test takes one, too. */
export interface Sm2Code {
  /** Takes tens of milliseconds, so that each check takes a fifth of one. */
  prepare(publicKey: Sm2PublicKey, id?: Uint8Array): Sm2Check
  sign(key: Sm2KeyPair, message: Uint8Array): Uint8Array
  generate(): Sm2KeyPair
  sm3(bytes: Uint8Array): Uint8Array
}

/**
 * SM2 signatures (GB/T 32918.2) with SM3. Not by node:crypto, which signs and verifies with another id, or plain ECDSA,
 * without a word. The curve is that of `@noble/curves`, with tables of our own for the two points of a verification
 * (docs/decisions/0011-sm2-in-threads.md).
 */
export function createSm2(curve: CurveParams = SM2_CURVE): Sm2Code {
  const group = groupOf(curve)
  let ofG: FixedBase | undefined
  return {
    prepare(publicKey, id = DEFAULT_ID) {
      const point = readPoint(group, publicKey)
      // Of the point and the id alone: the same for all messages.
      const za = digestOfSigner(curve, publicKey, id)
      ofG ??= prepareBase(group, group.BASE)
      const key = { curve, group, point, za, ofG, ofKey: prepareBase(group, point) }
      return (message, signature) => isSigned(key, message, signature)
    },
    sign: (key, message) => signMessage(curve, group, key, message),
    generate() {
      const privateKey = randomScalar(curve.n - 2n)
      const { x, y } = group.BASE.multiply(privateKey).toAffine()
      return { privateKey: toBytes(privateKey), publicKey: Buffer.concat([toBytes(x), toBytes(y)]) }
    },
    sm3: (bytes) => sm3(bytes),
  }
}

interface PreparedKey {
  readonly curve: CurveParams
  readonly group: Group
  readonly point: Point
  readonly za: Uint8Array
  readonly ofG: FixedBase
  readonly ofKey: FixedBase
}

/** GB/T 32918.2 §7.1, step by step. */
function isSigned(key: PreparedKey, message: Uint8Array, signature: Uint8Array): boolean {
  const { curve, za } = key
  const { p, n } = curve
  if (signature.length !== 2 * SCALAR_BYTES) return false
  const r = toBigInt(signature.subarray(0, SCALAR_BYTES))
  const s = toBigInt(signature.subarray(SCALAR_BYTES))
  if (r === 0n || r >= n || s === 0n || s >= n) return false
  const t = (r + s) % n
  if (t === 0n) return false
  const e = toBigInt(sm3(za, message))
  const { X, Z } = sumOfMultiples(key, s, t)
  // x1 = X/Z² with (e + x1) mod n = r. Instead of an inversion, each x1 that would do is put to the test.
  if (Z === 0n) return false
  const ZZ = (Z * Z) % p
  const wanted = modulo(r - e, n)
  for (let x = wanted; x < p; x += n) {
    if ((x * ZZ - X) % p === 0n) return true
  }
  return false
}

/** s·G + t·P. */
function sumOfMultiples({ curve, group, point, ofG, ofKey }: PreparedKey, s: bigint, t: bigint) {
  const sum = { X: 0n, Y: 1n, Z: 0n }
  if (addMultiple(curve, sum, ofG, s) && addMultiple(curve, sum, ofKey, t)) return sum
  const complete = group.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(t))
  if (complete.is0()) return { X: 0n, Y: 1n, Z: 0n }
  const { x, y } = complete.toAffine()
  return { X: x, Y: y, Z: 1n }
}

/** GB/T 32918.2 §6.1. */
function signMessage(curve: CurveParams, group: Group, key: Sm2KeyPair, message: Uint8Array): Uint8Array {
  const { n } = curve
  const d = toBigInt(key.privateKey)
  const e = toBigInt(sm3(digestOfSigner(curve, key.publicKey, DEFAULT_ID), message))
  for (;;) {
    const k = randomScalar(n - 1n)
    const r = (e + group.BASE.multiply(k).toAffine().x) % n
    if (r === 0n || r + k === n) continue
    const s = group.Fn.mul(group.Fn.inv(1n + d), modulo(k - r * d, n))
    if (s !== 0n) return Buffer.concat([toBytes(r), toBytes(s)])
  }
}

/** Z_A (GB/T 32918.2 §5.5): who signs, by id and key. */
function digestOfSigner({ a, b, gx, gy }: CurveParams, publicKey: Sm2PublicKey, id: Uint8Array): Uint8Array {
  const bits = 8 * id.length
  return sm3(Uint8Array.of(bits >> 8, bits & 255), id, ...[a, b, gx, gy].map(toBytes), publicKey)
}

/** @throws where the bytes are no point of the curve */
function readPoint(group: Group, publicKey: Sm2PublicKey): Point {
  return group.fromBytes(Buffer.concat([Uint8Array.of(4), publicKey]))
}

function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sm3')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** From 1 to `max`; 128 bits more than needed leave no bias that could be seen. */
function randomScalar(max: bigint): bigint {
  return (toBigInt(randomBytes(SCALAR_BYTES + 16)) % max) + 1n
}

const modulo = (value: bigint, n: bigint): bigint => {
  const rest = value % n
  return rest < 0n ? rest + n : rest
}
