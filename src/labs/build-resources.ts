import { createHash } from 'node:crypto'
import type { Resource } from '../fhir/index.ts'
import { localDate } from '../kernel/time.ts'
import {
  type Choice,
  type CodeMapping,
  chooseMapping,
  type LocalResultCode,
  readUnit,
  type UnmappedSighting,
} from '../mappings/index.ts'
import { conditionCodeOf, isUnfit, resultCodeOf, specimenCodeOf } from './terms.ts'
import { instantOf } from './times.ts'
import type { LabItem, LabRange, LabReport, LabSpecimen, LabValue, ReportStatus } from './types.ts'

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const SECTION = 'http://terminology.hl7.org/CodeSystem/v2-0074'
const SPECIMEN_TYPE = 'http://terminology.hl7.org/CodeSystem/v2-0487'
const SPECIMEN_CONDITION = 'http://terminology.hl7.org/CodeSystem/v2-0493'
const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'
const REPORT_NUMBER = 'urn:oid:2.16.156.10011.1.33'
const SPECIMEN_NUMBER = 'urn:oid:2.16.156.10011.1.14'
/** Items of the recognition catalogue. */
const CATALOGUE_SYSTEM = 'urn:yimatong:recognition-item'
const INSTITUTION_URI = 'urn:yimatong:institution:'

export interface BuildContext {
  readonly reportId: string
  readonly personId: string
  readonly version: number
  /** State of the report after what came before it (`nextVersion`). */
  readonly status: ReportStatus
  readonly changedAt: Date
  readonly mappings: readonly CodeMapping[]
}

export interface Built {
  /** The report first, then its results and their specimen. */
  readonly resources: readonly Resource[]
  readonly unmapped: readonly UnmappedSighting[]
}

/** Decimals keep their spelling: 5.60 must not become 5.6 (R4 decimal). */
const rawDecimal = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): object }).rawJSON(text)

/**
 * The day of the test: by it mappings are chosen and validity is counted. Collection first, then measurement, then the
 * report (result-recognition: base date).
 */
export function testedOn(report: LabReport): string {
  const times = [report.specimen?.collectedAt, ...report.items.map((item) => item.measuredAt), report.issuedAt]
  for (const time of times) {
    const at = time === null || time === undefined ? undefined : instantOf(time)
    if (at !== undefined) return localDate(at)
  }
  return localDate(new Date(report.versionAt))
}

/** FHIR resources of a report by the hospital's mappings. A code or unit that none explains stays local, and is told. */
export function buildResources(report: LabReport, context: BuildContext): Built {
  const day = testedOn(report)
  const specimenId = `${context.reportId}.s`
  const ids = observationIds(report, context.reportId)
  const unmapped: UnmappedSighting[] = []
  const observations = report.items.map((item, index): Resource => {
    const code: LocalResultCode = {
      laboratory: report.laboratory,
      localSystem: item.localSystem,
      localCode: item.localCode,
      specimen: report.specimen?.type ?? null,
      method: item.method,
    }
    // A code of LOINC needs no mapping to be understood; its unit does.
    const choice = chooseMapping(context.mappings, code, day)
    const built = buildValue(item, choice)
    const problem =
      choice.kind !== 'mapped' && item.localSystem !== LOINC
        ? choice.kind
        : 'problem' in built
          ? built.problem
          : undefined
    if (problem !== undefined) {
      unmapped.push({
        ...code,
        institution: report.institution,
        unit: clip(item.unit, 60),
        specimen: clip(code.specimen, 100),
        method: clip(code.method, 100),
        display: clip(item.display, 200),
        problem,
      })
    }
    return {
      resourceType: 'Observation',
      id: ids[index] ?? `${context.reportId}.${index}`,
      meta: metaOf(report, context),
      status: context.status === 'entered-in-error' || context.status === 'cancelled' ? context.status : item.status,
      category: [{ coding: [{ system: CATEGORY, code: 'laboratory' }] }],
      code: codeOf(item, choice),
      subject: { reference: `Patient/${context.personId}` },
      ...timesOf(item, report),
      performer: [performerOf(report)],
      ...built.value,
      ...interpretationOf(item),
      ...rangeOf(item.range, choice, item),
      ...(item.method === null ? {} : { method: { text: item.method } }),
      ...(report.specimen === null ? {} : { specimen: { reference: `Specimen/${specimenId}` } }),
    }
  })
  return {
    resources: [
      reportResource(report, context, ids, specimenId),
      ...observations,
      ...(report.specimen === null ? [] : [specimenResource(report.specimen, report, context, specimenId)]),
    ],
    unmapped,
  }
}

/** Ids that stay the same from version to version: of the item's code and its place among items of that code. */
function observationIds(report: LabReport, reportId: string): readonly string[] {
  const seen = new Map<string, number>()
  return report.items.map(({ localSystem, localCode, subId }) => {
    const key = createHash('sha256')
      .update(JSON.stringify([localSystem, localCode, subId]))
      .digest('hex')
      .slice(0, 12)
    const nth = seen.get(key) ?? 0
    seen.set(key, nth + 1)
    return nth === 0 ? `${reportId}.${key}` : `${reportId}.${key}-${nth + 1}`
  })
}

function metaOf(report: LabReport, { version, changedAt }: BuildContext) {
  return {
    versionId: String(version),
    lastUpdated: changedAt.toISOString(),
    source: `${INSTITUTION_URI}${report.institution}`,
  }
}

const performerOf = (report: LabReport) => ({
  type: 'Organization',
  identifier: { system: 'urn:yimatong:institution', value: report.institution },
  ...(report.laboratory === null ? {} : { display: report.laboratory }),
})

function codeOf(item: LabItem, choice: Choice) {
  const mapping = choice.kind === 'mapped' ? choice.mapping : undefined
  const loinc = mapping?.loinc ?? item.loinc
  const coding = [
    ...(item.localSystem === LOINC
      ? []
      : [
          {
            system: item.localSystem,
            code: item.localCode,
            ...(item.display === null ? {} : { display: item.display }),
          },
        ]),
    ...(mapping === undefined || mapping.item === null ? [] : [{ system: CATALOGUE_SYSTEM, code: mapping.item }]),
    ...(loinc === null ? [] : [{ system: LOINC, code: loinc }]),
  ]
  return {
    ...(coding.length > 0 ? { coding } : {}),
    text: item.display ?? item.localCode,
  }
}

type BuiltValue = { readonly value: object } | { readonly value: object; readonly problem: UnmappedSighting['problem'] }

function buildValue(item: LabItem, choice: Choice): BuiltValue {
  const mapping = choice.kind === 'mapped' ? choice.mapping : undefined
  const { value } = item
  switch (value.kind) {
    case 'number':
      // Words of a result that are a digit alone ("1" for a grade) are no quantity where nothing says that they are.
      return item.unit === null && mapping !== undefined && mapping.ucum === null && value.comparator === null
        ? { value: { valueString: value.number } }
        : quantityOf(value, item.unit, mapping)
    case 'titre':
      return {
        value: {
          valueRatio: {
            numerator: { value: rawDecimal(value.numerator) },
            denominator: { value: rawDecimal(value.denominator) },
          },
        },
      }
    case 'text':
      return { value: wordsOf(value.text) }
    case 'code':
      return { value: codedOf(value) }
    case 'none':
      return { value: { dataAbsentReason: { coding: [{ system: ABSENT, code: 'unknown' }] } } }
  }
}

function quantityOf(
  { number, comparator }: Extract<LabValue, { kind: 'number' }>,
  unit: string | null,
  mapping: CodeMapping | undefined,
): BuiltValue {
  const compared = comparator === null ? {} : { comparator }
  const asWritten = {
    valueQuantity: { value: rawDecimal(number), ...compared, ...(unit === null ? {} : { unit }) },
  }
  if (mapping === undefined) return { value: asWritten }
  const read = readUnit(mapping, number, unit)
  if ('problem' in read) return { value: asWritten, problem: read.problem }
  const converted = mapping.factor !== null
  return {
    value: {
      valueQuantity: {
        value: rawDecimal(read.value),
        ...compared,
        unit: converted ? read.ucum : (unit ?? read.ucum),
        system: UCUM,
        code: read.ucum,
      },
      ...(converted ? { note: [{ text: `Reported as ${comparator ?? ''}${number} ${unit ?? ''}.` }] } : {}),
    },
  }
}

/** Words that mean one thing everywhere get their code; the words stay. */
function wordsOf(text: string) {
  const code = resultCodeOf(text)
  return code === undefined
    ? { valueString: text }
    : { valueCodeableConcept: { coding: [{ system: INTERPRETATION, code }], text } }
}

function codedOf({ system, code, display }: Extract<LabValue, { kind: 'code' }>) {
  const known = display === null ? undefined : resultCodeOf(display)
  const uri = system !== null && /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(system) ? { system } : {}
  return {
    valueCodeableConcept: {
      coding: [
        { ...uri, code, ...(display === null ? {} : { display }) },
        ...(known === undefined ? [] : [{ system: INTERPRETATION, code: known }]),
      ],
      ...(display === null ? {} : { text: display }),
    },
  }
}

function timesOf(item: LabItem, report: LabReport) {
  const effective = report.specimen?.collectedAt ?? item.measuredAt
  const issued = report.issuedAt === null ? undefined : instantOf(report.issuedAt)
  return {
    ...(effective === null ? {} : { effectiveDateTime: effective }),
    // R4 `instant` has a time of day: of a report that gives only its day nothing is made up.
    ...(issued !== undefined && report.issuedAt !== null && report.issuedAt.length > 10
      ? { issued: issued.toISOString() }
      : {}),
  }
}

/** Codes that v3 ObservationInterpretation has of table 0078. */
const KNOWN_FLAGS = new Set([
  'H',
  'L',
  'HH',
  'LL',
  'N',
  'A',
  'AA',
  'HU',
  'LU',
  '<',
  '>',
  'S',
  'R',
  'I',
  'POS',
  'NEG',
  'IND',
  'ND',
  'DET',
  'NR',
  'RR',
  'WR',
])

function interpretationOf({ flags }: LabItem) {
  if (flags.length === 0) return {}
  return {
    interpretation: flags.map((code) =>
      KNOWN_FLAGS.has(code) ? { coding: [{ system: INTERPRETATION, code }] } : { text: code },
    ),
  }
}

/** A range is in the unit of the value, so it goes the same way. Its text stays as the laboratory wrote it. */
function rangeOf(range: LabRange | null, choice: Choice, item: LabItem) {
  if (range === null) return {}
  const mapping = choice.kind === 'mapped' ? choice.mapping : undefined
  const end = (number: string) => {
    if (item.value.kind !== 'number' || mapping === undefined) {
      return { value: rawDecimal(number), ...(item.unit === null ? {} : { unit: item.unit }) }
    }
    const read = readUnit(mapping, number, item.unit)
    return 'problem' in read
      ? { value: rawDecimal(number), ...(item.unit === null ? {} : { unit: item.unit }) }
      : { value: rawDecimal(read.value), unit: read.ucum, system: UCUM, code: read.ucum }
  }
  return {
    referenceRange: [
      {
        ...(range.low === null ? {} : { low: end(range.low) }),
        ...(range.high === null ? {} : { high: end(range.high) }),
        text: range.text,
      },
    ],
  }
}

function reportResource(
  report: LabReport,
  context: BuildContext,
  observationIds: readonly string[],
  specimenId: string,
): Resource {
  const { code, system, display } = report.panel
  return {
    resourceType: 'DiagnosticReport',
    id: context.reportId,
    meta: metaOf(report, context),
    identifier: [{ system: REPORT_NUMBER, value: report.reportNo }],
    status: context.status,
    category: [{ coding: [{ system: SECTION, code: 'LAB' }] }],
    code: {
      ...(code === null
        ? {}
        : { coding: [{ ...(system === null ? {} : { system }), code, ...(display === null ? {} : { display }) }] }),
      text: display ?? code ?? '检验报告',
    },
    subject: { reference: `Patient/${context.personId}` },
    ...timesOf(report.items[0] ?? NO_ITEM, report),
    performer: [performerOf(report)],
    ...(report.specimen === null ? {} : { specimen: [{ reference: `Specimen/${specimenId}` }] }),
    ...(observationIds.length === 0
      ? {}
      : { result: observationIds.map((id) => ({ reference: `Observation/${id}` })) }),
    ...(report.conclusion === null ? {} : { conclusion: report.conclusion }),
  }
}

const NO_ITEM = { measuredAt: null } as LabItem

function specimenResource(specimen: LabSpecimen, report: LabReport, context: BuildContext, id: string): Resource {
  const words = specimen.typeText ?? specimen.type
  const standard = isTable0487(specimen) ? (specimen.type ?? undefined) : specimenCodeOf(words)
  const condition = specimen.condition
  const conditionCode = condition === null ? undefined : (conditionCodeOf(condition) ?? table0493(condition))
  return {
    resourceType: 'Specimen',
    id,
    meta: metaOf(report, context),
    ...(specimen.number === null ? {} : { identifier: [{ system: SPECIMEN_NUMBER, value: specimen.number }] }),
    status: isUnfit(condition) ? 'unsatisfactory' : 'available',
    ...(words === null
      ? {}
      : {
          type: {
            ...(standard === undefined ? {} : { coding: [{ system: SPECIMEN_TYPE, code: standard }] }),
            text: words,
          },
        }),
    subject: { reference: `Patient/${context.personId}` },
    ...(specimen.receivedAt === null ? {} : { receivedTime: specimen.receivedAt }),
    ...(specimen.collectedAt === null ? {} : { collection: { collectedDateTime: specimen.collectedAt } }),
    ...(condition === null
      ? {}
      : {
          condition: [
            {
              ...(conditionCode === undefined ? {} : { coding: [{ system: SPECIMEN_CONDITION, code: conditionCode }] }),
              text: condition,
            },
          ],
        }),
  }
}

/** A sender that names the table, or none at all with a code of its form. */
function isTable0487({ type, typeSystem }: LabSpecimen): boolean {
  if (type === null) return false
  return (typeSystem === 'HL70487' || typeSystem === null) && /^[A-Z0-9-]{2,12}$/.test(type)
}

const table0493 = (condition: string): string | undefined => (/^[A-Z]{3,4}$/.test(condition) ? condition : undefined)

const clip = (text: string | null, length: number): string | null => text?.slice(0, length) ?? null
