/**
 * Arrays as PostgreSQL reads them (`{1,2,3}`), for statements that take a column of many rows as one parameter: a
 * parameter for each value, or a JSON text, costs both sides several times as much.
 */

/** Of values without anything that needs quotes: numbers, UUIDs, dates, booleans. */
export const plainArray = (values: readonly (string | number | bigint | boolean)[]): string => `{${values.join(',')}}`

/** The same where values may be missing. */
export const nullableArray = (values: readonly (string | null)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`

/** Of texts: quoted, with quotes and backslashes escaped. */
export const textArray = (values: readonly (string | null)[]): string =>
  `{${values.map((value) => (value === null ? 'NULL' : quote(value))).join(',')}}`

const SPECIAL = /["\\]/
const EACH_SPECIAL = /["\\]/g

const quote = (text: string): string => (SPECIAL.test(text) ? `"${text.replace(EACH_SPECIAL, '\\$&')}"` : `"${text}"`)

/** Of instants: the database reads the ISO form. */
export const timeArray = (values: readonly (Date | null)[]): string =>
  `{${values.map((value) => (value === null ? 'NULL' : value.toISOString())).join(',')}}`
