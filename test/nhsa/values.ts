import { dictionaryOf } from '../../src/nhsa/dictionaries.ts'
import type { Field } from '../../src/nhsa/fields.ts'
import type { CompiledTransaction } from '../../src/nhsa/read-input.ts'

/** A right value of a field, by its table. */
export function rightValue(field: Field): string {
  const dictionary = dictionaryOf(field.name)
  if (field.coded && dictionary !== undefined) return Object.keys(dictionary)[0] ?? ''
  switch (field.kind) {
    case 'N':
      return '1'
    case 'D':
      return '2026-11-24'
    case 'DT':
      return '2026-11-24 10:00:00'
    case 'bytes':
      return 'QUJD'
    case 'C':
      return 'A'
  }
}

/** An input with every field of every node, all right. */
export function validInput(table: CompiledTransaction): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const node of table.input) {
    const row = Object.fromEntries(node.fields.map((field) => [field.name, rightValue(field)]))
    if (node.within === undefined) input[node.name] = node.many ? [row] : row
  }
  for (const node of table.input) {
    if (node.within === undefined) continue
    const row = Object.fromEntries(node.fields.map((field) => [field.name, rightValue(field)]))
    for (const holder of input[node.within] as Record<string, unknown>[]) holder[node.name] = [row]
  }
  return input
}

/** Wrong values of a field: of another kind, too long, too large, not in the dictionary, missing where it must be there. */
export function wrongValues(field: Field): unknown[] {
  const others = [{}, [], ['A'], true, { $ne: '' }]
  const missing = field.required ? ['', null, undefined] : []
  const code = field.coded && dictionaryOf(field.name) !== undefined ? ['zz', "1' or '1'='1"] : []
  switch (field.kind) {
    case 'N':
      return [
        ...others,
        ...missing,
        'x',
        '1e9',
        '--1',
        '٣',
        `1${'0'.repeat(40)}`,
        1e300,
        "1'; drop table nhsa_message;--",
      ]
    case 'D':
    case 'DT':
      return [...others, ...missing, 5, '2026-13-01', '2026-02-30 10:00:00', 'today', '20261124']
    case 'bytes':
      return [...others, ...missing, 5, '<xml/>']
    case 'C':
      return [
        ...others,
        ...missing,
        ...code,
        5,
        'a\u0000b',
        '\ud800',
        ...(field.length === undefined ? [] : ['字'.repeat(field.length + 1), 'x'.repeat(100_000)]),
      ]
  }
}
