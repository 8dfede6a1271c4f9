import { randomBytes } from 'node:crypto'
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '../../kernel/time.ts'
import { hospitalError } from './errors.ts'
import { covers, grantScopes, type Interaction } from './scopes.ts'

/** A client the hospital has registered. Keys are given in place, or where they are published. */
export interface RegisteredClient {
  readonly clientId: string
  readonly jwks: JSONWebKeySet | URL
  readonly scopes?: readonly string[]
}

export type HospitalAuth = 'none' | { readonly clients: readonly RegisteredClient[] }

/** Answer of the token endpoint, in OAuth's own form (RFC 6749 §5), which is not FHIR. */
export interface TokenAnswer {
  readonly status: 200 | 400 | 401
  readonly body: Readonly<Record<string, string | number>>
}

interface Grant {
  readonly scopes: readonly string[]
  readonly until: number
}

interface Gate {
  readonly issue: (form: URLSearchParams, tokenUrl: string) => Promise<TokenAnswer>
  /** Throws 401 for a token that is not good, 403 for one that does not cover the interaction. */
  readonly check: (authorization: string | undefined, type: string, interaction: Interaction | 'any') => void
}

export const ASSERTION_ALGORITHMS = ['ES384', 'RS384', 'ES256']
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const DEFAULT_SCOPES = ['system/*.cruds']
/** SMART Backend Services: an assertion lives at most five minutes, a token is recommended to live as long. */
const LIFE_SECONDS = 300
/** Above this many remembered assertions or tokens new ones are refused: never forget one that could be replayed. */
const MAX_KEPT = 100_000

export function createGate(auth: HospitalAuth, clock: Clock): Gate {
  if (auth === 'none') {
    return {
      issue: async () => refuse(400, 'unsupported_grant_type', 'This server asks for no token.'),
      check: () => undefined,
    }
  }
  const clients = new Map(
    auth.clients.map((client) => [
      client.clientId,
      {
        scopes: client.scopes ?? DEFAULT_SCOPES,
        keys: client.jwks instanceof URL ? createRemoteJWKSet(client.jwks) : createLocalJWKSet(client.jwks),
      },
    ]),
  )
  const used = new Map<string, number>()
  const grants = new Map<string, Grant>()

  return {
    issue: async (form, tokenUrl) => {
      const problem = formProblem(form)
      if (problem !== undefined) return problem
      const assertion = form.get('client_assertion') ?? ''
      const clientId = claimedClient(assertion)
      const client = clientId === undefined ? undefined : clients.get(clientId)
      if (clientId === undefined || client === undefined) return refuse(401, 'invalid_client', 'Unknown client.')

      let payload: JWTPayload
      try {
        ;({ payload } = await jwtVerify(assertion, client.keys, {
          issuer: clientId,
          subject: clientId,
          audience: tokenUrl,
          algorithms: ASSERTION_ALGORITHMS,
          requiredClaims: ['exp', 'jti'],
          currentDate: clock.now(),
        }))
      } catch (error) {
        if (error instanceof errors.JOSEError) return refuse(401, 'invalid_client', `Assertion refused: ${error.code}.`)
        throw error
      }
      const now = clock.now().getTime()
      const until = (payload.exp ?? 0) * 1_000
      if (until > now + LIFE_SECONDS * 1_000)
        return refuse(401, 'invalid_client', 'Assertion refused: exp is more than 5 minutes ahead.')
      if (typeof payload.jti !== 'string' || payload.jti.length > 255)
        return refuse(401, 'invalid_client', 'Assertion refused: jti.')

      prune(used, (end) => end < now)
      prune(grants, (grant) => grant.until < now)
      const mark = `${clientId} ${payload.jti}`
      if (used.has(mark) || used.size >= MAX_KEPT || grants.size >= MAX_KEPT) {
        return refuse(401, 'invalid_client', 'Assertion refused: jti was used before.')
      }
      used.set(mark, until)

      const scopes = grantScopes((form.get('scope') ?? '').split(' ').filter(Boolean), client.scopes)
      if (scopes.length === 0) return refuse(400, 'invalid_scope', 'None of the scopes asked for is allowed.')
      const token = randomBytes(32).toString('base64url')
      grants.set(token, { scopes, until: now + LIFE_SECONDS * 1_000 })
      return {
        status: 200,
        body: { access_token: token, token_type: 'bearer', expires_in: LIFE_SECONDS, scope: scopes.join(' ') },
      }
    },

    check: (authorization, type, interaction) => {
      const token = /^Bearer ([A-Za-z0-9_-]{43})$/i.exec(authorization ?? '')?.[1]
      const grant = token === undefined ? undefined : grants.get(token)
      if (grant === undefined || grant.until <= clock.now().getTime()) {
        throw hospitalError('token-missing', { detail: 'Get an access token at the token endpoint.' })
      }
      if (interaction !== 'any' && !covers(grant.scopes, type, interaction)) throw hospitalError('scope-missing')
    },
  }
}

function formProblem(form: URLSearchParams): TokenAnswer | undefined {
  if (form.get('grant_type') !== 'client_credentials') {
    return refuse(400, 'unsupported_grant_type', 'Only client_credentials is offered.')
  }
  if (form.get('client_assertion_type') !== ASSERTION_TYPE || !form.has('client_assertion')) {
    return refuse(401, 'invalid_client', 'Only private_key_jwt is accepted.')
  }
  return undefined
}

/** Reads the issuer before the signature is checked, only to choose whose keys must verify it. */
function claimedClient(assertion: string): string | undefined {
  const part = assertion.split('.')[1]
  if (part === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    const issuer = typeof claims === 'object' && claims !== null && 'iss' in claims ? claims.iss : undefined
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    // Not a JWT: the caller answers invalid_client.
    return undefined
  }
}

function refuse(status: 400 | 401, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description } }
}

function prune<V>(map: Map<string, V>, isOver: (value: V) => boolean): void {
  for (const [key, value] of map) if (isOver(value)) map.delete(key)
}
