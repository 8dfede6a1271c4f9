import type { InjectOptions } from 'fastify'
import { type Access, ROLES, type Role } from '../../src/http/access.ts'
import type { App } from '../../src/http/app-type.ts'
import { authError } from '../../src/http/auth.ts'
import type { RouteEntry } from '../../src/http/route-rules.ts'
import { newId } from '../../src/kernel/ids.ts'

/** Who calls: a role with the route's scope, a role without it, or nobody. */
export type CallerKind = Role | `${Role} without the scope` | 'no token'

/**
 * `admitted` = past authentication, role and scope; what happens then is the route's own business. Else the code of the
 * refusal without its area: `token-missing`, `role-not-served`, `scope-missing`.
 */
export type Outcome = string

export interface AccessRow {
  readonly route: string
  readonly role: CallerKind
  readonly expected: Outcome
  readonly actual: Outcome
}

export type MintForTable = (role: Role, options: { readonly scopes: readonly string[] }) => Promise<string>

/** A scope that no route asks for. */
const UNRELATED_SCOPE = 'nothing.at-all'

/**
 * Calls every route as every role, with the route's scope and without it, and as nobody. Requests carry no body and no
 * Idempotency-Key, so that a route which admits the caller changes nothing.
 */
export async function walkAccess(app: App, mint: MintForTable): Promise<readonly AccessRow[]> {
  await app.ready()
  const rows: AccessRow[] = []
  for (const entry of app.routeEntries) {
    const route = `${entry.method} ${entry.url}`
    rows.push({
      route,
      role: 'no token',
      expected: entry.access === 'public' ? 'admitted' : 'token-missing',
      actual: await call(app, entry),
    })
    for (const role of ROLES) {
      const scope = entry.access === 'public' ? UNRELATED_SCOPE : entry.access.scope
      rows.push({
        route,
        role,
        expected: expectedFor(entry.access, role, true),
        actual: await call(app, entry, await mint(role, { scopes: [scope] })),
      })
      rows.push({
        route,
        role: `${role} without the scope`,
        expected: expectedFor(entry.access, role, false),
        actual: await call(app, entry, await mint(role, { scopes: [UNRELATED_SCOPE] })),
      })
    }
  }
  return rows
}

function expectedFor(access: Access | 'public', role: Role, withScope: boolean): Outcome {
  if (access === 'public') return 'admitted'
  if (!access.roles.includes(role)) return 'role-not-served'
  return withScope ? 'admitted' : 'scope-missing'
}

async function call(app: App, entry: RouteEntry, token?: string): Promise<Outcome> {
  const response = await app.inject({
    method: entry.method as NonNullable<InjectOptions['method']>,
    url: concrete(entry.url),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
  // Only these two are about the caller; anything else came from behind the door.
  if (response.statusCode !== 401 && response.statusCode !== 403) return 'admitted'
  const code = refusalCode(response.body)
  return code.startsWith('auth.') ? code.slice('auth.'.length) : 'admitted'
}

/** The error code, from a problem document, an OperationOutcome, or an answer of the national interface. */
function refusalCode(body: string): string {
  const answer = JSON.parse(body) as {
    code?: string | number
    err_msg?: string
    issue?: { details?: { coding?: { code?: string }[] } }[]
  }
  // The gateway of the national interface misses its headers where there is no token either.
  if (answer.code === 401) return 'auth.token-missing'
  if (answer.err_msg !== undefined) {
    const known = Object.entries(authError.specs).find(([, spec]) => spec.titleZh === answer.err_msg)
    return known === undefined ? '' : `auth.${known[0]}`
  }
  if (typeof answer.code === 'number') return ''
  return answer.code ?? answer.issue?.[0]?.details?.coding?.[0]?.code ?? ''
}

/** An address that fits the route: ids that belong to nobody in the place of parameters. */
function concrete(url: string): string {
  const id: string = newId()
  return url.replace(/:[A-Za-z0-9_]+(\([^)]*\))?\??/g, id).replace('*', id)
}
