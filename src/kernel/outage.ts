import { AppError } from './errors.ts'

/** No answer from the database, or one that says "later": no row is to blame, the same work is tried again. */
export function isOutage(error: unknown): boolean {
  if (error instanceof AppError) return error.retryable
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return OUTAGE.test(code) || (error instanceof Error && code === '' && LOST_CONNECTION.test(error.message))
}

/** What pg and pg-pool say of a connection that broke or never came; these errors carry no code. */
const LOST_CONNECTION =
  /^(?:Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Query read timeout)/

/**
 * SQLSTATE classes 08 connection, 40 rolled back, 53 resources, 57 operator intervention; or a socket's error. An
 * assertion has a code too (ERR_ASSERTION) and must not count: it would stop every claim for the sake of one.
 */
const OUTAGE =
  /^(?:(?:08|40|53|57)[0-9A-Z]{3}|ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
