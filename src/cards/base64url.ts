const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Value of each ASCII character in base64url, -1 for the others. */
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value

/**
 * True where text[from, to) is base64url in its one canonical form: no padding, no foreign character, and the unused
 * bits of the last character zero (RFC 4648 §3.5). Node decodes the other forms without a word, so one token would have
 * several spellings.
 */
export function isCanonicalBase64url(text: string, from: number, to: number): boolean {
  const rest = (to - from) % 4
  if (to <= from || rest === 1) return false
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 127 || (VALUES[unit] ?? -1) < 0) return false
  }
  const last = VALUES[text.charCodeAt(to - 1)] ?? 0
  return rest === 0 || (rest === 2 ? (last & 15) === 0 : (last & 3) === 0)
}
