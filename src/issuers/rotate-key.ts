import type { CityCode } from '../codes/index.ts'
import type { Tx } from '../kernel/db.ts'
import { inTx } from '../kernel/tx.ts'
import { auditKey, COMMAND_LINE, type KeyCaller } from './audit-key.ts'
import { issuersError } from './errors.ts'
import { type KeyDeps, makeKey } from './make-key.ts'
import { type IssuerKeyRow, markIssuerChanged, nextActivation, retireKeys } from './store.ts'
import type { KeyAlgorithm, KeyUse } from './types.ts'

export interface Rotation {
  readonly city: CityCode
  readonly use: KeyUse
  /** ES256 where nothing is said. */
  readonly alg?: KeyAlgorithm | undefined
  /** Now where nothing is said; a later day lets everybody fetch the key before it signs. */
  readonly activeFrom?: Date | undefined
}

/** A key that comes into force later than this is a slip of the pen. */
const MAX_AHEAD_MS = 366 * 86_400_000

/** Puts a new key in force for a use; what the old one signed stays good. Returns the new key's id. */
export async function rotateKey(deps: KeyDeps, order: Rotation, by: KeyCaller = COMMAND_LINE): Promise<string> {
  return await inTx(deps.db, async (tx) => (await rotateKeyIn(deps, tx, order, by)).kid)
}

/**
 * The same in the caller's transaction. The old key stops when the new one begins; where a later key is announced already,
 * the new one stops when that begins.
 *
 * @throws `issuers.not-found`, `issuers.dates-invalid`
 */
export async function rotateKeyIn(deps: KeyDeps, tx: Tx, order: Rotation, by: KeyCaller): Promise<IssuerKeyRow> {
  const now = deps.clock.now()
  const { city, use, alg = 'ES256', activeFrom = now } = order
  const aheadMs = activeFrom.getTime() - now.getTime()
  if (aheadMs < 0 || aheadMs > MAX_AHEAD_MS) {
    throw issuersError('dates-invalid', {
      errors: [{ pointer: '/activeFrom', detail: 'must lie within the next 366 days' }],
    })
  }
  if (!(await markIssuerChanged(tx, city))) throw issuersError('not-found')
  const retiredAt = await nextActivation(tx, { city, use, alg, after: activeFrom })
  await retireKeys(tx, { city, use, alg, at: activeFrom })
  const key = await makeKey(deps, tx, { city, uses: [use], alg, activeFrom, retiredAt })
  await auditKey(tx, deps.clock, by, { action: 'issuers.rotate-key', kid: key.kid })
  return key
}
