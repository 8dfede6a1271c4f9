import { hashRequest } from '../../kernel/idempotency.ts'
import { newId } from '../../kernel/ids.ts'
import { localDate } from '../../kernel/time.ts'
import { inTx } from '../../kernel/tx.ts'
import { toWireId } from '../../kernel/wire-id.ts'
import { writeLines } from './add-lines.ts'
import { beginVisit, factsOfSender } from './begin-visit.ts'
import { checkPatient, type Patient } from './check-patient.ts'
import { claimMessage } from './claim-message.ts'
import { splitCharge, type VisitLine } from './line-rules.ts'
import { assertMedType } from './note-visit.ts'
import type { VisitDeps } from './open-visit.ts'
import { assertPast, invalid, readTime } from './read-fields.ts'
import { resolveLines, showSplit } from './resolve-lines.ts'
import { awaitOutcome, repeatOf, submitLines } from './settle-visit.ts'
import { tryBill } from './try-visit.ts'
import type { PharmacyInput, Sender, SettleOutcome, TryOutcome } from './types.ts'
import { assertTotals, billOf, readAccountFlag } from './visit-bill.ts'
import { readVisit, type VisitRow } from './visit-store.ts'

interface Purchase {
  readonly patient: Patient
  readonly begunAt: Date
  readonly lines: readonly VisitLine[]
}

/** 2101: what a purchase would come to now. Changes nothing. */
export async function tryPharmacy(deps: VisitDeps, by: Sender, input: PharmacyInput): Promise<TryOutcome> {
  const purchase = await readPurchase(deps, by, input)
  const visit = asVisit(deps, by, input, purchase)
  const bill = billOf(visit, purchase.lines, {
    by,
    said: input,
    acctUsedFlag: readAccountFlag(input.acctUsedFlag),
    now: deps.clock.now(),
  })
  const outcome = await tryBill(deps, deps.db, by, visit, bill)
  if (outcome.state === 'refused') return outcome
  // There is no visit yet: its id would name nothing.
  const { mdtrtId: _none, ...setlinfo } = outcome.setlinfo
  return { ...outcome, setlinfo: { ...setlinfo, mdtrtId: '' }, detlcutinfo: purchase.lines.map(showSplit) }
}

/** 2102: a purchase is a visit, its lines and its settlement in one call. */
export async function buyAtPharmacy(deps: VisitDeps, by: Sender, input: PharmacyInput): Promise<SettleOutcome> {
  const purchase = await readPurchase(deps, by, input)
  const { patient, begunAt, lines } = purchase
  const id: string = newId<'visit'>()
  const requestHash = hashOf(input)
  const { personId } = patient
  const { visit, claim } = await inTx(deps.db, async (tx) => {
    const what = { infno: '2102', personId, visitId: id, requestHash }
    const earlier = await claimMessage(tx, by, what, deps.clock.now())
    if (earlier !== undefined) {
      return await repeatOf(tx, by, { psnNo: input.psnNo, mdtrtId: toWireId(earlier.visitId) }, earlier)
    }
    await beginVisit(tx, deps, by, {
      id,
      kind: 'pharmacy',
      patient,
      begunAt,
      medType: input.medType,
      diseCodg: orNull(input.diseCodg),
      mdtrtCertType: input.mdtrtCertType,
      told: {},
      diagnoses: [],
    })
    const of = { personIds: [personId], visitId: id, institution: by.institution }
    const visit = await readVisit(tx, of, true)
    if (visit === undefined) throw new Error('the visit was written a moment ago')
    await writeLines(tx, visit, lines, input.drugdetail, deps.clock.now(), 'drugdetail')
    const claim = await submitLines(tx, deps, by, {
      infno: '2102',
      visit,
      lines,
      bill: billOf(visit, lines, {
        by,
        said: input,
        acctUsedFlag: readAccountFlag(input.acctUsedFlag),
        now: deps.clock.now(),
      }),
      chrgBchno: null,
      mid: false,
      mdtrtCertType: input.mdtrtCertType,
      invono: orNull(input.invono),
    })
    return { visit, claim }
  })
  const outcome = await awaitOutcome(deps, visit, claim)
  return outcome.state === 'settled' ? { ...outcome, detlcutinfo: lines.map(showSplit) } : outcome
}

const hashOf = (input: PharmacyInput): Buffer =>
  hashRequest(
    '2102',
    input.psnNo,
    input.begntime,
    input.medfeeSumamt,
    input.acctUsedFlag ?? '',
    input.insutype,
    ...input.drugdetail.flatMap((line) => [line.feedetlSn, line.medListCodg, line.detItemFeeSumamt, line.cnt]),
  )

async function readPurchase(deps: VisitDeps, by: Sender, input: PharmacyInput): Promise<Purchase> {
  assertMedType('pharmacy', input.medType)
  const begunAt = readTime(input.begntime, '/begntime')
  assertPast(begunAt, deps.clock.now(), '/begntime')
  const { city } = factsOfSender(deps, by)
  const lines = resolveLines(deps, { institution: by.institution, city }, input.drugdetail, 'drugdetail').map(
    (line) => {
      if (line.initFeedetlSn !== null)
        throw invalid(`/drugdetail/${line.no}/init_feedetl_sn`, 'a purchase is taken back whole (2103)')
      return splitCharge(line, city)
    },
  )
  assertTotals({ medfeeSumamt: input.medfeeSumamt }, lines)
  return { patient: await checkPatient(deps, by, input, localDate(deps.clock.now())), begunAt, lines }
}

/** The purchase as the visit that it would be. */
const asVisit = (deps: VisitDeps, by: Sender, input: PharmacyInput, { patient, begunAt }: Purchase): VisitRow => ({
  personId: patient.personId,
  id: newId<'visit'>(),
  institution: by.institution,
  treatmentCity: factsOfSender(deps, by).city,
  insuredCity: patient.insuredCity,
  kind: 'pharmacy',
  iptOtpNo: null,
  insutype: patient.insutype,
  psnType: patient.psnType,
  medType: input.medType,
  diseCodg: orNull(input.diseCodg),
  mdtrtCertType: input.mdtrtCertType,
  begunAt,
  endedAt: null,
  notedAt: null,
  cancelledAt: null,
  told: {},
  diagnoses: [],
})

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text)
