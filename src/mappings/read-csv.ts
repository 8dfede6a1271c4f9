import { parse } from 'csv-parse/sync'
import { isDate } from '../kernel/time.ts'
import { mappingsError } from './errors.ts'
import type { DraftProblem } from './rules.ts'
import { normalUnit } from './rules.ts'
import type { MappingDraft } from './types.ts'

export const CSV_COLUMNS = {
  laboratory: 'laboratory',
  local_system: 'localSystem',
  local_code: 'localCode',
  specimen: 'specimen',
  method: 'method',
  item: 'item',
  loinc: 'loinc',
  unit: 'unit',
  ucum: 'ucum',
  factor: 'factor',
  range_source: 'rangeSource',
  display: 'display',
  from: 'from',
  to: 'to',
} as const
const NEEDED = ['local_system', 'local_code'] as const
const MAX_ROWS = 5_000
const MAX_FIELD = 200

export interface CsvRow {
  /** Line of the text on which the row begins. */
  readonly line: number
  readonly draft: MappingDraft
  /** False where the text left the first day open. */
  readonly fromGiven: boolean
  readonly problems: readonly DraftProblem[]
}

/** Reads RFC 4180 text with a header line. @throws `mappings.csv-invalid` where the text as a whole is no such thing */
export function readCsv(text: string, today: string): readonly CsvRow[] {
  const [header, ...rows] = records(text)
  const columns = header?.record.map((name) => name.trim()) ?? []
  const unknown = columns.filter(
    (name) => !(name in CSV_COLUMNS) || columns.indexOf(name) !== columns.lastIndexOf(name),
  )
  const missing = NEEDED.filter((name) => !columns.includes(name))
  if (unknown.length > 0 || missing.length > 0) {
    throw mappingsError('csv-invalid', {
      detail: `The first line names the columns: ${Object.keys(CSV_COLUMNS).join(', ')}; each once, local_system and local_code at least.`,
    })
  }
  return rows.map(({ record, line }) => readRow(columns, record, line, today))
}

function records(text: string): readonly { readonly record: string[]; readonly line: number }[] {
  try {
    const parsed = parse(text, {
      bom: true,
      info: true,
      skipEmptyLines: true,
      maxRecordSize: 8_192,
      to: MAX_ROWS + 2,
    }) as unknown as { record: string[]; info: { lines: number } }[]
    if (parsed.length > MAX_ROWS + 1) throw mappingsError('csv-invalid', { detail: `${MAX_ROWS} rows at most.` })
    return parsed.map(({ record, info }) => ({ record, line: info.lines }))
  } catch (cause) {
    // The parser's message quotes the text.
    if (cause instanceof Error && cause.name === 'AppError') throw cause
    throw mappingsError('csv-invalid', {
      detail: 'Each row has as many fields as the first one, quoted as RFC 4180 says.',
    })
  }
}

function readRow(columns: readonly string[], record: readonly string[], line: number, today: string): CsvRow {
  const problems: DraftProblem[] = []
  const field = (name: keyof typeof CSV_COLUMNS): string | null => {
    const value = record[columns.indexOf(name)]?.trim() ?? ''
    // The database refuses control characters.
    const ill = value.length > MAX_FIELD || /\p{Cc}/u.test(value)
    if (ill)
      problems.push({
        field: CSV_COLUMNS[name],
        detail: `has more than ${MAX_FIELD} characters, or control characters`,
      })
    return value === '' || ill ? null : value
  }
  const day = (name: 'from' | 'to'): string | null => {
    const value = field(name)
    if (value === null || isDate(value)) return value
    problems.push({ field: name, detail: 'is no calendar date YYYY-MM-DD' })
    return null
  }
  const from = day('from')
  const factor = field('factor')
  if (factor !== null && !FACTOR.test(factor)) problems.push({ field: 'factor', detail: 'is no decimal number' })
  const draft: MappingDraft = {
    laboratory: field('laboratory'),
    localSystem: field('local_system') ?? '',
    localCode: field('local_code') ?? '',
    specimen: field('specimen'),
    method: field('method'),
    item: field('item'),
    loinc: field('loinc'),
    unit: normalUnit(field('unit')),
    ucum: field('ucum'),
    factor,
    rangeSource: field('range_source'),
    display: field('display'),
    from: from ?? today,
    to: day('to'),
  }
  if (draft.localSystem === '') problems.push({ field: 'localSystem', detail: 'is required' })
  if (draft.localCode === '') problems.push({ field: 'localCode', detail: 'is required' })
  return { line, draft, fromGiven: from !== null, problems }
}

/** As the column of the table takes it. */
const FACTOR = /^\d{1,12}(\.\d{1,12})?$/
