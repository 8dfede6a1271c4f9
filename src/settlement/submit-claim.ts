import { appendAudit } from '../audit/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { inTx } from '../kernel/tx.ts'
import { type CheckDeps, checkSentBill, type SentBill } from './check-sent-bill.ts'
import { type Actor, claimEvent } from './claim-event.ts'
import { insertClaim, insertKey, readKey } from './claim-store.ts'
import { settlementError } from './errors.ts'
import { CLAIM_SUBMITTED } from './jobs.ts'
import type { ClaimRef } from './types.ts'

export interface Keyed {
  readonly institution: string
  readonly key: string
  readonly requestHash: Buffer
  readonly by: Actor
  readonly requestId?: string | undefined
}

/**
 * Writes key, claim, audit event and outbox event in one transaction and leaves the rest to a worker. The key's primary
 * key decides: a repeat waits for the first one's commit and gets the same claim, whatever it asked for at the same time.
 */
export async function submitClaim(
  deps: Pick<Deps, 'db' | 'outbox'> & CheckDeps,
  keyed: Keyed,
  sent: SentBill,
): Promise<ClaimRef & { readonly replayed: boolean }> {
  // Before the checks: a repeat gets its answer even where the register has changed since.
  const earlier = await findEarlier(deps.db, keyed, 'claim')
  if (earlier !== undefined) return await repeat(deps, keyed, earlier)
  const submitted = await inTx(deps.db, async (tx) => await submitClaimIn(tx, deps, keyed, sent))
  if (!submitted.replayed) deps.outbox.wake()
  return submitted
}

/**
 * The same in the caller's transaction, for a caller that changes something of its own with it. After the commit the
 * caller wakes the outbox.
 */
export async function submitClaimIn(
  tx: Tx,
  deps: Pick<Deps, 'outbox'> & CheckDeps,
  keyed: Keyed,
  sent: SentBill,
): Promise<ClaimRef & { readonly replayed: boolean }> {
  const bill = checkSentBill(deps, keyed.institution, sent)
  const ref: ClaimRef = { personId: bill.personId, claimId: newId<'claim'>() }
  const now = deps.clock.now()
  if (await insertKey(tx, { ...keyed, ...ref, kind: 'claim' }, now)) {
    await insertClaim(tx, { ...bill, id: ref.claimId, medfeeFen: bill.medfeeSumamt }, now)
    await deps.outbox.append(tx, { topic: CLAIM_SUBMITTED, payload: { ...ref }, requestId: keyed.requestId })
    await audit(tx, deps, keyed, { action: 'settlement.claim', ...ref })
    return { ...ref, replayed: false }
  }
  const winner = await findEarlier(tx, keyed, 'claim')
  if (winner === undefined) throw new Error('the key that stood in the way is gone')
  await audit(tx, deps, keyed, { action: 'settlement.repeat-claim', ...winner })
  return { ...winner, replayed: true }
}

/** A repeat discloses the stored answer once more: a read, and audited as one. */
async function repeat(deps: Pick<Deps, 'db' | 'clock'>, keyed: Keyed, ref: ClaimRef) {
  await audit(deps.db, deps, keyed, { action: 'settlement.repeat-claim', ...ref })
  return { ...ref, replayed: true }
}

/** Records what was done under a key. */
export async function audit(
  db: Parameters<typeof appendAudit>[0],
  deps: Pick<Deps, 'clock'>,
  { by, requestId }: Keyed,
  what: ClaimRef & { readonly action: string },
): Promise<void> {
  await appendAudit(db, claimEvent(by, { ...what, requestId }), deps.clock)
}

/** What this key did before; refuses a key that was used with another request. */
export async function findEarlier(
  db: Parameters<typeof readKey>[0],
  keyed: Keyed,
  kind: 'claim' | 'reversal',
): Promise<ClaimRef | undefined> {
  const row = await readKey(db, keyed.institution, keyed.key)
  if (row === undefined) return undefined
  if (row.kind !== kind || !row.requestHash.equals(keyed.requestHash)) {
    throw settlementError('key-reused', {
      detail: 'This Idempotency-Key was used before with another request; take a new key for new work.',
    })
  }
  return { personId: row.personId, claimId: row.claimId }
}
