import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { cardEvent } from './audit-card.ts'
import type { CardState } from './card-state.ts'
import { type CardCaller, type CodeVerdict, type Purpose, pays, type Refusal } from './types.ts'
import { useCodeOnce } from './use-code.ts'
import type { VerificationAudit } from './verification-audit.ts'
import { verifyCode } from './verify-code.ts'

/** Whose code it is, or every reason against it. */
export type CodeOwner = { readonly personId: string } | { readonly reasons: readonly Refusal[] }

/**
 * Verifies a code that came inside another request (a visit, a bill) for the first of the purposes that it was made for.
 * With `useKey` a code that pays counts once, and that key may use it again; without, nothing is used up.
 *
 * @throws `request.try-later` while the audit log is not being written
 */
export async function personOfCode(
  deps: Pick<Deps, 'db' | 'clock' | 'config'> & {
    readonly cards: CardState
    readonly verificationAudit: VerificationAudit
  },
  shown: { readonly code: string; readonly purposes: readonly Purpose[]; readonly useKey?: string | undefined },
  by: CardCaller,
): Promise<CodeOwner> {
  if (!deps.verificationAudit.hasRoom()) {
    throw requestError('try-later', {
      detail: 'The audit log is not being written; nothing is verified.',
      retryAfter: 1,
    })
  }
  let purpose = shown.purposes[0] ?? 'treatment'
  let verdict = await verify(deps, shown, purpose, by)
  for (const other of shown.purposes.slice(1)) {
    if (verdict.verdict === 'accepted' || verdict.reasons.every((one) => one.code !== 'purpose-mismatch')) break
    purpose = other
    verdict = await verify(deps, shown, purpose, by)
  }
  if (verdict.verdict === 'accepted' && shown.useKey !== undefined && pays(purpose)) {
    verdict = await useCodeOnce(deps, deps.db, verdict, { by: by.clientId, useKey: shown.useKey })
    if (verdict.verdict === 'accepted' && verdict.nonce !== null) deps.cards.usedCodes.add(verdict.nonce)
  }
  const refused = verdict.verdict === 'refused' ? verdict : undefined
  const owner = verdict.verdict === 'accepted' ? verdict : undefined
  deps.verificationAudit.record(
    cardEvent(by, {
      action: 'cards.verify',
      cardId: owner?.cardId ?? refused?.subject?.cardId,
      personId: owner?.holder?.personId ?? refused?.subject?.personId,
      purpose,
      result: owner === undefined ? 'refused' : 'allowed',
      reasonCodes: refused?.reasons.map((one) => one.code),
    }),
  )
  if (refused !== undefined) return { reasons: refused.reasons }
  const personId = owner?.holder?.personId
  if (personId === undefined) throw new Error('the verifier of a hub knows the holders')
  return { personId }
}

async function verify(
  deps: Pick<Deps, 'clock' | 'config'> & { readonly cards: CardState },
  shown: { readonly code: string; readonly useKey?: string | undefined },
  purpose: Purpose,
  by: CardCaller,
): Promise<CodeVerdict> {
  return await verifyCode(deps.cards, shown.code, {
    nowMs: deps.clock.now().getTime(),
    clockSkewS: deps.config.clockSkewS,
    institution: by.institution,
    purpose,
    // The table of uses decides then, and lets the same key in again.
    countsOnce: shown.useKey !== undefined,
  })
}
