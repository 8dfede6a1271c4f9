import { createParameterBook, type ParameterBook } from '../parameter-book.ts'
import { ANY, PARAMETER_ITEMS, type ParameterItem, type ParameterRow, type ParameterValue } from '../parameters.ts'
import { type Fields, fieldsOf, GoldenFileError } from './fields.ts'

/**
 * The policy of a case: the sample figures, and the case's own rows (`parameters`). An item of which a case gives rows is the case's
 * alone: the samples of that city, insurance and item give way. A row holds for whatever it does not name.
 */
export const bookOfCase = (one: Fields, city: string, insutype: string, samples: ParameterBook): ParameterBook => {
  const given = one.list('parameters')
  if (given === undefined || given.length === 0) return samples
  const own = given.map((row, at) => readRow(fieldsOf(row, `parameters[${at}]`), at, city, insutype))
  const rest = samples.rows.filter((row) => !own.some((mine) => isOfItem(mine, row)))
  try {
    return createParameterBook([...rest, ...own])
  } catch (cause) {
    throw new GoldenFileError(cause instanceof Error ? cause.message : 'parameters cannot be read', { cause })
  }
}

const readRow = (row: Fields, at: number, city: string, insutype: string): ParameterRow => {
  const item = row.required('item')
  if (!(PARAMETER_ITEMS as readonly string[]).includes(item)) {
    throw new GoldenFileError(`${row.path}.item is ${JSON.stringify(item)}: one of ${PARAMETER_ITEMS.join(', ')}`)
  }
  const value = row.get('value')
  return {
    id: row.text('id') ?? `parameters[${at}]`,
    version: 1,
    city: row.text('city') ?? city,
    insutype: row.text('insutype') ?? insutype,
    psnType: row.text('psn_type') ?? ANY,
    medType: row.text('med_type') ?? ANY,
    hospLv: row.text('hosp_lv') ?? ANY,
    diseCodg: row.text('dise_codg') ?? ANY,
    item: item as ParameterItem,
    value: (typeof value === 'number' ? String(value) : (value ?? null)) as ParameterValue | null,
    effectiveFrom: row.text('effective_from') ?? '2000-01-01',
    effectiveTo: row.text('effective_to') ?? null,
    sourceDocument: row.text('source_document') ?? 'case',
    verified: false,
    note: '',
  }
}

const isOfItem = (mine: ParameterRow, row: ParameterRow): boolean =>
  mine.city === row.city && mine.insutype === row.insutype && mine.item === row.item
