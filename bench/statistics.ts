/** A figure of several rounds: its median, and how far the rounds lay apart. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Median, lowest and highest: no round is left out and none is chosen. */
export function spreadOf(rounds: readonly number[]): Spread {
  if (rounds.length === 0) throw new RangeError('no rounds')
  const sorted = rounds.toSorted((a, b) => a - b)
  return { median: percentile(sorted, 0.5), min: sorted[0] as number, max: sorted.at(-1) as number }
}

/** Percentile of ascending values, interpolated between the two nearest. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) throw new RangeError('no values')
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)] as number
  const high = sorted[Math.ceil(at)] as number
  return low + (high - low) * (at - Math.floor(at))
}
