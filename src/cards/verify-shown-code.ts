import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { cardEvent } from './audit-card.ts'
import type { CardState } from './card-state.ts'
import { type CardCaller, type CodeVerdict, type Purpose, pays } from './types.ts'
import { useCodeOnce } from './use-code.ts'
import type { VerificationAudit } from './verification-audit.ts'
import { verifyCode } from './verify-code.ts'

export interface ShownCode {
  readonly code: string
  readonly purpose?: Purpose | undefined
  /** True: the code counts once, as it always does where money moves. This alone makes the verification touch the database. */
  readonly singleUse?: boolean | undefined
  readonly useKey?: string | undefined
}

/** Verifies what a person shows at a counter, and records that it was asked. */
export async function verifyShownCode(
  deps: Pick<Deps, 'db' | 'clock' | 'config'> & {
    readonly cards: CardState
    readonly verificationAudit: VerificationAudit
  },
  shown: ShownCode,
  by: CardCaller,
): Promise<CodeVerdict> {
  if (!deps.verificationAudit.hasRoom()) {
    throw requestError('try-later', {
      detail: 'The audit log is not being written; nothing is verified.',
      retryAfter: 1,
    })
  }
  const purpose = shown.purpose ?? 'check-in'
  let verdict: CodeVerdict = verifyCode(deps.cards, shown.code, {
    nowMs: deps.clock.now().getTime(),
    clockSkewS: deps.config.clockSkewS,
    institution: by.institution,
    purpose,
  })
  if ((shown.singleUse === true || pays(purpose)) && verdict.verdict === 'accepted') {
    verdict = await useCodeOnce(deps, deps.db, verdict, { by: by.clientId, useKey: shown.useKey })
  }
  const accepted = verdict.verdict === 'accepted'
  const subject =
    verdict.verdict === 'accepted' ? { cardId: verdict.cardId, personId: verdict.holder.personId } : verdict.subject
  deps.verificationAudit.record(
    cardEvent(by, {
      action: 'cards.verify',
      ...subject,
      purpose,
      result: accepted ? 'allowed' : 'refused',
      reasonCodes: verdict.reasons.map((one) => one.code),
    }),
  )
  return verdict
}
