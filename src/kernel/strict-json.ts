import { countMembers, MAX_JSON_DEPTH, scanJson } from './json-depth.ts'

/**
 * A JSON object of a foreign text, or undefined: not JSON, no object, nested too deeply, white space or a byte order
 * mark around it, or a member that comes twice. Two readers of a doubled member can disagree about what was signed
 * (RFC 8725 §2.4).
 */
export function parseStrictObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined
  const scan = scanJson(text, MAX_JSON_DEPTH)
  if (scan.depth > MAX_JSON_DEPTH) return undefined
  const value = parse(text)
  if (!isObject(value) || countMembers(value) !== scan.members) return undefined
  return value
}

/** The same of bytes that must be UTF-8. */
export function parseStrictObjectBytes(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const text = decodeUtf8(bytes)
  return text === undefined ? undefined : parseStrictObject(text)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
