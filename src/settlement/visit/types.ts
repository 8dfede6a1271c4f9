import type { BenefitShares } from '../../benefits/index.ts'
import type { Actor } from '../claim-event.ts'
import type { Reason } from '../types.ts'

/*
 * What the verbs of a visit take and give. Names are those of the national interface in camelCase, values its texts:
 * amounts "1234.50", times "2026-11-24 15:00:00" in the time of China, ids (psnNo, mdtrtId, setlId) 26 letters
 * (src/kernel/wire-id.ts). Answers hold no name and no identity number: who may show them asks `people`.
 */

/** Which of the three sequences of the interface a visit follows. */
export type VisitKind = 'outpatient' | 'inpatient' | 'pharmacy'

/** Who sends, and under which message. */
export interface Sender {
  /** fixmedins_code of the sender: what it may see and change is its own. */
  readonly institution: string
  /** msgid of the envelope: names the call for 2601 and stands as medins_setl_id of what it settles. */
  readonly msgid: string
  readonly actor: Actor
  readonly requestId?: string | undefined
}

/** Names a visit of a person. */
export interface VisitName {
  readonly psnNo: string
  readonly mdtrtId: string
}

/** What calls say of the person; compared with the person index and never stored. */
export interface SaidOfPatient {
  readonly psnNo: string
  /** psn_cert_type; 2401 spells it cert_type. */
  readonly psnCertType: string
  readonly certno: string
  readonly psnName?: string | undefined
  readonly insutype: string
  readonly psnType?: string | undefined
  /** 01 e-credential, 02 identity number, 03 social-security card. */
  readonly mdtrtCertType: string
  readonly mdtrtCertNo?: string | undefined
  readonly cardSn?: string | undefined
  /** Whom the verifier of codes and carriers named for what was shown; a token (01) is believed only with it. */
  readonly verified?: { readonly personId: string } | undefined
}

/** 2201 */
export interface RegisterInput extends SaidOfPatient {
  readonly begntime: string
  readonly iptOtpNo: string
  readonly atddrNo?: string | undefined
  readonly deptCode?: string | undefined
  readonly deptName?: string | undefined
  readonly caty?: string | undefined
}
export interface Registered extends VisitName {
  readonly iptOtpNo: string
}

/** 2202 */
export interface CancelRegistrationInput extends VisitName {
  readonly iptOtpNo: string
}

/** One diagnosis of 2203, 2401 or 2402; found again by its type and number. */
export interface Diagnosis {
  readonly diagType: string
  readonly diagSrtNo: string
  readonly diagCode: string
  readonly maindiagFlag?: string | undefined
  readonly diagDept?: string | undefined
  readonly diseDorNo?: string | undefined
  readonly diagTime?: string | undefined
  /** 0 voids the one that was sent before (2203). */
  readonly valiFlag?: string | undefined
}

/** 2203 */
export interface NoteVisitInput extends VisitName {
  readonly medType: string
  readonly begntime: string
  readonly diseCodg?: string | undefined
  readonly diseinfo: readonly Diagnosis[]
}

/** A fee line of 2204, 2301 or 2102. */
export interface FeeLine {
  readonly feedetlSn: string
  /** Outpatient: its batch. */
  readonly chrgBchno?: string | undefined
  /** Inpatient: the line that this one returns. */
  readonly initFeedetlSn?: string | undefined
  readonly diseCodg?: string | undefined
  readonly feeOcurTime: string
  readonly medListCodg: string
  readonly medinsListCodg: string
  readonly detItemFeeSumamt: string
  readonly cnt: string
  readonly pric: string
  readonly hospApprFlag?: string | undefined
  readonly rxno?: string | undefined
  readonly rxCircFlag?: string | undefined
  readonly bilgDeptCodg?: string | undefined
  readonly bilgDrCodg?: string | undefined
  readonly drugTracCodg?: readonly string[] | undefined
}

/** 2204, 2301: every line names the same visit. */
export interface AddLinesInput extends VisitName {
  readonly kind: 'outpatient' | 'inpatient'
  readonly feedetail: readonly FeeLine[]
}

/** The split of a line: output of 2204, 2301, and detlcutinfo of 2102. */
export interface LineSplit {
  readonly feedetlSn: string
  readonly detItemFeeSumamt: string
  readonly cnt: string
  readonly pric: string
  readonly pricUplmtAmt: string
  readonly selfpayProp: string
  readonly fulamtOwnpayAmt: string
  readonly overlmtAmt: string
  readonly preselfpayAmt: string
  readonly inscpScpAmt: string
  readonly chrgitmLv: string
  readonly medChrgitmType: string
  readonly lmtUsedFlag: string
}

/** 2205: a batch, "0000" = all that are not settled. 2302: a line, "0000" = all. */
export type RemoveLinesInput = VisitName &
  (
    | { readonly kind: 'outpatient'; readonly chrgBchno: string }
    | { readonly kind: 'inpatient'; readonly feedetlSn: string }
  )

/** 2401 */
export interface AdmitInput extends SaidOfPatient {
  readonly begntime: string
  readonly medType: string
  readonly iptNo: string
  readonly medrcdno?: string | undefined
  readonly atddrNo?: string | undefined
  readonly admDeptCodg?: string | undefined
  readonly admDeptName?: string | undefined
  readonly admBed?: string | undefined
  readonly dscgMaindiagCode?: string | undefined
  readonly diseCodg?: string | undefined
  readonly oprnOprtCode?: string | undefined
  readonly diseinfo: readonly Diagnosis[]
}
export interface Admitted {
  readonly mdtrtId: string
}

/** 2402 */
export interface DischargeInput extends VisitName {
  readonly insutype: string
  readonly endtime: string
  readonly dscgWay: string
  readonly dieDate?: string | undefined
  readonly dscgDeptCodg?: string | undefined
  readonly dscgDeptName?: string | undefined
  readonly dscgBed?: string | undefined
  readonly diseCodg?: string | undefined
  readonly oprnOprtCode?: string | undefined
  readonly diseinfo: readonly Diagnosis[]
}

/** The four parts of the bill, which are those of its lines. */
export interface BillParts {
  readonly fulamtOwnpayAmt: string
  readonly overlmtSelfpay: string
  readonly preselfpayAmt: string
  readonly inscpScpAmt: string
}

interface BillOfVisit extends SaidOfPatient {
  readonly mdtrtId: string
  readonly medfeeSumamt: string
  readonly acctUsedFlag?: string | undefined
  readonly psnSetlway?: string | undefined
}

/** 2206, 2303 */
export type TryVisitInput = BillOfVisit &
  Partial<BillParts> &
  (
    | { readonly kind: 'outpatient'; readonly medType: string; readonly chrgBchno: string }
    | { readonly kind: 'inpatient'; readonly midSetlFlag: string; readonly dscgTime?: string | undefined }
  )

/** 2207 (the four parts are required), 2304 */
export type SettleVisitInput = TryVisitInput & { readonly invono?: string | undefined }

/** 2103, 2208, 2305 */
export interface UndoInput extends VisitName {
  readonly kind: VisitKind
  readonly setlId: string
}

/** 2101, 2102 */
export interface PharmacyInput extends SaidOfPatient {
  readonly begntime: string
  readonly medType: string
  readonly medfeeSumamt: string
  readonly acctUsedFlag?: string | undefined
  readonly diseCodg?: string | undefined
  readonly invono?: string | undefined
  readonly drugdetail: readonly FeeLine[]
}

/** 2601 */
export interface CompensateInput {
  readonly psnNo: string
  readonly omsgid: string
  readonly oinfno: string
}

type Texts<T> = { readonly [K in keyof T]: string }

/** setlinfo; which of it stands in which answer is a table of the interface (4.1). */
export interface SetlInfo extends Texts<BenefitShares> {
  readonly mdtrtId: string
  /** Empty in a trial. */
  readonly setlId: string
  readonly psnNo: string
  readonly insutype: string
  readonly psnType: string
  readonly setlTime: string
  readonly mdtrtCertType: string
  readonly medType: string
  readonly medinsSetlId: string
  readonly clrType: string
  readonly clrOptins: string
  readonly insuplcAdmdvs: string
  readonly mdtrtareaAdmvs: string
  readonly fixmedinsCode: string
  readonly begndate: string
  readonly enddate: string
  readonly invono: string
  readonly diseCodg: string
  readonly year: string
  /** 1: this settlement was taken back, or takes one back. */
  readonly refdSetlFlag: '0' | '1'
  /** False as long as a figure of policy behind it is an unverified sample. */
  readonly policyVerified: boolean
}

export interface SetlDetail {
  readonly fundPayType: string
  readonly inscpScpAmt: string
  readonly crtPaybLmtAmt: string
  readonly fundPayamt: string
  /** The calculation of this fund as a JSON array, at most 4000 characters; empty where there is none. */
  readonly setlProcInfo: string
}

export interface Settled {
  readonly state: 'settled'
  readonly setlinfo: SetlInfo
  readonly setldetail: readonly SetlDetail[]
  /** Of a purchase. */
  readonly detlcutinfo?: readonly LineSplit[]
}

/** The bill was judged and is not paid: every reason. */
export interface Refused {
  readonly state: 'refused'
  readonly reasons: readonly Reason[]
}

/** No answer in time: it may still be settled. 5203 with the msgid or 5201 tells, 2601 takes it back. */
export interface Unknown {
  readonly state: 'unknown'
  readonly mdtrtId: string
  readonly msgid: string
  readonly detail: string
  readonly detailZh: string
}

export type SettleOutcome = Settled | Refused | Unknown
export type TryOutcome = Settled | Refused

/** 5201 */
export interface ReadVisitsInput {
  readonly psnNo: string
  readonly begntime: string
  readonly endtime: string
  readonly medType?: string | undefined
  readonly mdtrtId?: string | undefined
}

/** A visit as 5201 and 5303 tell it, without name and identity number. */
export interface VisitShown {
  readonly mdtrtId: string
  readonly psnNo: string
  readonly kind: VisitKind
  readonly insutype: string
  readonly psnType: string
  readonly medType: string
  readonly begntime: string
  /** Empty while it lasts. */
  readonly endtime: string
  readonly mdtrtCertType: string
  readonly iptOtpNo: string
  readonly medrcdno: string
  readonly atddrNo: string
  readonly admDeptCodg: string
  readonly admDeptName: string
  readonly admBed: string
  readonly dscgMaindiagCode: string
  readonly dscgDeptCodg: string
  readonly dscgDeptName: string
  readonly dscgBed: string
  readonly dscgWay: string
  readonly dieDate: string
  readonly diseCodg: string
  readonly oprnOprtCode: string
  /** 1 in hospital, 0 not. */
  readonly inhospStas: '0' | '1'
  /** 1: the person is insured in another city. */
  readonly outFlag: '0' | '1'
  /** Every settlement of the visit that is asked for or done. */
  readonly settlements: readonly VisitSettlement[]
}

export interface VisitSettlement {
  readonly setlId: string
  readonly medinsSetlId: string
  readonly state: 'pending' | 'settled' | 'refused' | 'reversed'
  readonly chrgBchno: string
}

/** 5203: `setlId` may also be the msgid of the call whose answer was lost. */
export interface ReadSettlementInput extends VisitName {
  readonly setlId: string
}

/** 5303 */
export interface InHospitalInput {
  readonly psnNo?: string | undefined
  readonly begntime: string
  readonly endtime: string
}
