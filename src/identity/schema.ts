import { Type } from 'typebox'

/**
 * Body of the token request, form-encoded. Unknown parameters are let pass, against the rule of every other route:
 * RFC 6749 §3.2 says that the server must ignore them. A parameter that comes twice arrives as a list and is refused.
 */
export const TokenForm = Type.Object(
  {
    grant_type: Type.String({ maxLength: 64, examples: ['client_credentials'] }),
    client_assertion_type: Type.String({
      maxLength: 128,
      examples: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    }),
    client_assertion: Type.String({
      maxLength: 8192,
      description:
        'JWT signed by the client: iss = sub = client id, aud = address of this endpoint, exp at most 5 minutes ahead, jti new for each request, kid of a registered key',
      examples: ['eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl'],
    }),
    scope: Type.Optional(
      Type.String({
        maxLength: 2048,
        description: 'Scopes, separated by blanks; none asks for all that were granted',
        examples: ['cards.verify settlement.write'],
      }),
    ),
    client_id: Type.Optional(Type.String({ maxLength: 64, examples: ['deyang-first-hospital'] })),
  },
  { additionalProperties: true },
)

export const TokenAnswer = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('bearer'),
    expires_in: Type.Integer({ examples: [300] }),
    scope: Type.String({ examples: ['cards.verify settlement.write'] }),
  },
  { additionalProperties: false },
)

/** RFC 6749 §5.2. */
export const TokenRefusal = Type.Object(
  {
    error: Type.String({ examples: ['invalid_client'] }),
    error_description: Type.Optional(
      Type.String({ examples: ['jti was used before: sign a new assertion for each request'] }),
    ),
  },
  { additionalProperties: false },
)

export const KeySetAnswer = Type.Object(
  {
    keys: Type.Array(
      Type.Object(
        {
          kty: Type.String({ examples: ['EC'] }),
          crv: Type.String({ examples: ['P-256'] }),
          x: Type.String(),
          y: Type.String(),
          kid: Type.String(),
          alg: Type.String({ examples: ['ES256'] }),
          use: Type.String({ examples: ['sig'] }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)

export const SmartConfiguration = Type.Object(
  {
    issuer: Type.String(),
    jwks_uri: Type.String(),
    token_endpoint: Type.String(),
    grant_types_supported: Type.Array(Type.String()),
    token_endpoint_auth_methods_supported: Type.Array(Type.String()),
    token_endpoint_auth_signing_alg_values_supported: Type.Array(Type.String()),
    scopes_supported: Type.Array(Type.String()),
    capabilities: Type.Array(Type.String()),
  },
  { additionalProperties: false },
)
