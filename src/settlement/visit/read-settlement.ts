import { fromWireId } from '../../kernel/wire-id.ts'
import { readAnswers, readResult } from '../result-store.ts'
import { answerOf } from './answer-of.ts'
import { readVisitClaims } from './line-store.ts'
import { findVisit, type VisitDeps } from './open-visit.ts'
import { showSetlDetail, showSetlInfo } from './show-settlement.ts'
import type { ReadSettlementInput, Sender, SettleOutcome } from './types.ts'
import { settlementNotFound } from './undo-settlement.ts'
import { auditVisit } from './visit-audit.ts'

/**
 * 5203: one settlement of a visit, or the reversal of one, by its setl_id; and, for a sender whose answer was lost and who has no
 * setl_id, by the msgid of the call. So it tells what became of an unknown outcome.
 */
export async function readSettlement(deps: VisitDeps, by: Sender, input: ReadSettlementInput): Promise<SettleOutcome> {
  const visit = await findVisit(deps.db, by, input, false)
  const claims = await readVisitClaims(deps.db, [visit])
  const setlId = fromWireId(input.setlId)
  const claim = claims.find(
    (one) => one.msgid === input.setlId || (setlId !== undefined && [one.setlId, one.reversalId].includes(setlId)),
  )
  if (claim === undefined) throw settlementNotFound()
  await auditVisit(deps.db, deps, by, { action: 'read-settlement', personId: visit.personId, visitId: visit.id })
  const ref = { personId: visit.personId, claimId: claim.claimId }
  if (setlId !== undefined && claim.reversalId === setlId) {
    const reversal = await readResult(deps.db, ref, 'reversal')
    if (reversal === undefined) throw settlementNotFound()
    return {
      state: 'settled',
      setlinfo: showSetlInfo(visit, { ...reversal, setlId: reversal.id }, { ...claim, refdSetlFlag: '1' }),
      setldetail: showSetlDetail(reversal.details),
    }
  }
  const [answer] = await readAnswers(deps.db, [ref], { answeredOnly: false })
  return await answerOf(deps.db, visit, claim, answer, claim.state === 'reversed')
}
