export const CARD_TYPE = 'ymt-card+jwt'
export const CODE_TYPE = 'ymt-code+jwt'

/** Payload of a card. No personal data: the holder is found by the place in the issuer's list. */
export interface CardPayload {
  readonly iss: string
  /** Opaque card id. */
  readonly jti: string
  readonly iat: number
  readonly exp: number
  /** Place in the issuer's status list. */
  readonly idx: number
}

/** Payload of a dynamic code: a presentation of one card for some seconds. */
export interface CodePayload extends CardPayload {
  /** The card; `jti` is the nonce here. */
  readonly sub: string
  /** Purpose that the code is bound to. */
  readonly pur?: string
}
