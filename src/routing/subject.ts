import { blindIndex, type Keyring } from '../kernel/crypto/index.ts'

import type { IdentifierType } from '../people/index.ts'
import type { PatientNamed } from './types.ts'

/** The order in which hospitals know people: nearly all by the identity number. */
const ORDER_OF_IDENTIFIERS: readonly IdentifierType[] = [
  'resident-id',
  'travel-permit',
  'passport',
  'social-security-card',
  'insured-number',
  'other',
]

/**
 * The lane of a message: opaque, and the same for each message that names its patient in the same way, whether or not the
 * person is registered yet. A message that names nobody has a lane of its own.
 */
export function subjectOf(
  keyring: Keyring,
  of: { readonly rowId: string; readonly sender: string; readonly patient: PatientNamed | undefined },
): string {
  const { patient, sender } = of
  if (patient === undefined) return `message:${of.rowId}`
  const [strongest] = patient.identifiers.toSorted(
    (a, b) => ORDER_OF_IDENTIFIERS.indexOf(a.type) - ORDER_OF_IDENTIFIERS.indexOf(b.type),
  )
  if (strongest !== undefined) {
    return hashed(keyring, 'routing-patient', `${strongest.type}|${strongest.value.trim().toUpperCase()}`)
  }
  if (patient.personId !== undefined) return `person:${patient.personId}`
  return hashed(keyring, 'routing-local-patient', `${sender}|${patient.local}`)
}

function hashed(keyring: Keyring, type: string, normalForm: string): string {
  return `hash:${blindIndex(keyring, { type, normalForm }).value.toString('base64url')}`
}
