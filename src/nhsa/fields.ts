import { isDate } from '../kernel/time.ts'
import { dictionaryOf } from './dictionaries.ts'
import type { FieldTable } from './tables/form.ts'

/** What a value must be: C text, N(p,s) number, D date, DT date with time, bytes in Base64. */
export type FieldKind = 'C' | 'N' | 'D' | 'DT' | 'bytes'

export interface Field {
  readonly name: string
  readonly label: string
  readonly kind: FieldKind
  readonly required: boolean
  readonly coded: boolean
  /** Most characters of a text; undefined where the type gives none. */
  readonly length: number | undefined
  /** Digits after the point of a number. */
  readonly scale: number
  /** The type as the table writes it, for messages. */
  readonly type: string
  /** Why a value that is there is wrong, or undefined where it is right. Says nothing of the value itself. */
  problem(value: string): string | undefined
}

const TYPE = /^(C|N|DT|D|bytes)(?:\((\d+)(?:,(\d+))?\))?$/
const DATE_TIME = /^(\d{4}-\d{2}-\d{2}) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
/** Digits of an N that has no length in its table. */
const ANY_DIGITS = 16

/** Reads a table once: the regular expressions of its types are made here and never per call. */
export function compileFields(table: FieldTable): readonly Field[] {
  return Object.entries(table).map(([name, text]) => compileField(name, text))
}

function compileField(name: string, text: string): Field {
  const words = text.split(' ')
  const type = words[0] ?? ''
  const coded = words.includes('dict')
  const required = words.includes('req')
  const label = words.filter((word, at) => at > 0 && word !== 'dict' && word !== 'req').join(' ')
  const read = TYPE.exec(type)
  if (read === null) throw new Error(`the type of ${name} cannot be read: ${text}`)
  const kind = read[1] as FieldKind
  const length = read[2] === undefined ? undefined : Number(read[2])
  const scale = Number(read[3] ?? 0)
  const common = { name, label, kind, required, coded, scale, type }
  switch (kind) {
    case 'C':
      return { ...common, length, problem: (value) => problemOfText(value, length) }
    case 'N': {
      const digits = Math.max((length ?? ANY_DIGITS) - scale, 1)
      const shape = new RegExp(`^-?\\d{1,${digits}}${scale > 0 ? `(?:\\.\\d{1,${scale}})?` : '(?:\\.0+)?'}$`)
      return { ...common, length: undefined, problem: (value) => (shape.test(value) ? undefined : `应为数值${type}`) }
    }
    case 'D':
      return { ...common, length: undefined, problem: (value) => (isDate(value) ? undefined : '应为日期yyyy-MM-dd') }
    case 'DT':
      return { ...common, length: undefined, problem: problemOfTime }
    case 'bytes':
      return { ...common, length: undefined, problem: (value) => (BASE64.test(value) ? undefined : '应为Base64文本') }
  }
}

/** Lengths count characters, not bytes and not the halves of surrogate pairs. */
function problemOfText(value: string, length: number | undefined): string | undefined {
  if (hasControl(value)) return '含有控制字符'
  if (length === undefined || value.length <= length) return undefined
  return value.length > 2 * length || Array.from(value).length > length ? `长度超过${length}` : undefined
}

/** Control characters other than tab and line ends; halves of surrogate pairs alone are no text either. */
function hasControl(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return true
  }
  return !value.isWellFormed()
}

function problemOfTime(value: string): string | undefined {
  const date = DATE_TIME.exec(value)?.[1]
  return date !== undefined && isDate(date) ? undefined : '应为日期时间yyyy-MM-dd HH:mm:ss'
}

/** True for a code of a field's dictionary; also where the document has no list for the field. */
export function isListed(field: string, code: string): boolean {
  const dictionary = dictionaryOf(field)
  return dictionary === undefined || Object.hasOwn(dictionary, code)
}
