import type { KeyObject } from 'node:crypto'

/** One key of an issuer of SMART Health Cards. */
export interface ShcKey {
  readonly publicKey: KeyObject
  /** From the certificates of `x5c`; without them the key stands as long as it is listed. */
  readonly validFromMs: number
  readonly validToMs: number
  /** Counter of the revocation list that the key names; null where the issuer revokes nothing under it. */
  readonly crlVersion: number | null
  /** Revoked ids; the value is the instant before which cards are revoked, in seconds. Undefined without a list. */
  readonly revoked: ReadonlyMap<string, number> | undefined
}

/** One document signing certificate (DSC) of the EU DCC. */
export interface DccKey {
  /** ISO 3166 code of the country that the certificate speaks for. */
  readonly country: string
  readonly publicKey: KeyObject
  readonly alg: 'ES256' | 'PS256'
  readonly validFromMs: number
  readonly validToMs: number
  /** Kinds that the key may sign; all three where the certificate names none. */
  readonly uses: ReadonlySet<'vaccination' | 'test' | 'recovery'>
}

/** Where a list comes from and how old it is. */
export interface ListHead {
  readonly source: string
  readonly version: number
  readonly issuedAtMs: number
  /** Nothing is accepted on the word of the list after this. */
  readonly validUntilMs: number
}

export interface ShcTrust extends ListHead {
  /** By issuer first: a key of one issuer says nothing in the name of another. */
  readonly issuers: ReadonlyMap<string, ReadonlyMap<string, ShcKey>>
}

export interface DccTrust extends ListHead {
  /** By kid in hex. It is 8 bytes of a hash and can collide: all keys that share one. */
  readonly keys: ReadonlyMap<string, readonly DccKey[]>
}

/** Whom foreign certificates are believed; memory only. */
export interface ForeignTrust {
  readonly shc: ShcTrust | undefined
  readonly dcc: DccTrust | undefined
}
