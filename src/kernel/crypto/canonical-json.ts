/** JSON values that have one canonical text. `undefined` members are left out, as JSON.stringify does. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

const MAX_DEPTH = 64

/**
 * The one text of a JSON value: keys sorted by UTF-16 code units, no spaces, ECMAScript's number and string
 * forms (RFC 8785). What RFC 8785 cannot represent (NaN, infinity, lone surrogates) is refused, because two
 * readers would hash it differently.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0)
}

function write(value: JsonValue, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError('canonical JSON: nested too deeply')
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON: not a finite number')
    return JSON.stringify(value)
  }
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value === null) return 'null'
  if (isList(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  if (typeof value !== 'object' || !isPlain(value)) throw new TypeError('canonical JSON: not a JSON value')
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${quote(key)}:${write(member, depth + 1)}`)
  }
  return `{${members.join(',')}}`
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('canonical JSON: text holds a lone surrogate')
  return JSON.stringify(text)
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** A Date or a Map would be written as `{}` or by its toJSON: neither is what the caller meant. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
