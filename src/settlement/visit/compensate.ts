import { AppError } from '../../kernel/errors.ts'
import { inTx } from '../../kernel/tx.ts'
import { toWireId } from '../../kernel/wire-id.ts'
import { idsOfPerson } from '../../people/index.ts'
import { awaitAnswer } from '../waiters.ts'
import { cancelAdmissionIn } from './admit.ts'
import { readPsnNo } from './check-patient.ts'
import { assertMsgid, COMPENSABLE } from './claim-message.ts'
import { visitError } from './errors.ts'
import { readVisitClaims } from './line-store.ts'
import { insertMessage, type MessageRow, markCompensated, readMessage } from './message-store.ts'
import { findVisit, type VisitDeps } from './open-visit.ts'
import type { CompensateInput, Sender } from './types.ts'
import { takeBack } from './undo-settlement.ts'
import { auditVisit } from './visit-audit.ts'

/**
 * 2601: takes back what a message did whose outcome its sender does not know. A message that has not come did nothing, so
 * that succeeds: it is remembered, and refused should it come later. There is no output: 5203 shows the effect. Said again
 * it changes nothing.
 *
 * @throws `visit.outcome-open` while the settlement itself has no outcome: send 2601 again
 */
export async function compensate(deps: VisitDeps, by: Sender, input: CompensateInput): Promise<void> {
  const { omsgid, oinfno } = input
  if (!COMPENSABLE.includes(oinfno)) {
    throw visitError('not-compensable', {
      detail: `oinfno: only ${COMPENSABLE.join(', ')} can be compensated.`,
      errors: [{ pointer: '/oinfno', detail: 'cannot be compensated' }],
    })
  }
  assertMsgid(omsgid, deps.clock.now(), '/omsgid')
  const personIds: readonly string[] = await idsOfPerson(deps.db, readPsnNo(input.psnNo))
  const seen = await readMessage(deps.db, by.institution, omsgid)
  await waitForOutcome(deps, seen)
  try {
    await compensateOnce(deps, by, input, personIds)
  } catch (error) {
    // It was written between the look and this: its settlement has not been waited for yet.
    if (seen !== undefined || !(error instanceof AppError) || error.code !== 'visit.outcome-open') throw error
    await waitForOutcome(deps, await readMessage(deps.db, by.institution, omsgid))
    await compensateOnce(deps, by, input, personIds)
  }
}

async function compensateOnce(
  deps: VisitDeps,
  by: Sender,
  input: CompensateInput,
  personIds: readonly string[],
): Promise<void> {
  const { omsgid, oinfno } = input
  await inTx(deps.db, async (tx) => {
    const now = deps.clock.now()
    const personId = personIds[0] ?? readPsnNo(input.psnNo)
    const row = {
      institution: by.institution,
      msgid: omsgid,
      infno: oinfno,
      personId,
      visitId: null,
      claimId: null,
      requestHash: null,
    }
    await auditVisit(tx, deps, by, { action: 'compensate', personId })
    // Its key decides against the message itself, which may be under way: this waits for its end, or it for this one's.
    if (await insertMessage(tx, { ...row, compensatedAt: now }, now)) return
    const message = await readMessage(tx, by.institution, omsgid, true)
    if (message === undefined) throw new Error('the message that stood in the way is gone')
    if (message.infno !== oinfno || !personIds.includes(message.personId)) {
      throw visitError('not-compensable', {
        detail: 'omsgid: that message was another transaction, or of another person.',
        errors: [{ pointer: '/omsgid', detail: 'is not of this oinfno and psn_no' }],
      })
    }
    if (message.compensatedAt === null) await undo(tx, deps, by, message)
    await markCompensated(tx, by.institution, omsgid, message.compensatedAt ?? now)
  })
}

/** A settlement that is being computed has no outcome that could be taken back. */
async function waitForOutcome(deps: VisitDeps, message: MessageRow | undefined): Promise<void> {
  if (message === undefined || message.claimId === null || message.compensatedAt !== null) return
  const ref = { personId: message.personId, claimId: message.claimId }
  await awaitAnswer(deps.settlement.waiters, [ref], deps.config.settlementWaitMs)
}

async function undo(
  tx: Parameters<Parameters<typeof inTx>[1]>[0],
  deps: VisitDeps,
  by: Sender,
  { personId, visitId, claimId, infno }: MessageRow,
): Promise<void> {
  if (visitId === null) return
  const name = { psnNo: toWireId(personId), mdtrtId: toWireId(visitId) }
  const visit = await findVisit(tx, by, name, true)
  if (infno === '2401') {
    // Taken back by 2404 before: nothing is left to do.
    if (visit.cancelledAt === null) await cancelAdmissionIn(tx, deps, by, name)
    return
  }
  const claim = (await readVisitClaims(tx, [visit])).find((one) => one.claimId === claimId)
  if (claim?.state === 'pending') {
    throw visitError('outcome-open', {
      detail: 'omsgid: the settlement has no outcome yet; send 2601 again.',
      meta: { call: '2601' },
      retryAfter: 1,
    })
  }
  if (claim?.state === 'settled') await takeBack(tx, deps, by, { infno: '2601', visit, claim })
}
