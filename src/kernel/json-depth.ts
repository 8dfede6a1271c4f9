/**
 * Deepest nesting of a JSON text that is accepted, from a caller or from a hospital. FHIR resources in use stay under
 * 20 levels; what walks a value by recursion (clearing, hashing, rendering) is safe below this.
 */
export const MAX_JSON_DEPTH = 40

/**
 * Deepest nesting of brackets outside strings; stops counting past `limit`. What handles a parsed value recurses per
 * level, so the depth is looked at in the text.
 */
export function jsonDepth(text: string, limit: number): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string: skip to its end
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
        break
      case 0x5b:
      case 0x7b:
        depth++
        if (depth > deepest) deepest = depth
        if (deepest > limit) return deepest
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
      default:
    }
  }
  return deepest
}
