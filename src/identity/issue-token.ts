import { ACCESS_TOKEN_TTL_S } from '../http/auth.ts'
import type { Deps } from '../kernel/deps.ts'
import { authenticateClient } from './authenticate-client.ts'
import { oauthError } from './errors.ts'
import { mintAccessToken } from './mint-access-token.ts'
import type { IdentityKeys } from './open-token-keys.ts'
import { decideScopes } from './rules.ts'

/** `client_assertion_type` of a JWT (RFC 7523 §2.2). */
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export interface TokenRequest {
  readonly grantType: string
  readonly assertionType: string
  readonly assertion: string
  readonly scope: string
  readonly clientId?: string | undefined
}

export interface IssuedToken {
  readonly accessToken: string
  readonly expiresInS: number
  readonly scope: string
}

export function tokenUrlOf(publicUrl: string): string {
  return `${publicUrl}/oauth/token`
}

/**
 * OAuth 2 client credentials (RFC 6749 §4.4) with private_key_jwt.
 *
 * @throws AppError of `oauthError`; its code without the area is the OAuth error code.
 */
export async function issueToken(
  deps: Pick<Deps, 'db' | 'clock' | 'config' | 'log'> & { readonly tokenKeys: IdentityKeys },
  request: TokenRequest,
): Promise<IssuedToken> {
  if (request.grantType !== 'client_credentials') {
    throw oauthError('unsupported_grant_type', { detail: 'grant_type must be client_credentials' })
  }
  if (request.assertionType !== JWT_BEARER) {
    throw oauthError('invalid_request', { detail: `client_assertion_type must be ${JWT_BEARER}` })
  }
  const client = await authenticateClient(deps, {
    text: request.assertion,
    audience: tokenUrlOf(deps.config.publicUrl),
    clientId: request.clientId,
    algorithms: deps.tokenKeys.assertionAlgorithms(),
  })
  const verdict = decideScopes(request.scope, client.scopes)
  if ('refused' in verdict) {
    throw oauthError('invalid_scope', {
      detail: `${verdict.refused.length} of the scopes asked for are not granted; granted are ${client.scopes.join(' ')}`,
    })
  }
  const accessToken = await mintAccessToken(
    deps.tokenKeys,
    { ...client, issuer: deps.config.publicUrl, scopes: verdict.granted },
    deps.clock,
  )
  return { accessToken, expiresInS: ACCESS_TOKEN_TTL_S, scope: verdict.granted.join(' ') }
}
