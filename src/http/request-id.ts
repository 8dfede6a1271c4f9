import { looksPersonal } from '../kernel/log.ts'

const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/

/**
 * The caller's own id of a request, where it sent a usable one. It is written to logs, audit and outbox: one that looks
 * like an identity number is not taken over.
 */
export function givenRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && REQUEST_ID.test(header) && !looksPersonal(header) ? header : undefined
}
