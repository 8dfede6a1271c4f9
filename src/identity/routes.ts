import { open } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import type { Deps } from '../kernel/deps.ts'
import { issueToken, tokenUrlOf } from './issue-token.ts'
import { useOAuthAnswers } from './oauth-answers.ts'
import type { IdentityKeys } from './open-token-keys.ts'
import { JWKS_MAX_AGE_S } from './rotate-signing-key.ts'
import { KeySetAnswer, SmartConfiguration, TokenAnswer, TokenForm, TokenRefusal } from './schema.ts'
import { ALL_SCOPES } from './scopes.ts'

export type IdentityRouteDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'log'> & { readonly tokenKeys: IdentityKeys }

/** Token endpoint and discovery. Their addresses are fixed by standards, so they do not begin with the slice's noun. */
export function identityRoutes(app: App, deps: IdentityRouteDeps): void {
  app.register(async (scope: App) => tokenRoute(scope, deps))
  discoveryRoutes(app, deps)
}

function tokenRoute(app: App, deps: IdentityRouteDeps): void {
  useOAuthAnswers(app)
  // Form-encoded and nothing else (RFC 6749 §4.4.2).
  app.removeContentTypeParser(['application/json', 'application/fhir+json'])
  app.post(
    '/oauth/token',
    {
      // A repeat is refused by the single-use jti of its assertion.
      config: open('natural'),
      schema: {
        tags: ['identity'],
        summary: 'Get an access token of five minutes 获取访问令牌',
        description:
          'OAuth 2 client credentials with private_key_jwt, as in SMART Backend Services. Refusals have the form of RFC 6749 §5.2, on this route only.',
        consumes: ['application/x-www-form-urlencoded'],
        body: TokenForm,
        response: { 200: TokenAnswer, 400: TokenRefusal, 401: TokenRefusal, 503: TokenRefusal },
      },
    },
    async (request, reply) => {
      const { body } = request
      const issued = await issueToken(deps, {
        grantType: body.grant_type,
        assertionType: body.client_assertion_type,
        assertion: body.client_assertion,
        scope: body.scope ?? '',
        // Sent without a value = not sent (RFC 6749 §3.2).
        clientId: body.client_id || undefined,
      })
      reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
      return {
        access_token: issued.accessToken,
        token_type: 'bearer' as const,
        expires_in: issued.expiresInS,
        scope: issued.scope,
      }
    },
  )
}

function discoveryRoutes(app: App, deps: IdentityRouteDeps): void {
  const maxAge = `public, max-age=${JWKS_MAX_AGE_S}`
  app.get(
    '/.well-known/jwks.json',
    {
      config: open(),
      schema: {
        tags: ['identity'],
        summary: 'Public keys of the access tokens 令牌公钥',
        description:
          'A key stands here at least two minutes before it signs, and until the last token it signed has ended.',
        response: { 200: KeySetAnswer },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', maxAge)
      return { keys: [...deps.tokenKeys.jwks().keys] }
    },
  )

  const { publicUrl } = deps.config
  // SMART puts it below the FHIR base address; the root serves clients that know this server by its issuer.
  for (const url of ['/.well-known/smart-configuration', '/fhir/.well-known/smart-configuration']) {
    app.get(
      url,
      {
        config: open(),
        schema: {
          tags: ['identity'],
          summary: 'What this authorization server offers (SMART App Launch) 授权服务说明',
          response: { 200: SmartConfiguration },
        },
      },
      async (_request, reply) => {
        reply.header('cache-control', maxAge)
        return {
          issuer: publicUrl,
          jwks_uri: `${publicUrl}/.well-known/jwks.json`,
          token_endpoint: tokenUrlOf(publicUrl),
          grant_types_supported: ['client_credentials'],
          token_endpoint_auth_methods_supported: ['private_key_jwt'],
          token_endpoint_auth_signing_alg_values_supported: [...deps.tokenKeys.assertionAlgorithms()],
          scopes_supported: [...ALL_SCOPES],
          // No launch, no user: code_challenge_methods_supported and authorization_endpoint do not apply.
          capabilities: ['client-confidential-asymmetric', 'permission-v2'],
        }
      },
    )
  }
}
