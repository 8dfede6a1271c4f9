import { requestError } from '../kernel/errors.ts'

const EARLIEST = Date.parse('2000-01-01T00:00:00Z')
const LATEST = Date.parse('2200-01-01T00:00:00Z')

/** An RFC 3339 instant. A leap second passes the form, but is none that a clock here shows. */
export function instant(value: string, pointer: string): Date {
  const ms = Date.parse(value)
  if (Number.isNaN(ms) || ms < EARLIEST || ms > LATEST) {
    throw requestError('invalid', { errors: [{ pointer, detail: 'must be an instant of this or the next century' }] })
  }
  return new Date(ms)
}
