export type ForeignFormat = 'shc' | 'dcc'

/** What a certificate is about. */
export type ForeignKind = 'immunization' | 'lab' | 'record' | 'vaccination' | 'test' | 'recovery'

/** Words as for our own cards where the meaning is the same. */
export type ForeignRefusalCode =
  | 'malformed'
  | 'parts-missing'
  | 'several-holders'
  | 'link-not-followed'
  | 'algorithm-not-allowed'
  | 'issuer-unknown'
  | 'issuer-mismatch'
  | 'key-unknown'
  | 'signature-invalid'
  | 'key-use-not-allowed'
  | 'key-not-in-force'
  | 'not-yet-valid'
  | 'expired'
  | 'revoked'
  | 'status-unavailable'
  | 'trust-list-missing'
  | 'trust-list-too-old'

export type ForeignPart = 'code' | 'header' | 'payload' | 'signature'

/** One reason of a refusal, in the form of those for our own cards. */
export interface ForeignRefusal {
  readonly code: ForeignRefusalCode
  readonly zh: string
  readonly en: string
  readonly part?: ForeignPart
}

export interface ForeignAccepted {
  readonly verdict: 'accepted'
  readonly format: ForeignFormat
  readonly kind: ForeignKind
  /** Address of the issuer (SHC) or its country (DCC). */
  readonly issuer: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number | null
  readonly holder: { readonly maskedName: string; readonly birthYear?: string }
}

export interface ForeignRefused {
  readonly verdict: 'refused'
  readonly format: ForeignFormat
  readonly reasons: readonly ForeignRefusal[]
}

/** A certificate of another system, read. A refusal is an answer with its reasons, not an error. */
export type ForeignVerdict = ForeignAccepted | ForeignRefused

export interface ForeignContext {
  readonly nowMs: number
  /** Difference of clocks that is borne at the beginning of the validity. */
  readonly clockSkewS: number
}
