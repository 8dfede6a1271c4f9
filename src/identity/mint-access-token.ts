import { createPrivateKey, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Role } from '../http/access.ts'
import { ACCESS_TOKEN_TTL_S, ACCESS_TOKEN_TYPE, type AccessClaims, type TokenKeys } from '../http/auth.ts'
import { newId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/time.ts'

/** What an access token says. */
export interface AccessGrant {
  /** Address of this service: issuer and audience of its tokens. */
  readonly issuer: string
  readonly clientId: string
  readonly role: Role
  readonly institution?: string | null | undefined
  readonly city?: string | null | undefined
  readonly scopes: readonly string[]
}

/** Parsing a PEM costs more than the signature; a process uses few keys. */
const parsed = new WeakMap<object, KeyObject>()

/** Signs an access token of five minutes with the key in force (JWT profile for access tokens, RFC 9068). */
export async function mintAccessToken(
  keys: Pick<TokenKeys, 'signing'>,
  grant: AccessGrant,
  clock: Clock,
): Promise<string> {
  const signing = keys.signing()
  const iat = Math.floor(clock.now().getTime() / 1000)
  const claims: AccessClaims = {
    iss: grant.issuer,
    aud: grant.issuer,
    sub: grant.clientId,
    client_id: grant.clientId,
    role: grant.role,
    ...(grant.institution ? { inst: grant.institution } : {}),
    ...(grant.city ? { city: grant.city } : {}),
    scope: grant.scopes.join(' '),
    jti: newId<'access-token'>(),
    iat,
    exp: iat + ACCESS_TOKEN_TTL_S,
  }
  return await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: signing.kid, typ: ACCESS_TOKEN_TYPE })
    .sign(keyOf(signing))
}

function keyOf(signing: ReturnType<TokenKeys['signing']>): KeyObject {
  const key = parsed.get(signing) ?? createPrivateKey(signing.privatePem)
  parsed.set(signing, key)
  return key
}
