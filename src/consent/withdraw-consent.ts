import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditConsent, type ConsentCaller, cityOf } from './caller.ts'
import { type Channel, insertWithdrawal, readConsents, type StoredConsent } from './consent-store.ts'
import { consentError } from './errors.ts'
import { lockPerson } from './lock-person.ts'
import { assertDecides, type Decider } from './who-decides.ts'

/** A consent was withdrawn: whoever sends or keeps data on its strength stops. Payload: `personId`, `consentId`. */
export const CONSENT_WITHDRAWN = 'consent.withdrawn'

/**
 * Takes back what was said, a yes or a no, at once and in all four cities. It needs no notice, no reason and no proof beyond
 * that of who asks: withdrawing is no harder than giving (个人信息保护法 art. 15). A repeat finds it done.
 */
export async function withdrawConsent(
  deps: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  command: Decider & {
    readonly personId: string
    readonly consentId: string
    readonly channel: Channel
    readonly by: ConsentCaller
  },
): Promise<StoredConsent> {
  const { personId, consentId, givenBy, giverId, channel, by } = command
  const now = deps.clock.now()
  const personIds = await lockPerson(tx, personId)
  const [consent] = await readConsents(tx, { personIds, consentId })
  if (consent === undefined) throw consentError('not-found')
  await assertDecides(tx, personId, { givenBy, giverId }, now)
  const withdrawal = { withdrawnBy: givenBy, giverId: giverId ?? null, channel, withdrawnAt: now }
  const recorded = { recordedClient: by.clientId, recordedCity: cityOf(by) }
  if (!(await insertWithdrawal(tx, consent, { ...withdrawal, ...recorded }))) return consent
  await auditConsent(deps, tx, by, {
    action: 'consent.withdraw',
    targetType: 'consent',
    targetId: consentId,
    personId,
    purpose: consent.purpose,
    basis: 'consent',
    consentId,
    onBehalfOf: giverId ?? personId,
  })
  if (consent.decision === 'permit') {
    await deps.outbox.append(tx, {
      topic: CONSENT_WITHDRAWN,
      payload: { personId, consentId },
      requestId: by.requestId,
    })
  }
  return { ...consent, withdrawal }
}
