import { randomBytes } from 'node:crypto'
import { type IssuerKeys, issuerName, type KeyAlgorithm } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditCard } from './audit-card.ts'
import { cardsError } from './errors.ts'
import { refusal } from './refusals.ts'
import { readCard } from './store.ts'
import { CODE_TYPE, type CodePayload } from './token.ts'
import { CARD_STATUS, type CardCaller, type Purpose } from './types.ts'

export interface DynamicCode {
  readonly code: string
  readonly expiresAt: Date
}

/** 128 bits: nobody guesses another's code, and no two codes share a nonce. */
const NONCE_BYTES = 16

/**
 * A code for one card: opaque, signed, and good for some seconds (Q1 of the project's code rules). Only the issuer of the
 * card's city gets one, for the holder who asks in its app.
 *
 * @throws `cards.not-found`; `cards.not-usable` with every reason
 */
export async function makeCode(
  deps: Pick<Deps, 'db' | 'clock' | 'config'> & { readonly issuerKeys: Pick<IssuerKeys, 'sign'> },
  ask: {
    readonly cardId: string
    readonly purpose?: Purpose | undefined
    readonly alg?: KeyAlgorithm | undefined
    readonly by: CardCaller
  },
): Promise<DynamicCode> {
  const { by, purpose } = ask
  const row = await readCard(deps.db, { cardId: ask.cardId, city: by.city ?? '' })
  if (row === undefined) throw cardsError('not-found')
  const now = deps.clock.now()
  const reasons = [
    ...(row.status === CARD_STATUS.suspended ? [refusal('suspended')] : []),
    ...(row.status === CARD_STATUS.revoked ? [refusal('revoked')] : []),
    ...(row.expiresAt <= now ? [refusal('expired')] : []),
  ]
  await auditCard(deps, deps.db, by, {
    action: 'cards.code',
    cardId: row.cardId,
    personId: row.personId,
    purpose: purpose ?? 'any',
    result: reasons.length > 0 ? 'refused' : 'allowed',
    reasonCodes: reasons.map((one) => one.code),
  })
  if (reasons.length > 0) {
    throw cardsError('not-usable', { detail: reasons.map((one) => one.en).join('; '), meta: { reasons } })
  }
  const iat = Math.floor(now.getTime() / 1000)
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
