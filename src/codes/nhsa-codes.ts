import { type DivisionLookup, lookupDivision } from './divisions.ts'
import { type Finding, hasErrors } from './findings.ts'
import { normalizeWidth } from './normalize.ts'

/** What a 医保 code names. */
export type NhsaCodeKind =
  | 'hospital'
  | 'pharmacy'
  | 'doctor'
  | 'nurse'
  | 'technician'
  | 'drug_western'
  | 'drug_patent_tcm'
  | 'drug_tcm_pieces'
  | 'service'
  | 'consumable'
  | 'disease'
  | 'operation'

/** The shape of one family of 医保 codes, with how sure we are of it. */
interface NhsaCodeShape {
  readonly kind: NhsaCodeKind
  readonly zh: string
  readonly shape: RegExp
  /** False: taken from general knowledge, to be replaced once a document or enough samples are at hand. */
  readonly verified: boolean
  readonly source: string
  /** Where the six division digits begin, for codes that have them. */
  readonly divisionAt?: number
}

const NO_DOCUMENT = 'general knowledge, no document or sample at hand'

/** The shapes in force. Data, not rules: pass another list to {@link checkNhsaCode} to try a correction. */
export const NHSA_CODE_SHAPES: readonly NhsaCodeShape[] = [
  {
    kind: 'hospital',
    zh: '定点医疗机构',
    shape: /^H\d{11}$/,
    verified: true,
    source: 'four public samples',
    divisionAt: 1,
  },
  { kind: 'pharmacy', zh: '定点零售药店', shape: /^P\d{11}$/, verified: false, source: NO_DOCUMENT, divisionAt: 1 },
  { kind: 'doctor', zh: '医保医师', shape: /^D\d{12}$/, verified: false, source: NO_DOCUMENT, divisionAt: 1 },
  { kind: 'nurse', zh: '医保护士', shape: /^N\d{12}$/, verified: false, source: NO_DOCUMENT, divisionAt: 1 },
  {
    kind: 'technician',
    zh: '药学、技术人员',
    shape: /^H[YJ]\d{12}$/,
    verified: true,
    source: '医保办函〔2022〕39号',
    divisionAt: 2,
  },
  {
    kind: 'drug_western',
    zh: '西药',
    // How the last nine digits divide into specification, pack and maker is unverified, so they are not split.
    shape: /^X[A-Z]\d{2}[A-Z]{2}[A-Z]\d{3}[A-Z]\d{3}\d{9}$/,
    verified: true,
    source: 'two public samples',
  },
  { kind: 'drug_patent_tcm', zh: '中成药', shape: /^Z[0-9A-Z]{1,29}$/, verified: false, source: NO_DOCUMENT },
  { kind: 'drug_tcm_pieces', zh: '中药饮片', shape: /^T[0-9A-Z]{1,29}$/, verified: false, source: NO_DOCUMENT },
  { kind: 'service', zh: '诊疗项目', shape: /^\d{15}$/, verified: true, source: 'three public samples' },
  { kind: 'consumable', zh: '医用耗材', shape: /^C\d{19}$/, verified: false, source: NO_DOCUMENT },
  {
    kind: 'disease',
    zh: '疾病诊断 (ICD-10 医保版)',
    shape: /^[A-Z]\d{2}\.[0-9x]\d{2}(x\d{3})?$/,
    verified: false,
    source: NO_DOCUMENT,
  },
  {
    kind: 'operation',
    zh: '手术操作 (ICD-9-CM-3 医保版)',
    shape: /^\d{2}\.[0-9x]{1,4}(x\d{3})?$/,
    verified: false,
    source: NO_DOCUMENT,
  },
]

type NhsaCodePart = 'shape' | 'division' | 'register'

/** The outcome of checking a 医保 code. */
export interface NhsaCodeCheck {
  readonly normal: string
  readonly ok: boolean
  /** Whether the shape that was applied is itself verified. */
  readonly verified: boolean
  readonly findings: readonly Finding<NhsaCodePart>[]
}

/**
 * Checks a 医保 code against the shape of its kind. A wrong shape is an error. A well-shaped code that the register
 * does not know is a warning, because registers lag behind; without `isRegistered` the register is not asked.
 * Case is kept: the `x` of ICD codes is a lower-case letter.
 */
export function checkNhsaCode(
  kind: NhsaCodeKind,
  input: string,
  options: { readonly shapes?: readonly NhsaCodeShape[]; readonly isRegistered?: (code: string) => boolean } = {},
): NhsaCodeCheck {
  const normal = normalizeWidth(input)
  const shape = (options.shapes ?? NHSA_CODE_SHAPES).find((row) => row.kind === kind)
  if (!shape?.shape.test(normal)) {
    const message = shape ? `does not have the shape of a code for ${shape.zh}` : 'no shape is known for this kind'
    const finding: Finding<NhsaCodePart> = { part: 'shape', severity: 'error', code: 'nhsa_shape', message }
    return { normal, ok: false, verified: shape?.verified ?? false, findings: [finding] }
  }
  const findings: Finding<NhsaCodePart>[] = []
  if (shape.divisionAt !== undefined) {
    const division = lookupDivision(normal.slice(shape.divisionAt, shape.divisionAt + 6))
    if (division.status === 'unknown') findings.push(unknownDivision)
  }
  if (options.isRegistered && !options.isRegistered(normal)) {
    findings.push({
      part: 'register',
      severity: 'warning',
      code: 'nhsa_not_registered',
      message: 'the register does not know this code',
    })
  }
  return { normal, ok: true, verified: shape.verified, findings }
}

const unknownDivision = {
  part: 'division',
  severity: 'warning',
  code: 'nhsa_division_unknown',
  message: 'division digits are not a known division of the four cities',
} as const

type FixmedinsPart = 'prefix' | 'division' | 'serial'

/** The outcome of checking the code of a designated institution. */
export interface FixmedinsCheck {
  readonly normal: string
  readonly ok: boolean
  readonly kind: 'hospital' | 'pharmacy' | null
  readonly findings: readonly Finding<FixmedinsPart>[]
  /** The division at coding time, which may be retired; null when there are not six digits. */
  readonly division: DivisionLookup | null
}

/** Checks the code of a designated institution (`fixmedins_code`) and says which of its three parts is wrong. */
export function checkFixmedinsCode(input: string): FixmedinsCheck {
  const normal = normalizeWidth(input)
  const findings: Finding<FixmedinsPart>[] = []
  const kind = normal.startsWith('H') ? 'hospital' : normal.startsWith('P') ? 'pharmacy' : null
  if (!kind) findings.push(wrongPart('prefix', 'must be H for a hospital or P for a pharmacy'))
  const digits = normal.slice(1, 7)
  const division = /^\d{6}$/.test(digits) ? lookupDivision(digits) : null
  if (!division) findings.push(wrongPart('division', 'characters 2 to 7 must be six digits'))
  else if (division.status === 'unknown') findings.push(unknownDivision)
  if (!/^\d{5}$/.test(normal.slice(7))) findings.push(wrongPart('serial', 'must be five digits after the division'))
  return { normal, ok: !hasErrors(findings), kind, findings, division }
}

function wrongPart(part: FixmedinsPart, message: string): Finding<FixmedinsPart> {
  return { part, severity: 'error', code: `fixmedins_${part}`, message }
}
