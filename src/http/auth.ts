import fastifyJwt, { type TokenOrHeader } from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import { AppError, defineErrors } from '../kernel/errors.ts'
import { type Access, type Caller, ROLES, type Role } from './access.ts'
import type { App } from './app-type.ts'
import { createKnownCallers, type KnownCaller } from './known-callers.ts'

export const authError = defineErrors('auth', {
  'token-missing': { status: 401, title: 'An access token is needed', titleZh: '缺少访问令牌' },
  'token-invalid': { status: 401, title: 'The access token is not valid', titleZh: '访问令牌无效' },
  'token-expired': { status: 401, title: 'The access token has expired', titleZh: '访问令牌已过期' },
  'client-not-admitted': { status: 401, title: 'The client is suspended or unknown', titleZh: '调用方已停用或不存在' },
  'role-not-served': { status: 403, title: 'This route does not serve your role', titleZh: '该接口不对此角色开放' },
  'scope-missing': { status: 403, title: 'The access token lacks a scope', titleZh: '访问令牌缺少所需权限' },
})

/** Keys of the access tokens: held in memory, so that a request costs no look-up. */
export interface TokenKeys {
  /** Key in force for new tokens: id and PKCS#8 PEM. */
  signing(): { readonly kid: string; readonly privatePem: string }
  /** SPKI PEM of a key that is published, or undefined; never does I/O, so a flood of unknown ids costs nothing. */
  publicPem(kid: string): string | undefined
  /**
   * True for a registered client that is not suspended. Asked for each request, so that a suspension ends the tokens
   * that are out already; from memory, like the keys.
   */
  admits(clientId: string): boolean
}

/** Claims of an access token. `sub` is the client. */
export interface AccessClaims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  /** The same as `sub`; RFC 9068 §2.2 asks for both. */
  readonly client_id: string
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

/** `typ` of an access token (RFC 9068 §2.1): no other JWT of ours, and no client assertion, passes for one. */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

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

/** What else than a route's own hook may ask: callers whose token was verified before. */
export interface Callers {
  /** The caller of an `Authorization` header, where its token is known and still good; never does I/O. */
  known(authorization: string): Caller | undefined
}

/**
 * Verifies the bearer token of every route that is not public, then role and scope, before anything of the
 * request is read. Refusals say what is missing, not whether the thing asked for exists.
 */
export async function registerAuth(app: App, options: AuthOptions): Promise<Callers> {
  await app.register(fastifyJwt, {
    // No private key: tokens are signed by the identity slice. The key is chosen by the token's kid alone.
    secret: {
      public: async (_request: FastifyRequest, token: TokenOrHeader) => {
        const kid: unknown = 'header' in token ? token.header.kid : token.kid
        const pem = typeof kid === 'string' ? options.keys.publicPem(kid) : undefined
        if (pem === undefined)
          throw authError('token-invalid', { detail: 'The token names a key that is not published.' })
        return pem
      },
    },
    decode: { complete: true },
    verify: {
      algorithms: ['ES256'],
      checkTyp: ACCESS_TOKEN_TYPE,
      requiredClaims: ['iss', 'aud', 'sub', 'role', 'scope', 'iat', 'exp'],
      allowedIss: options.issuer,
      allowedAud: options.issuer,
      // The package reads the machine's clock; assertInTime reads ours.
      ignoreExpiration: true,
      ignoreNotBefore: true,
    },
  })
  const callers = createKnownCallers()

  const known = (authorization: string): Caller | undefined => {
    const entry = callers.get(authorization)
    if (entry === undefined || options.keys.publicPem(entry.kid) === undefined) return undefined
    if (inTime(entry, options) !== 'in-time' || !options.keys.admits(entry.caller.clientId)) return undefined
    return entry.caller
  }

  app.decorateRequest('caller')
  app.addHook('onRequest', async (request) => {
    const { access, signed } = request.routeOptions.config
    if (access === 'public' || request.is404) return
    if (access === undefined) throw new Error(`route ${request.routeOptions.url ?? ''} states no access`)
    const { authorization } = request.headers
    let caller = signed?.(request)
    if (caller === undefined && authorization !== undefined) caller = known(authorization)
    if (caller === undefined) {
      const entry = await verifyBearer(request, options)
      if (authorization !== undefined) callers.put(authorization, entry)
      caller = entry.caller
    }
    request.caller = caller
    assertAccess(caller, access)
  })
  return { known }
}

async function verifyBearer(request: FastifyRequest, options: AuthOptions): Promise<KnownCaller> {
  const { authorization } = request.headers
  if (authorization === undefined) {
    throw authError('token-missing', { detail: 'Send "Authorization: Bearer …" with a token from /oauth/token.' })
  }
  let claims: AccessClaims
  try {
    claims = await request.jwtVerify<AccessClaims>()
  } catch (error) {
    if (error instanceof AppError) throw error
    throw authError('token-invalid', { detail: 'Send a token from /oauth/token of this service.', cause: error })
  }
  const known: KnownCaller = {
    kid: kidOf(authorization),
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    caller: {
      clientId: claims.sub,
      role: claims.role,
      institution: claims.inst,
      city: claims.city,
      scopes: new Set(claims.scope.split(' ')),
    },
  }
  const time = inTime(known, options)
  if (time === 'expired') throw authError('token-expired', { detail: 'Get a new token from /oauth/token.' })
  if (time === 'future') {
    throw authError('token-invalid', { detail: 'The token was issued in the future: the clocks differ.' })
  }
  if (!ROLES.includes(claims.role)) throw authError('token-invalid')
  if (!options.keys.admits(claims.sub)) {
    throw authError('client-not-admitted', { detail: 'Ask the operator of the hub about this client.' })
  }
  return known
}

/** Of a token whose signature was good, so its header is JSON with a kid. */
function kidOf(authorization: string): string {
  const [header = ''] = authorization.slice(authorization.lastIndexOf(' ') + 1).split('.')
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid
}

function inTime(known: KnownCaller, options: AuthOptions): 'in-time' | 'expired' | 'future' {
  const nowS = options.now().getTime() / 1000
  if (known.expiresAt + options.clockSkewS <= nowS) return 'expired'
  return known.issuedAt - options.clockSkewS > nowS ? 'future' : 'in-time'
}

/** The reason why a caller may not use a route, or undefined where it may. */
export function accessRefusal(caller: Caller, access: Access): AppError | undefined {
  if (!access.roles.includes(caller.role)) {
    return authError('role-not-served', { detail: `This route serves ${access.roles.join(', ')}.` })
  }
  if (!caller.scopes.has(access.scope)) {
    return authError('scope-missing', { detail: `The scope ${access.scope} is needed.` })
  }
  return undefined
}

function assertAccess(caller: Caller, access: Access): void {
  const refusal = accessRefusal(caller, access)
  if (refusal !== undefined) throw refusal
}
