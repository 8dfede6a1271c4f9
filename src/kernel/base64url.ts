/**
 * Bytes of a base64url text in its one canonical form: no padding, no foreign character, and the unused bits of the
 * last character zero (RFC 4648 §3.5). Node decodes the other forms without a word, so that one signed text would have
 * several spellings. Undefined for everything else, the empty text included.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  if (text === '') return undefined
  const bytes = Buffer.from(text, 'base64url')
  // Written again it must be the same text: this holds for the canonical form alone.
  return bytes.toString('base64url') === text ? bytes : undefined
}
