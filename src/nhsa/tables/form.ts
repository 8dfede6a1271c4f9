/**
 * Fields of a node by their names: type, `dict` where a dictionary codes it, `req` where it must never be empty, and the
 * Chinese name. For example `'C(30) req 人员编号'`.
 */
export type FieldTable = Readonly<Record<string, string>>

/** A node of a transaction: one object or a list of them. */
export interface NodeTable {
  readonly many: boolean
  readonly fields: FieldTable
  /** The node whose rows hold this one, where it does not stand in `input` itself; its rows may be absent. */
  readonly within?: string
}

export interface TransactionTable<Infno extends string = string> {
  readonly infno: Infno
  readonly name: string
  readonly input: Readonly<Record<string, NodeTable>>
  readonly output: Readonly<Record<string, NodeTable>>
}

export const one = (fields: FieldTable): NodeTable => ({ many: false, fields })
export const list = (fields: FieldTable): NodeTable => ({ many: true, fields })
export const within = (parent: string, fields: FieldTable): NodeTable => ({ many: true, fields, within: parent })

export const describe = <const Infno extends string>(
  infno: Infno,
  name: string,
  { input, output }: Pick<TransactionTable, 'input' | 'output'>,
): TransactionTable<Infno> => ({ infno, name, input, output })
