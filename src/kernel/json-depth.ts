/**
 * Deepest nesting of a JSON text that is accepted, from a caller or from a hospital. FHIR resources in use stay under
 * 20 levels; what walks a value by recursion (clearing, hashing, rendering) is safe below this.
 */
export const MAX_JSON_DEPTH = 40

/** What a JSON text shows before it is parsed. */
export interface JsonScan {
  /** Deepest nesting of brackets outside strings. */
  readonly depth: number
  /** Members of all objects, one that comes twice counted twice. */
  readonly members: number
}

/**
 * Looks at brackets and colons outside strings; stops past `limit` levels. What handles a parsed value recurses per
 * level, so the depth is looked at in the text.
 */
export function scanJson(text: string, limit: number): JsonScan {
  let depth = 0
  let deepest = 0
  let members = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at)
        break
      case 0x3a:
        members++
        break
      case 0x5b:
      case 0x7b:
        depth++
        if (depth > deepest) deepest = depth
        if (deepest > limit) return { depth: deepest, members }
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
      default:
    }
  }
  return { depth: deepest, members }
}

/** Place of the quote that ends the string beginning at `from`; the end of the text where none does. */
function endOfString(text: string, from: number): number {
  for (let at = from; ; ) {
    at = text.indexOf('"', at + 1)
    if (at < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return at
  }
}

/** Members of a parsed value: fewer than its text has where one came twice and the later one won. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = Array.isArray(value) ? 0 : Object.keys(value).length
  for (const child of Object.values(value)) count += countMembers(child)
  return count
}
