import { decryptField, encryptField, type Keyring } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditConsent, type ConsentCaller, cityOf } from './caller.ts'
import { consentError } from './errors.ts'
import { reasonPlace } from './open-override.ts'
import {
  listOverrides,
  type Override,
  type OverrideState,
  type OverrideVerdict,
  readOverride,
  reviewOverrideRow,
} from './override-store.ts'

const notePlace = (overrideId: string) => ({ table: 'consent_override', column: 'note_encrypted', rowId: overrideId })

/** With its words, for who may read them. */
export interface ReadableOverride extends Override {
  readonly text: string
  readonly note: string | null
}

export function openWords(keyring: Keyring, override: Override): ReadableOverride {
  const { overrideId, textEncrypted, noteEncrypted } = override
  return {
    ...override,
    text: decryptField(keyring, textEncrypted, reasonPlace(overrideId)),
    note: noteEncrypted === null ? null : decryptField(keyring, noteEncrypted, notePlace(overrideId)),
  }
}

/** Emergency accesses that the caller reviews (its city's) or made (its institution's). The reading is audited first. */
export async function showOverrides(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  ask: { readonly state: OverrideState; readonly limit: number; readonly by: ConsentCaller },
): Promise<readonly ReadableOverride[]> {
  const { state, limit, by } = ask
  const own = by.institution === undefined ? { city: cityOf(by) } : { institution: by.institution }
  const overrides = await listOverrides(deps.db, { ...own, state, limit, now: deps.clock.now() })
  const persons = [...new Set(overrides.map((one) => one.personId))]
  await auditConsent(
    deps,
    deps.db,
    by,
    ...persons.map((personId) => ({
      action: 'consent.override-list',
      targetType: 'override' as const,
      personId,
      purpose: 'supervision',
      basis: 'statutory-duty' as const,
    })),
  )
  return overrides.map((one) => openWords(deps.keyring, one))
}

/** The verdict on an emergency access, once, by somebody of the city who had no part in it. */
export async function reviewOverride(
  deps: Pick<Deps, 'clock' | 'keyring'>,
  tx: Tx,
  command: {
    readonly overrideId: string
    readonly verdict: OverrideVerdict
    readonly note: string | null
    readonly officer: string
    readonly by: ConsentCaller
  },
): Promise<ReadableOverride> {
  const { overrideId, verdict, note, officer, by } = command
  const override = await readOverride(tx, overrideId)
  if (override === undefined || override.city !== cityOf(by)) throw consentError('override-not-found')
  if (override.reviewedAt !== null) throw consentError('override-reviewed')
  if (by.clientId === override.clientId || by.institution === override.institution) throw consentError('own-override')
  const noteEncrypted = note === null ? null : encryptField(deps.keyring, note, notePlace(overrideId))
  const at = deps.clock.now()
  await reviewOverrideRow(tx, override, { verdict, noteEncrypted, by: by.clientId, officer, at })
  await auditConsent(deps, tx, by, {
    action: 'consent.override-review',
    targetType: 'override',
    targetId: overrideId,
    personId: override.personId,
    purpose: 'supervision',
    basis: 'statutory-duty',
    onBehalfOf: officer,
    reasonCodes: [verdict],
  })
  const reviewed = { reviewedAt: at, reviewedBy: by.clientId, reviewedOfficer: officer, verdict, noteEncrypted }
  return openWords(deps.keyring, { ...override, ...reviewed })
}
