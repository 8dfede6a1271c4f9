import type { AreaCodes } from './codes.ts'
import { compileFields, type Field } from './fields.ts'
import type { NodeTable, TransactionTable } from './tables/form.ts'

/** A checked row: every field of its table as text, '' where it was not sent. Coded ones hold national codes. */
export type Row = Readonly<Record<string, string>>

/** A checked input: the rows of every node by its name; a node of one object has one row. */
export type Input = Readonly<Record<string, readonly Row[]>>

/** One wrong field: where it is, and why, in Chinese; never what was sent. */
export interface Fault {
  readonly place: string
  readonly reason: string
}

/** What a caller can make the reading cost is bounded: past this many faults nothing is looked at any more. */
const MOST_FAULTS = 50

export interface CompiledNode {
  readonly name: string
  readonly many: boolean
  readonly fields: readonly Field[]
  readonly within: string | undefined
}

export interface CompiledTransaction<Infno extends string = string> {
  readonly infno: Infno
  readonly name: string
  readonly input: readonly CompiledNode[]
  readonly output: readonly CompiledNode[]
}

/** Once for each table, when the module is loaded. */
export function compileTransaction<Infno extends string>(table: TransactionTable<Infno>): CompiledTransaction<Infno> {
  const compile = (nodes: Readonly<Record<string, NodeTable>>): readonly CompiledNode[] =>
    Object.entries(nodes).map(([name, { many, fields, within }]) => ({
      name,
      many,
      fields: compileFields(fields),
      within,
    }))
  return { infno: table.infno, name: table.name, input: compile(table.input), output: compile(table.output) }
}

export interface Reading {
  readonly codes: AreaCodes
  readonly faults: Fault[]
}

/** Reads `input` by the nodes of a transaction. What is no field of a table is passed over: regions add their own. */
export function readInput(input: unknown, nodes: readonly CompiledNode[], reading: Reading): Input {
  const rows: Record<string, readonly Row[]> = {}
  if (!isObject(input)) {
    reading.faults.push({ place: 'input（交易输入）', reason: '应为对象' })
    return rows
  }
  for (const node of nodes) {
    const sent = node.within === undefined ? [input] : objectsOf(input[node.within])
    rows[node.name] = sent.flatMap((holder) => readNode(holder, node, reading))
  }
  return rows
}

function readNode(holder: Readonly<Record<string, unknown>>, node: CompiledNode, reading: Reading): readonly Row[] {
  const value = Object.hasOwn(holder, node.name) ? holder[node.name] : undefined
  if (value === undefined || value === null) {
    if (node.within === undefined) reading.faults.push({ place: node.name, reason: '缺少节点' })
    return []
  }
  // A list of one is sent as an object by some, and an object as a list of one by others; more than one is a mistake.
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!node.many && items.length !== 1) {
    reading.faults.push({ place: node.name, reason: '应为单个对象' })
    return []
  }
  if (items.length === 0 && node.within === undefined) reading.faults.push({ place: node.name, reason: '不能为空' })
  return items.flatMap((item, at) => {
    if (reading.faults.length >= MOST_FAULTS) return []
    const place = node.many ? `${node.name}第${at + 1}行` : node.name
    if (!isObject(item)) {
      reading.faults.push({ place, reason: '应为对象' })
      return []
    }
    return [readRow(item, node.fields, place, reading)]
  })
}

/** Reads one object by its fields. `place` stands before the field's name in every fault. */
export function readRow(
  sent: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
  place: string,
  { codes, faults }: Reading,
): Row {
  const row: Record<string, string> = {}
  for (const field of fields) {
    const value = textOf(Object.hasOwn(sent, field.name) ? sent[field.name] : undefined, field)
    const problem = typeof value === 'string' ? problemOf(value, field, sent, codes) : value.problem
    if (problem !== undefined) {
      faults.push({ place: `${place === '' ? '' : `${place} `}${field.name}（${field.label}）`, reason: problem })
      if (faults.length >= MOST_FAULTS) return row
      continue
    }
    const text = value as string
    row[field.name] = field.coded && text !== '' ? (codes.inward(field.name, text) ?? text) : text
  }
  return row
}

function problemOf(
  value: string,
  field: Field,
  sent: Readonly<Record<string, unknown>>,
  codes: AreaCodes,
): string | undefined {
  if (value === '') return field.required ? '不能为空' : undefined
  if (isShownToken(field, sent)) {
    const most = Number(codes.setting('token_length'))
    return value.length > most ? `长度超过${most}` : undefined
  }
  const problem = field.problem(value)
  if (problem !== undefined) return problem
  return field.coded && codes.inward(field.name, value) === undefined ? '不在字典中' : undefined
}

/** With 就诊凭证类型 01 the number is a signed code, longer than the C(50) of the tables: its length is the area's. */
const isShownToken = (field: Field, sent: Readonly<Record<string, unknown>>): boolean =>
  field.name === 'mdtrt_cert_no' && sent['mdtrt_cert_type'] === '01'

/** Digits that a JSON number carries without loss (IEEE 754). */
const SAFE_DIGITS = 15

/** A value as text. Numbers may come as JSON numbers or as text; anything else must be text. */
function textOf(value: unknown, field: Field): string | { readonly problem: string } {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return field.kind === 'C' || field.kind === 'bytes' ? value : value.trim()
  if (typeof value !== 'number') return { problem: field.kind === 'N' ? '应为数值或文本' : '应为文本' }
  if (field.kind !== 'N') return { problem: '应为文本' }
  const text = String(value)
  // Beyond this the number is not what was written any more.
  if (text.replace(/\D/g, '').length > SAFE_DIGITS) return { problem: '数值位数过多，请以文本传送' }
  return text
}

const objectsOf = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  (Array.isArray(value) ? value : [value]).filter(isObject)

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
