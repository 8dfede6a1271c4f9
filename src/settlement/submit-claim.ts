import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { type Fen, parseFen, sumFen } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { insertClaim, insertKey, readKey } from './claim-store.ts'
import { settlementError } from './errors.ts'
import { CLAIM_SUBMITTED } from './jobs.ts'
import type { Institutions } from './ports.ts'
import type { Bill, ClaimRef } from './types.ts'

export interface Keyed {
  readonly institution: string
  readonly key: string
  readonly requestHash: Buffer
  readonly requestId?: string | undefined
}

/** A bill as an institution sends it. */
export interface SentBill extends Omit<Bill, 'institution' | 'treatmentCity' | 'setlTime'> {
  /** Left out = now. */
  readonly setlTime: Date | undefined
  readonly medfeeSumamt: Fen
}

/** A clock of an institution may be this far ahead. */
const AHEAD_MS = 5 * 60_000

/** What can be judged without the person's data; anything else is a verdict of the settlement. */
export function checkSentBill(
  deps: Pick<Deps, 'clock'> & { readonly institutions: Institutions },
  institution: string,
  sent: SentBill,
): Bill & { readonly medfeeSumamt: Fen } {
  const now = deps.clock.now()
  const setlTime = sent.setlTime ?? now
  if (Number.isNaN(setlTime.getTime()) || setlTime.getTime() > now.getTime() + AHEAD_MS) {
    throw settlementError('time-invalid', {
      detail: 'setl_time must be an instant that is not in the future.',
      errors: [{ pointer: '/setl_time', detail: 'must not be in the future' }],
    })
  }
  const sum = sumFen(sent.lines.map((line) => parseFen(line.detItemFeeSumamt)))
  if (sum !== sent.medfeeSumamt) {
    throw settlementError('total-mismatch', {
      detail: 'medfee_sumamt must be the sum of det_item_fee_sumamt over all lines.',
      errors: [{ pointer: '/medfee_sumamt', detail: 'is not the sum of the lines' }],
    })
  }
  const serials = new Set<string>()
  for (const [index, line] of sent.lines.entries()) {
    if (serials.has(line.feedetlSn)) {
      throw settlementError('line-repeated', {
        detail: 'feedetl_sn must be different for every line.',
        errors: [{ pointer: `/lines/${index}/feedetl_sn`, detail: 'stands in an earlier line already' }],
      })
    }
    serials.add(line.feedetlSn)
  }
  const facts = deps.institutions.factsAt(institution, localDate(setlTime))
  if (facts === undefined) {
    throw settlementError('institution-unknown', { detail: 'The register has no institution with your code.' })
  }
  const { setlTime: _given, ...rest } = sent
  return { ...rest, institution, treatmentCity: facts.city, setlTime }
}

/**
 * Writes key, claim and event in one transaction and leaves the rest to a worker. The key's primary key decides: a
 * repeat waits for the first one's commit and gets the same claim, whatever it asked for at the same time.
 */
export async function submitClaim(
  deps: Pick<Deps, 'db' | 'clock' | 'outbox'> & { readonly institutions: Institutions },
  keyed: Keyed,
  sent: SentBill,
): Promise<ClaimRef & { readonly replayed: boolean }> {
  // Before the checks: a repeat gets its answer even where the register has changed since.
  const earlier = await findEarlier(deps.db, keyed, 'claim')
  if (earlier !== undefined) return { ...earlier, replayed: true }
  const bill = checkSentBill(deps, keyed.institution, sent)
  const ref: ClaimRef = { personId: bill.personId, claimId: newId<'claim'>() }
  const isNew = await inTx(deps.db, async (tx) => {
    const now = deps.clock.now()
    if (!(await insertKey(tx, { ...keyed, ...ref, kind: 'claim' }, now))) return false
    await insertClaim(tx, { ...bill, id: ref.claimId, medfeeFen: bill.medfeeSumamt }, now)
    await deps.outbox.append(tx, { topic: CLAIM_SUBMITTED, payload: { ...ref }, requestId: keyed.requestId })
    return true
  })
  if (isNew) {
    deps.outbox.wake()
    return { ...ref, replayed: false }
  }
  const winner = await findEarlier(deps.db, keyed, 'claim')
  if (winner === undefined) throw new Error('the key that stood in the way is gone')
  return { ...winner, replayed: true }
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
