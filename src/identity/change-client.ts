import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { auditAdministration } from './audit-administration.ts'
import { identityError } from './errors.ts'
import { readPublicJwks } from './public-jwks.ts'
import { chooseScopes } from './scopes.ts'
import { readClient, updateClientKeys, updateClientScopes, updateClientStatus } from './store.ts'

type ChangeDeps = Pick<Deps, 'db' | 'clock'>

/**
 * The client gets no more tokens from now on, and every process refuses the tokens that are out within a second.
 *
 * @param note why, for the operator's list.
 */
export async function suspendClient(deps: ChangeDeps, clientId: string, note?: string): Promise<void> {
  await change(deps, clientId, 'identity.client-suspend', (tx, at) =>
    updateClientStatus(tx, { clientId, status: 'suspended', note: note ?? null, at }),
  )
}

/** Ends a suspension. Tokens issued before it work again for the rest of their five minutes. */
export async function resumeClient(deps: ChangeDeps, clientId: string): Promise<void> {
  await change(deps, clientId, 'identity.client-resume', (tx, at) =>
    updateClientStatus(tx, { clientId, status: 'active', note: null, at }),
  )
}

/** Puts other public keys in place of the client's. To change keys without a gap, send the old and the new together first. */
export async function replaceClientKeys(deps: ChangeDeps, clientId: string, jwks: unknown): Promise<void> {
  const read = await readPublicJwks(jwks)
  if ('problems' in read) {
    throw identityError('client-invalid', {
      detail: read.problems.join('; '),
      errors: read.problems.map((detail) => ({ pointer: '/jwks', detail })),
    })
  }
  await change(deps, clientId, 'identity.client-keys', (tx, at) =>
    updateClientKeys(tx, { clientId, keys: read.keys, at }),
  )
}

/**
 * Gives the client other scopes; without a list, all of its role: those that came with a later version included. Tokens
 * that are out keep theirs.
 *
 * @throws AppError `identity.client-invalid`, `identity.client-unknown`
 */
export async function replaceClientScopes(
  deps: ChangeDeps,
  clientId: string,
  list: readonly string[] | undefined,
): Promise<void> {
  await change(deps, clientId, 'identity.client-scopes', async (tx, at) => {
    const client = await readClient(tx, clientId)
    if (client === undefined) return false
    const { scopes, problems } = chooseScopes(client.role, list)
    if (problems.length > 0) {
      throw identityError('client-invalid', {
        detail: problems.join('; '),
        errors: problems.map((detail) => ({ pointer: '/scopes', detail })),
      })
    }
    await updateClientScopes(tx, { clientId, scopes, at })
    return true
  })
}

/** The change and its audit event stand or fall together. */
async function change(
  deps: ChangeDeps,
  clientId: string,
  action: string,
  write: (tx: Tx, at: Date) => Promise<boolean>,
): Promise<void> {
  await inTx(deps.db, async (tx) => {
    if (!(await write(tx, deps.clock.now()))) {
      throw identityError('client-unknown', { detail: 'No client with this id is registered.' })
    }
    await auditAdministration(tx, deps.clock, { action, targetType: 'client', targetId: clientId })
  })
}
