import { isLoinc } from '../../mappings/index.ts'
import { reportKey } from '../seal.ts'
import { instantOf, isAhead, toDateTime } from '../times.ts'
import type { ItemStatus, LabItem, LabReport, LabSpecimen, LabValue, ReportForPatient, ReportStatus } from '../types.ts'
import { comparatorOf, plainCode, readFlags, readRange, readValue } from '../values.ts'
import type { AckFault } from './ack.ts'
import { type Message, type Segment, textOf, valueOf, wholeText } from './message.ts'
import { readPatient, readSaid } from './read-patient.ts'

/** What the sender's registration says of its messages. */
export interface OruContext {
  readonly institution: string
  readonly laboratory: string | null
  /** Code system of local codes that name none. */
  readonly codeSystem: string
  readonly now: Date
}

/** One OBR with what belongs to it. */
interface Group {
  readonly patient: Segment | undefined
  readonly order: Segment
  readonly results: Segment[]
  readonly specimens: Segment[]
}

/** Segments of an ORU^R01 that say something of a result; the others (NK1, PV1, ORC, NTE, TQ1 ...) are passed over. */
export function readOru(
  message: Message,
  context: OruContext,
): { readonly reports: readonly ReportForPatient[] } | { readonly faults: readonly AckFault[] } {
  const groups = groupsOf(message)
  if ('code' in groups) return { faults: [groups] }
  const faults: AckFault[] = []
  const seen = new Set<string>()
  const reports = groups.map((group, index) => {
    const read = readGroup(message, group, context, faults)
    if (read === undefined) return []
    // The second of one key would replace the first.
    const key = reportKey(read.report).toString('hex')
    if (seen.has(key)) {
      faults.push({ code: '205', location: `OBR^${index + 1}^3`, text: 'The number is that of an order before it.' })
    }
    seen.add(key)
    return read
  })
  if (faults.length > 0) return { faults: faults.slice(0, 20) }
  return { reports: reports.flat() }
}

function groupsOf(message: Message): readonly Group[] | AckFault {
  const groups: Group[] = []
  let patient: Segment | undefined
  let current: Group | undefined
  for (const segment of message.segments) {
    if (segment.name === 'PID') {
      patient = segment
      current = undefined
    } else if (segment.name === 'OBR') {
      current = { patient, order: segment, results: [], specimens: [] }
      groups.push(current)
    } else if (segment.name === 'OBX') {
      if (current === undefined)
        return { code: '100', location: 'OBX', text: 'OBX stands before the OBR it belongs to.' }
      current.results.push(segment)
    } else if (segment.name === 'SPM') current?.specimens.push(segment)
  }
  if (patient === undefined) return { code: '100', location: 'PID', text: 'PID is missing.' }
  if (groups.length === 0) return { code: '100', location: 'OBR', text: 'OBR is missing.' }
  if (groups.some((group) => group.patient === undefined)) {
    return { code: '100', location: 'OBR', text: 'OBR stands before the PID it belongs to.' }
  }
  return groups
}

/** Undefined for an order without any result, which tells nothing that could be held. */
function readGroup(
  message: Message,
  { patient, order, results, specimens }: Group,
  context: OruContext,
  faults: AckFault[],
): ReportForPatient | undefined {
  const fault = (code: AckFault['code'], location: string, text: string) => void faults.push({ code, location, text })
  const msh = message.segments[0]
  const { reportNo, numberSpace } = readNumber(order)
  if (reportNo === undefined) fault('101', 'OBR^1^3', 'The filler order number (report number) is missing.')
  else if (reportNo.length > 100) fault('102', 'OBR^1^3', 'The filler order number is too long.')
  const status = reportStatus(valueOf(order, 25))
  if (status === undefined) fault('103', 'OBR^1^25', 'The result status is not one of table 0123.')
  const changed = valueOf(order, 22) ?? valueOf(msh, 7)
  const versionAt = changed === undefined ? undefined : instantOf(toDateTime(changed) ?? '')
  if (versionAt === undefined) fault('102', 'OBR^1^22', 'Neither OBR-22 nor MSH-7 is a time.')
  else if (isAhead(versionAt.toISOString(), context.now)) fault('102', 'OBR^1^22', AHEAD)
  const time = (segment: Segment | undefined, field: number, location: string): string | null => {
    const text = valueOf(segment, field)
    if (text === undefined) return null
    const read = toDateTime(text)
    if (read === undefined) fault('102', location, 'Is no time.')
    else if (isAhead(read, context.now)) fault('102', location, AHEAD)
    return read ?? null
  }
  const spm = specimens[0]
  const collectedAt = time(spm, 17, 'SPM^1^17') ?? time(order, 7, 'OBR^1^7')
  const specimen = readSpecimen(order, spm, collectedAt, time(spm, 18, 'SPM^1^18') ?? time(order, 14, 'OBR^1^14'))
  const items = results.flatMap((obx, index) => readItem(message, obx, `OBX^${index + 1}`, context, fault) ?? [])
  if (reportNo === undefined || status === undefined || versionAt === undefined) return undefined
  if (items.length === 0 && status !== 'cancelled') return undefined
  const report: LabReport = {
    source: 'hl7v2',
    institution: context.institution,
    laboratory: context.laboratory,
    reportNo,
    numberSpace,
    status,
    versionAt: versionAt.toISOString(),
    panel: {
      system: panelSystem(order, context),
      code: codeAt(order, 4, 1) ?? null,
      display: valueOf(order, 4, 2) ?? null,
    },
    specimen,
    issuedAt: time(order, 22, 'OBR^1^22') ?? versionAt.toISOString(),
    conclusion: null,
    items,
  }
  return { report, patient: readPatient(patient), said: readSaid(patient) }
}

const AHEAD = 'Is a time that has not come yet.'

/** OBR-3, the number of the laboratory (EI: number, name space ...); else OBR-2, which is one of whoever ordered. */
function readNumber(order: Segment): { readonly reportNo: string | undefined; readonly numberSpace: string | null } {
  const field = valueOf(order, 3) === undefined ? 2 : 3
  const space = [2, 3].flatMap((component) => valueOf(order, field, component) ?? [])
  const parts = field === 2 ? ['placer', ...space] : space
  return { reportNo: valueOf(order, field), numberSpace: parts.length === 0 ? null : parts.join(' ') }
}

/** Table 0123. */
const REPORT_STATUS: Readonly<Record<string, ReportStatus>> = {
  O: 'registered',
  I: 'registered',
  S: 'registered',
  A: 'partial',
  P: 'preliminary',
  R: 'preliminary',
  F: 'final',
  C: 'corrected',
  M: 'corrected',
  X: 'cancelled',
}

/** A message of results that does not say how far they are is taken for what it must not be used as: preliminary. */
const reportStatus = (code: string | undefined): ReportStatus | undefined =>
  code === undefined ? 'preliminary' : REPORT_STATUS[code.toUpperCase()]

/** Table 0085; `N` and `O` tell that there is no result. */
const ITEM_STATUS: Readonly<Record<string, ItemStatus | 'none'>> = {
  C: 'corrected',
  D: 'entered-in-error',
  F: 'final',
  I: 'registered',
  N: 'none',
  O: 'none',
  P: 'preliminary',
  R: 'preliminary',
  S: 'preliminary',
  U: 'final',
  V: 'final',
  W: 'entered-in-error',
  X: 'cancelled',
}

function readItem(
  message: Message,
  obx: Segment,
  location: string,
  context: OruContext,
  fault: (code: AckFault['code'], location: string, text: string) => void,
): LabItem | undefined {
  const status = ITEM_STATUS[(valueOf(obx, 11) ?? 'P').toUpperCase()]
  if (status === undefined) fault('103', `${location}^11`, 'The result status is not one of table 0085.')
  if (status === undefined || status === 'none') return undefined
  const codes = [
    { code: codeAt(obx, 3, 1), display: valueOf(obx, 3, 2), system: valueOf(obx, 3, 3) },
    { code: codeAt(obx, 3, 4), display: valueOf(obx, 3, 5), system: valueOf(obx, 3, 6) },
  ].filter((one): one is typeof one & { code: string } => one.code !== undefined)
  const loinc = codes.find((one) => one.system === 'LN' && isLoinc(one.code))
  const local = codes.find((one) => one !== loinc) ?? loinc
  if (local === undefined) {
    fault('101', `${location}^3`, 'The item code is missing.')
    return undefined
  }
  if (local.code.length > 100) {
    fault('102', `${location}^3`, 'The item code is too long.')
    return undefined
  }
  const measured = valueOf(obx, 14)
  const measuredAt = measured === undefined ? undefined : toDateTime(measured)
  if (measured !== undefined && measuredAt === undefined) fault('102', `${location}^14`, 'Is no time.')
  if (measuredAt !== undefined && isAhead(measuredAt, context.now)) fault('102', `${location}^14`, AHEAD)
  return {
    localSystem: local === loinc ? LOINC : systemOf(local.system, context),
    localCode: local.code,
    display: local.display ?? loinc?.display ?? null,
    loinc: loinc?.code ?? null,
    subId: valueOf(obx, 4) ?? null,
    value: readObxValue(message, obx),
    unit: valueOf(obx, 6) ?? null,
    range: readRange(wholeText(obx, 7, message.delimiters) ?? ''),
    flags: readFlags((obx.fields[7] ?? []).map((one) => textOf(one[0]) ?? '')),
    status,
    method: valueOf(obx, 17) ?? null,
    measuredAt: measuredAt ?? null,
  }
}

const LOINC = 'http://loinc.org'

/**
 * `L` and nothing at all mean the laboratory's own table. Another name is a table of its own: the same code may mean
 * something else there. So is LN where the code is none of LOINC: it is kept as what was sent, and listed.
 */
function systemOf(name: string | undefined, { codeSystem }: OruContext): string {
  if (name === undefined || name === 'L') return codeSystem
  // A cut within a character would leave half of one, which no address can hold.
  return `${codeSystem}/${encodeURIComponent(name.slice(0, 40).toWellFormed())}`
}

const panelSystem = (order: Segment, context: OruContext): string => {
  const name = valueOf(order, 4, 3)
  return name === 'LN' && isLoinc(codeAt(order, 4, 1) ?? '') ? LOINC : systemOf(name, context)
}

const codeAt = (segment: Segment, field: number, component: number): string | undefined => {
  const code = valueOf(segment, field, component)
  return code === undefined ? undefined : plainCode(code)
}

/** By the type in OBX-2; what is no text, number or code (a picture, a document) is not taken. */
function readObxValue({ delimiters }: Message, obx: Segment): LabValue {
  const type = valueOf(obx, 2)
  switch (type) {
    case 'SN':
      return readStructured(obx)
    case 'CE':
    case 'CWE':
    case 'CNE':
    case 'CF': {
      const values = obx.fields[4] ?? []
      if (values.length > 1) return severalCodes(values)
      const code = codeAt(obx, 5, 1)
      const display = valueOf(obx, 5, 2) ?? null
      if (code === undefined) return display === null ? { kind: 'none' } : { kind: 'text', text: display }
      return { kind: 'code', system: valueOf(obx, 5, 3) ?? null, code, display }
    }
    case 'ED':
    case 'RP':
      return { kind: 'none' }
    case undefined:
    default:
      return readValue(wholeText(obx, 5, delimiters) ?? '')
  }
}

/** An observation has one value (R4): several codes are kept as what they are called. */
function severalCodes(values: Segment['fields'][number]): LabValue {
  const words = values.flatMap((parts) => textOf(parts[1]) ?? textOf(parts[0]) ?? [])
  return words.length === 0 ? { kind: 'none' } : { kind: 'text', text: words.join('\n') }
}

/** SN: comparator, number, separator, number. */
function readStructured(obx: Segment): LabValue {
  const [sign, first, separator, second] = [1, 2, 3, 4].map((component) => valueOf(obx, 5, component))
  if (first === undefined) return { kind: 'none' }
  if (second === undefined && separator === undefined) {
    const value = readValue(first)
    if (value.kind !== 'number' || sign === undefined || sign === '=') return value
    const comparator = comparatorOf(sign)
    return comparator === null ? { kind: 'text', text: `${sign}${first}` } : { ...value, comparator }
  }
  return readValue([sign, first, separator, second].filter((part) => part !== undefined).join(''))
}

function readSpecimen(
  order: Segment,
  spm: Segment | undefined,
  collectedAt: string | null,
  receivedAt: string | null,
): LabSpecimen | null {
  // OBR-15 is a composite whose first component holds the whole code; SPM-4 is the code itself.
  const [type = null, typeText = null, typeSystem = null] =
    spm === undefined
      ? (order.fields[14]?.[0]?.[0] ?? []).map((part) => textOf([part]) ?? null)
      : [1, 2, 3].map((component) => valueOf(spm, 4, component) ?? null)
  if (type === null && typeText === null && collectedAt === null && receivedAt === null) return null
  return {
    number: valueOf(spm, 2) ?? null,
    type: type ?? typeText,
    typeSystem,
    typeText,
    collectedAt,
    receivedAt,
    condition: valueOf(spm, 24) ?? null,
  }
}
