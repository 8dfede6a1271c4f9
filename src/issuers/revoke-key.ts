import type { CityCode } from '../codes/index.ts'
import { inTx } from '../kernel/tx.ts'
import { auditKey, COMMAND_LINE, type KeyCaller } from './audit-key.ts'
import { issuersError } from './errors.ts'
import { type KeyDeps, makeKey } from './make-key.ts'
import { type IssuerKeyRow, markIssuerChanged, markKeyRevoked, readKey } from './store.ts'

export interface Revocation {
  readonly city: CityCode
  readonly kid: string
  readonly at: Date
  /** The key that signs in its place; undefined where it signed no more. */
  readonly successor: string | undefined
}

/**
 * Takes all force from a compromised key: nothing that it signed counts any more, and every process knows it when the
 * transaction is committed. Where it was still to sign, another key does so from this moment on.
 *
 * @throws `issuers.not-found` also where it was revoked before
 */
export async function revokeKey(
  deps: KeyDeps,
  city: CityCode,
  kid: string,
  by: KeyCaller = COMMAND_LINE,
): Promise<Revocation> {
  const at = deps.clock.now()
  return await inTx(deps.db, async (tx) => {
    if (!(await markIssuerChanged(tx, city))) throw issuersError('not-found')
    const key = await readKey(tx, { city, kid })
    if (key === undefined || !(await markKeyRevoked(tx, { city, kid, at }))) throw issuersError('not-found')
    await auditKey(tx, deps.clock, by, { action: 'issuers.revoke-key', kid, reasonCodes: ['compromised'] })
    if (!signsLater(key, at)) return { city, kid, at, successor: undefined }
    const { uses, alg, retiredAt } = key
    const activeFrom = key.activeFrom > at ? key.activeFrom : at
    const successor = await makeKey(deps, tx, { city, uses, alg, activeFrom, retiredAt })
    await auditKey(tx, deps.clock, by, { action: 'issuers.rotate-key', kid: successor.kid })
    return { city, kid, at, successor: successor.kid }
  })
}

/** Whether it signs now or is announced to. */
export function signsLater(key: Pick<IssuerKeyRow, 'revokedAt' | 'retiredAt'>, now: Date): boolean {
  return key.revokedAt === null && (key.retiredAt === null || key.retiredAt > now)
}
