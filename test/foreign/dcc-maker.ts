import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { encode, Tag } from 'cbor2'
import { createForeignTrust, type ForeignTrust } from '../../src/foreign/index.ts'
import { type CertificateOrder, makeCertificate } from './der.ts'
import { LIST_HEAD } from './shc-maker.ts'

/** Synthetic signers and certificates; the keys are made for each run and protect nothing. */
export interface Signer {
  readonly country: string
  readonly der: Buffer
  readonly kid: Uint8Array
  readonly privateKey: KeyObject
  readonly alg: -7 | -37
}

export const EU = '1.3.6.1.4.1.1847.2021.1.'
export const EU_LONG = '1.3.6.1.4.1.0.1847.2021.1.'

export function makeSigner(
  order: Partial<Pick<CertificateOrder, 'from' | 'to' | 'usages'>> & {
    readonly country?: string
    readonly rsa?: boolean
  } = {},
): Signer {
  const { country = 'AT', rsa = false, from = '2026-01-01T00:00:00Z', to = '2027-01-01T00:00:00Z', usages } = order
  const { publicKey, privateKey } = rsa
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = makeCertificate({
    country,
    common: 'test signer',
    publicKey,
    signingKey: privateKey,
    from,
    to,
    ...(usages === undefined ? {} : { usages }),
  })
  const kid = new Uint8Array(createHash('sha256').update(der).digest().subarray(0, 8))
  return { country, der, kid, privateKey, alg: rsa ? -37 : -7 }
}

export const dccListOf = (signers: readonly Pick<Signer, 'country' | 'der'>[]) => ({
  format: 'dcc',
  ...LIST_HEAD,
  certificates: signers.map(({ country, der }) => ({ country, der: der.toString('base64') })),
})

export const trustInSigners = (...signers: readonly Signer[]): ForeignTrust =>
  createForeignTrust({ dcc: dccListOf(signers) })

/** 2026-06-01T00:00:00Z. */
export const IAT = 1_780_272_000

const common = { tg: '840539006', co: 'AT', is: 'A ministry of tests', ci: 'URN:UVCI:01:AT:0123456789#B' }

export const ENTRY = {
  v: { ...common, vp: '1119349007', mp: 'EU/1/20/1528', ma: 'ORG-100030215', dn: 2, sd: 2, dt: '2026-05-01' },
  t: { ...common, tt: 'LP217198-3', sc: '2026-05-31T10:00:00Z', tr: '260415000', tc: 'A place of tests' },
  r: { ...common, fr: '2026-04-01', df: '2026-05-01', du: '2026-10-01' },
}

export const contentOf = (kind: 'v' | 't' | 'r' = 'v', more: Readonly<Record<string, unknown>> = {}) => ({
  ver: '1.3.0',
  nam: { fn: 'Tester', fnt: 'TESTER', gn: 'Tessa', gnt: 'TESSA' },
  dob: '1971-02-03',
  [kind]: [ENTRY[kind]],
  ...more,
})

export const claimsOf = (content: unknown = contentOf(), more: Readonly<Record<number, unknown>> = {}) => {
  const claims = new Map<number, unknown>([
    [1, 'AT'],
    [4, IAT + 30 * 86_400],
    [6, IAT],
    [-260, new Map([[1, content]])],
  ])
  for (const [label, value] of Object.entries(more)) {
    if (value === undefined) claims.delete(Number(label))
    else claims.set(Number(label), value)
  }
  return claims
}

export interface SealOrder {
  /** Bytes instead of the claims in CBOR. */
  readonly payload?: Uint8Array
  /** Headers instead of `alg` and `kid` in the protected part. */
  readonly bound?: ReadonlyMap<number, unknown>
  readonly loose?: ReadonlyMap<number, unknown>
  readonly signature?: Uint8Array
}

/** The COSE_Sign1 without its tag. */
export function sealArray(signer: Signer, claims: unknown, order: SealOrder = {}): unknown[] {
  const bound =
    order.bound ??
    new Map<number, unknown>([
      [1, signer.alg],
      [4, signer.kid],
    ])
  const head = bound.size === 0 ? new Uint8Array(0) : encode(bound)
  // A plain array: the encoder writes a Buffer as something else.
  const payload = new Uint8Array(order.payload ?? encode(claims))
  const signed = encode(['Signature1', head, new Uint8Array(0), payload])
  const signature =
    signer.alg === -7
      ? sign('sha256', signed, { key: signer.privateKey, dsaEncoding: 'ieee-p1363' })
      : sign('sha256', signed, {
          key: signer.privateKey,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: 32,
        })
  return [head, order.loose ?? new Map(), payload, order.signature ?? new Uint8Array(signature)]
}

export const seal = (signer: Signer, claims: unknown = claimsOf(), order: SealOrder = {}): Uint8Array =>
  encode(new Tag(18, sealArray(signer, claims, order)))

export const toText = (cose: Uint8Array): string => `HC1:${encodeBase45(deflateSync(cose))}`

export const makeDcc = (signer: Signer, claims: unknown = claimsOf(), order: SealOrder = {}): string =>
  toText(seal(signer, claims, order))

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

export function encodeBase45(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length
    let value = pair ? (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0) : (bytes[at] ?? 0)
    for (let digit = 0; digit < (pair ? 3 : 2); digit++) {
      text += ALPHABET[value % 45]
      value = Math.floor(value / 45)
    }
  }
  return text
}
