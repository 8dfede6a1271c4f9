/** Kinds of callers. A client has exactly one. */
export const ROLES = ['hospital', 'pharmacy', 'bureau', 'cdc', 'issuer', 'operator', 'supervisor'] as const
export type Role = (typeof ROLES)[number]

/** What a route needs of its caller. */
export interface Access {
  /** Scope that the access token must carry, e.g. `cards.verify` or `system/Observation.rs` (SMART v2 form under /fhir). */
  readonly scope: string
  /** Roles that the route serves; a token of another role is refused even with the scope. */
  readonly roles: readonly Role[]
}

/**
 * How a state-changing request is kept from acting twice:
 * - `key`: the client sends `Idempotency-Key`, the answer is stored with the effect;
 * - `natural`: the effect has a unique key of its own (say which in a comment at the route);
 * - `none`: the request changes nothing, or only evidence such as the audit log.
 */
export type Repeat = 'key' | 'natural' | 'none'

/** Who is calling, from the verified access token. */
export interface Caller {
  readonly clientId: string
  readonly role: Role
  /** National code (fixmedins_code) of the institution, for hospitals and pharmacies. */
  readonly institution: string | undefined
  /** City (GB/T 2260 code) whose side a bureau, CDC, issuer or supervisor stands for. */
  readonly city: string | undefined
  readonly scopes: ReadonlySet<string>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access | 'public'
    repeat?: Repeat
    /**
     * Another way in than a bearer token, from memory: the caller, undefined where a request does not use it; throws where it
     * uses it wrongly. Role and scope are asked of this caller as of any other.
     */
    signed?: (request: FastifyRequest) => Caller | undefined
  }
  interface FastifyRequest {
    /** Set on every route that is not public. */
    caller: Caller
  }
}

/** Route config for callers with a scope and one of the roles. */
export function allow(scope: string, roles: readonly Role[], repeat: Repeat = 'none') {
  return { access: { scope, roles }, repeat }
}

/** Route config for anybody: keys, capability statement, health. Never personal data. */
export function open(repeat: Repeat = 'none') {
  return { access: 'public' as const, repeat }
}
