import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { decodeBase64url } from '../../kernel/base64url.ts'
import type { FieldError } from '../../kernel/errors.ts'
import { isObject } from '../../kernel/strict-json.ts'
import type { ShcKey } from '../trust.ts'
import { readCertificateChain } from './certificate-chain.ts'

/** Keys of one issuer in memory. */
const MAX_KEYS = 100

type KeyFacts = Omit<ShcKey, 'revoked'>

/** Reads a JWKS of one issuer (`keys`), with all that is wrong with it. `at` is its JSON pointer. */
export function readShcKeySet(
  keySet: unknown,
  of: { readonly at: string; readonly iss: string | undefined },
): { readonly keys: ReadonlyMap<string, KeyFacts>; readonly errors: readonly FieldError[] } {
  const keys = new Map<string, KeyFacts>()
  const list = isObject(keySet) ? keySet['keys'] : undefined
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_KEYS) {
    return { keys, errors: [{ pointer: of.at, detail: `is not a key set of 1 to ${MAX_KEYS} keys` }] }
  }
  const errors: FieldError[] = []
  for (const [index, jwk] of (list as readonly unknown[]).entries()) {
    const read = readKey(jwk, of.iss)
    const pointer = `${of.at}/keys/${index}`
    if ('wrong' in read) errors.push(...read.wrong.map((detail) => ({ pointer, detail })))
    else if (keys.has(read.kid)) errors.push({ pointer, detail: 'has a kid that another key has' })
    else keys.set(read.kid, read.key)
  }
  return { keys, errors }
}

function readKey(
  jwk: unknown,
  iss: string | undefined,
): { readonly kid: string; readonly key: KeyFacts } | { readonly wrong: readonly string[] } {
  if (!isObject(jwk)) return { wrong: ['is not a key'] }
  const { kid, kty, use, alg, crv, x, y, crlVersion, x5c } = jwk
  const wrong: string[] = []
  if (kty !== 'EC') wrong.push('kty is not EC')
  if (use !== 'sig') wrong.push('use is not sig')
  if (alg !== 'ES256') wrong.push('alg is not ES256')
  if (crv !== 'P-256') wrong.push('crv is not P-256')
  if (jwk['d'] !== undefined) wrong.push('has its private part, which must never be published')
  if (crlVersion !== undefined && !(Number.isSafeInteger(crlVersion) && (crlVersion as number) >= 0)) {
    wrong.push('crlVersion is not a counter')
  }
  if (wrong.length > 0 || !isCoordinate(x) || !isCoordinate(y)) {
    return { wrong: wrong.length > 0 ? wrong : ['x and y are not coordinates of 32 bytes'] }
  }
  if (typeof kid !== 'string' || kid !== thumbprint(x, y)) return { wrong: ['kid is not the thumbprint of the key'] }
  const publicKey = importPoint(x, y)
  if (publicKey === undefined) return { wrong: ['is not a point of the curve'] }
  const publicKeyDer = publicKey.export({ format: 'der', type: 'spki' })
  const chain = x5c === undefined ? ALWAYS : readCertificateChain(x5c, { publicKeyDer, iss })
  if (typeof chain === 'string') return { wrong: [`x5c ${chain}`] }
  const counter = crlVersion === undefined ? null : (crlVersion as number)
  return { kid, key: { publicKey, ...chain, crlVersion: counter } }
}

const ALWAYS = { validFromMs: Number.NEGATIVE_INFINITY, validToMs: Number.POSITIVE_INFINITY }

const isCoordinate = (value: unknown): value is string =>
  typeof value === 'string' && decodeBase64url(value)?.length === 32

/** RFC 7638 §3: the members that identify the key, in lexical order, without white space. */
export function thumbprint(x: string, y: string): string {
  const canonical = JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })
  return createHash('sha256').update(canonical, 'utf8').digest('base64url')
}

function importPoint(x: string, y: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  } catch (error) {
    // The form was checked: what is left to be wrong is the point.
    if (error instanceof Error) return undefined
    throw error
  }
}
