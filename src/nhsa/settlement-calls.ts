import type { InstitutionTable } from '../institutions/index.ts'
import { newId } from '../kernel/ids.ts'
import { localDateTime } from '../kernel/time.ts'
import { toWireId } from '../kernel/wire-id.ts'
import { visits } from '../settlement/index.ts'
import { type Call, given, rowOf, rowsOf, valueOf } from './call.ts'
import { nhsaError } from './errors.ts'
import type { Input, Row } from './read-input.ts'
import { setldetailRow, setlinfoRow } from './settlement-fields.ts'
import { checkShown, splitRow, type VisitCallDeps } from './visit-calls.ts'
import { billOf, feeLineOf, patientOf, senderOf, visitNameOf } from './visit-fields.ts'
import type { Output } from './write-output.ts'

export type SettlementCallDeps = VisitCallDeps & { readonly institutions: InstitutionTable }

/** 2101, 2102: the lines come with the purchase. */
export async function callPharmacy(
  deps: SettlementCallDeps,
  call: Call,
  input: Input,
  how: 'try' | 'buy',
): Promise<Output> {
  const row = rowOf(input, 'druginfo')
  const begntime = valueOf(row, 'begntime')
  const verified = await checkShown(deps, call, row, {
    begntime,
    purposes: ['purchase', 'settlement'],
    uses: how === 'buy',
  })
  const traced = Map.groupBy(how === 'buy' ? rowsOf(input, 'durg_trac_info') : [], (one) => valueOf(one, 'feedetl_sn'))
  const purchase = {
    ...patientOf(row),
    ...verified,
    begntime,
    medType: valueOf(row, 'med_type'),
    medfeeSumamt: valueOf(row, 'medfee_sumamt'),
    acctUsedFlag: valueOf(row, 'acct_used_flag'),
    diseCodg: given(row, 'dise_codg'),
    invono: row['invono'] || undefined,
    drugdetail: rowsOf(input, 'drugdetail').map((line) => ({
      ...feeLineOf(line),
      drugTracCodg: traced.get(valueOf(line, 'feedetl_sn'))?.map((one) => valueOf(one, 'drug_trac_codg')),
    })),
  }
  const sender = senderOf(call)
  if (how === 'buy') return await answer(deps, call, await visits.buyAtPharmacy(deps, sender, purchase))
  const trial = await visits.tryPharmacy(deps, sender, purchase)
  if (trial.state !== 'settled') return await answer(deps, call, trial)
  // A trial makes no visit, and its table requires an id all the same: a new one, that names nothing.
  const setlinfo = { ...trial.setlinfo, mdtrtId: toWireId(newId<'trial'>()) }
  return await answer(deps, call, { ...trial, setlinfo })
}

const outpatientBill = (row: Row) => ({
  ...billOf(row, 'required'),
  kind: 'outpatient' as const,
  medType: valueOf(row, 'med_type'),
  chrgBchno: valueOf(row, 'chrg_bchno'),
})

const inpatientBill = (row: Row) => ({
  ...billOf(row, 'optional'),
  kind: 'inpatient' as const,
  midSetlFlag: valueOf(row, 'mid_setl_flag'),
  dscgTime: given(row, 'dscgTime'),
})

const billIn = (row: Row, kind: 'outpatient' | 'inpatient') =>
  kind === 'outpatient' ? outpatientBill(row) : inpatientBill(row)

/** 2206, 2303 */
export async function callTry(
  deps: SettlementCallDeps,
  call: Call,
  input: Input,
  kind: 'outpatient' | 'inpatient',
): Promise<Output> {
  const row = rowOf(input, 'data')
  const verified = await checkShown(deps, call, row, { begntime: localDateTime(call.now), purposes: ['settlement'] })
  return await answer(deps, call, await visits.tryVisit(deps, senderOf(call), { ...billIn(row, kind), ...verified }))
}

/** 2207, 2304 */
export async function callSettle(
  deps: SettlementCallDeps,
  call: Call,
  input: Input,
  kind: 'outpatient' | 'inpatient',
): Promise<Output> {
  const row = rowOf(input, 'data')
  const verified = await checkShown(deps, call, row, {
    begntime: localDateTime(call.now),
    purposes: ['settlement'],
    uses: true,
  })
  return await answer(deps, call, await visits.settleVisit(deps, senderOf(call), { ...billIn(row, kind), ...verified }))
}

/** 2103, 2208, 2305 */
export async function callUndo(
  deps: SettlementCallDeps,
  call: Call,
  input: Input,
  kind: visits.VisitKind,
): Promise<Output> {
  const row = rowOf(input, 'data')
  const undone = await visits.undoSettlement(deps, senderOf(call), {
    ...visitNameOf(row),
    kind,
    setlId: valueOf(row, 'setl_id'),
  })
  return await answer(deps, call, undone)
}

/** 2601 */
export async function callCompensate(deps: SettlementCallDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  await visits.compensate(deps, senderOf(call), {
    psnNo: valueOf(row, 'psn_no'),
    omsgid: valueOf(row, 'omsgid'),
    oinfno: valueOf(row, 'oinfno'),
  })
  return {}
}

/** 5203 */
export async function callReadSettlement(deps: SettlementCallDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  const found = await visits.readSettlement(deps, senderOf(call), {
    ...visitNameOf(row),
    setlId: valueOf(row, 'setl_id'),
  })
  return await answer(deps, call, found)
}

/** A settlement as its tables have it; a refusal and an unknown outcome are errors of the interface. */
async function answer(deps: SettlementCallDeps, call: Call, outcome: visits.SettleOutcome): Promise<Output> {
  switch (outcome.state) {
    case 'refused':
      throw nhsaError('settlement-refused', { meta: { reasonsZh: outcome.reasons.map((one) => one.detailZh) } })
    case 'unknown':
      throw nhsaError('outcome-unknown')
    case 'settled':
      return {
        setlinfo: await setlinfoRow(deps, call, outcome.setlinfo),
        setldetail: outcome.setldetail.map(setldetailRow),
        detlcutinfo: (outcome.detlcutinfo ?? []).map(splitRow),
      }
  }
}
