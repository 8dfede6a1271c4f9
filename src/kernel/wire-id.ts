import { isUuid } from './ids.ts'

/*
 * The national interface gives ids 30 characters (C(30)); a UUID in its own form has 36. Base 32 by Crockford's alphabet
 * writes its 128 bits in 26 capital letters and digits, without I, L, O and U, and keeps their order: ids made later sort later.
 */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 26
/** 26 × 5 bits are two more than a UUID has: the first letter goes up to 7. */
const FORM = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

const VALUES: ReadonlyMap<string, bigint> = new Map(ALPHABET.split('').map((letter, at) => [letter, BigInt(at)]))

/** Writes a UUID in 26 letters. */
export function toWireId(uuid: string): string {
  if (!isUuid(uuid)) throw new TypeError('not a UUID in lower case')
  let rest = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let at = 0; at < LENGTH; at++) {
    text = ALPHABET.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}

/** The UUID behind 26 letters; undefined where the text is none. One id has one text: no other case, no look-alikes. */
export function fromWireId(text: string): string | undefined {
  if (!FORM.test(text)) return undefined
  let value = 0n
  for (const letter of text) value = (value << 5n) | (VALUES.get(letter) ?? 0n)
  const hex = value.toString(16).padStart(32, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
