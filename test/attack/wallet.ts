import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import type { CardMemory } from '../../src/cards/card-memory.ts'
import { createStatusBits } from '../../src/cards/status-bits.ts'
import { CARD_TYPE, CODE_TYPE } from '../../src/cards/token.ts'
import type { CodeVerdict } from '../../src/cards/types.ts'
import { createVerifiedTokens } from '../../src/cards/verified-tokens.ts'
import { type VerifyContext, verifyCode } from '../../src/cards/verify-code.ts'
import { generateKey, jwkToVerifier, kidOf, openSigner } from '../../src/issuers/algorithms.ts'
import type { IssuerKey, KeyAlgorithm, KeyUse, PublicJwk } from '../../src/issuers/index.ts'
import { sm2Here } from '../../src/issuers/sm2/open-sm2.ts'

export const NOW = Date.parse('2026-11-24T07:00:00Z')
export const S = NOW / 1000
export const CHENGDU = 'urn:yimatong:510100'
export const DEYANG = 'urn:yimatong:510600'
export const CARD = '01975b4e-0000-7e10-9b1f-0f6f1c2d3e4f'
export const PLACE = { good: 5, revoked: 6, suspended: 7 } as const

const sm2 = sm2Here()

/** A key as the hub makes it, with its private half in the hands of the test. */
export interface Pen {
  readonly key: IssuerKey
  readonly jwk: PublicJwk
  sign(text: string): Promise<Buffer>
  /** Of ES256 and EdDSA keys, at once. */
  signNow(text: string): Buffer
}

export function makePen(iss: string, uses: readonly KeyUse[], alg: KeyAlgorithm = 'ES256'): Pen {
  const { publicJwk, privateText } = generateKey(alg)
  const signer = openSigner(alg, privateText, publicJwk, sm2)
  const privateKey: KeyObject | undefined = alg === 'SM2-SM3' ? undefined : createPrivateKey(privateText)
  const key: IssuerKey = {
    kid: kidOf(publicJwk),
    iss,
    city: iss === DEYANG ? '510600' : '510100',
    alg,
    uses: new Set(uses),
    activeFromMs: NOW - 86_400_000,
    retiredAtMs: Number.POSITIVE_INFINITY,
    verifyUntilMs: Number.POSITIVE_INFINITY,
    revoked: false,
    verify: jwkToVerifier(publicJwk, sm2),
  }
  return {
    key,
    jwk: publicJwk,
    sign: async (text) => Buffer.from(await signer(Buffer.from(text, 'latin1'))),
    signNow(text) {
      if (privateKey === undefined) throw new Error('SM2 signs later')
      return alg === 'EdDSA'
        ? sign(null, Buffer.from(text, 'latin1'), privateKey)
        : sign('sha256', Buffer.from(text, 'latin1'), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    },
  }
}

export const encode = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

export const codePayload = (change: object = {}) => ({
  iss: CHENGDU,
  sub: CARD,
  jti: 'nonce-0001',
  iat: S,
  exp: S + 60,
  idx: PLACE.good as number,
  ...change,
})
export const cardPayload = (change: object = {}) => ({
  iss: CHENGDU,
  jti: CARD,
  iat: S,
  exp: S + 86_400,
  idx: PLACE.good as number,
  ...change,
})

export const headerOf = (pen: Pen, typ: string) => ({ alg: pen.key.alg, kid: pen.key.kid, typ })

export async function write(pen: Pen, header: object | string, payload: object | string): Promise<string> {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${(await pen.sign(signed)).toString('base64url')}`
}

export const writeCode = (pen: Pen, change: object = {}) =>
  write(pen, headerOf(pen, CODE_TYPE), codePayload({ iss: pen.key.iss, ...change }))
export const writeCard = (pen: Pen, change: object = {}) =>
  write(pen, headerOf(pen, CARD_TYPE), cardPayload({ iss: pen.key.iss, ...change }))

const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

/** The token with the other signature that holds for the same content: (r, n - s) instead of (r, s). P-256 only. */
export function twinOf(token: string): string {
  const at = token.lastIndexOf('.') + 1
  const signature = Buffer.from(token.slice(at), 'base64url')
  const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
  const other = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex')
  return `${token.slice(0, at)}${Buffer.concat([signature.subarray(0, 32), other]).toString('base64url')}`
}

/** A verifier's memory with two issuers and the keys given to them. */
export function makeMemory(pens: readonly Pen[], used: ReadonlySet<string> = new Set()) {
  const bits = createStatusBits()
  bits.set(PLACE.good, 0)
  bits.set(PLACE.revoked, 1)
  bits.set(PLACE.suspended, 2)
  const holder = {
    personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
    maskedName: '张*明',
    insuredCity: '510100' as const,
  }
  const issuer = (iss: string) => ({
    city: iss === DEYANG ? ('510600' as const) : ('510100' as const),
    iss,
    keys: new Map(pens.filter(({ key }) => key.iss === iss).map(({ key }) => [key.kid, key])),
  })
  const issuers = new Map([CHENGDU, DEYANG].map((iss) => [iss, issuer(iss)]))
  const memory: CardMemory = {
    keys: { issuer: (iss) => issuers.get(iss), ageMs: () => 100 },
    // Both cities have a card at the same places: an answer about the wrong list would be "accepted", too.
    lists: () => ({ status: bits.get, holder: () => holder }),
    statusAgeMs: () => 100,
    institutions: { recognitionAt: () => ({ recognised: true, reasons: [] }), ageMs: () => 100 },
    healthCodes: { levelOf: () => ({ state: 'dormant' }), ageMs: () => 0 },
    verified: createVerifiedTokens(),
    usedCodes: { has: (nonce) => used.has(nonce) },
    limitsOn: () => ({ from: '2020-01-01', warnAfterS: 10, refuseAfterS: 120 }),
    knowsHolders: true,
  }
  return { memory, bits, issuers }
}

export function verdictOf(memory: CardMemory, code: string, change: Partial<VerifyContext> = {}): CodeVerdict {
  const verdict = verifyCode(memory, code, { nowMs: NOW, clockSkewS: 5, purpose: 'check-in', ...change })
  if (verdict instanceof Promise) throw new Error('the verdict comes later')
  return verdict
}

export const reasonsOf = (memory: CardMemory, code: string, change: Partial<VerifyContext> = {}): readonly string[] =>
  verdictOf(memory, code, change).reasons.map((one) => one.code)
