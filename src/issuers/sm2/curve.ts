import { weierstrass } from '@noble/curves/abstract/weierstrass.js'

/** A curve y² = x³ + ax + b over the integers modulo the prime p, with a base point of order n. */
export interface CurveParams {
  readonly p: bigint
  readonly a: bigint
  readonly b: bigint
  readonly n: bigint
  readonly gx: bigint
  readonly gy: bigint
}

/** The recommended curve (GB/T 32918.5-2017), `sm2p256v1`. */
export const SM2_CURVE: CurveParams = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
}

/** The group of the curve's points. */
export const groupOf = ({ p, a, b, n, gx, gy }: CurveParams) =>
  weierstrass<bigint>({ p, a, b, n, h: 1n, Gx: gx, Gy: gy })

export type Group = ReturnType<typeof groupOf>
export type Point = Group['BASE']

/** Length of a coordinate, of a scalar and of half a signature. */
export const SCALAR_BYTES = 32

const bytesView = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${bytesView(bytes).toString('hex')}`)

export const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * SCALAR_BYTES, '0'), 'hex')
