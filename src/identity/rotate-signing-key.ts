import assert from 'node:assert/strict'
import { ACCESS_TOKEN_TTL_S } from '../http/auth.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { auditAdministration } from './audit-administration.ts'
import { makeSigningKey, openPrivateKey } from './signing-key.ts'
import {
  activateSigningKey,
  insertSigningKey,
  lockSigningKeys,
  readPublishedKeys,
  retireSigningKey,
  type SigningKeyRow,
} from './store.ts'

/** How long others may keep a copy of the published key set; the `max-age` of /.well-known/jwks.json. */
export const JWKS_MAX_AGE_S = 60
/** A key must have been published this long before it signs: every copy of the set has been renewed by then. */
const LEAD_MS = 2 * JWKS_MAX_AGE_S * 1000
/** A process that has not caught up with a rotation may sign with the old key a little longer. */
const CATCH_UP_MS = 60_000

export type Rotation =
  | {
      readonly outcome: 'rotated'
      /** Signs from now on. */
      readonly active: string
      readonly retired: string
      readonly retiredUntil: Date
      /** Published now, signs after the next rotation. */
      readonly next: string
    }
  | { readonly outcome: 'too-early'; readonly next: string; readonly earliest: Date }

type KeyDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>

/**
 * The published next key starts to sign, the active one is retired, and a new next key is published. The retired
 * key's private half is wiped; its public half stays published until the last token that it signed has ended.
 *
 * @param options.compromised the active key is known to others: it goes from the published set at once, every token
 * that it signed ends with it, and the lead time of the next key is not waited for.
 */
export async function rotateSigningKey(
  deps: KeyDeps,
  options: { readonly compromised?: boolean } = {},
): Promise<Rotation> {
  const compromised = options.compromised ?? false
  return await inTx(deps.db, async (tx) => {
    await lockSigningKeys(tx)
    const at = deps.clock.now()
    const { active, next } = await ensureKeys(deps, tx, at)
    const earliest = new Date(next.createdAt.getTime() + LEAD_MS)
    if (!compromised && at < earliest) return { outcome: 'too-early', next: next.kid, earliest }
    // Before the old key's private half is wiped: with another keyring than the service's nobody could sign any more.
    assert(next.privateKey !== null, 'a key that is not retired has its private half')
    openPrivateKey(deps.keyring, next.kid, next.privateKey)

    const lastTokenMs = (ACCESS_TOKEN_TTL_S + deps.config.clockSkewS) * 1000 + CATCH_UP_MS
    const retiredUntil = compromised ? at : new Date(at.getTime() + lastTokenMs)
    await retireSigningKey(tx, { kid: active.kid, at, publishedUntil: retiredUntil })
    await activateSigningKey(tx, { kid: next.kid, at })
    const following = await makeSigningKey(deps.keyring)
    await insertSigningKey(tx, { ...following, state: 'next', at })
    await auditAdministration(tx, deps.clock, {
      action: compromised ? 'identity.key-revoke' : 'identity.key-rotate',
      targetType: 'signing-key',
      targetId: active.kid,
    })
    return {
      outcome: 'rotated',
      active: next.kid,
      retired: active.kid,
      retiredUntil,
      next: following.publicJwk.kid,
    }
  })
}

/** Makes the first two keys of a new database. Processes that start together make them once. */
export async function ensureSigningKeys(deps: KeyDeps): Promise<void> {
  await inTx(deps.db, async (tx) => {
    await lockSigningKeys(tx)
    await ensureKeys(deps, tx, deps.clock.now())
  })
}

/** When the active key began to sign. */
export async function activeSince(deps: Pick<Deps, 'db' | 'clock'>): Promise<Date | undefined> {
  const keys = await readPublishedKeys(deps.db, deps.clock.now())
  return keys.find((key) => key.state === 'active')?.activatedAt ?? undefined
}

async function ensureKeys(
  deps: KeyDeps,
  tx: Tx,
  at: Date,
): Promise<{ readonly active: SigningKeyRow; readonly next: SigningKeyRow }> {
  const keys = await readPublishedKeys(tx, at)
  const active = keys.find((key) => key.state === 'active')
  const next = keys.find((key) => key.state === 'next')
  if (active !== undefined && next !== undefined) return { active, next }
  if (active === undefined) await insertSigningKey(tx, { ...(await makeSigningKey(deps.keyring)), state: 'active', at })
  if (next === undefined) await insertSigningKey(tx, { ...(await makeSigningKey(deps.keyring)), state: 'next', at })
  return await ensureKeys(deps, tx, at)
}
