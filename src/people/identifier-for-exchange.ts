import type { AuditEvent } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { personEvent } from './audit-person.ts'
import { openIdentifier } from './seal-person.ts'
import type { SealedIdentifier } from './store.ts'
import type { AskedBy, IdentifierType, PersonIdentifier } from './types.ts'

/** The order in which hospitals know people: nearly all by the identity number. */
const ORDER: readonly IdentifierType[] = ['resident-id', 'travel-permit', 'passport']

/** An identifier in clear, and the event that must be in the audit log before the identifier leaves the process. */
export interface ExchangeIdentifier {
  readonly identifier: PersonIdentifier
  readonly event: AuditEvent
}

/**
 * The identifier, in clear, by which a hospital's own system knows the person (`IDENTIFIERS_PART`); a merged person's, the
 * surviving row's first. For server-to-server requests only: it must never reach an answer, a log line, a URL or a job.
 * Undefined where there is none, also for a person that does not exist.
 */
export function identifierForExchange(
  { keyring }: Pick<Deps, 'keyring'>,
  rows: readonly SealedIdentifier[],
  ask: { readonly personId: string; readonly by: AskedBy; readonly purpose: string },
): ExchangeIdentifier | undefined {
  const row = ORDER.map((type) => rows.find((one) => one.type === type)).find((one) => one !== undefined)
  if (row === undefined) return undefined
  return {
    identifier: { type: row.type, value: openIdentifier(keyring, row) },
    event: personEvent(ask.by, {
      action: 'people.identifier-for-exchange',
      personId: ask.personId,
      purpose: ask.purpose,
      fieldsTouched: [row.type],
    }),
  }
}
