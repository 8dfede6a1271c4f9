import type { Deps } from '../kernel/deps.ts'
import { identityError } from './errors.ts'
import { readPublicJwks } from './public-jwks.ts'
import { updateClientKeys, updateClientStatus } from './store.ts'

type ChangeDeps = Pick<Deps, 'db' | 'clock'>

/**
 * The client gets no more tokens from now on, and every process refuses the tokens that are out within a second.
 *
 * @param note why, for the operator's list.
 */
export async function suspendClient(deps: ChangeDeps, clientId: string, note?: string): Promise<void> {
  const found = await updateClientStatus(deps.db, {
    clientId,
    status: 'suspended',
    note: note ?? null,
    at: deps.clock.now(),
  })
  if (!found) throw unknown()
}

/** Ends a suspension. Tokens issued before it work again for the rest of their five minutes. */
export async function resumeClient(deps: ChangeDeps, clientId: string): Promise<void> {
  const found = await updateClientStatus(deps.db, { clientId, status: 'active', note: null, at: deps.clock.now() })
  if (!found) throw unknown()
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
  if (!(await updateClientKeys(deps.db, { clientId, keys: read.keys, at: deps.clock.now() }))) throw unknown()
}

function unknown() {
  return identityError('client-unknown', { detail: 'No client with this id is registered.' })
}
