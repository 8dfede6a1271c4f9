import type { CityCode } from '../codes/index.ts'
import type { HealthLevelAnswer } from '../healthcodes/index.ts'
import type { Recognition } from '../institutions/index.ts'
import type { KeyAlgorithm } from '../issuers/index.ts'
import type { Id } from '../kernel/ids.ts'

export type CardId = Id<'card'>

/** Values of the IETF Token Status List. */
export const CARD_STATUS = { valid: 0, revoked: 1, suspended: 2 } as const
export type CardStatus = keyof typeof CARD_STATUS

/** Areas of the announcements: cards of a city changed; a code was used once (the detail is its nonce). */
export const CARDS_CHANGED = 'cards'
export const CODE_USED = 'code-used'

/** What a code is shown for. The last two need an institution that the insured city recognises. */
export const PURPOSES = ['check-in', 'treatment', 'records', 'purchase', 'settlement'] as const
export type Purpose = (typeof PURPOSES)[number]

/** True where money moves: only at a recognised institution, and a code counts once. */
export const pays = (purpose: Purpose): boolean => purpose === 'settlement' || purpose === 'purchase'

export type RefusalCode =
  | 'malformed'
  | 'algorithm-not-allowed'
  | 'issuer-unknown'
  | 'key-unknown'
  | 'key-revoked'
  | 'signature-invalid'
  | 'key-use-not-allowed'
  | 'key-not-in-force'
  | 'not-yet-valid'
  | 'expired'
  | 'card-unknown'
  | 'revoked'
  | 'suspended'
  | 'purpose-mismatch'
  | 'institution-not-recognised'
  | 'status-too-old'
  | 'single-use-needs-code'
  | 'replayed'
  | 'try-later'
  | 'carrier-unknown'
  | 'carrier-suspended'
  | 'carrier-revoked'

/** One reason of a refusal: `code` for programs, two languages for people, `part` where one part of the code is at fault. */
export interface Refusal {
  readonly code: RefusalCode
  readonly zh: string
  readonly en: string
  readonly part?: 'code' | 'header' | 'payload' | 'signature'
}

/** How old what the verdict rests on can be, and what the policy in force says about that. */
export interface Freshness {
  readonly state: 'fresh' | 'stale' | 'too-old'
  readonly keysAgeMs: number
  readonly statusAgeMs: number
  readonly institutionsAgeMs: number
  readonly healthCodesAgeMs: number
  /** First day of the policy that sets the two limits: `stale` is said beyond the first, nothing is accepted beyond the second. */
  readonly policyFrom: string
  readonly warnAfterS: number
  readonly refuseAfterS: number
}

export interface Holder {
  readonly personId: string
  readonly maskedName: string
  /** 参保地 on the day of the verification; null where there is none. */
  readonly insuredCity: CityCode | null
}

/** What was shown: a card, a dynamic code, or a certificate of another system. */
export type ShownKind = 'card' | 'code'

interface VerdictBase {
  readonly freshness: Freshness
  /** Difference of clocks that was borne at the beginning of the validity. */
  readonly clockSkewS: number
  /** Of the asking institution, for people of the holder's insured city; null for other callers. */
  readonly recognition: Recognition | null
}

export interface AcceptedCode extends VerdictBase {
  readonly verdict: 'accepted'
  readonly kind: ShownKind
  readonly algorithm: KeyAlgorithm
  /** City of the issuer. */
  readonly city: CityCode
  readonly cardId: string
  /** Of a dynamic code: what makes it usable once. */
  readonly nonce: string | null
  /** Seconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** Unknown only where the verifier is offline. */
  readonly holder: Holder | null
  readonly healthCode: HealthLevelAnswer
  readonly reasons: readonly []
}

export interface RefusedCode extends VerdictBase {
  readonly verdict: 'refused'
  readonly reasons: readonly Refusal[]
  /** Whose card it is, where the signature held; for the audit log, never for the caller. */
  readonly subject: { readonly cardId: string; readonly personId: string | undefined } | null
}

/** The answer about a shown card or code. A refusal is an answer with every reason, not an error. */
export type CodeVerdict = AcceptedCode | RefusedCode

/** Who asks. */
export interface CardCaller {
  readonly clientId: string
  readonly org: string
  readonly role: string
  /** National code, for hospitals and pharmacies. */
  readonly institution: string | undefined
  readonly city: string | undefined
  readonly requestId?: string | undefined
  /** Network address of the caller, for the audit log. */
  readonly sourceAddress?: string | undefined
}
