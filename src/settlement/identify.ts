import { type VerifyDeps, verifyCarrier, verifyShownCode } from '../cards/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Actor } from './claim-event.ts'
import type { FindGroups } from './ports.ts'
import { cardOfAnother, cardRefused } from './reasons.ts'
import type { ClaimContext } from './types.ts'

/** What a patient shows at the counter: a card or code of the hub, a social-security card or an insurance voucher. */
export type Shown =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'social-security-card' | 'insurance-voucher'; readonly number: string }

export type IdentifyDeps = VerifyDeps & Pick<Deps, 'keyring'> & { readonly findGroups: FindGroups }

export interface Asked {
  readonly by: Actor & { readonly clientId: string; readonly institution: string }
  readonly personId: string
  readonly requestId?: string | undefined
  /** The request's own key: the same request may show its code again. Left out for a trial, which uses no code up. */
  readonly useKey?: string | undefined
}

interface Verdict {
  readonly verdict: 'accepted' | 'refused'
  readonly reasons: readonly { readonly code: string; readonly en?: string; readonly zh?: string }[]
  readonly holder?: { readonly personId?: string }
  readonly cardId?: string
  readonly carrierId?: string
}

/**
 * Has what was shown verified by the verifier of cards, as a payment: status, validity, recognition of the institution, and
 * a dynamic code counts once. Gives how the person was known, or the verifier's reasons, for which the claim is refused.
 */
export async function identify(deps: IdentifyDeps, shown: Shown, asked: Asked): Promise<ClaimContext> {
  const verdict = await verify(deps, shown, asked)
  if (verdict.verdict === 'refused') return { refusedBy: verdict.reasons.map(cardRefused) }
  const holder = verdict.holder?.personId
  const group = (await deps.findGroups(deps.db, [asked.personId])).get(asked.personId) ?? [asked.personId]
  if (holder === undefined || !group.includes(holder)) return { refusedBy: [cardOfAnother] }
  return { identified: { type: shown.kind, by: 'verifier', ref: verdict.cardId ?? verdict.carrierId } }
}

async function verify(deps: IdentifyDeps, shown: Shown, { by, requestId, useKey }: Asked): Promise<Verdict> {
  const caller = {
    clientId: by.clientId,
    org: by.actorOrg,
    role: by.role,
    institution: by.institution,
    city: undefined,
    requestId,
    sourceAddress: by.sourceAddress,
  }
  const asker = { by: caller, withName: false }
  const purpose = useKey === undefined ? 'check-in' : 'settlement'
  if (shown.kind === 'code') {
    return JSON.parse(await verifyShownCode(deps, { code: shown.code, purpose, useKey }, asker)) as Verdict
  }
  return (await verifyCarrier(deps, { kind: shown.kind, number: shown.number, purpose }, asker)) as Verdict
}
