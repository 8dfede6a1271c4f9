import { checkPersonalId } from '../../codes/index.ts'
import type { FieldError } from '../../kernel/errors.ts'
import { isDate, localDate } from '../../kernel/time.ts'
import { visitError } from './errors.ts'

/** Refuses a call by one of its fields, by the name that it has in the interface (`/feedetail/3/cnt`). */
export const invalid = (pointer: string, detail: string) =>
  visitError('field-invalid', { detail: `${pointer}: ${detail}`, errors: [{ pointer, detail }] })

/** Reads a decimal by one of the forms of money.ts. */
export function readDecimal<T>(text: string, pointer: string, parse: (text: string) => T): T {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw invalid(pointer, 'is not a decimal of this field')
  }
}

const TIME = /^(\d{4}-\d{2}-\d{2}) ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)$/

/** Reads "2026-11-24 15:00:00" in the time of China. */
export function readTime(text: string, pointer: string): Date {
  const [, date = '', time = ''] = TIME.exec(text) ?? []
  if (!isDate(date)) throw invalid(pointer, 'is not a time such as 2026-11-24 15:00:00')
  return new Date(`${date}T${time}+08:00`)
}

/** A clock of an institution may be wrong by this much. */
const CLOCK_ERROR_MS = 5 * 60_000

/** What has happened did not happen in the future. */
export function assertPast(at: Date, now: Date, pointer: string): void {
  if (at.getTime() - now.getTime() > CLOCK_ERROR_MS) throw invalid(pointer, 'must not be in the future')
}

/** What is stored as the sender's own number must be no identity number; by its check character, so that others may look alike. */
export function assertImpersonal(text: string, now: Date, pointer: string): void {
  if (checkPersonalId(text, { today: localDate(now) }).ok) throw invalid(pointer, 'is an identity number')
}

/** What of a sender's note may be kept: an identity number may not, and is left out where nothing depends on it. */
export const impersonal = (text: string | undefined, now: Date): string | undefined =>
  text !== undefined && checkPersonalId(text, { today: localDate(now) }).ok ? undefined : text

export const totalsMismatch = (errors: readonly FieldError[]) =>
  visitError('total-mismatch', {
    detail: `${errors.map((one) => one.pointer.slice(1)).join(', ')}: not the sum of the fee lines`,
    errors,
  })
