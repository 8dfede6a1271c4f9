import { decodeTrace, replay } from '../../benefits/index.ts'
import type { Db } from '../../kernel/db.ts'
import { toWireId } from '../../kernel/wire-id.ts'
import { type AnsweredClaim, readTraceText } from '../result-store.ts'
import type { VisitClaim } from './line-store.ts'
import { showSetlDetail, showSetlInfo } from './show-settlement.ts'
import type { Refused, Settled, Unknown } from './types.ts'
import type { VisitRow } from './visit-store.ts'

/** What became of a claim of a visit, as its sender is told; the funds' calculations are replayed from the trace. */
export async function answerOf(
  db: Db,
  visit: VisitRow,
  claim: Pick<VisitClaim, 'msgid' | 'mdtrtCertType' | 'invono'>,
  answer: AnsweredClaim | undefined,
  isReversed = false,
): Promise<Settled | Refused | Unknown> {
  if (answer === undefined || answer.state === 'pending') return unknown(visit.id, claim.msgid)
  const { settled } = answer
  if (settled === null) return { state: 'refused', reasons: answer.reasons ?? [] }
  const stored = await readTraceText(db, answer)
  return {
    state: 'settled',
    setlinfo: showSetlInfo(
      visit,
      {
        ...settled,
        setlId: settled.id,
        setlTime: answer.setlTime,
        medType: answer.medType,
        insuredCity: answer.insuredCity ?? '',
      },
      { ...claim, refdSetlFlag: isReversed ? '1' : '0' },
    ),
    setldetail: showSetlDetail(settled.details, stored && replay(decodeTrace(stored.trace))),
  }
}

const unknown = (visitId: string, msgid: string): Unknown => ({
  state: 'unknown',
  mdtrtId: toWireId(visitId),
  msgid,
  detail:
    'The outcome is not known yet: ask 5203 with this msgid as setl_id, or 5201; to give it up, take it back with 2601.',
  detailZh: '结算结果未知：请以本报文ID作为结算ID查询5203，或查询5201；如需放弃，请用2601冲正',
})
