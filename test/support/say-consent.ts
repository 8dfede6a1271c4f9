import { type Consent, insertConsent } from '../../src/consent/consent-store.ts'
import type { Deps } from '../../src/kernel/deps.ts'
import { newId } from '../../src/kernel/ids.ts'
import { inTx } from '../../src/kernel/tx.ts'

/** What a person said, as the slice of consent keeps it: left out, a refusal of clinical data for treatment. */
export async function sayConsent(
  deps: Pick<Deps, 'db' | 'clock'>,
  said: Pick<Consent, 'recipients'> & Partial<Consent> & { readonly personId: string },
): Promise<void> {
  await inTx(deps.db, (tx) =>
    insertConsent(tx, {
      consentId: newId(),
      decision: 'deny',
      purpose: 'TREAT',
      dataClasses: ['C5'],
      sensitiveClasses: [],
      sources: [],
      separate: true,
      givenBy: 'self',
      giverId: null,
      notice: 'cross-city-records',
      noticeVersion: 1,
      noticeHash: 'test',
      language: 'zh-CN',
      channel: 'app',
      evidenceRef: 'test',
      givenAt: deps.clock.now(),
      validUntil: null,
      recordedClient: 'test',
      recordedCity: '510600',
      ...said,
    } as Consent),
  )
}
