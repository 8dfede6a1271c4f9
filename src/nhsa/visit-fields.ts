import type { Call } from './call.ts'
import { given, valueOf } from './call.ts'
import type { Row } from './read-input.ts'

/** Who sends, as the verbs of a visit want to know it. */
export const senderOf = ({ by, institution, msgid }: Call) => ({
  institution: institution.code,
  msgid,
  actor: {
    actor: by.clientId,
    actorOrg: institution.code,
    role: by.role,
    sourceAddress: by.sourceAddress,
  },
  requestId: by.requestId,
})

/** psn_no and mdtrt_id. */
export const visitNameOf = (row: Row) => ({ psnNo: valueOf(row, 'psn_no'), mdtrtId: valueOf(row, 'mdtrt_id') })

const optional = (row: Row, name: string): string | undefined => row[name] || undefined

/**
 * What a call says of its person. psn_type is passed over where a table has it: it is C(3) without a dictionary there, and many
 * codes of the dictionary are longer.
 */
export const patientOf = (row: Row) => ({
  psnNo: valueOf(row, 'psn_no'),
  // 2401 spells it cert_type.
  psnCertType: row['psn_cert_type'] ?? valueOf(row, 'cert_type'),
  certno: valueOf(row, 'certno'),
  psnName: optional(row, 'psn_name'),
  insutype: valueOf(row, 'insutype'),
  mdtrtCertType: valueOf(row, 'mdtrt_cert_type'),
  mdtrtCertNo: optional(row, 'mdtrt_cert_no'),
  cardSn: optional(row, 'card_sn'),
})

export const diagnosisOf = (row: Row) => ({
  diagType: valueOf(row, 'diag_type'),
  diagSrtNo: valueOf(row, 'diag_srt_no'),
  diagCode: valueOf(row, 'diag_code'),
  maindiagFlag: optional(row, 'maindiag_flag'),
  diagDept: given(row, 'diag_dept'),
  diseDorNo: given(row, 'dise_dor_no'),
  diagTime: given(row, 'diag_time'),
  valiFlag: optional(row, 'vali_flag'),
})

/** A line of 2204, 2301, 2101 or 2102: a field that one of them lacks stays out. */
export const feeLineOf = (row: Row) => ({
  feedetlSn: valueOf(row, 'feedetl_sn'),
  chrgBchno: optional(row, 'chrg_bchno'),
  initFeedetlSn: optional(row, 'init_feedetl_sn'),
  diseCodg: optional(row, 'dise_codg'),
  feeOcurTime: valueOf(row, 'fee_ocur_time'),
  medListCodg: valueOf(row, 'med_list_codg'),
  medinsListCodg: valueOf(row, 'medins_list_codg'),
  detItemFeeSumamt: valueOf(row, 'det_item_fee_sumamt'),
  cnt: valueOf(row, 'cnt'),
  pric: valueOf(row, 'pric'),
  hospApprFlag: optional(row, 'hosp_appr_flag'),
  rxno: optional(row, 'rxno'),
  rxCircFlag: optional(row, 'rx_circ_flag'),
  bilgDeptCodg: optional(row, 'bilg_dept_codg'),
  bilgDrCodg: optional(row, 'bilg_dr_codg'),
})

/**
 * What a bill says beside its person.
 *
 * @param partsAre `optional`: an empty number is written "0" (section 2), so there a zero says nothing
 */
export const billOf = (row: Row, partsAre: 'required' | 'optional') => ({
  ...patientOf(row),
  mdtrtId: valueOf(row, 'mdtrt_id'),
  medfeeSumamt: valueOf(row, 'medfee_sumamt'),
  acctUsedFlag: optional(row, 'acct_used_flag'),
  psnSetlway: optional(row, 'psn_setlway'),
  invono: optional(row, 'invono'),
  ...partsOf(row, partsAre),
})

const PARTS = {
  fulamtOwnpayAmt: 'fulamt_ownpay_amt',
  overlmtSelfpay: 'overlmt_selfpay',
  preselfpayAmt: 'preselfpay_amt',
  inscpScpAmt: 'inscp_scp_amt',
} as const

/** The four parts of the bill, those that were sent. */
function partsOf(row: Row, are: 'required' | 'optional'): Partial<Record<keyof typeof PARTS, string>> {
  const parts: Partial<Record<keyof typeof PARTS, string>> = {}
  for (const [name, field] of Object.entries(PARTS) as [keyof typeof PARTS, string][]) {
    const value = optional(row, field)
    if (value !== undefined && (are === 'required' || Number(value) !== 0)) parts[name] = value
  }
  return parts
}
