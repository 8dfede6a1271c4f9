import { type DecodeOptions, decode, encode, Tag } from 'cbor2'

/** What is read stays within this nesting; certificates and status lists need eight levels. */
const MAX_DEPTH = 16

/** A certificate has some sixty items; building each one costs a microsecond or two, so a flood of tiny ones is refused first. */
const MAX_ITEMS = 1000

/** Keys that standards use in maps; any other kind would compare by identity and could come twice. */
type CborKey = string | number
export type CborMap = ReadonlyMap<CborKey, unknown>

class CborRefusal extends Error {}

const options: DecodeOptions = {
  maxDepth: MAX_DEPTH,
  // A tag is shown as it is: nothing in the input makes dates, sets or regular expressions.
  ignoreGlobalTags: true,
  // By value and not by spelling: 1 may be written 01 and 1801, and is one key (RFC 8949 §5.6).
  createObject(pairs) {
    const map = new Map<CborKey, unknown>()
    for (const [key, value] of pairs) {
      if (typeof key !== 'string' && typeof key !== 'number') throw new CborRefusal('a key of another kind')
      if (map.has(key)) throw new CborRefusal('a key that comes twice')
      map.set(key, value)
    }
    return map
  },
}

/**
 * One CBOR item and nothing after it (RFC 8949); lengths may be indefinite. Maps become `Map`, byte strings
 * `Uint8Array`, tags `Tag`. Undefined for what is broken, nested too deeply, has a key twice or more than a thousand items.
 */
export function readCbor(bytes: Uint8Array): { readonly value: unknown } | undefined {
  if (holdsMoreItems(bytes, MAX_ITEMS)) return undefined
  try {
    return { value: decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), options) }
  } catch (error) {
    // The package throws several kinds of errors about its input; all mean that this is not CBOR as it should be.
    if (error instanceof Error) return undefined
    throw error
  }
}

/** Walks over the heads of the items and skips the strings, without building anything (RFC 8949 §3). */
function holdsMoreItems(bytes: Uint8Array, limit: number): boolean {
  let items = 0
  for (let at = 0; at < bytes.length; ) {
    if (++items > limit) return true
    const head = bytes[at++] ?? 0
    const major = head >> 5
    const info = head & 31
    let length = info < 24 ? info : 0
    if (info >= 24 && info <= 27) {
      for (let left = 2 ** (info - 24); left > 0; left--) length = length * 256 + (bytes[at++] ?? 0)
    }
    // Byte and text strings carry their content behind the head.
    if (major === 2 || major === 3) at += length
  }
  return false
}

/** In the shortest form (RFC 8949 §4.2.1). */
export const writeCbor = (value: unknown): Uint8Array => encode(value)

/** The content of the tag, or undefined where it is another one or none. */
export function untag(value: unknown, tag: number): { readonly contents: unknown } | undefined {
  return value instanceof Tag && Number(value.tag) === tag ? { contents: value.contents } : undefined
}

export const isCborMap = (value: unknown): value is CborMap => value instanceof Map
