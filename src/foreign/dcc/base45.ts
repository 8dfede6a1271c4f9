const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** Value of each ASCII character, -1 for those outside the alphabet. */
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value

/**
 * Bytes of a base45 text (RFC 9285): three characters for two bytes, two for the last one. Undefined for a foreign
 * character, a single character left over, or a group above what its bytes hold.
 */
export function decodeBase45(text: string): Uint8Array | undefined {
  if (text.length % 3 === 1) return undefined
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0))
  let to = 0
  for (let at = 0; at < text.length; at += 3) {
    const whole = at + 2 < text.length
    const low = valueAt(text, at)
    const middle = valueAt(text, at + 1)
    const high = whole ? valueAt(text, at + 2) : 0
    const value = low + 45 * middle + 2025 * high
    if (low < 0 || middle < 0 || high < 0 || value > (whole ? 0xffff : 0xff)) return undefined
    if (whole) bytes[to++] = value >> 8
    bytes[to++] = value & 0xff
  }
  return bytes
}

const valueAt = (text: string, at: number): number => VALUES[text.charCodeAt(at)] ?? -1
