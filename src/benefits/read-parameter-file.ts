import { parse } from 'csv-parse/sync'
import { isDate } from '../kernel/time.ts'
import { ANY, PARAMETER_ITEMS, type ParameterItem, type ParameterRow, type ParameterValue } from './parameters.ts'

/** A file of parameters that cannot be used; the message names the row and the field. */
export class ParameterFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ParameterFileError'
  }
}

/** A row of a file: the version is found when it is compared with what is there. */
export type SentParameter = Omit<ParameterRow, 'id' | 'version'>

const COLUMNS = [
  'city',
  'insutype',
  'psn_type',
  'med_type',
  'hosp_lv',
  'dise_codg',
  'item',
  'value',
  'effective_from',
  'effective_to',
  'source_document',
  'verified',
  'note',
] as const
type Column = (typeof COLUMNS)[number]
type Cells = Partial<Record<Column, unknown>>

/**
 * Reads parameters from JSON (a list, or `{"parameters": [...]}`) or CSV with a header. A column may be left out where it has a usual
 * value: psn_type, med_type, hosp_lv and dise_codg are then `*`, `verified` is false. An empty value is a figure that is missing.
 */
export const readParameterFile = (text: string, format: 'json' | 'csv'): readonly SentParameter[] => {
  const rows = format === 'json' ? readJson(text) : readCsv(text)
  if (rows.length === 0) throw new ParameterFileError('the file has no rows')
  return rows.map((cells, at) => readRow(cells, `row ${at + 1}`))
}

const readJson = (text: string): readonly Cells[] => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new ParameterFileError('the file is no JSON', { cause })
  }
  const rows = Array.isArray(parsed) ? parsed : (parsed as { parameters?: unknown } | null)?.parameters
  if (!Array.isArray(rows)) throw new ParameterFileError('the file has no list "parameters"')
  for (const [at, row] of rows.entries()) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new ParameterFileError(`row ${at + 1} is no object`)
    }
    checkColumns(Object.keys(row), `row ${at + 1}`)
  }
  return rows as Cells[]
}

const readCsv = (text: string): readonly Cells[] => {
  let rows: string[][]
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true, trim: true })
  } catch (cause) {
    throw new ParameterFileError('the file is no CSV', { cause })
  }
  const [header = [], ...more] = rows
  checkColumns(header, 'the header')
  return more.map((cells, at): Cells => {
    const named: Partial<Record<string, unknown>> = {}
    for (const [column, name] of header.entries()) if (cells[column] !== '') named[name] = cells[column]
    return { ...named, ...csvValue(named['value'], `row ${at + 1}`) }
  })
}

/** Lists and named figures stand in one cell as JSON. */
const csvValue = (cell: unknown, where: string): Cells => {
  if (typeof cell !== 'string' || !/^[[{]/.test(cell)) return {}
  try {
    return { value: JSON.parse(cell) }
  } catch (cause) {
    throw new ParameterFileError(`${where}: value is no JSON`, { cause })
  }
}

const checkColumns = (names: readonly string[], where: string): void => {
  const unknown = names.filter((name) => !(COLUMNS as readonly string[]).includes(name))
  if (unknown.length > 0) throw new ParameterFileError(`${where}: no such column: ${unknown.join(', ')}`)
}

const readRow = (cells: Cells, where: string): SentParameter => {
  const text = (name: Column, fallback?: string): string => {
    const value = cells[name] ?? fallback
    if (typeof value !== 'string' || value === '')
      throw new ParameterFileError(`${where}: ${name} is missing or no text`)
    return value
  }
  const matching = (name: Column, form: RegExp, fallback?: string): string => {
    const value = text(name, fallback)
    if (!form.test(value)) throw new ParameterFileError(`${where}: ${name} is not as it must be`)
    return value
  }
  const date = (name: Column): string => {
    const value = text(name)
    if (!isDate(value)) throw new ParameterFileError(`${where}: ${name} is no date`)
    return value
  }
  const item = text('item')
  if (!(PARAMETER_ITEMS as readonly string[]).includes(item)) {
    throw new ParameterFileError(`${where}: item is none of ${PARAMETER_ITEMS.join(', ')}`)
  }
  const row: SentParameter = {
    city: matching('city', /^\d{6}$/),
    insutype: matching('insutype', /^\d{3}$/),
    psnType: matching('psn_type', CODE, ANY),
    medType: matching('med_type', CODE, ANY),
    hospLv: matching('hosp_lv', CODE, ANY),
    diseCodg: matching('dise_codg', CODE, ANY),
    item: item as ParameterItem,
    value: (cells.value ?? null) as ParameterValue | null,
    effectiveFrom: date('effective_from'),
    effectiveTo: cells.effective_to === undefined || cells.effective_to === null ? null : date('effective_to'),
    sourceDocument: text('source_document'),
    verified: readFlag(cells.verified, where),
    note: cells.note === undefined || cells.note === null ? '' : text('note'),
  }
  if (row.effectiveTo !== null && row.effectiveTo < row.effectiveFrom) {
    throw new ParameterFileError(`${where}: effective_to is before effective_from`)
  }
  if (row.verified && row.value === null) throw new ParameterFileError(`${where}: a missing figure cannot be verified`)
  return row
}

/** Ids of rows are made of these, and stay short. */
const CODE = /^(\*|[A-Za-z0-9._-]{1,30})$/

const readFlag = (value: unknown, where: string): boolean => {
  if (value === undefined || value === false || value === 'false') return false
  if (value === true || value === 'true') return true
  throw new ParameterFileError(`${where}: verified is true or false`)
}
