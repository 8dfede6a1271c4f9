import { type CborMap, isCborMap, readCbor, untag, writeCbor } from './cbor.ts'

/** Tags: 18 COSE_Sign1 (RFC 9052 §2), 61 CWT around it (RFC 8392 §6). */
const SIGN1 = 18
const CWT = 61

/** Labels of the headers that are read (RFC 9052 §3.1); `typ` is RFC 9596. */
const LABEL = { alg: 1, crit: 2, kid: 4, typ: 16 } as const

/** JOSE names of the COSE algorithms that are known here: IANA COSE Algorithms. */
const ALGORITHMS: ReadonlyMap<unknown, CoseAlgorithm> = new Map([
  [-7, 'ES256'],
  [-8, 'EdDSA'],
  [-37, 'PS256'],
])
export type CoseAlgorithm = 'ES256' | 'EdDSA' | 'PS256'

/** A COSE_Sign1 message taken apart; whether it is true its signature has to show. */
export interface CoseSign1 {
  /** Undefined where none is named or it is another one. */
  readonly alg: CoseAlgorithm | undefined
  readonly kid: Uint8Array | undefined
  readonly typ: unknown
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  /** What was signed: the Sig_structure of RFC 9052 §4.4. */
  readonly signed: Uint8Array
}

/**
 * Reads a tagged COSE_Sign1. A header in the protected part wins over one outside of it. Issuers are met that write even
 * the algorithm outside, where nothing binds it: the caller must hold it against what the key says of itself.
 */
export function readCoseSign1(bytes: Uint8Array): CoseSign1 | undefined {
  const read = readCbor(bytes)
  const tagged = untag(untag(read?.value, CWT)?.contents ?? read?.value, SIGN1)?.contents
  if (!Array.isArray(tagged) || tagged.length !== 4) return undefined
  const [head, loose, payload, signature] = tagged as readonly unknown[]
  if (!(head instanceof Uint8Array) || !(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) {
    return undefined
  }
  const bound = head.length === 0 ? new Map() : readCbor(head)?.value
  // `crit` names headers that must be understood; none is known here (RFC 9052 §3.1).
  if (!isCborMap(bound) || !isCborMap(loose) || bound.has(LABEL.crit) || loose.has(LABEL.crit)) return undefined
  const kid = readHeader(bound, loose, LABEL.kid)
  return {
    alg: ALGORITHMS.get(readHeader(bound, loose, LABEL.alg)),
    kid: kid instanceof Uint8Array ? kid : undefined,
    typ: bound.get(LABEL.typ),
    payload,
    signature,
    signed: writeCbor(['Signature1', head, new Uint8Array(0), payload]),
  }
}

const readHeader = (bound: CborMap, loose: CborMap, label: number): unknown =>
  bound.has(label) ? bound.get(label) : loose.get(label)
