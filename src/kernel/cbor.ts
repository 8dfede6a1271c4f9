import { type DecodeOptions, decode, encode, Tag } from 'cbor2'

/** What is read stays within this nesting; certificates and status lists need eight levels. */
const MAX_DEPTH = 16

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
 * `Uint8Array`, tags `Tag`. Undefined for what is broken, nested too deeply, or has a key twice.
 */
export function readCbor(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), options) }
  } catch (error) {
    // The package throws several kinds of errors about its input; all mean that this is not CBOR as it should be.
    if (error instanceof Error) return undefined
    throw error
  }
}

/** In the shortest form (RFC 8949 §4.2.1). */
export const writeCbor = (value: unknown): Uint8Array => encode(value)

/** The content of the tag, or undefined where it is another one or none. */
export function untag(value: unknown, tag: number): { readonly contents: unknown } | undefined {
  return value instanceof Tag && Number(value.tag) === tag ? { contents: value.contents } : undefined
}

export const isCborMap = (value: unknown): value is CborMap => value instanceof Map
