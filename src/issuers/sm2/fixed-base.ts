import { type CurveParams, type Group, type Point, toBytes } from './curve.ts'

/**
 * Multiples of one point, prepared: with them a multiple takes one addition for each eight bits of the scalar and no
 * doubling. A table has 4,224 points, some 450 KiB, and pays because issuers' keys are few and verify millions of times.
 */
export interface FixedBase {
  readonly xs: readonly bigint[]
  readonly ys: readonly bigint[]
}

/** A point in Jacobian coordinates: x = X/Z², y = Y/Z³; Z = 0 is the neutral one. */
export interface Sum {
  X: bigint
  Y: bigint
  Z: bigint
}

/** Signed digits of eight bits: 1 to 128 times each power of 256, and the negatives of these. */
const DIGIT_BITS = 8
const HALF = 1 << (DIGIT_BITS - 1)
/** One more than a scalar has, for the last carry. */
const DIGITS = 33

export function prepareBase(group: Group, point: Point): FixedBase {
  const multiples: Point[] = []
  let power = point
  for (let digit = 0; digit < DIGITS; digit++) {
    let multiple = power
    for (let times = 1; times <= HALF; times++) {
      multiples.push(multiple)
      if (times < HALF) multiple = multiple.add(power)
    }
    // 128 · 2 = 256: the next power.
    power = multiple.double()
  }
  const affine = normalize(group, multiples)
  return { xs: affine.map((one) => one.x), ys: affine.map((one) => one.y) }
}

/** Affine coordinates of many points for the price of one inversion (Montgomery's trick). */
function normalize(group: Group, points: readonly Point[]): readonly { readonly x: bigint; readonly y: bigint }[] {
  const inverses = group.Fp.invertBatch(points.map((point) => point.Z))
  return points.map((point, at) => point.toAffine(inverses[at]))
}

/**
 * Adds scalar · base to the sum. Returns false where it met a point with the same x, which the short formula cannot add:
 * this does not happen by chance, and the caller then computes with complete formulas.
 *
 * Additions of a Jacobian and an affine point (madd of the Explicit-Formulas Database): 11 multiplications where the
 * complete formula of projective points takes 17. Its duration depends on the scalar, so it is for public ones only.
 */
export function addMultiple({ p }: CurveParams, sum: Sum, base: FixedBase, scalar: bigint): boolean {
  const { xs, ys } = base
  const bytes = toBytes(scalar)
  let { X, Y, Z } = sum
  let carry = 0
  for (let at = 0; at < DIGITS; at++) {
    let digit = (bytes[DIGITS - 2 - at] ?? 0) + carry
    carry = digit > HALF ? 1 : 0
    digit -= carry << DIGIT_BITS
    if (digit === 0) continue
    const place = at * HALF + Math.abs(digit) - 1
    const x2 = xs[place] as bigint
    const y2 = digit > 0 ? (ys[place] as bigint) : p - (ys[place] as bigint)
    if (Z === 0n) {
      X = x2
      Y = y2
      Z = 1n
      continue
    }
    const ZZ = (Z * Z) % p
    const H = (x2 * ZZ - X) % p
    if (H === 0n) return false
    const R = (y2 * ((Z * ZZ) % p) - Y) % p
    const HH = (H * H) % p
    const HHH = (H * HH) % p
    const V = (X * HH) % p
    X = (R * R - HHH - 2n * V) % p
    Y = (R * (V - X) - Y * HHH) % p
    Z = (Z * H) % p
  }
  sum.X = X
  sum.Y = Y
  sum.Z = Z
  return true
}
