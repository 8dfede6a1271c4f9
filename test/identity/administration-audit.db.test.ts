import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { replaceClientKeys } from '../../src/identity/change-client.ts'
import { registerClient, resumeClient, rotateSigningKey, suspendClient } from '../../src/identity/index.ts'
import { useDatabase } from '../support/database.ts'
import { makeKey, useIdentityApp } from './support.ts'

const database = useDatabase()
const hub = useIdentityApp(database)

const events = async () => {
  const { rows } = await sql<{ action: string; target: string; actor: string }>`
    select action, target_id as target, actor from audit_event order by event_no`.execute(database.db)
  return rows
}

describe('what an administrator does about clients and keys', () => {
  it('leaves one audit event for each change, and none for what was refused', async () => {
    const jwks = { keys: [(await makeKey()).publicJwk] }
    const client = { clientId: 'cdc-audited', role: 'cdc' as const, city: '510100', jwks }
    await registerClient(hub.deps, client)
    await replaceClientKeys(hub.deps, 'cdc-audited', { keys: [(await makeKey()).publicJwk] })
    await suspendClient(hub.deps, 'cdc-audited', 'contract ended')
    await resumeClient(hub.deps, 'cdc-audited')
    const old = hub.keys.signing().kid
    await rotateSigningKey(hub.deps, { compromised: true })

    await expect(registerClient(hub.deps, client)).rejects.toMatchObject({ code: 'identity.client-exists' })
    await expect(suspendClient(hub.deps, 'nobody')).rejects.toMatchObject({ code: 'identity.client-unknown' })
    await expect(replaceClientKeys(hub.deps, 'nobody', jwks)).rejects.toMatchObject({ code: 'identity.client-unknown' })
    expect(await rotateSigningKey(hub.deps)).toMatchObject({ outcome: 'too-early' })

    const actor = 'command-line'
    expect(await events()).toEqual([
      { action: 'identity.client-register', target: 'cdc-audited', actor },
      { action: 'identity.client-keys', target: 'cdc-audited', actor },
      { action: 'identity.client-suspend', target: 'cdc-audited', actor },
      { action: 'identity.client-resume', target: 'cdc-audited', actor },
      { action: 'identity.key-revoke', target: old, actor },
    ])
  })
})
