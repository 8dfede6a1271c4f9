import { parse } from 'csv-parse'
import type { FileRow, RowError } from './compare-periods.ts'
import { catalogueError } from './errors.ts'
import { type Field, ITEM_FIELDS, LIMIT_FIELDS } from './fields.ts'
import type { CatalogueRows } from './save-catalogue.ts'
import type { ItemRow, LimitRow } from './types.ts'

/** Rows of a text, and what of it could not be read. In CSV a line is one of the text, in JSON the number of the row. */
export interface ReadRows extends CatalogueRows {
  readonly errors: readonly RowError[]
}

const MOST_FIELD = 2_000

/** Rows of a table are about limits where they have this column. */
const OF_LIMITS = 'hilist_pric_uplmt_amt'

/**
 * Reads rows of the catalogue: CSV (RFC 4180) with a header line that names the columns, about items or about limits; or JSON,
 * a list of such rows or an object with the lists `items` and `limits`. Names are those of interfaces 1312 and 1318.
 *
 * @throws `catalogue.import-invalid` where the text is neither
 */
export async function readRows(text: string): Promise<ReadRows> {
  const first = text.trimStart()[0]
  return first === '[' || first === '{' ? readJson(text) : await readCsv(text)
}

async function readCsv(text: string): Promise<ReadRows> {
  const collected = collector()
  let columns: readonly string[] | undefined
  // As a stream: the fields of 200,000 rows at once would take several times the room of the rows.
  const parser = parse(text, { bom: true, info: true, skipEmptyLines: true, trim: true, maxRecordSize: 65_536 })
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (columns === undefined) {
        columns = record
        checkColumns(columns)
        continue
      }
      const names = columns
      collected.add(names.includes(OF_LIMITS), info.lines, (wire) => record[names.indexOf(wire)])
    }
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'AppError') throw cause
    // The parser's own message quotes the text.
    const line = (cause as { lines?: unknown }).lines
    throw invalid(
      `Line ${typeof line === 'number' ? line : '?'}: each row has as many fields as the first line, quoted as RFC 4180 says.`,
    )
  }
  if (columns === undefined) throw invalid('The text is empty.')
  return collected.rows()
}

function checkColumns(columns: readonly string[]): void {
  const fields: readonly { wire: string; fallback?: unknown }[] = columns.includes(OF_LIMITS)
    ? LIMIT_FIELDS
    : ITEM_FIELDS
  const known = fields.map((field) => field.wire)
  const unknown = columns.filter((name, at) => !known.includes(name) || columns.indexOf(name) !== at)
  const missing = fields.filter((field) => !('fallback' in field) && !columns.includes(field.wire))
  if (unknown.length === 0 && missing.length === 0) return
  const names = (list: readonly string[]) => list.map((name) => name.slice(0, 40)).join(', ')
  throw invalid(
    [
      ...(unknown.length > 0 ? [`line 1 names columns that are unknown or stand twice: ${names(unknown)}`] : []),
      ...(missing.length > 0 ? [`line 1 lacks ${names(missing.map((field) => field.wire))}`] : []),
    ].join('; '),
  )
}

function readJson(text: string): ReadRows {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw invalid('The text begins like JSON and is none.')
  }
  const collected = collector()
  const addAll = (list: unknown, ofLimits?: boolean): void => {
    if (list === undefined) return
    if (!Array.isArray(list)) throw invalid('items and limits are lists of rows.')
    for (const [at, row] of (list as readonly unknown[]).entries()) {
      if (typeof row !== 'object' || row === null || Array.isArray(row)) throw invalid(`Row ${at + 1} is no object.`)
      const members = row as Readonly<Record<string, unknown>>
      collected.add(ofLimits ?? Object.hasOwn(members, OF_LIMITS), at + 1, (wire) => textOf(members, wire), members)
    }
  }
  if (Array.isArray(read)) addAll(read)
  else {
    const { items, limits, ...more } = read as Readonly<Record<string, unknown>>
    const [other] = Object.keys(more)
    if (other !== undefined) throw invalid('The object has the lists items and limits, and nothing else.')
    addAll(items, false)
    addAll(limits, true)
  }
  return collected.rows()
}

/** Members are text, or true and false; a JSON number would have been a float on its way. */
function textOf(members: Readonly<Record<string, unknown>>, wire: string): string | undefined | Wrong {
  const value = Object.hasOwn(members, wire) ? members[wire] : undefined
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? value : { detail: 'is not a text: amounts and ratios are written in quotes' }
}

interface Wrong {
  readonly detail: string
}
type Get = (wire: string) => string | undefined | Wrong

function collector() {
  const items: FileRow<ItemRow>[] = []
  const limits: FileRow<LimitRow>[] = []
  const errors: RowError[] = []
  return {
    add(ofLimits: boolean, line: number, get: Get, members?: object): void {
      if (ofLimits) readRow(LIMIT_FIELDS, limits, line, get, members)
      else readRow(ITEM_FIELDS, items, line, get, members)
    },
    rows: (): ReadRows => ({ items, limits, errors }),
  }

  function readRow<Row>(
    fields: readonly Field<Row>[],
    into: FileRow<Row>[],
    line: number,
    get: Get,
    members: object = {},
  ): void {
    const row: Partial<Record<keyof Row, unknown>> = {}
    let ill = false
    const wrong = (column: string, detail: string): void => {
      ill = true
      errors.push({ line, column, detail })
    }
    for (const name of Object.keys(members)) {
      if (!fields.some((field) => field.wire === name)) wrong(name.slice(0, 40), 'is no column of these rows')
    }
    for (const field of fields) {
      const value = get(field.wire)
      if (typeof value === 'object') wrong(field.wire, value.detail)
      else if (value === undefined || value === '') {
        if ('fallback' in field) row[field.key] = field.fallback
        else wrong(field.wire, 'is missing')
      } else if (value.length > MOST_FIELD) wrong(field.wire, 'is too long')
      else {
        try {
          row[field.key] = field.read(value)
        } catch (error) {
          wrong(field.wire, error instanceof RangeError ? error.message : 'cannot be read')
        }
      }
    }
    // Each field of the table gave its member: the row is whole.
    if (!ill) into.push({ line, row: row as Row })
  }
}

const invalid = (detail: string) => catalogueError('import-invalid', { detail })
