import { isDecimal } from './json.ts'

/** What a primitive type of R4 looks like in JSON. Names are those of the types. */
export const PRIMITIVES: Readonly<Record<string, (value: unknown) => boolean>> = {
  base64Binary: isBase64,
  boolean: (value) => typeof value === 'boolean',
  canonical: isUri,
  code: (value) => typeof value === 'string' && CODE.test(value),
  date: (value) => typeof value === 'string' && DATE.test(value) && isCalendarDay(value),
  dateTime: (value) => typeof value === 'string' && DATE_TIME.test(value) && isCalendarDay(value),
  decimal: isDecimalValue,
  id: isId,
  instant: (value) => typeof value === 'string' && INSTANT.test(value) && isCalendarDay(value),
  integer: (value) => isInteger(value, -LARGEST_INTEGER - 1),
  markdown: isText,
  oid: (value) => typeof value === 'string' && OID.test(value),
  positiveInt: (value) => isInteger(value, 1),
  string: isText,
  time: (value) => typeof value === 'string' && TIME.test(value),
  unsignedInt: (value) => isInteger(value, 0),
  uri: isUri,
  url: isUri,
  uuid: (value) => typeof value === 'string' && UUID.test(value),
  xhtml: isText,
}

const LARGEST_INTEGER = 2 ** 31 - 1

// The patterns of the R4 types, without what takes exponential time, and without JavaScript's meaning of `\s`: HL7 means
// white space of ASCII, and U+3000 is part of Chinese texts. From the blank or the `!` on nothing is a control character.
const CODE = /^[!-\uffff]+(?: [!-\uffff]+)*$/
const NOT_OF_AN_ID = /[^A-Za-z0-9.-]/
const OID = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/
const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const NOT_OF_A_URI = /[^!-\uffff]/
const NOT_OF_A_TEXT = /[^ -\uffff\t\n\r]/
const DATE = /^(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?$/
const INSTANT =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))$/
const DATE_TIME =
  /^(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)))?)?)?$/

/** A text has one character at least, and no control characters but tab, line feed and carriage return. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && !NOT_OF_A_TEXT.test(value)
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 64 && !NOT_OF_AN_ID.test(value)
}

function isUri(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && !NOT_OF_A_URI.test(value)
}

/** Infinity comes of a number too large for JavaScript and could not be written again. */
function isDecimalValue(value: unknown): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : isDecimal(value)
}

function isInteger(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= LARGEST_INTEGER
}

const BASE64 = /^[0-9A-Za-z+/]+={0,2}$/

/**
 * Groups of four; white space may stand anywhere, as in texts broken into lines. It is taken out first: a pattern that
 * allows it in two places takes quadratic time for a text of blanks.
 */
function isBase64(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const text = /[ \t\r\n]/.test(value) ? value.replaceAll(/[ \t\r\n]+/g, '') : value
  return text.length % 4 === 0 && BASE64.test(text)
}

/** The day exists, of a text in which it has the right form. */
function isCalendarDay(text: string): boolean {
  const day = (text.charCodeAt(8) - 48) * 10 + text.charCodeAt(9) - 48
  // Also where there is no day: what is not a number is not larger.
  if (!(day > 28)) return true
  const month = Number(text.slice(5, 7))
  if (month !== 2) return day <= 30 || (month !== 4 && month !== 6 && month !== 9 && month !== 11)
  const year = Number(text.slice(0, 4))
  return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}
