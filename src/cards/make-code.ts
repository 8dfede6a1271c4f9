import { randomBytes } from 'node:crypto'
import { type IssuerKeys, issuerName, type KeyAlgorithm } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { mayShow } from '../people/index.ts'
import { auditCard } from './audit-card.ts'
import { cardsError } from './errors.ts'
import { payloadOf } from './issue-cards.ts'
import { refusal } from './refusals.ts'
import { insertPrint } from './signed-store.ts'
import { type CardRow, readCard } from './store.ts'
import { CARD_TYPE, CODE_TYPE, type CodePayload } from './token.ts'
import { CARD_STATUS, type CardCaller, type Purpose } from './types.ts'

export interface DynamicCode {
  readonly code: string
  readonly expiresAt: Date
}

export type CodeDeps = Pick<Deps, 'db' | 'clock' | 'config'> & { readonly issuerKeys: Pick<IssuerKeys, 'sign'> }

export interface CodeAsk {
  readonly cardId: string
  readonly alg?: KeyAlgorithm | undefined
  /** Who shows it, where that is not the card's own person: a guardian (a child's only way), or family (家庭码). */
  readonly heldBy?: string | undefined
  readonly by: CardCaller
}

/** 128 bits: nobody guesses another's code, and no two codes share a nonce. */
const NONCE_BYTES = 16

/**
 * A code for one card: opaque, signed, and good for some seconds (Q1 of the project's code rules). Only the issuer of the
 * card's city gets one, for the holder who asks in its app, or for somebody who may act for the holder.
 *
 * @throws `cards.not-found`; `cards.not-linked`; `cards.guardian-needed`; `cards.not-usable` with every reason
 */
export async function makeCode(
  deps: CodeDeps,
  ask: CodeAsk & { readonly purpose?: Purpose | undefined },
): Promise<DynamicCode> {
  const { purpose } = ask
  const row = await usableCard(deps, ask, { action: 'cards.code', purpose: purpose ?? 'any' })
  const iat = Math.floor(deps.clock.now().getTime() / 1000)
  const exp = Math.min(iat + deps.config.codeTtlS, Math.floor(row.expiresAt.getTime() / 1000))
  const payload: CodePayload = {
    iss: issuerName(row.city),
    sub: row.cardId,
    jti: randomBytes(NONCE_BYTES).toString('base64url'),
    iat,
    exp,
    idx: row.statusIndex,
    ...(purpose === undefined ? {} : { pur: purpose }),
  }
  const { token } = await deps.issuerKeys.sign({ city: row.city, use: 'code', typ: CODE_TYPE, payload, alg: ask.alg })
  return { code: token, expiresAt: new Date(exp * 1000) }
}

/**
 * The card once more, to be printed: the same card with the time of this signing, for the key in force now need not have
 * been in force when the card was issued.
 *
 * @throws as {@link makeCode}
 */
export async function printCard(deps: CodeDeps, ask: CodeAsk): Promise<DynamicCode> {
  const row = await usableCard(deps, ask, { action: 'cards.print', purpose: 'any' })
  const payload = payloadOf({ ...row, issuedAt: deps.clock.now() })
  const order = { city: row.city, use: 'card', typ: CARD_TYPE, payload, alg: ask.alg } as const
  const { token, kid } = await deps.issuerKeys.sign(order)
  if (kid !== row.kid) await insertPrint(deps.db, { kid, cardId: row.cardId })
  return { code: token, expiresAt: row.expiresAt }
}

/** The card, where it can be shown now and by who asks; either way there is an audit event. */
async function usableCard(
  deps: CodeDeps,
  ask: CodeAsk,
  entry: { readonly action: string; readonly purpose: string },
): Promise<CardRow> {
  const { by, heldBy } = ask
  const row = await readCard(deps.db, { cardId: ask.cardId, city: by.city ?? '' })
  if (row === undefined) throw cardsError('not-found')
  const { cardId, personId } = row
  const now = deps.clock.now()
  const other = heldBy === undefined || heldBy === personId ? undefined : heldBy
  const showing = await mayShow(deps.db, { personId, holderId: other, now })
  const reasons = [
    ...(row.status === CARD_STATUS.suspended ? [refusal('suspended')] : []),
    ...(row.status === CARD_STATUS.revoked ? [refusal('revoked')] : []),
    ...(row.expiresAt <= now ? [refusal('expired')] : []),
  ]
  await auditCard(deps, deps.db, by, {
    ...entry,
    cardId,
    personId,
    onBehalfOf: other,
    result: showing === 'allowed' && reasons.length === 0 ? 'allowed' : 'refused',
    reasonCodes: [...(showing === 'allowed' ? [] : [showing]), ...reasons.map((one) => one.code)],
  })
  if (showing === 'not-linked') throw cardsError('not-linked')
  if (showing === 'guardian-needed') {
    throw cardsError('guardian-needed', {
      errors: [{ pointer: '/heldBy', detail: 'must be a guardian in force: the holder is under 14' }],
    })
  }
  if (reasons.length > 0) {
    throw cardsError('not-usable', { detail: reasons.map((one) => one.en).join('; '), meta: { reasons } })
  }
  return row
}
