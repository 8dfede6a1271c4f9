import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { refusal } from './refusals.ts'
import { claimCodeUse } from './store.ts'
import type { AcceptedCode, CodeVerdict } from './types.ts'

/**
 * Makes an accepted code count once, in the caller's transaction or at once: the unique key of its nonce decides
 * between parallel uses. Only a dynamic code can be used once; a card can be shown for years. `useKey` (the client's
 * Idempotency-Key) lets the same client repeat the same use.
 */
export async function useCodeOnce(
  deps: Pick<Deps, 'clock'>,
  db: Db,
  accepted: AcceptedCode,
  use: { readonly by: string; readonly useKey?: string | undefined },
): Promise<CodeVerdict> {
  const { city, nonce, cardId, expiresAt } = accepted
  if (nonce === null) return refused(accepted, 'single-use-needs-code')
  const first = await claimCodeUse(
    db,
    { city, nonce, cardId, usedBy: use.by, useKey: use.useKey ?? null, expiresAt: new Date(expiresAt * 1000) },
    deps.clock.now(),
  )
  return first ? accepted : refused(accepted, 'replayed')
}

function refused(accepted: AcceptedCode, code: 'replayed' | 'single-use-needs-code'): CodeVerdict {
  const { cardId, holder, recognition, freshness, clockSkewS } = accepted
  return {
    verdict: 'refused',
    reasons: [refusal(code)],
    subject: { cardId, personId: holder?.personId },
    recognition,
    freshness,
    clockSkewS,
  }
}
