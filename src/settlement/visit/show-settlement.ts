import {
  type BenefitShares,
  type FundDetail,
  type SettledBenefits,
  setlProcInfo,
  writeShares,
} from '../../benefits/index.ts'
import { formatFen } from '../../kernel/money.ts'
import { localDate, localDateTime, localYear } from '../../kernel/time.ts'
import { toWireId } from '../../kernel/wire-id.ts'
import type { SetlDetail, SetlInfo } from './types.ts'
import type { VisitRow } from './visit-store.ts'

/** What is told of a settlement, a reversal or a trial beside its amounts. */
export interface SettlementFacts {
  readonly setlId: string | null
  readonly setlTime: Date
  readonly insutype: string
  readonly psnType: string
  readonly medType: string
  readonly clrType: string
  readonly insuredCity: string
  readonly shares: BenefitShares
  readonly verified: boolean
}

/** setlinfo of a visit. */
export const showSetlInfo = (
  visit: VisitRow,
  settled: SettlementFacts,
  call: {
    readonly msgid: string
    readonly mdtrtCertType: string
    readonly invono: string | null
    readonly refdSetlFlag: '0' | '1'
  },
): SetlInfo => ({
  ...writeShares(settled.shares),
  mdtrtId: toWireId(visit.id),
  setlId: settled.setlId === null ? '' : toWireId(settled.setlId),
  psnNo: toWireId(visit.personId),
  insutype: settled.insutype,
  psnType: settled.psnType,
  setlTime: localDateTime(settled.setlTime),
  mdtrtCertType: call.mdtrtCertType,
  medType: settled.medType,
  medinsSetlId: call.msgid,
  clrType: settled.clrType,
  clrOptins: visit.treatmentCity,
  insuplcAdmdvs: settled.insuredCity,
  mdtrtareaAdmvs: visit.treatmentCity,
  fixmedinsCode: visit.institution,
  begndate: localDate(visit.begunAt),
  enddate: localDate(visit.endedAt ?? settled.setlTime),
  invono: call.invono ?? '',
  diseCodg: visit.diseCodg ?? '',
  year: String(localYear(settled.setlTime)),
  refdSetlFlag: call.refdSetlFlag,
  policyVerified: settled.verified,
})

/** setldetail: one row a fund; `benefits` is the calculation, where it is at hand. */
export const showSetlDetail = (
  details: readonly FundDetail[],
  benefits?: Pick<SettledBenefits, 'funds' | 'trace'>,
): readonly SetlDetail[] =>
  details.map((one) => ({
    fundPayType: one.fundPayType,
    inscpScpAmt: formatFen(one.inscpScpAmt),
    crtPaybLmtAmt: formatFen(one.crtPaybLmtAmt),
    fundPayamt: formatFen(one.fundPayamt),
    setlProcInfo: benefits === undefined ? '' : setlProcInfo(benefits, one.fundPayType),
  }))
