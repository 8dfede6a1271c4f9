import { appendAudit, appendAudits } from '../audit/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { insertClaims, type KeyRow, type NewClaim, readKeys } from './accept-store.ts'
import { type CheckDeps, checkSentBill, type SentBill } from './check-sent-bill.ts'
import { type Actor, claimEvent } from './claim-event.ts'
import { settlementError } from './errors.ts'
import { finishClaims, type Refusal } from './result-store.ts'
import { CLAIM_SUBMITTED } from './topics.ts'
import type { ClaimRef } from './types.ts'

export interface Keyed {
  readonly institution: string
  readonly key: string
  readonly requestHash: Buffer
  readonly by: Actor
  readonly requestId?: string | undefined
}

export type Submitted = ClaimRef & { readonly replayed: boolean }

/** A claim on its way into the database. */
export interface Submission {
  readonly keyed: Keyed
  readonly claim: NewClaim
}

/** Judges a bill by itself and gives it its id. @throws where the request gets no answer */
export const toSubmission = (deps: CheckDeps, keyed: Keyed, sent: SentBill): Submission => {
  const bill = checkSentBill(deps, keyed.institution, sent)
  const { key, requestHash } = keyed
  return { keyed, claim: { key, requestHash, bill, ref: { personId: bill.personId, claimId: newId<'claim'>() } } }
}

/**
 * Writes claims in the caller's transaction: keys, claims, places in the queue, audit events, and one event that wakes a
 * worker for all of them. The primary key of the keys decides: a repeat waits for the first one's commit and gets the same
 * claim, whatever it asked for at the same time. An answer of a repeated key with another request is the error that it gets.
 */
export async function acceptClaims(
  tx: Tx,
  deps: Pick<Deps, 'outbox' | 'clock'>,
  submissions: readonly Submission[],
): Promise<readonly (Submitted | AppError)[]> {
  const fresh = await insertClaims(
    tx,
    submissions.map((one) => one.claim),
    deps.clock.now(),
  )
  await finishClaims(
    tx,
    [],
    submissions.flatMap(({ claim }): Refusal[] =>
      fresh.has(claim.ref.claimId) && claim.bill.refusedBy !== undefined
        ? [{ ...claim.ref, insuredCity: null, reasons: claim.bill.refusedBy }]
        : [],
    ),
    deps.clock.now(),
  )
  const isNew = (one: Submission): boolean => fresh.has(one.claim.ref.claimId)
  const repeats = submissions.filter((one) => !isNew(one))
  const known =
    repeats.length === 0
      ? []
      : await readKeys(
          tx,
          repeats.map((one) => one.keyed),
        )
  const earlier = new Map(known.map((row) => [`${row.institution} ${row.key}`, row]))
  const outcomes = submissions.map((one): Submitted | AppError => {
    if (isNew(one)) return { ...one.claim.ref, replayed: false }
    const row = earlier.get(`${one.keyed.institution} ${one.keyed.key}`)
    if (row === undefined) throw new Error('the key that stood in the way is gone')
    return reuse(one.keyed, row, 'claim')
  })
  // Sent together, run in this order.
  const written: Promise<void>[] = []
  if (fresh.size > 0) {
    const requestId = submissions.length === 1 ? submissions[0]?.keyed.requestId : undefined
    written.push(
      deps.outbox.append(tx, { topic: CLAIM_SUBMITTED, payload: { claims: [...fresh].join(',') }, requestId }),
    )
  }
  const audits = appendAudits(
    tx,
    submissions.flatMap(({ keyed }, at) => {
      const outcome = outcomes[at] as Submitted | AppError
      if (outcome instanceof AppError) return []
      const { replayed, ...ref } = outcome
      const action = replayed ? 'settlement.repeat-claim' : 'settlement.claim'
      return [claimEvent(keyed.by, { action, ...ref, requestId: keyed.requestId })]
    }),
    deps.clock,
  )
  await Promise.all([...written, audits])
  return outcomes
}

/**
 * Submits one claim in the caller's own transaction, for a caller that changes something of its own with it. After the
 * commit the caller wakes the outbox and tells the workers (`Settlement.submitted`).
 *
 * @throws `settlement.key-reused` where the key was used with another request
 */
export async function submitClaimIn(
  tx: Tx,
  deps: Pick<Deps, 'outbox'> & CheckDeps,
  keyed: Keyed,
  sent: SentBill,
): Promise<Submitted> {
  const [outcome] = await acceptClaims(tx, deps, [toSubmission(deps, keyed, sent)])
  if (outcome === undefined) throw new Error('one claim has one outcome')
  if (outcome instanceof AppError) throw outcome
  return outcome
}

/** What this key did before; refuses a key that was used with another request. */
export async function findEarlier(db: Db, keyed: Keyed, kind: 'claim' | 'reversal'): Promise<ClaimRef | undefined> {
  const [row] = await readKeys(db, [keyed])
  if (row === undefined) return undefined
  const outcome = reuse(keyed, row, kind)
  if (outcome instanceof AppError) throw outcome
  return { personId: outcome.personId, claimId: outcome.claimId }
}

const reuse = (keyed: Keyed, row: KeyRow, kind: KeyRow['kind']): Submitted | AppError =>
  row.kind === kind && row.requestHash.equals(keyed.requestHash)
    ? { personId: row.personId, claimId: row.claimId, replayed: true }
    : settlementError('key-reused', {
        detail: 'This Idempotency-Key was used before with another request; take a new key for new work.',
      })

/** Records what was done under a key. */
export async function audit(
  db: Db,
  deps: Pick<Deps, 'clock'>,
  { by, requestId }: Keyed,
  what: ClaimRef & { readonly action: string },
): Promise<void> {
  await appendAudit(db, claimEvent(by, { ...what, requestId }), deps.clock)
}
