import { describe, expect, it } from 'vitest'
import { SCOPES_BY_ROLE } from '../../src/identity/index.ts'
import { walkAccess } from '../support/access-table.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'
import { tokenMinter } from '../support/tokens.ts'

const database = useDatabase()
const hub = useApp(database)

describe('every route', () => {
  it('serves exactly the roles and scopes that it states, and nobody without a token', async () => {
    const rows = await walkAccess(hub.app, tokenMinter(hub.deps, hub.live.tokenKeys))
    expect(rows.length).toBeGreaterThan(100)
    expect(rows.filter(({ expected, actual }) => expected !== actual)).toEqual([])
  })

  it('can be reached by each role it serves: the role can be granted its scope', () => {
    const unreachable = hub.app.routeEntries.flatMap(({ method, url, access }) =>
      access === 'public'
        ? []
        : access.roles
            .filter((role) => !SCOPES_BY_ROLE[role].includes(access.scope))
            .map((role) => `${method} ${url}: a ${role} cannot hold ${access.scope}`),
    )
    expect(unreachable).toEqual([])
  })

  it('is there for every scope that a role can be granted', () => {
    const served = new Set(
      hub.app.routeEntries.flatMap(({ access }) =>
        access === 'public' ? [] : access.roles.map((role) => `${role} ${access.scope}`),
      ),
    )
    const idle = Object.entries(SCOPES_BY_ROLE).flatMap(([role, scopes]) =>
      scopes.map((scope) => `${role} ${scope}`).filter((grant) => !served.has(grant)),
    )
    expect(idle).toEqual([])
  })
})
