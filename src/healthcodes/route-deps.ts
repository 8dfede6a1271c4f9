import { type FastifyReply, type FastifyRequest, isSuccess } from '../http/app-type.ts'
import type { IssuerKeys } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { looksPersonal } from '../kernel/log.ts'
import type { HealthCodeState } from './state.ts'

export interface HealthRouteDeps extends Pick<Deps, 'db' | 'clock' | 'keyring'> {
  readonly issuerKeys: IssuerKeys
  readonly healthCodes: HealthCodeState
}

export const tags = ['healthcodes']

/**
 * After the commit and before the answer: who was told that something holds must find it so here at once. What was refused
 * changed nothing, and must not cost a read of the database.
 */
export const refreshAfter =
  (deps: Pick<HealthRouteDeps, 'healthCodes'>) =>
  async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (isSuccess(reply)) await deps.healthCodes.refresh()
  }

/** First and last instant that is taken: beyond them no order, level or key can mean anything. */
const EARLIEST = Date.parse('2000-01-01T00:00:00Z')
const LATEST = Date.parse('2200-01-01T00:00:00Z')

/** Milliseconds of an RFC 3339 instant. A leap second passes the form, but is none that a clock here shows. */
export function instantMs(value: string, pointer: string): number {
  const ms = Date.parse(value)
  if (Number.isNaN(ms) || ms < EARLIEST || ms > LATEST) {
    throw requestError('invalid', { errors: [{ pointer, detail: 'must be an instant of this or the next century' }] })
  }
  return ms
}

/** Words that are kept in clear must not hold an identity or phone number. */
export function clearText(value: string, pointer: string): string {
  if (looksPersonal(value)) {
    throw requestError('invalid', {
      errors: [{ pointer, detail: 'holds what looks like an identity or phone number' }],
    })
  }
  return value
}

export const iso = (ms: number): string => new Date(ms).toISOString()
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
