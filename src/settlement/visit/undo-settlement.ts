import type { Tx } from '../../kernel/db.ts'
import { inTx } from '../../kernel/tx.ts'
import { fromWireId } from '../../kernel/wire-id.ts'
import { reverseSettlementIn } from '../reverse-settlement.ts'
import { visitError } from './errors.ts'
import type { KnownClaim } from './line-store.ts'
import { openVisit, type VisitDeps } from './open-visit.ts'
import { keyedOf } from './settle-visit.ts'
import { showSetlDetail, showSetlInfo } from './show-settlement.ts'
import type { Sender, Settled, UndoInput, VisitKind } from './types.ts'
import { auditVisit } from './visit-audit.ts'
import type { VisitRow } from './visit-store.ts'

const INFNO: Readonly<Record<VisitKind, string>> = { outpatient: '2208', inpatient: '2305', pharmacy: '2103' }

/**
 * 2208, 2305, 2103: takes a settlement back whole; its lines are free again. Every amount is the negated one of the
 * original, and a settlement is taken back once.
 */
export async function undoSettlement(deps: VisitDeps, by: Sender, input: UndoInput): Promise<Settled> {
  return await inTx(deps.db, async (tx) => {
    const infno = INFNO[input.kind]
    const { visit, claims } = await openVisit(tx, by, input, {
      kind: input.kind,
      infno,
      now: deps.clock.now(),
      lock: true,
    })
    const setlId = fromWireId(input.setlId)
    const claim = claims.find((one) => setlId !== undefined && one.setlId === setlId)
    if (claim === undefined) throw settlementNotFound()
    if (claim.state === 'reversed') {
      throw visitError('done-already', {
        detail: 'setl_id: this settlement was taken back.',
        errors: [{ pointer: '/setl_id', detail: 'was taken back' }],
        meta: { call: infno },
      })
    }
    return await takeBack(tx, deps, by, { infno, visit, claim })
  })
}

export const settlementNotFound = () =>
  visitError('settlement-not-found', {
    detail: 'setl_id: the visit has no such settlement.',
    errors: [{ pointer: '/setl_id', detail: 'is no settlement of this visit' }],
  })

/** Reverses a settled claim in the caller's transaction, under the sender's message. */
export async function takeBack(
  tx: Tx,
  deps: VisitDeps,
  by: Sender,
  { infno, visit, claim }: { readonly infno: string; readonly visit: VisitRow; readonly claim: KnownClaim },
): Promise<Settled> {
  const { reversal } = await reverseSettlementIn(tx, deps, keyedOf(by, infno, claim.claimId), claim.claimId)
  await auditVisit(tx, deps, by, { action: 'undo', personId: visit.personId, visitId: visit.id })
  return {
    state: 'settled',
    setlinfo: showSetlInfo(
      visit,
      { ...reversal, setlId: reversal.id },
      { msgid: by.msgid, mdtrtCertType: claim.mdtrtCertType, invono: claim.invono, refdSetlFlag: '1' },
    ),
    setldetail: showSetlDetail(reversal.details),
  }
}
