/**
 * Money is whole fen in a bigint, ratios are whole basis points (1/10000, the N(5,4) of the national interface), quantities carry
 * 4 decimals and unit prices 6. Nothing here touches a float: 0.1 + 0.2 must be 0.3 in a settlement that two bureaus will compare.
 * Every rounding is half away from zero, so that a reversal (the negated amount) rounds to exactly the negated result.
 */

declare const unit: unique symbol

/** An amount in fen. Plain bigints do not pass for it: make one with {@link fen} or {@link parseFen}. */
export type Fen = bigint & { readonly [unit]: 'fen' }
/** A ratio in basis points: 8500n is 85 %. Never negative; above 10000n it is a surcharge. */
export type Ratio = bigint & { readonly [unit]: 'ratio' }
/** A quantity in ten-thousandths of the billing unit. */
export type Quantity = bigint & { readonly [unit]: 'quantity' }
/** A unit price in millionths of a yuan. */
export type Price = bigint & { readonly [unit]: 'price' }

/** Wire form of an amount: at most 14 digits before and 2 after the point, the N(16,2) of the national interface. */
export const FEN_PATTERN = '^-?(0|[1-9][0-9]{0,13})(\\.[0-9]{1,2})?$'
/** Wire form of a ratio: at most 4 decimals. */
export const RATIO_PATTERN = '^(0|[1-9][0-9]?)(\\.[0-9]{1,4})?$'
/** Wire form of a quantity: N(16,4). Negative quantities belong to reversed fee lines. */
export const QUANTITY_PATTERN = '^-?(0|[1-9][0-9]{0,11})(\\.[0-9]{1,4})?$'
/** Wire form of a unit price: N(16,6), never negative. */
export const PRICE_PATTERN = '^(0|[1-9][0-9]{0,9})(\\.[0-9]{1,6})?$'

const FEN_DECIMALS = 2
const RATIO_DECIMALS = 4
const QUANTITY_DECIMALS = 4
const PRICE_DECIMALS = 6

const fenForm = new RegExp(FEN_PATTERN)
const ratioForm = new RegExp(RATIO_PATTERN)
const quantityForm = new RegExp(QUANTITY_PATTERN)
const priceForm = new RegExp(PRICE_PATTERN)

/** Brands a bigint as fen: for values that come from a bigint column or from exact arithmetic. */
export const fen = (value: bigint): Fen => value as Fen

export const ZERO_FEN: Fen = fen(0n)
/** 100 %. */
export const ONE: Ratio = 10_000n as Ratio

/** Brands whole basis points as a ratio; refuses a negative or fractional count. */
export const ratio = (basisPoints: bigint | number): Ratio => {
  const value = BigInt(basisPoints)
  if (value < 0n) throw new RangeError('a ratio is never negative')
  return value as Ratio
}

/** Reads `"1234.50"` (also `"1234.5"` and `"1234"`). Anything else throws: an amount is never guessed. */
export const parseFen = (text: string): Fen => fen(parseScaled(text, fenForm, FEN_DECIMALS, 'amount'))

/** Writes fen with exactly two decimals, `"1234.50"`. */
export const formatFen = (value: Fen): string => formatScaled(value, FEN_DECIMALS)

/** Reads `"0.85"` as 8500 basis points. */
export const parseRatio = (text: string): Ratio => parseScaled(text, ratioForm, RATIO_DECIMALS, 'ratio') as Ratio

/** Writes a ratio with exactly four decimals, `"0.8500"`. */
export const formatRatio = (value: Ratio): string => formatScaled(value, RATIO_DECIMALS)

export const parseQuantity = (text: string): Quantity =>
  parseScaled(text, quantityForm, QUANTITY_DECIMALS, 'quantity') as Quantity

export const formatQuantity = (value: Quantity): string => formatScaled(value, QUANTITY_DECIMALS)

export const parsePrice = (text: string): Price => parseScaled(text, priceForm, PRICE_DECIMALS, 'price') as Price

export const formatPrice = (value: Price): string => formatScaled(value, PRICE_DECIMALS)

/** The share of an amount, rounded once, half away from zero: 100.10 x 0.85 = 85.085 gives 85.09, and -100.10 gives -85.09. */
export const mulRatio = (amount: Fen, share: Ratio): Fen => fen(divideHalfAway(amount * share, 10_000n))

/** The same share before rounding, as exact yuan with six decimals: for traces, so that a rounding can be checked by eye. */
export const exactProduct = (amount: Fen, share: Ratio): string =>
  formatScaled(amount * share, FEN_DECIMALS + RATIO_DECIMALS)

/** Two ratios as one, rounded to a basis point: benefit ratio x cross-city factor is a single ratio to the interface. */
export const combineRatios = (a: Ratio, b: Ratio): Ratio => divideHalfAway(a * b, 10_000n) as Ratio

/** part / whole in basis points, half up. Both must have one sign, the whole must not be zero. */
export const ratioOf = (part: Fen, whole: Fen): Ratio => {
  if (whole === 0n) throw new RangeError('no ratio of a zero whole')
  const sign = whole < 0n ? -1n : 1n
  return ratio(divideHalfAway(part * sign * 10_000n, whole * sign))
}

/** quantity x price in fen, with the one rounding that a line amount may have. */
export const lineAmount = (quantity: Quantity, price: Price): Fen =>
  fen(divideHalfAway(quantity * price, 10n ** BigInt(QUANTITY_DECIMALS + PRICE_DECIMALS - FEN_DECIMALS)))

export const addFen = (a: Fen, b: Fen): Fen => fen(a + b)

export const subFen = (a: Fen, b: Fen): Fen => fen(a - b)

export const negFen = (value: Fen): Fen => fen(0n - value)

export const sumFen = (values: Iterable<Fen>): Fen => {
  let total = 0n
  for (const value of values) total += value
  return fen(total)
}

export const minFen = (first: Fen, ...rest: readonly Fen[]): Fen => rest.reduce((a, b) => (b < a ? b : a), first)

export const maxFen = (first: Fen, ...rest: readonly Fen[]): Fen => rest.reduce((a, b) => (b > a ? b : a), first)

/**
 * Splits a total by weights without losing or inventing a fen: each part gets the whole fen of its share, and the fen left over go to
 * the largest remainders, the earlier index winning a tie. A negative total is the mirror image of the positive one, so a reversal
 * splits into exactly the negated parts.
 */
export const allocate = (total: Fen, weights: readonly bigint[]): Fen[] => {
  if (weights.some((weight) => weight < 0n)) throw new RangeError('weights are never negative')
  const sum = weights.reduce((a, b) => a + b, 0n)
  if (sum === 0n) throw new RangeError('an allocation needs at least one positive weight')

  const sign = total < 0n ? -1n : 1n
  const magnitude = total * sign
  const shares = weights.map((weight, index) => ({
    index,
    whole: (magnitude * weight) / sum,
    remainder: (magnitude * weight) % sum,
  }))
  const left = magnitude - shares.reduce((a, share) => a + share.whole, 0n)
  const byRemainder = shares.toSorted((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  )
  // `left` is smaller than the number of non-zero remainders, so a zero weight never receives a fen.
  const lucky = new Set(byRemainder.slice(0, Number(left)).map((share) => share.index))
  return shares.map((share) => fen(sign * (share.whole + (lucky.has(share.index) ? 1n : 0n))))
}

/** Integer division rounding half away from zero. The divisor is positive. */
const divideHalfAway = (dividend: bigint, divisor: bigint): bigint => {
  const magnitude = dividend < 0n ? -dividend : dividend
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n)
  return dividend < 0n ? -rounded : rounded
}

const parseScaled = (text: string, form: RegExp, decimals: number, what: string): bigint => {
  // The text itself stays out of the message: it may be anything a caller sent.
  if (!form.test(text)) throw new RangeError(`not a decimal ${what}`)
  const point = text.indexOf('.')
  const whole = point < 0 ? text : text.slice(0, point)
  const fraction = point < 0 ? '' : text.slice(point + 1)
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}

const formatScaled = (value: bigint, decimals: number): string => {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  const point = digits.length - decimals
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}
