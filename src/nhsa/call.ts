import type { CityCode } from '../codes/index.ts'
import type { Institution } from '../institutions/index.ts'
import type { AreaCodes } from './codes.ts'
import type { CompiledTransaction, Input, Row } from './read-input.ts'
import type { Output } from './write-output.ts'

/** A call that passed the gateway and its tables: what a transaction works with. */
export interface Call {
  readonly msgid: string
  readonly institution: Institution
  /** insuplc_admdvs as a city; undefined where it was not sent. */
  readonly insuredCity: CityCode | undefined
  readonly envelope: Row
  readonly codes: AreaCodes
  /** When the call arrived. */
  readonly now: Date
  /** True where the message was worked on before and its answer is lost: what it asks for may have been done. */
  readonly again: boolean
  readonly by: {
    readonly clientId: string
    readonly role: 'hospital' | 'pharmacy'
    readonly requestId: string
    readonly sourceAddress: string
  }
}

/** A transaction with what it does. Tables and work stand side by side in the one list of `transactions.ts`. */
export interface Transaction {
  readonly table: CompiledTransaction
  readonly run: (call: Call, input: Input) => Promise<Output>
  /** False once 2601 took back what the message did. */
  readonly stands: (call: Pick<Call, 'institution' | 'msgid'>) => Promise<boolean>
  /** What the document lets a caller do without having signed in: only 9001. */
  readonly needsSignIn: boolean
}

/** The one row of a node that is a single object; its tables made sure that it is there. */
export function rowOf(input: Input, node: string): Row {
  const row = input[node]?.[0]
  if (row === undefined) throw new Error(`${node} was not read`)
  return row
}

export const rowsOf = (input: Input, node: string): readonly Row[] => input[node] ?? []

/** A field of a checked row. A name that is no field of the table is a mistake of ours, not an empty value. */
export function valueOf(row: Row, name: string): string {
  const value = row[name]
  if (value === undefined) throw new Error(`${name} is no field of this node`)
  return value
}

/** The same, with an empty value as undefined. */
export const given = (row: Row, name: string): string | undefined => valueOf(row, name) || undefined
