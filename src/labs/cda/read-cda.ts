import type { FieldError } from '../../kernel/errors.ts'
import { instantOf, isAhead, toDateTime } from '../times.ts'
import type { LabItem, LabSpecimen, LabValue, ReportForPatient, ReportStatus } from '../types.ts'
import { plainCode, readFlags, readRange, readValue } from '../values.ts'
import { type Element, filled, findAll, findFirst } from './parse-xml.ts'
import { idOf, patientOf, saidOf } from './read-patient.ts'

/** Template of the laboratory report (检验报告) in WS/T 500, and the document's own code. */
const TEMPLATE = '2.16.156.10011.2.1.1.27'
const DOCUMENT_CODES = '2.16.156.10011.2.4'
const DOCUMENT_CODE = 'C0007'
/** Roots of ids. */
const ROOT = {
  document: '2.16.156.10011.1.1',
  organization: '2.16.156.10011.1.5',
  specimen: '2.16.156.10011.1.14',
  report: '2.16.156.10011.1.33',
} as const
/** Data elements (卫生信息数据元目录). */
const ELEMENTS = '2.16.156.10011.2.2.1'
const ITEM_CODE = 'DE04.30.019.00'
const RESULT_CODE = 'DE04.30.017.00'
const QUANTITY = 'DE04.30.015.00'
const UNIT = 'DE04.30.016.00'
const METHOD = 'DE02.10.027.00'
const SPECIMEN_TYPE = 'DE04.50.134.00'
const SPECIMEN_STATE = 'DE04.50.135.00'
const CONCLUSION = 'DE04.50.130.00'

export interface CdaContext {
  readonly institution: string
  /** Code system of local codes that name none. */
  readonly codeSystem: string
  /** Ids under which the institution may stand as custodian. */
  readonly custodianIds: readonly string[]
  readonly now: Date
}

export interface CdaDocument extends ReportForPatient {
  /** The document's own id: a repeat of it is the same document. */
  readonly documentId: string
}

/** Reads a laboratory report of WS/T 500. Faults name the element, and quote nothing of the document. */
export function readCda(root: Element, context: CdaContext): CdaDocument | readonly FieldError[] {
  const faults: FieldError[] = []
  const fault = (pointer: string, detail: string): void => void faults.push({ pointer, detail })
  if (root.name !== 'ClinicalDocument') return [{ pointer: root.name.slice(0, 40), detail: 'is no ClinicalDocument' }]
  if (!findAll(root, 'templateId').some((one) => one.attributes['root'] === TEMPLATE)) {
    fault('templateId', `the laboratory report has root ${TEMPLATE}`)
  }
  const code = findFirst(root, 'code')?.attributes
  if (code?.['code'] !== DOCUMENT_CODE || code['codeSystem'] !== DOCUMENT_CODES) {
    fault('code', `the laboratory report is ${DOCUMENT_CODE} of ${DOCUMENT_CODES}`)
  }
  const documentId = idOf(findAll(root, 'id'), ROOT.document)
  if (documentId === undefined) fault('id', `an id with root ${ROOT.document} is required`)
  const role = findFirst(root, 'recordTarget', 'patientRole')
  const reportNo = role && idOf(findAll(role, 'id'), ROOT.report)
  if (reportNo === undefined)
    fault('recordTarget/patientRole/id', `a report number with root ${ROOT.report} is required`)
  for (const [name, value] of [
    ['id', documentId],
    ['recordTarget/patientRole/id', reportNo],
  ] as const) {
    if (value !== undefined && value.length > 100) fault(name, 'is too long')
  }
  const custodian = findFirst(root, 'custodian', 'assignedCustodian', 'representedCustodianOrganization')
  const custodianId = custodian && idOf(findAll(custodian, 'id'), ROOT.organization)
  if (custodianId === undefined || !context.custodianIds.includes(custodianId)) {
    fault('custodian', `the custodian is not the institution that sends the document (root ${ROOT.organization})`)
  }
  const time = (text: string | undefined, pointer: string): string | null => {
    const given = filled(text)
    if (given === undefined) return null
    const read = toDateTime(given)
    if (read === undefined) fault(pointer, 'is no time')
    else if (isAhead(read, context.now)) fault(pointer, 'is a time that has not come yet')
    return read ?? null
  }
  const made = time(findFirst(root, 'effectiveTime')?.attributes['value'], 'effectiveTime')
  const versionAt = made === null ? undefined : instantOf(made)
  if (versionAt === undefined) fault('effectiveTime', 'the time at which the document was made is required')
  const issuedAt = time(findFirst(root, 'author', 'time')?.attributes['value'], 'author/time')
  const observations = [...sectionsOf(root)]
  const read = readObservations(observations, context, time, fault)
  const specimen = withNumber(read.specimen, role && idOf(findAll(role, 'id'), ROOT.specimen))
  if (read.items.length === 0) fault('component', `no item (${ITEM_CODE}) is in it`)
  if (faults.length > 0 || documentId === undefined || reportNo === undefined || versionAt === undefined) {
    return faults.slice(0, 20)
  }
  return {
    documentId,
    patient: patientOf(role),
    said: saidOf(role),
    report: {
      source: 'cda',
      institution: context.institution,
      laboratory: null,
      reportNo,
      numberSpace: null,
      status: statusOf(root),
      versionAt: versionAt.toISOString(),
      panel: { system: null, code: null, display: read.panel },
      specimen,
      issuedAt: issuedAt ?? made,
      conclusion: read.conclusion,
      items: read.items,
    },
  }
}

/** A document that replaces one before it, or is a later version, corrects it. */
function statusOf(root: Element): ReportStatus {
  const version = Number(findFirst(root, 'versionNumber')?.attributes['value'] ?? '1')
  const replaces = findAll(root, 'relatedDocument').some(
    (one) =>
      one.attributes['typeCode'] === 'RPLC' && filled(findFirst(one, 'parentDocument', 'id')?.attributes['extension']),
  )
  return version > 1 || replaces ? 'corrected' : 'final'
}

/** All observations of all sections, in the order of the document, however they are nested. */
function* sectionsOf(root: Element): Generator<Element> {
  const body = findAll(root, 'component')
  yield* observationsIn(body)
}

function* observationsIn(elements: readonly Element[]): Generator<Element> {
  for (const element of elements) {
    if (element.name === 'observation') yield element
    yield* observationsIn(element.children)
  }
}

interface Read {
  readonly items: readonly LabItem[]
  readonly specimen: LabSpecimen | null
  readonly panel: string | null
  readonly conclusion: string | null
}

/** Parts of one item while they are gathered. */
type Gathering = { -readonly [Part in keyof LabItem]: LabItem[Part] }

/**
 * The standard gives an item, its result and its quantity as entries that follow one another; some systems nest them.
 * In the order of the document both read the same: what follows an item belongs to it, until the next one.
 */
function readObservations(
  observations: readonly Element[],
  { codeSystem }: CdaContext,
  time: (text: string | undefined, pointer: string) => string | null,
  fault: (pointer: string, detail: string) => void,
): Read {
  const items: Gathering[] = []
  let method: string | null = null
  let specimen: LabSpecimen | null = null
  let conclusion: string | null = null
  for (const observation of observations) {
    const { code, codeSystem: system } = findFirst(observation, 'code')?.attributes ?? {}
    if (system !== ELEMENTS) continue
    const value = findFirst(observation, 'value')
    const item = items.at(-1)
    switch (code) {
      case METHOD:
        method = wordsOf(value) ?? null
        break
      case ITEM_CODE: {
        const read = readItemCode(value, codeSystem)
        // What follows would else be taken for that of the item before it.
        if (read === undefined) fault(ITEM_CODE, 'an item has no code, or one that is too long')
        if (read === undefined) break
        const measured = time(
          findFirst(observation, 'effectiveTime')?.attributes['value'],
          `${ITEM_CODE}/effectiveTime`,
        )
        items.push({
          ...EMPTY_ITEM,
          ...read,
          method,
          measuredAt: measured,
          ...readRangeOf(observation),
          flags: readFlagsOf(observation),
        })
        break
      }
      case SPECIMEN_TYPE: {
        // One report is of one specimen; the first that is described stands for it.
        const times = findFirst(observation, 'effectiveTime')
        specimen ??= {
          number: null,
          type: value?.attributes['code'] ?? wordsOf(value) ?? null,
          typeSystem: value?.attributes['codeSystem'] ?? null,
          typeText: wordsOf(value) ?? null,
          collectedAt: time(
            times && findFirst(times, 'low')?.attributes['value'],
            `${SPECIMEN_TYPE}/effectiveTime/low`,
          ),
          receivedAt: time(
            times && findFirst(times, 'high')?.attributes['value'],
            `${SPECIMEN_TYPE}/effectiveTime/high`,
          ),
          condition: null,
        }
        break
      }
      case SPECIMEN_STATE:
        specimen = withState(specimen, wordsOf(value))
        break
      case RESULT_CODE:
        if (item !== undefined && item.value.kind === 'none') item.value = readResultCode(value)
        break
      case QUANTITY:
        if (item === undefined) break
        item.value = withQuantity(item.value, readValue(value?.attributes['value'] ?? value?.text ?? ''), fault)
        item.unit = filled(value?.attributes['unit']) ?? item.unit
        if (item.range === null) Object.assign(item, readRangeOf(observation))
        if (item.flags.length === 0) item.flags = readFlagsOf(observation)
        break
      case UNIT:
        if (item !== undefined) item.unit = wordsOf(value) ?? item.unit
        break
      case CONCLUSION:
        conclusion ??= wordsOf(value) ?? null
        break
      case undefined:
      default:
    }
  }
  return { items, specimen, panel: null, conclusion }
}

const EMPTY_ITEM = {
  display: null,
  loinc: null,
  subId: null,
  value: { kind: 'none' },
  unit: null,
  range: null,
  flags: [],
  status: 'final',
  method: null,
  measuredAt: null,
} as const satisfies Partial<LabItem>

function readItemCode(
  value: Element | undefined,
  codeSystem: string,
): Pick<LabItem, 'localSystem' | 'localCode' | 'display'> | undefined {
  const given = filled(value?.attributes['code']) ?? filled(value?.text)
  if (given === undefined || given.length > 100) return undefined
  const localCode = plainCode(given)
  const oid = filled(value?.attributes['codeSystem'])
  // The standard leaves open which coding it is. One that is named is a table of its own.
  const localSystem = oid !== undefined && OID.test(oid) ? `urn:oid:${oid}` : codeSystem
  return { localSystem, localCode, display: filled(value?.attributes['displayName']) ?? null }
}

const OID = /^[0-2](?:\.(?:0|[1-9]\d{0,20})){1,30}$/

/**
 * An empty quantity beside a result in words says nothing, and the same number as the result has no more to say ("<0.5"
 * stays that). Another one is of nobody knows which item.
 */
function withQuantity(
  before: LabValue,
  quantity: LabValue,
  fault: (pointer: string, detail: string) => void,
): LabValue {
  if (quantity.kind === 'none') return before
  if (before.kind !== 'number') return quantity
  if (quantity.kind !== 'number' || quantity.number !== before.number) fault(QUANTITY, 'an item has two quantities')
  return before
}

function readResultCode(value: Element | undefined): LabValue {
  const code = filled(value?.attributes['code'])
  const words = wordsOf(value)
  if (code === undefined) return words === undefined ? { kind: 'none' } : readValue(words)
  const system = filled(value?.attributes['codeSystem'])
  const named = system !== undefined && OID.test(system) ? `urn:oid:${system}` : null
  return { kind: 'code', system: named, code: plainCode(code), display: words ?? null }
}

/** CDA R2 observationRange; the template has none, laboratories that fill it write it so. */
function readRangeOf(observation: Element): Pick<LabItem, 'range'> {
  const range = findFirst(observation, 'referenceRange', 'observationRange')
  if (range === undefined) return { range: null }
  const value = findFirst(range, 'value')
  const low = filled(value && findFirst(value, 'low')?.attributes['value'])
  const high = filled(value && findFirst(value, 'high')?.attributes['value'])
  if (low !== undefined && high !== undefined) return { range: readRange(`${low}-${high}`) }
  if (high !== undefined) return { range: readRange(`<=${high}`) }
  if (low !== undefined) return { range: readRange(`>=${low}`) }
  return { range: readRange(findFirst(range, 'text')?.text ?? '') }
}

const readFlagsOf = (observation: Element): readonly string[] =>
  readFlags(findAll(observation, 'interpretationCode').map((one) => one.attributes['code'] ?? ''))

function wordsOf(value: Element | undefined): string | undefined {
  return filled(value?.attributes['displayName']) ?? filled(value?.text)
}

function withState(specimen: LabSpecimen | null, state: string | undefined): LabSpecimen | null {
  return specimen === null ? null : { ...specimen, condition: specimen.condition ?? state ?? null }
}

function withNumber(specimen: LabSpecimen | null, number: string | undefined): LabSpecimen | null {
  return specimen === null || number === undefined ? specimen : { ...specimen, number }
}
