import { type DestinationStream, type Logger, pino } from 'pino'
import type { LogLevel } from './config.ts'

export type { Logger }

/**
 * Keys whose values never reach a log line, wherever they stand. The list is a second net: lines are written
 * with ids only, and request bodies are never logged.
 */
export const REDACTED_KEYS = [
  'name',
  'psn_name',
  'idNumber',
  'certno',
  'phone',
  'address',
  'birthDate',
  'authorization',
  'cookie',
  'client_assertion',
  'access_token',
  'token',
  'code_token',
  'password',
  'secret',
  'body',
] as const

/** An 18-character identity number or a mobile phone number, also with the country's 86, inside any text, e.g. in a driver's error message. */
const PERSONAL = /(?<![0-9A-Za-z])(?:\d{17}[\dXx]|(?:86)?1[3-9]\d{9})(?![0-9A-Za-z])/g

/** Replaces what looks like an identity or phone number. Applied to every line on its way out. */
export function scrub(line: string): string {
  return line.replace(PERSONAL, '[withheld]')
}

/** True where a text that a client chose (a key, a request id) holds what looks like an identity or phone number. */
export function looksPersonal(text: string): boolean {
  return scrub(text) !== text
}

/**
 * What a log line says of an error. The other members that drivers hang on their errors stay out: `detail` of
 * PostgreSQL quotes the row, and the client behind it is a page of internals.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}

export function createLog(options: { level: LogLevel; name: string }, destination?: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      base: { process: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[withheld]',
      },
      serializers: { err: describeError },
      hooks: { streamWrite: scrub },
    },
    destination ?? pino.destination({ dest: 2, sync: false }),
  )
}
