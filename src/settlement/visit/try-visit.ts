import type { Db } from '../../kernel/db.ts'
import { localDate } from '../../kernel/time.ts'
import type { SentBill } from '../check-sent-bill.ts'
import { type Trial, trySettlement } from '../try-settlement.ts'
import { checkPatient } from './check-patient.ts'
import { openVisit, type VisitDeps } from './open-visit.ts'
import { checkedBill, linesToSettle } from './settle-visit.ts'
import { showSetlDetail, showSetlInfo } from './show-settlement.ts'
import type { Sender, TryOutcome, TryVisitInput } from './types.ts'
import { auditVisit } from './visit-audit.ts'
import type { VisitRow } from './visit-store.ts'

/** 2206, 2303: what a batch, or what is charged of a stay, would come to now. Changes nothing. */
export async function tryVisit(deps: VisitDeps, by: Sender, input: TryVisitInput): Promise<TryOutcome> {
  const now = deps.clock.now()
  const patient = await checkPatient(deps, by, input, localDate(now))
  const opened = await openVisit(
    deps.db,
    by,
    { psnNo: input.psnNo, mdtrtId: input.mdtrtId },
    {
      kind: input.kind,
      infno: input.kind === 'outpatient' ? '2206' : '2303',
      now,
      lock: false,
    },
  )
  const lines = await linesToSettle(deps.db, opened, input)
  const bill = checkedBill(opened.visit, lines, by, input, patient, now)
  return await tryBill(deps, deps.db, by, opened.visit, bill)
}

/** A trial of a visit's bill, audited as the read of the person's account and accumulators that it is. */
export async function tryBill(
  deps: VisitDeps,
  db: Db,
  by: Sender,
  visit: VisitRow,
  bill: SentBill,
): Promise<TryOutcome> {
  const trial = await trySettlement({ ...deps.settlement, db: deps.db, clock: deps.clock }, by.institution, bill)
  await auditVisit(db, deps, by, { action: 'try', personId: visit.personId, visitId: visit.id })
  return trial.state === 'refused' ? { state: 'refused', reasons: trial.reasons } : show(by, visit, bill, trial)
}

const show = (
  by: Sender,
  visit: VisitRow,
  bill: SentBill,
  { bill: checked, insurance, settled }: Extract<Trial, { state: 'trial' }>,
): TryOutcome => ({
  state: 'settled',
  setlinfo: showSetlInfo(
    visit,
    {
      ...settled,
      setlId: null,
      setlTime: checked.setlTime,
      insutype: insurance.insutype,
      psnType: insurance.psnType,
      medType: bill.medType,
      clrType: bill.medType,
      insuredCity: insurance.insuredCity,
    },
    {
      msgid: by.msgid,
      mdtrtCertType: bill.identified?.type ?? '',
      invono: null,
      refdSetlFlag: '0',
    },
  ),
  setldetail: showSetlDetail(settled.details, settled),
})
