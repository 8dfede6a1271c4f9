import fastifyJwt from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import { defineErrors } from '../kernel/errors.ts'
import { type Access, type Caller, ROLES, type Role } from './access.ts'
import type { App } from './app-type.ts'

export const authError = defineErrors('auth', {
  'token-missing': { status: 401, title: 'An access token is needed', titleZh: '缺少访问令牌' },
  'token-invalid': { status: 401, title: 'The access token is not valid', titleZh: '访问令牌无效' },
  'token-expired': { status: 401, title: 'The access token has expired', titleZh: '访问令牌已过期' },
  'role-not-served': { status: 403, title: 'This route does not serve your role', titleZh: '该接口不对此角色开放' },
  'scope-missing': { status: 403, title: 'The access token lacks a scope', titleZh: '访问令牌缺少所需权限' },
})

/** Keys of the access tokens: held in memory, so that a request costs no look-up. */
export interface TokenKeys {
  /** Key in force for new tokens: id and PKCS#8 PEM. */
  signing(): { readonly kid: string; readonly privatePem: string }
  /** SPKI PEM of a key that is published, or undefined; never does I/O, so a flood of unknown ids costs nothing. */
  publicPem(kid: string): string | undefined
}

/** Claims of an access token. `sub` is the client. */
export interface AccessClaims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly role: Role
  readonly inst?: string
  readonly city?: string
  readonly scope: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
}

/** Life of an access token in seconds (SMART Backend Services recommends at most 300). */
export const ACCESS_TOKEN_TTL_S = 300

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: AccessClaims
    user: AccessClaims
  }
}

export interface AuthOptions {
  readonly keys: TokenKeys
  readonly issuer: string
  readonly clockSkewS: number
  readonly now: () => Date
}

/**
 * Verifies the bearer token of every route that is not public, then role and scope, before anything of the
 * request is read. Refusals say what is missing, not whether the thing asked for exists.
 */
export async function registerAuth(app: App, options: AuthOptions): Promise<void> {
  await app.register(fastifyJwt, {
    // The hook's request is unused: the key is chosen by the token's kid alone.
    secret: {
      public: (_request: FastifyRequest, token: unknown) => {
        const { header } = token as { header?: { kid?: unknown } }
        const pem = typeof header?.kid === 'string' ? options.keys.publicPem(header.kid) : undefined
        if (pem === undefined) throw authError('token-invalid', { detail: 'The token names a key that is not ours.' })
        return Promise.resolve(pem)
      },
      private: () => Promise.reject(new Error('tokens are signed by the identity slice')),
    } as never,
    decode: { complete: true },
    sign: { algorithm: 'ES256' },
    verify: {
      algorithms: ['ES256'],
      allowedIss: options.issuer,
      allowedAud: options.issuer,
      clockTolerance: options.clockSkewS * 1000,
      cache: false,
    },
  })
  app.decorateRequest('caller')
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config
    if (access === 'public' || request.is404) return
    if (access === undefined) throw new Error(`route ${request.routeOptions.url ?? ''} states no access`)
    request.caller = await verifyBearer(request)
    assertAccess(request.caller, access)
  })
}

async function verifyBearer(request: FastifyRequest): Promise<Caller> {
  if (request.headers.authorization === undefined) {
    throw authError('token-missing', { detail: 'Send "Authorization: Bearer …" with a token from /oauth/token.' })
  }
  let claims: AccessClaims
  try {
    claims = await request.jwtVerify<AccessClaims>()
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
    if (code === 'FST_JWT_AUTHORIZATION_TOKEN_EXPIRED') {
      throw authError('token-expired', { detail: 'Get a new token from /oauth/token.' })
    }
    throw authError('token-invalid', { cause: error })
  }
  if (!ROLES.includes(claims.role)) throw authError('token-invalid')
  return {
    clientId: claims.sub,
    role: claims.role,
    institution: claims.inst,
    city: claims.city,
    scopes: new Set(claims.scope.split(' ')),
  }
}

function assertAccess(caller: Caller, access: Access): void {
  if (!access.roles.includes(caller.role)) {
    throw authError('role-not-served', { detail: `This route serves ${access.roles.join(', ')}.` })
  }
  if (!caller.scopes.has(access.scope)) {
    throw authError('scope-missing', { detail: `The scope ${access.scope} is needed.` })
  }
}
