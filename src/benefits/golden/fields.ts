/** A value of a case that cannot be used: says which field of which case, and why. */
export class GoldenFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GoldenFileError'
  }
}

/** One object of a case with the path that leads to it. Fields that are asked for are remembered, so that the rest can be named. */
export interface Fields {
  readonly path: string
  /** The value, or undefined where the field is missing or null. */
  get(name: string): unknown
  /** Text or a number as text; undefined where missing. Empty text is missing, as an empty field of the interface is. */
  text(name: string): string | undefined
  required(name: string): string
  /** An object; one without fields where it is missing. */
  object(name: string): Fields
  list(name: string): readonly unknown[] | undefined
  /** Reads the text (or the fallback) and tells of a failure by the field's path. */
  read<T>(name: string, fallback: string, parse: (text: string) => T): T
  names(): readonly string[]
  unused(): readonly string[]
}

export const fieldsOf = (value: unknown, path: string): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GoldenFileError(`${path === '' ? 'the case' : path} is no object`)
  }
  const all = value as Readonly<Record<string, unknown>>
  const asked = new Set<string>()
  const inner: Fields[] = []
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const fields: Fields = {
    path,
    get: (name) => {
      asked.add(name)
      return Object.hasOwn(all, name) ? (all[name] ?? undefined) : undefined
    },
    text: (name) => {
      const found = fields.get(name)
      if (found === undefined || found === '') return undefined
      if (typeof found === 'string') return found
      if (typeof found === 'number') return String(found)
      throw new GoldenFileError(`${at(name)} is neither text nor a number`)
    },
    required: (name) => {
      const found = fields.text(name)
      if (found === undefined) throw new GoldenFileError(`${at(name)} is missing`)
      return found
    },
    object: (name) => {
      const found = fieldsOf(fields.get(name) ?? {}, at(name))
      inner.push(found)
      return found
    },
    list: (name) => {
      const found = fields.get(name)
      if (found === undefined || Array.isArray(found)) return found
      throw new GoldenFileError(`${at(name)} is no list`)
    },
    read: (name, fallback, parse) => {
      const text = fields.text(name) ?? fallback
      try {
        return parse(withoutIdleZeros(text))
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : 'not usable'
        throw new GoldenFileError(`${at(name)} is ${JSON.stringify(text)}: ${why}`, { cause })
      }
    },
    names: () => Object.keys(all),
    unused: () => [
      ...Object.keys(all)
        .filter((name) => !asked.has(name))
        .map(at),
      ...inner.flatMap((one) => one.unused()),
    ],
  }
  return fields
}

/** `0.10000` is 0.1: more zeros than the field has decimals say nothing. A digit too many that is not zero is refused. */
const withoutIdleZeros = (text: string): string => (/^-?\d+\.\d*0$/.test(text) ? text.replace(/\.?0+$/, '') : text)
