import type { AreaCodes } from './codes.ts'
import type { Field } from './fields.ts'
import type { CompiledNode } from './read-input.ts'

/** What a transaction answers for one row: national codes, amounts as text, nothing where there is nothing. */
export type OutRow = Readonly<Record<string, string | number | bigint | null | undefined>>

/** The rows of each output node by its name; one row for a node of one object. */
export type Output = Readonly<Record<string, OutRow | readonly OutRow[]>>

type Written = Record<string, string>

/**
 * The output by its tables: every field of a node, in the order of its table and no other; an empty number is "0", anything
 * else that is empty "" (wire rules, section 2). Numbers are written as text, so that no reader takes an amount for a float.
 */
export function writeOutput(
  output: Output,
  nodes: readonly CompiledNode[],
  codes: AreaCodes,
): Record<string, Written | Written[]> {
  const written: Record<string, Written | Written[]> = {}
  for (const node of nodes) {
    const value = output[node.name]
    const rows: readonly OutRow[] = value === undefined ? [] : isList(value) ? value : [value]
    const all = rows.map((row) => writeRow(row, node.fields, codes))
    const [first] = all
    if (node.many) written[node.name] = all
    else if (first !== undefined) written[node.name] = first
  }
  return written
}

function writeRow(row: OutRow, fields: readonly Field[], codes: AreaCodes): Written {
  const written: Written = {}
  for (const field of fields) written[field.name] = writeField(row[field.name], field, codes)
  return written
}

function writeField(value: OutRow[string], field: Field, codes: AreaCodes): string {
  if (value === null || value === undefined || value === '') return field.kind === 'N' ? '0' : ''
  const text = String(value)
  return field.coded ? codes.outward(field.name, text) : text
}

const isList = (value: OutRow | readonly OutRow[]): value is readonly OutRow[] => Array.isArray(value)
