import { parse } from 'csv-parse/sync'
import type { FieldError } from '../kernel/errors.ts'
import { type Field, REGISTER_FIELDS, REGISTER_KINDS, type RegisterKind } from './register-fields.ts'
import type { RegisterRows } from './register-store.ts'
import type { Mark } from './types.ts'

/** Rows of an import; a mark may leave its scope to its label. */
export type RegisterDraft = Partial<Omit<RegisterRows, 'marks'> & { readonly marks: readonly MarkDraft[] }>
export type MarkDraft = Omit<Mark, 'scope'> & { readonly scope: readonly string[] | null }

export interface RegisterRead {
  readonly draft: RegisterDraft
  readonly errors: readonly FieldError[]
}

/** An import of one go: a catalogue with marks of some houses, not of a whole province at once. */
const MAX_ROWS = 20_000
/** Enough to see what is wrong with a file; more would only be repeated. */
const MAX_ERRORS = 100

/** Reads rows by kind as they come in JSON. Everything that is wrong is named by its pointer, and nothing is guessed. */
export function readRegister(given: unknown): RegisterRead {
  const errors: FieldError[] = []
  const fail = (pointer: string, detail: string): void => {
    if (errors.length < MAX_ERRORS) errors.push({ pointer, detail })
  }
  const draft: Record<string, unknown[]> = {}
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { draft: {}, errors: [{ pointer: '', detail: `must be an object with ${REGISTER_KINDS.join(', ')}` }] }
  }
  let count = 0
  for (const [kind, rows] of Object.entries(given)) {
    if (!isKind(kind)) fail(`/${kind.slice(0, 40)}`, `is none of ${REGISTER_KINDS.join(', ')}`)
    else if (!Array.isArray(rows)) fail(`/${kind}`, 'must be a list')
    else {
      count += rows.length
      if (count > MAX_ROWS) return { draft: {}, errors: [{ pointer: '', detail: `more than ${MAX_ROWS} rows` }] }
      draft[kind] = rows.map((row: unknown, index) =>
        readRow(kind, row, (name, text) => fail(`/${kind}/${index}${name}`, text)),
      )
    }
  }
  return { draft: draft as RegisterDraft, errors }
}

/** Reads rows of one kind from RFC 4180 text; the first line names the fields. An empty cell is a field left out. */
export function readRegisterCsv(kind: RegisterKind, text: string): RegisterRead {
  let rows: readonly Readonly<Record<string, string>>[]
  try {
    rows = parse(text, { bom: true, columns: true, trim: true, skipEmptyLines: true, maxRecordSize: 16_384 })
  } catch (error) {
    const detail = error instanceof Error ? error.message.slice(0, 200) : 'is no CSV'
    return { draft: {}, errors: [{ pointer: `/${kind}`, detail }] }
  }
  return readRegister({
    [kind]: rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== ''))),
  })
}

export const isKind = (text: string): text is RegisterKind => Object.hasOwn(REGISTER_FIELDS, text)

function readRow(kind: RegisterKind, row: unknown, fail: (name: string, text: string) => void): unknown {
  const fields: Readonly<Record<string, Field>> = REGISTER_FIELDS[kind]
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    fail('', 'must be an object')
    return {}
  }
  for (const name of Object.keys(row)) {
    if (!Object.hasOwn(fields, name)) fail(`/${name.slice(0, 40)}`, 'is no field of these rows')
  }
  const given = row as Readonly<Record<string, unknown>>
  const read: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name]
    const left = value === undefined || (field.optional === true && value === null)
    if (left && field.fallback === undefined) fail(`/${name}`, 'is required')
    read[name] = left ? field.fallback : field.read(value)
    if (!left && read[name] === undefined) fail(`/${name}`, `must be ${field.expects}`)
  }
  const { from, to } = read
  if (typeof from === 'string' && typeof to === 'string' && to < from) fail('/to', 'must not be before from')
  return read
}
