import { isDecimal, isList, isObject, type Resource } from '../fhir/index.ts'
import { localDate } from '../kernel/time.ts'
import { inForce } from './rules.ts'
import type { MappingRow } from './store.ts'
import type { Item, ResultFacts } from './types.ts'

const LOINC = 'http://loinc.org'
/** v2-0493 conditions of a specimen that spoil most results: haemolysed, clotted, contaminated, lipaemic. */
const UNFIT_CONDITIONS = new Set(['HEM', 'CLOT', 'CON', 'LIP'])
const UNFIT_STATUS = new Set(['unsatisfactory', 'entered-in-error'])

export interface Evidence {
  readonly observation: Resource
  readonly specimens: readonly Resource[]
  /** The report it stands in, if one was named: its state holds for its results too. */
  readonly report: Resource | undefined
}

export interface FactsRead {
  readonly facts: ResultFacts
  readonly item: Item | undefined
  /** The code the observation maps to, also where no version is in force. */
  readonly itemCode: string | undefined
}

/** Reads what the rules ask for out of FHIR resources. The value itself is looked at only for being there. */
export function readFacts(
  evidence: Evidence,
  register: { readonly items: readonly Item[]; readonly mappings: readonly MappingRow[] },
  context: { readonly today: string; readonly orderedItem?: string | undefined },
): FactsRead {
  const { observation, report } = evidence
  const codes = mappedCodes(observation, register)
  const [itemCode] = codes
  const versions = register.items.filter((one) => one.code === itemCode)
  const item = versions.find((one) => inForce(one, context.today))
  const shape = item ?? versions.at(-1)
  const specimen = specimenOf(evidence)
  const collected = text(observation['effectiveDateTime']) ?? periodStart(observation) ?? collectionTime(specimen)
  const base = collected ?? text(observation['issued'])
  const imaging = shape?.kind === 'imaging'
  return {
    item,
    itemCode,
    facts: {
      samePerson: true,
      readable: true,
      mapping: codes.length === 0 ? 'none' : codes.length === 1 ? 'confirmed' : 'ambiguous',
      fitsOrder: fitsOrder(itemCode, shape, specimen, context.orderedItem),
      status: worseStatus(text(observation['status']), report && text(report['status'])),
      baseDate: base === undefined ? null : toDate(base),
      baseIsReport: collected === undefined,
      missing: imaging ? [] : missingParts(observation, collected, specimen),
      specimenUnfit: isUnfit(specimen),
      // Images are announced by the report; without any they cannot be looked at.
      images: imaging ? (isList(report?.['imagingStudy']) ? 'available' : 'unavailable') : 'not-needed',
    },
  }
}

/** Items that the observation's codes lead to: a confirmed mapping of the hospital's own code, or a LOINC code. */
function mappedCodes(
  observation: Resource,
  register: { readonly items: readonly Item[]; readonly mappings: readonly MappingRow[] },
): readonly string[] {
  const codings =
    isObject(observation['code']) && isList(observation['code']['coding']) ? observation['code']['coding'] : []
  const found = codings
    .filter(isObject)
    .flatMap(({ system, code }) => [
      ...register.mappings.filter((row) => row.localSystem === system && row.localCode === code).map((row) => row.item),
      ...register.items
        .filter((item) => system === LOINC && item.loinc.some((one) => one === code))
        .map((item) => item.code),
    ])
  return [...new Set(found)]
}

function specimenOf({ observation, specimens }: Evidence): Resource | undefined {
  const reference = isObject(observation['specimen']) ? text(observation['specimen']['reference']) : undefined
  return specimens.find((one) => one.id !== undefined && reference?.endsWith(`Specimen/${one.id}`) === true)
}

function fitsOrder(
  itemCode: string | undefined,
  item: Item | undefined,
  specimen: Resource | undefined,
  ordered: string | undefined,
): boolean {
  if (ordered !== undefined && itemCode !== ordered) return false
  // No specimen at all is a matter of completeness, not of fit.
  if (item === undefined || item.specimen === null || specimen === undefined) return true
  const codings = isObject(specimen['type']) && isList(specimen['type']['coding']) ? specimen['type']['coding'] : []
  return codings.some((one) => isObject(one) && one['code'] === item.specimen)
}

/** A preliminary report makes its results preliminary, whatever they say of themselves. */
function worseStatus(own: string | undefined, report: string | undefined): string {
  const usable = (status: string | undefined) => status === 'final' || status === 'amended' || status === 'corrected'
  if (report !== undefined && !usable(report)) return report
  return own ?? 'unknown'
}

function missingParts(observation: Resource, collected: string | undefined, specimen: Resource | undefined): string[] {
  const missing: string[] = []
  const quantity = observation['valueQuantity']
  if (isObject(quantity)) {
    if (!isDecimal(quantity['value'])) missing.push('value')
    if (text(quantity['code']) === undefined && text(quantity['unit']) === undefined) missing.push('unit')
    if (!isList(observation['referenceRange'])) missing.push('reference-range')
  } else if (text(observation['valueString']) === undefined && !isObject(observation['valueCodeableConcept'])) {
    missing.push('value')
  }
  if (collected === undefined) missing.push('collection-time')
  if (specimen === undefined) missing.push('specimen')
  return missing
}

function isUnfit(specimen: Resource | undefined): boolean {
  if (specimen === undefined) return false
  if (UNFIT_STATUS.has(text(specimen['status']) ?? '')) return true
  const conditions = isList(specimen['condition']) ? specimen['condition'].filter(isObject) : []
  return conditions.some(
    ({ coding }) =>
      isList(coding) && coding.some((one) => isObject(one) && UNFIT_CONDITIONS.has(text(one['code']) ?? '')),
  )
}

function collectionTime(specimen: Resource | undefined): string | undefined {
  const collection = specimen?.['collection']
  return isObject(collection) ? text(collection['collectedDateTime']) : undefined
}

function periodStart(observation: Resource): string | undefined {
  const period = observation['effectivePeriod']
  return isObject(period) ? text(period['start']) : undefined
}

/** Day in Asia/Shanghai of an instant, or the day itself; a month or a year alone is no day. */
function toDate(value: string): string | null {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return value
  const at = new Date(value)
  return value.includes('T') && !Number.isNaN(at.getTime()) ? localDate(at) : null
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
