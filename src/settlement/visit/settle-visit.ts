import type { Tx } from '../../kernel/db.ts'
import { hashRequest } from '../../kernel/idempotency.ts'
import { localDate } from '../../kernel/time.ts'
import { inTx } from '../../kernel/tx.ts'
import { fromWireId } from '../../kernel/wire-id.ts'
import type { SentBill } from '../check-sent-bill.ts'
import { readAnswers } from '../result-store.ts'
import { type Keyed, submitClaimIn } from '../submit-claim.ts'
import { awaitAnswer } from '../waiters.ts'
import { answerOf } from './answer-of.ts'
import { checkPatient, type Patient } from './check-patient.ts'
import { claimMessage } from './claim-message.ts'
import { visitError } from './errors.ts'
import type { VisitLine } from './line-rules.ts'
import { giveLines, insertVisitClaim, readLines, readVisitClaims, type VisitClaim } from './line-store.ts'
import { type MessageRow, nameClaim } from './message-store.ts'
import { findVisit, isFreeLine, type OpenVisit, openVisit, type VisitDeps } from './open-visit.ts'
import { invalid } from './read-fields.ts'
import { MID_SETTLEMENT } from './rules.ts'
import type { Sender, SettleOutcome, SettleVisitInput, TryVisitInput, VisitName } from './types.ts'
import { auditVisit } from './visit-audit.ts'
import { assertTotals, billOf, readAccountFlag } from './visit-bill.ts'
import type { VisitRow } from './visit-store.ts'

/**
 * 2207, 2304: settles a batch, or what is charged of a stay. Visit, lines, message and claim are written in one
 * transaction under the lock of the visit; the settlement itself is the worker's, once. An answer that does not come in time is
 * `unknown`, not a failure.
 */
export async function settleVisit(deps: VisitDeps, by: Sender, input: SettleVisitInput): Promise<SettleOutcome> {
  const patient = await checkPatient(deps, by, input, localDate(deps.clock.now()))
  const name = { psnNo: input.psnNo, mdtrtId: input.mdtrtId }
  const infno = input.kind === 'outpatient' ? '2207' : '2304'
  const { visit, claim } = await inTx(deps.db, async (tx) => {
    const now = deps.clock.now()
    const visitId = fromWireId(input.mdtrtId)
    if (visitId !== undefined) {
      const { personId } = patient
      const earlier = await claimMessage(tx, by, { infno, personId, visitId, requestHash: hashOf(infno, input) }, now)
      if (earlier !== undefined) return await repeatOf(tx, by, name, earlier)
    }
    const opened = await openVisit(tx, by, name, { kind: input.kind, infno: infnoOf(input), now, lock: true })
    const lines = await linesToSettle(tx, opened, input)
    const claim = await submitLines(tx, deps, by, {
      infno,
      visit: opened.visit,
      lines,
      bill: checkedBill(opened.visit, lines, by, input, patient, now),
      chrgBchno: input.kind === 'outpatient' ? input.chrgBchno : null,
      mid: isMid(input),
      mdtrtCertType: input.mdtrtCertType,
      invono: input.invono === undefined || input.invono === '' ? null : input.invono,
    })
    return { visit: opened.visit, claim }
  })
  return await awaitOutcome(deps, visit, claim)
}

/** What the same message asked for before. */
export async function repeatOf(tx: Tx, by: Sender, name: VisitName, earlier: MessageRow) {
  const visit = await findVisit(tx, by, name, false)
  const claim = (await readVisitClaims(tx, [visit])).find((one) => one.claimId === earlier.claimId)
  if (claim === undefined) throw new Error('a message that settled has its claim')
  return { visit, claim }
}

/** What decides on the amounts; nothing that identifies the person. */
const hashOf = (infno: string, input: SettleVisitInput): Buffer =>
  hashRequest(
    infno,
    input.psnNo,
    input.mdtrtId,
    input.kind === 'outpatient' ? input.chrgBchno : input.midSetlFlag,
    input.medfeeSumamt,
    input.acctUsedFlag ?? '',
    input.insutype,
  )

const isMid = (input: TryVisitInput): boolean => input.kind === 'inpatient' && input.midSetlFlag === '1'

const infnoOf = (input: TryVisitInput): string =>
  input.kind === 'outpatient' ? '2207' : isMid(input) ? MID_SETTLEMENT : '2304'

/** The lines of the batch, or all of a stay that are free. */
export async function linesToSettle(
  db: Parameters<typeof readLines>[0],
  { visit, claims }: OpenVisit,
  input: TryVisitInput,
): Promise<readonly VisitLine[]> {
  const batch = input.kind === 'outpatient' ? input.chrgBchno : undefined
  const lines = await readLines(db, visit, { batch })
  if (input.kind === 'inpatient') return lines.filter((line) => isFreeLine(line, claims))
  if (lines.length === 0) {
    throw visitError('out-of-order', {
      detail: 'chrg_bchno: the visit has no such batch; 2204 must come first.',
      errors: [{ pointer: '/chrg_bchno', detail: 'is no batch of this visit' }],
      meta: { call: '2207', missing: '2204' },
    })
  }
  if (lines.some((line) => !isFreeLine(line, claims))) {
    throw visitError('line-settled', {
      detail: 'chrg_bchno: the batch is settled; take the settlement back first (2208).',
      errors: [{ pointer: '/chrg_bchno', detail: 'is settled' }],
      meta: { call: '2207', missing: '2208' },
    })
  }
  return lines
}

/** The bill of a call, once what it says of itself is so. */
export function checkedBill(
  visit: VisitRow,
  lines: readonly VisitLine[],
  by: Sender,
  input: TryVisitInput,
  patient: Patient,
  now: Date,
): SentBill {
  if (input.kind === 'outpatient' && input.medType !== visit.medType) {
    throw invalid('/med_type', 'is not that of the visit: one med_type per visit (2203)')
  }
  if (input.kind === 'inpatient' && !['0', '1'].includes(input.midSetlFlag)) {
    throw invalid('/mid_setl_flag', 'must be 0 or 1')
  }
  if (input.insutype !== visit.insutype || patient.insutype !== visit.insutype) {
    throw invalid('/insutype', 'is not that with which the visit began')
  }
  // 01 按项目结算. To settle by item what was asked to be settled by quota would pay another amount without a word.
  if (!['', '01', undefined].includes(input.psnSetlway)) throw invalid('/psn_setlway', 'must be 01, by item')
  assertTotals(input, lines)
  return billOf(visit, lines, { by, said: input, acctUsedFlag: readAccountFlag(input.acctUsedFlag), now })
}

/** Hands lines to settlement in the transaction that marks them. */
export async function submitLines(
  tx: Tx,
  deps: VisitDeps,
  by: Sender,
  of: {
    readonly infno: string
    readonly visit: VisitRow
    readonly lines: readonly VisitLine[]
    readonly bill: SentBill
  } & Omit<VisitClaim, 'claimId' | 'msgid'>,
): Promise<VisitClaim> {
  const { infno, visit, lines, bill, ...told } = of
  const now = deps.clock.now()
  const { outbox, clock, settlement } = deps
  const { claimId } = await submitClaimIn(tx, { ...settlement, outbox, clock }, keyedOf(by, infno, visit.id), bill)
  const claim = { ...told, claimId, msgid: by.msgid }
  await nameClaim(tx, by.institution, by.msgid, claimId)
  await insertVisitClaim(tx, visit, claim, now)
  await giveLines(
    tx,
    visit,
    lines.map((line) => line.feedetlSn),
    claimId,
  )
  await auditVisit(tx, deps, by, { action: 'settle', personId: visit.personId, visitId: visit.id })
  return claim
}

/** The key of settlement for a message: apart from the keys that clients choose for themselves. */
export const keyedOf = (by: Sender, infno: string, id: string): Keyed => ({
  institution: by.institution,
  key: `visit ${infno} ${by.msgid} ${id}`,
  requestHash: hashRequest(infno, id),
  by: by.actor,
  requestId: by.requestId,
})

/** Waits for the worker; after the commit of the claim. */
export async function awaitOutcome(deps: VisitDeps, visit: VisitRow, claim: VisitClaim): Promise<SettleOutcome> {
  deps.outbox.wake()
  deps.settlement.news.submitted()
  const ref = { personId: visit.personId, claimId: claim.claimId }
  const [answer = (await readAnswers(deps.db, [ref], { answeredOnly: true }))[0]] = await awaitAnswer(
    deps.settlement.waiters,
    [ref],
    deps.config.settlementWaitMs,
  )
  return await answerOf(deps.db, visit, claim, answer)
}
