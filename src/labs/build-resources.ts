import { createHash } from 'node:crypto'
import type { Resource } from '../fhir/index.ts'
import { localDate } from '../kernel/time.ts'
import {
  type Choice,
  type CodeMapping,
  chooseMapping,
  type LocalResultCode,
  type UnmappedSighting,
} from '../mappings/index.ts'
import { specimenResource } from './build-specimen.ts'
import { buildValue, interpretationOf, rangeOf } from './build-value.ts'
import { instantOf } from './times.ts'
import type { LabItem, LabReport, ReportStatus } from './types.ts'

const LOINC = 'http://loinc.org'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const SECTION = 'http://terminology.hl7.org/CodeSystem/v2-0074'
const REPORT_NUMBER = 'urn:oid:2.16.156.10011.1.33'
/** Items of the recognition catalogue. */
const CATALOGUE_SYSTEM = 'urn:yimatong:recognition-item'

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
  const common = commonOf(report, context)
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
      ...common,
      status: context.status === 'entered-in-error' || context.status === 'cancelled' ? context.status : item.status,
      category: [{ coding: [{ system: CATEGORY, code: 'laboratory' }] }],
      code: codeOf(item, choice),
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
      ...(report.specimen === null ? [] : [specimenResource(report.specimen, common, specimenId)]),
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

const INSTITUTION_URI = 'urn:yimatong:institution:'

/** What all resources of a report share. */
function commonOf(report: LabReport, { version, changedAt, personId }: BuildContext) {
  return {
    meta: {
      versionId: String(version),
      lastUpdated: changedAt.toISOString(),
      source: `${INSTITUTION_URI}${report.institution}`,
    },
    subject: { reference: `Patient/${personId}` },
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

function reportResource(
  report: LabReport,
  context: BuildContext,
  observationIds: readonly string[],
  specimenId: string,
): Resource {
  const { code, system, display } = report.panel
  const common = commonOf(report, context)
  return {
    resourceType: 'DiagnosticReport',
    id: context.reportId,
    ...common,
    identifier: [{ system: REPORT_NUMBER, value: report.reportNo }],
    status: context.status,
    category: [{ coding: [{ system: SECTION, code: 'LAB' }] }],
    code: {
      ...(code === null
        ? {}
        : { coding: [{ ...(system === null ? {} : { system }), code, ...(display === null ? {} : { display }) }] }),
      text: display ?? code ?? '检验报告',
    },
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

const clip = (text: string | null, length: number): string | null => text?.slice(0, length) ?? null
