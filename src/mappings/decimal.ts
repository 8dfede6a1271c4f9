/** A decimal number as it is written: `digits` / 10^`scale`. Results never pass through a float. */
interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

const DECIMAL = /^([+-]?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/

function parse(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const digits = BigInt(whole + fraction)
  return { digits: sign === '-' ? -digits : digits, scale: fraction.length - Number(exponent) }
}

/** True for the spelling of a number that `multiply` and `divide` take. */
export function isDecimalText(text: string): boolean {
  return DECIMAL.test(text)
}

/** Exact product. It keeps the digits that the laboratory wrote: "5.40" times 10 is "54.0". */
export function multiply(value: string, factor: string): string | undefined {
  const [a, b] = [parse(value), parse(factor)]
  if (a === undefined || b === undefined) return undefined
  const by = withoutZeros(b)
  return format({ digits: a.digits * by.digits, scale: a.scale + by.scale })
}

/** Quotient with `significant` digits at most, the last one rounded half away from zero. */
export function divide(value: string, divisor: string, significant: number): string | undefined {
  const [a, b] = [parse(value), parse(divisor)]
  if (a === undefined || b === undefined || b.digits === 0n) return undefined
  const by = withoutZeros(b)
  // Enough digits that the quotient has more than are wanted, then rounded once.
  const extra = significant + by.digits.toString().length
  const quotient = roundedQuotient(a.digits * 10n ** BigInt(extra), by.digits)
  return format(withoutZeros(roundTo({ digits: quotient, scale: a.scale - by.scale + extra }, significant)))
}

function roundTo({ digits, scale }: Decimal, significant: number): Decimal {
  const length = (digits < 0n ? -digits : digits).toString().length
  if (length <= significant) return { digits, scale }
  const dropped = length - significant
  return { digits: roundedQuotient(digits, 10n ** BigInt(dropped)), scale: scale - dropped }
}

function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const positive = dividend < 0n === divisor < 0n
  const [a, b] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor]
  const rounded = (2n * a + b) / (2n * b)
  return positive ? rounded : -rounded
}

function withoutZeros({ digits, scale }: Decimal): Decimal {
  if (digits === 0n) return { digits, scale: 0 }
  let [short, places] = [digits, scale]
  while (short % 10n === 0n) {
    short /= 10n
    places -= 1
  }
  return { digits: short, scale: places }
}

function format({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : ''
  const text = (digits < 0n ? -digits : digits).toString()
  if (scale <= 0) return `${sign}${text}${'0'.repeat(digits === 0n ? 0 : -scale)}`
  const padded = text.padStart(scale + 1, '0')
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}
