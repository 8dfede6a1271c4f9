import { isForeign, verifyForeign } from '../foreign/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { cardEvent } from './audit-card.ts'
import type { CardState } from './card-state.ts'
import { foreignVerdictText, judgeForeign } from './foreign-verdict.ts'
import { type AcceptedCode, type CardCaller, type CodeVerdict, type Purpose, pays } from './types.ts'
import { useCodeOnce } from './use-code.ts'
import { verdictText } from './verdict-text.ts'
import type { VerificationAudit } from './verification-audit.ts'
import { verifyCode } from './verify-code.ts'

export interface ShownCode {
  readonly code: string
  readonly purpose?: Purpose | undefined
  /** True: the code counts once, as it always does where money moves. This alone makes the verification touch the database. */
  readonly singleUse?: boolean | undefined
  readonly useKey?: string | undefined
  /** One of a list (`/cards/verify-batch`). */
  readonly ofList?: boolean
}

/** Who asks, and whether the answer names the holder (masked). */
export interface Asker {
  readonly by: CardCaller
  readonly withName: boolean
}

export type VerifyDeps = Pick<Deps, 'db' | 'clock' | 'config'> & {
  readonly cards: CardState
  readonly verificationAudit: VerificationAudit
}

/** True where a code counts once: where it is asked for, and always where money moves. */
export const countsOnce = ({ singleUse, purpose }: Pick<ShownCode, 'singleUse' | 'purpose'>): boolean =>
  singleUse === true || (purpose !== undefined && pays(purpose))

/**
 * Verifies what a person shows at a counter and records that it was asked; gives the JSON text of the answer. At once
 * where everything needed is in memory, else as a promise.
 *
 * @throws `request.try-later` while the audit log is not being written
 */
export function verifyShownCode(deps: VerifyDeps, shown: ShownCode, asker: Asker): string | Promise<string> {
  if (!deps.verificationAudit.hasRoom()) {
    throw requestError('try-later', {
      detail: 'The audit log is not being written; nothing is verified.',
      retryAfter: 1,
    })
  }
  const nowMs = deps.clock.now().getTime()
  const { clockSkewS } = deps.config
  if (isForeign(shown.code)) return verifyForeignCode(deps, shown, asker, nowMs)
  const once = countsOnce(shown)
  const verdict = verifyCode(deps.cards, shown.code, {
    nowMs,
    clockSkewS,
    institution: asker.by.institution,
    purpose: shown.purpose ?? 'check-in',
    countsOnce: once,
    ofList: shown.ofList === true,
  })
  if (!(verdict instanceof Promise) && (!once || verdict.verdict === 'refused')) {
    return conclude(deps, verdict, shown, asker)
  }
  return finish(deps, verdict, shown, asker)
}

async function finish(
  deps: VerifyDeps,
  pending: CodeVerdict | Promise<CodeVerdict>,
  shown: ShownCode,
  asker: Asker,
): Promise<string> {
  let verdict = await pending
  if (verdict.verdict === 'accepted' && countsOnce(shown)) verdict = await useOnce(deps, verdict, shown, asker.by)
  return conclude(deps, verdict, shown, asker)
}

async function useOnce(deps: VerifyDeps, verdict: AcceptedCode, shown: ShownCode, by: CardCaller) {
  const used = await useCodeOnce(deps, deps.db, verdict, { by: by.clientId, useKey: shown.useKey })
  // This process need not wait for the announcement of its own use.
  if (used.verdict === 'accepted' && verdict.nonce !== null) deps.cards.usedCodes.add(verdict.nonce)
  return used
}

function conclude(deps: VerifyDeps, verdict: CodeVerdict, shown: ShownCode, { by, withName }: Asker): string {
  const accepted = verdict.verdict === 'accepted'
  deps.verificationAudit.record(
    cardEvent(by, {
      action: 'cards.verify',
      cardId: accepted ? verdict.cardId : verdict.subject?.cardId,
      personId: accepted ? verdict.holder?.personId : verdict.subject?.personId,
      purpose: shown.purpose ?? 'check-in',
      result: accepted ? 'allowed' : 'refused',
      reasonCodes: accepted ? undefined : verdict.reasons.map((one) => one.code),
    }),
  )
  return verdictText(verdict, { withName })
}

function verifyForeignCode(deps: VerifyDeps, shown: ShownCode, { by, withName }: Asker, nowMs: number): string {
  const { cards } = deps
  const { clockSkewS } = deps.config
  const context = { nowMs, clockSkewS, withName, countsOnce: countsOnce(shown), listAgeMs: cards.foreign.ageMs() }
  const judged = judgeForeign(cards, verifyForeign(cards.foreign, shown.code, { nowMs, clockSkewS }), context)
  const { reasons } = judged
  deps.verificationAudit.record(
    cardEvent(by, {
      action: 'cards.verify-foreign',
      purpose: shown.purpose ?? 'check-in',
      result: reasons.length > 0 ? 'refused' : 'allowed',
      reasonCodes: reasons.length > 0 ? reasons.map((one) => one.code) : undefined,
    }),
  )
  return foreignVerdictText(judged, context)
}
