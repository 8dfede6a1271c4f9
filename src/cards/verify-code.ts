import type { IssuerKey } from '../issuers/index.ts'
import type { CardMemory } from './card-memory.ts'
import { calendarDay, type Day } from './days.ts'
import { freshnessOf } from './freshness.ts'
import { type ReadToken, readToken, type TokenClaims } from './read-token.ts'
import { refusal } from './refusals.ts'
import { NO_CARD } from './status-bits.ts'
import { CARD_STATUS, type CodeVerdict, type Holder, type Purpose, pays, type Refusal } from './types.ts'

export interface VerifyContext {
  readonly nowMs: number
  /** Difference of clocks that is borne at the beginning of the validity; the end is ours and exact. */
  readonly clockSkewS: number
  /** National code of the asking institution. */
  readonly institution?: string | undefined
  readonly purpose: Purpose
  /** The caller makes the code count once: then the table of uses decides about a repeat, and not the memory of them. */
  readonly countsOnce?: boolean
  /** One of a list: it will hardly be shown again soon, and must not push out what is. */
  readonly ofList?: boolean
}

/**
 * Decides about a shown card or code from memory and time alone. What is not signed by a known key is refused at once;
 * of what is, every reason is listed. Status is looked up by the place inside the signed payload and never by the bytes
 * of the signature, which a holder can change without breaking it: with (r, s) also (r, n - s) holds.
 *
 * The verdict comes at once, except where the signature is SM2 (worker threads) or the holder's facts are not in memory
 * yet: then as a promise.
 */
export function verifyCode(
  memory: CardMemory,
  code: string,
  context: VerifyContext,
): CodeVerdict | Promise<CodeVerdict> {
  const known = context.ofList === true ? undefined : memory.verified.get(code)
  // The same key object still in force for the issuer: a key that was changed or revoked is another object.
  if (known !== undefined && memory.keys.issuer(known.claims.iss)?.keys.get(known.claims.kid) === known.key) {
    return decide(memory, known.claims, known.key, context)
  }
  const read = readToken(code)
  if ('code' in read) return refuseUnsigned(memory, read, context)
  const { claims } = read
  const issuer = memory.keys.issuer(claims.iss)
  if (issuer === undefined) return refuseUnsigned(memory, refusal('issuer-unknown'), context)
  // By issuer first: a key of one issuer says nothing in the name of another.
  const key = issuer.keys.get(claims.kid)
  if (key === undefined) return refuseUnsigned(memory, refusal('key-unknown'), context)
  if (key.revoked) return refuseUnsigned(memory, refusal('key-revoked'), context)
  // The key says how it is used, not the token.
  if (key.alg !== claims.alg) return refuseUnsigned(memory, refusal('algorithm-not-allowed', 'header'), context)
  const good = key.verify(read.signed, read.signature)
  if (typeof good === 'boolean') return afterSignature(memory, { code, read, key, good }, context)
  return good.then((later) => afterSignature(memory, { code, read, key, good: later }, context))
}

interface CheckedToken {
  readonly code: string
  readonly read: ReadToken
  readonly key: IssuerKey
  readonly good: boolean
}

function afterSignature(memory: CardMemory, checked: CheckedToken, context: VerifyContext) {
  const { claims } = checked.read
  if (!checked.good) return refuseUnsigned(memory, refusal('signature-invalid'), context)
  if (context.ofList !== true) {
    memory.verified.put(checked.code, checked.read.signature, { claims, key: checked.key })
  }
  return decide(memory, claims, checked.key, context)
}

function refuseUnsigned(memory: CardMemory, reason: Refusal, context: VerifyContext): CodeVerdict {
  return {
    verdict: 'refused',
    reasons: [reason],
    recognition: null,
    subject: null,
    freshness: freshnessOf(memory, calendarDay(context.nowMs).date),
    clockSkewS: context.clockSkewS,
  }
}

/** What a signed token is worth now. */
function decide(memory: CardMemory, claims: TokenClaims, key: IssuerKey, context: VerifyContext) {
  const lists = memory.lists(key.city)
  const status = lists?.status(claims.idx) ?? NO_CARD
  const day = calendarDay(context.nowMs)
  const holder = status === NO_CARD || !memory.knowsHolders ? undefined : lists?.holder(claims.idx, day.number)
  if (holder instanceof Promise) {
    return holder.then((facts) => conclude(memory, { claims, key, status, holder: facts, day }, context))
  }
  return conclude(memory, { claims, key, status, holder, day }, context)
}

interface Known {
  readonly claims: TokenClaims
  readonly key: IssuerKey
  readonly status: number
  readonly holder: Holder | undefined
  readonly day: Day
}

function conclude(memory: CardMemory, known: Known, context: VerifyContext): CodeVerdict {
  const { claims, key, holder, day } = known
  const { nowMs, clockSkewS, institution, purpose } = context
  const freshness = freshnessOf(memory, day.date)
  const status = holder === undefined && memory.knowsHolders ? NO_CARD : known.status

  const mustBeRecognised = pays(purpose)
  const recognition =
    status === NO_CARD || (institution === undefined && !mustBeRecognised)
      ? null
      : memory.institutions.recognitionAt(institution ?? '', holder?.insuredCity ?? '', day.date)

  const reasons = [...reasonsOfTime(claims, key, context), ...reasonOfStatus(status)]
  if (claims.purpose !== undefined && claims.purpose !== purpose) reasons.push(refusal('purpose-mismatch'))
  if (claims.nonce !== null && context.countsOnce !== true && memory.usedCodes.has(claims.nonce)) {
    reasons.push(refusal('replayed'))
  }
  if (mustBeRecognised && recognition?.recognised !== true) reasons.push(refusal('institution-not-recognised'))
  if (freshness.state === 'too-old') reasons.push(refusal('status-too-old'))
  if (reasons.length > 0) {
    const subject = status === NO_CARD ? null : { cardId: claims.cardId, personId: holder?.personId }
    return { verdict: 'refused', reasons, recognition, subject, freshness, clockSkewS }
  }
  return {
    verdict: 'accepted',
    kind: claims.kind,
    algorithm: key.alg,
    city: key.city,
    cardId: claims.cardId,
    nonce: claims.nonce,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    holder: holder ?? null,
    healthCode: memory.healthCodes.levelOf(holder?.personId ?? '', holder?.insuredCity ?? null, nowMs),
    recognition,
    freshness,
    clockSkewS,
    reasons: [],
  }
}

const NONE: readonly Refusal[] = []

function reasonsOfTime(claims: TokenClaims, key: IssuerKey, { nowMs, clockSkewS }: VerifyContext): readonly Refusal[] {
  const skewMs = clockSkewS * 1000
  const issuedMs = claims.iat * 1000
  const use = key.uses.has(claims.kind)
  const inForce =
    issuedMs + skewMs >= key.activeFromMs && issuedMs - skewMs <= key.retiredAtMs && nowMs <= key.verifyUntilMs
  const begun = issuedMs <= nowMs + skewMs
  const ended = claims.exp * 1000 <= nowMs
  // The common case allocates nothing.
  if (use && inForce && begun && !ended) return NONE
  return [
    ...(use ? [] : [refusal('key-use-not-allowed')]),
    ...(inForce ? [] : [refusal('key-not-in-force')]),
    ...(begun ? [] : [refusal('not-yet-valid')]),
    ...(ended ? [refusal('expired')] : []),
  ]
}

function reasonOfStatus(status: number): readonly Refusal[] {
  if (status === CARD_STATUS.valid) return NONE
  if (status === NO_CARD) return [refusal('card-unknown')]
  // A value this program does not know must not pass: everything but valid and suspended counts as revoked.
  return [refusal(status === CARD_STATUS.suspended ? 'suspended' : 'revoked')]
}
