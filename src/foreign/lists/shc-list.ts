import type { FieldError } from '../../kernel/errors.ts'
import { isObject } from '../../kernel/strict-json.ts'
import { readShcKeySet } from '../shc/key-set.ts'
import { isIssuerAddress } from '../shc/read-shc.ts'
import { readRevocationList } from '../shc/revocation-list.ts'
import type { ShcKey, ShcTrust } from '../trust.ts'
import { readHead } from './head.ts'

/** An issuer of SMART Health Cards as it stands in a list: its key set and its revocation files. */
export interface ShcIssuerJson {
  readonly iss: string
  readonly name: string
  /** JWKS of the issuer. */
  readonly jwks: { readonly keys: readonly { readonly kid: string }[] }
  readonly crls?: readonly { readonly kid: string; readonly ctr: number; readonly rids: readonly string[] }[]
}

const MAX_ISSUERS = 5000
const MAX_NAME = 200

/** Reads a trust list of SMART Health Cards, with all that is wrong with it; the trust counts only where nothing is. */
export function readShcList(value: unknown): { readonly trust: ShcTrust; readonly errors: readonly FieldError[] } {
  const { head, errors: headErrors } = readHead(value, 'shc')
  const issuers = new Map<string, ReadonlyMap<string, ShcKey>>()
  const errors: FieldError[] = [...headErrors]
  const list = isObject(value) ? value['issuers'] : undefined
  if (!Array.isArray(list) || list.length > MAX_ISSUERS) {
    errors.push({ pointer: '/issuers', detail: `is not a list of ${MAX_ISSUERS} issuers at most` })
    return { trust: { ...head, issuers }, errors }
  }
  for (const [index, issuer] of (list as readonly unknown[]).entries()) {
    const at = `/issuers/${index}`
    const { iss, name } = isObject(issuer) ? issuer : {}
    if (typeof iss !== 'string' || !isIssuerAddress(iss)) {
      errors.push({ pointer: `${at}/iss`, detail: 'is not an https address without a slash at its end' })
    } else if (issuers.has(iss)) {
      errors.push({ pointer: `${at}/iss`, detail: 'comes twice' })
    } else if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) {
      errors.push({ pointer: `${at}/name`, detail: 'is missing' })
    } else {
      const read = readIssuer(issuer as Readonly<Record<string, unknown>>, iss, at)
      issuers.set(iss, read.keys)
      errors.push(...read.errors)
    }
  }
  return { trust: { ...head, issuers }, errors }
}

function readIssuer(issuer: Readonly<Record<string, unknown>>, iss: string, at: string) {
  const { keys, errors } = readShcKeySet(issuer['jwks'], { at: `${at}/jwks`, iss })
  const { revoked, errors: crlErrors } = readRevocations(issuer['crls'], keys, `${at}/crls`)
  const whole = [...keys].map(([kid, key]) => [kid, { ...key, revoked: revoked.get(kid) }] as const)
  return { keys: new Map<string, ShcKey>(whole), errors: [...errors, ...crlErrors] }
}

function readRevocations(crls: unknown, keys: ReadonlyMap<string, { readonly crlVersion: number | null }>, at: string) {
  const revoked = new Map<string, ReadonlyMap<string, number>>()
  const errors: FieldError[] = []
  if (crls === undefined) return { revoked, errors }
  if (!Array.isArray(crls)) return { revoked, errors: [{ pointer: at, detail: 'is not a list' }] }
  for (const [index, file] of (crls as readonly unknown[]).entries()) {
    const pointer = `${at}/${index}`
    const kid = isObject(file) ? file['kid'] : undefined
    const key = typeof kid === 'string' ? keys.get(kid) : undefined
    if (typeof kid !== 'string' || key === undefined) {
      errors.push({ pointer: `${pointer}/kid`, detail: 'is not a key of this issuer' })
    } else if (revoked.has(kid)) {
      errors.push({ pointer: `${pointer}/kid`, detail: 'comes twice' })
    } else {
      const read = readRevocationList(file, { at: pointer, crlVersion: key.crlVersion })
      revoked.set(kid, read.revoked)
      errors.push(...read.errors)
    }
  }
  return { revoked, errors }
}
