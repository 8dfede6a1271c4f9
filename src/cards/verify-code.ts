import { type KeyObject, verify } from 'node:crypto'
import type { CityCode } from '../codes/index.ts'
import type { InstitutionTable, Recognition } from '../institutions/index.ts'
import { localDate } from '../kernel/time.ts'
import { isCanonicalBase64url } from './base64url.ts'
import type { CardList } from './card-list.ts'
import { dayOfInstant } from './days.ts'
import { refusal } from './refusals.ts'
import { CARD_TYPE, CODE_TYPE, type CodePayload } from './token.ts'
import {
  CARD_STATUS,
  type CodeVerdict,
  type Freshness,
  type KeyUse,
  type Purpose,
  pays,
  type Refusal,
} from './types.ts'

/** A public key with all that decides whether it counts; times in milliseconds. */
export interface VerifyKey {
  /** Argument of node:crypto's verify, made once: parsing a key costs more than using it. */
  readonly verifyWith: { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' }
  readonly uses: ReadonlySet<KeyUse>
  readonly activeFromMs: number
  readonly retiredAtMs: number
  readonly verifyUntilMs: number
  readonly revoked: boolean
}

export interface IssuerMemory {
  readonly city: CityCode
  readonly keys: ReadonlyMap<string, VerifyKey>
  readonly cards: CardList
}

export interface FreshnessLimits {
  readonly warnAfterS: number
  readonly refuseAfterS: number
}

/** All that a verification reads: memory only. */
export interface CardMemory {
  issuer(iss: string): IssuerMemory | undefined
  readonly institutions: Pick<InstitutionTable, 'recognitionAt' | 'ageMs'>
  /** Age of keys and status. */
  ageMs(): number
  limitsOn(date: string): FreshnessLimits
}

export interface VerifyContext {
  readonly nowMs: number
  /** Difference of clocks that is borne at the beginning of the validity; the end is ours and exact. */
  readonly clockSkewS: number
  /** National code of the asking institution. */
  readonly institution?: string | undefined
  readonly purpose: Purpose
}

/** A code has about 450 characters; more than this is not ours. */
const MAX_LENGTH = 1024
const SIGNATURE_CHARACTERS = 86

/**
 * Decides about a shown card or code from memory and time alone, without any I/O. What is not signed by a known key is
 * refused at once; of what is, every reason is listed. Status is looked up by the place inside the signed payload and
 * never by the bytes of the signature, which a holder can change without breaking it: with (r, s) also (r, n - s) holds.
 */
export function verifyCode(memory: CardMemory, code: string, context: VerifyContext): CodeVerdict {
  const { nowMs } = context
  const date = localDate(new Date(nowMs))
  const freshness = freshnessOf(memory, date)
  const read = readToken(code)
  if ('code' in read) return refuse([read])
  const { payload, kid, kind } = read

  const issuer = memory.issuer(payload.iss)
  if (issuer === undefined) return refuse([refusal('issuer-unknown')])
  // By issuer first: a key of one issuer says nothing in the name of another.
  const key = issuer.keys.get(kid)
  if (key === undefined) return refuse([refusal('key-unknown')])
  if (key.revoked) return refuse([refusal('key-revoked')])
  if (!verify('sha256', read.signed, key.verifyWith, read.signature)) return refuse([refusal('signature-invalid')])

  const reasons: Refusal[] = []
  if (!key.uses.has(kind)) reasons.push(refusal('key-use-not-allowed'))
  const issuedMs = payload.iat * 1000
  const skewMs = context.clockSkewS * 1000
  if (issuedMs + skewMs < key.activeFromMs || issuedMs - skewMs > key.retiredAtMs || nowMs > key.verifyUntilMs) {
    reasons.push(refusal('key-not-in-force'))
  }
  if (issuedMs > nowMs + skewMs) reasons.push(refusal('not-yet-valid'))
  if (payload.exp * 1000 <= nowMs) reasons.push(refusal('expired'))

  const card = issuer.cards.get(payload.idx, dayOfInstant(nowMs))
  const cardId = kind === 'card' ? payload.jti : payload.sub
  if (card === undefined) reasons.push(refusal('card-unknown'))
  else if (card.status === CARD_STATUS.suspended) reasons.push(refusal('suspended'))
  // A value this program does not know must not pass: everything but valid and suspended counts as revoked.
  else if (card.status !== CARD_STATUS.valid) reasons.push(refusal('revoked'))
  if (payload.pur !== undefined && payload.pur !== context.purpose) reasons.push(refusal('purpose-mismatch'))

  const { institution } = context
  const mustBeRecognised = pays(context.purpose)
  const recognition =
    institution === undefined && !mustBeRecognised
      ? null
      : memory.institutions.recognitionAt(institution ?? '', card?.holder.insuredCity ?? '', date)
  if (mustBeRecognised && recognition?.recognised !== true) reasons.push(refusal('institution-not-recognised'))
  if (freshness.state === 'too-old') reasons.push(refusal('status-too-old'))
  if (card === undefined) return refuse(reasons, recognition)
  if (reasons.length > 0) return refuse(reasons, recognition, { cardId, personId: card.holder.personId })
  return {
    verdict: 'accepted',
    kind,
    city: issuer.city,
    cardId,
    nonce: kind === 'code' ? payload.jti : null,
    expiresAtMs: payload.exp * 1000,
    holder: card.holder,
    recognition,
    freshness,
    reasons: [],
  }

  function refuse(
    all: readonly Refusal[],
    recognised: Recognition | null = null,
    subject: { cardId: string; personId: string } | null = null,
  ): CodeVerdict {
    return { verdict: 'refused', reasons: all, recognition: recognised, subject, freshness }
  }
}

interface ReadToken {
  readonly kind: 'card' | 'code'
  readonly kid: string
  readonly payload: CodePayload
  readonly signed: Buffer
  readonly signature: Buffer
}

/** Takes a compact JWS apart, strictly; nothing is repaired. */
function readToken(code: string): ReadToken | Refusal {
  const first = code.indexOf('.')
  const second = code.indexOf('.', first + 1)
  if (code.length > MAX_LENGTH || first < 0 || second < 0) return refusal('malformed', 'code')
  if (!isCanonicalBase64url(code, 0, first)) return refusal('malformed', 'header')
  if (!isCanonicalBase64url(code, first + 1, second)) return refusal('malformed', 'payload')
  // 64 bytes exactly: DER, which is longer, would give the signature more spellings.
  if (code.length - second - 1 !== SIGNATURE_CHARACTERS || !isCanonicalBase64url(code, second + 1, code.length)) {
    return refusal('malformed', 'signature')
  }
  const header = parseObject(code.slice(0, first))
  // No member beyond the three: `crit`, `jku`, `jwk`, `x5c` would let the token choose how it is verified.
  if (header === undefined || Object.keys(header).length !== 3) return refusal('malformed', 'header')
  if (header['alg'] !== 'ES256') return refusal('algorithm-not-allowed', 'header')
  const { kid, typ } = header
  const kind = typ === CODE_TYPE ? 'code' : typ === CARD_TYPE ? 'card' : undefined
  if (typeof kid !== 'string' || kind === undefined) return refusal('malformed', 'header')
  const payload = parseObject(code.slice(first + 1, second))
  if (payload === undefined || !isPayload(payload, kind)) return refusal('malformed', 'payload')
  return {
    kind,
    kid,
    payload,
    signed: Buffer.from(code.slice(0, second), 'latin1'),
    signature: Buffer.from(code.slice(second + 1), 'base64url'),
  }
}

function parseObject(segment: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    // Not JSON is an answer here, not a fault: the caller says "malformed".
    return undefined
  }
}

function isPayload(
  value: Record<string, unknown>,
  kind: 'card' | 'code',
): value is Record<string, unknown> & CodePayload {
  const { iss, jti, iat, exp, idx, sub, pur } = value
  return (
    typeof iss === 'string' &&
    typeof jti === 'string' &&
    isSeconds(iat) &&
    isSeconds(exp) &&
    iat < exp &&
    Number.isSafeInteger(idx) &&
    (idx as number) >= 0 &&
    (kind === 'card' || typeof sub === 'string') &&
    (pur === undefined || typeof pur === 'string')
  )
}

/** Seconds since 1970; a value in milliseconds is a fault, not a date in the year 50000. */
function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 100_000_000_000
}

function freshnessOf(memory: CardMemory, date: string): Freshness {
  const { warnAfterS, refuseAfterS } = memory.limitsOn(date)
  const cardsAgeMs = Math.round(memory.ageMs())
  const institutionsAgeMs = Math.round(memory.institutions.ageMs())
  const oldest = Math.max(cardsAgeMs, institutionsAgeMs) / 1000
  const state = oldest > refuseAfterS ? 'too-old' : oldest > warnAfterS ? 'stale' : 'fresh'
  return { state, cardsAgeMs, institutionsAgeMs, warnAfterS, refuseAfterS }
}
