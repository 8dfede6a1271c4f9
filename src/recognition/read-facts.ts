import { isDecimal, isList, isObject, type Resource } from '../fhir/index.ts'
import { type CodeMapping, chooseMapping } from '../mappings/index.ts'
import { dayOf } from './days.ts'
import type { MappingsByCode } from './mapping-memory.ts'
import type { Catalogue } from './register.ts'
import type { Item, ResultFacts } from './types.ts'

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
/** v2-0493 conditions of a specimen that spoil most results: haemolysed, clotted, contaminated, lipaemic. */
const UNFIT_CONDITIONS = new Set(['HEM', 'CLOT', 'CON', 'LIP'])
const UNFIT_STATUS = new Set(['unsatisfactory', 'entered-in-error'])

export interface Evidence {
  readonly observation: Resource
  readonly specimens: readonly Resource[]
  /** False: specimens were not asked for, so that none is no fault of the result. */
  readonly specimensAsked?: boolean | undefined
  /** The report it stands in, if one was named: its state holds for its results too. */
  readonly report: Resource | undefined
}

export interface FactsRead {
  readonly facts: ResultFacts
  readonly item: Item | undefined
  /** The code the observation maps to, also where no version is in force. */
  readonly itemCode: string | undefined
}

/** What a reading needs of the register and of the moment. */
export interface ReadingRegister {
  readonly catalogue: Catalogue
  /** The issuer's confirmed mappings. */
  readonly mappings: MappingsByCode
  /** Whether a value in one unit can be had in another (UCUM). */
  readonly convertible: (from: string, to: string) => boolean
}

/** Reads what the rules ask for out of FHIR resources. The value itself is looked at only for being there. */
export function readFacts(
  evidence: Evidence,
  register: ReadingRegister,
  context: { readonly today: string; readonly division: string; readonly ordered?: readonly string[] | undefined },
): FactsRead {
  const { observation, report } = evidence
  const specimen = specimenOf(evidence)
  const collected = text(observation['effectiveDateTime']) ?? periodStart(observation) ?? collectionTime(specimen)
  const base = collected ?? text(observation['issued'])
  const baseDate = base === undefined ? null : dayOf(base)
  const codes = readCodes(evidence, specimen, register, baseDate ?? context.today)
  const [itemCode] = codes.items
  const item = itemCode === undefined ? undefined : register.catalogue.itemOn(itemCode, context.today, context.division)
  const shape = item ?? (itemCode === undefined ? undefined : register.catalogue.newest(itemCode))
  const imaging = shape?.kind === 'imaging'
  return {
    item,
    itemCode,
    facts: {
      samePerson: true,
      readable: true,
      mapping: codes.ambiguous
        ? 'ambiguous'
        : codes.items.length === 0
          ? 'none'
          : unitFits(observation, shape, codes.mappings, register)
            ? 'confirmed'
            : 'unit',
      fitsOrder: fitsOrder(itemCode, shape, specimen, context.ordered),
      status: worseStatus(text(observation['status']), report && text(report['status'])),
      baseDate,
      baseIsReport: collected === undefined,
      missing: imaging ? [] : missingParts(observation, collected, specimen, evidence.specimensAsked !== false),
      specimenUnfit: isUnfit(specimen),
      // Images are announced by the report; without any they cannot be looked at.
      images: imaging ? (isList(report?.['imagingStudy']) ? 'available' : 'unavailable') : 'not-needed',
    },
  }
}

/** Items that the observation's codes lead to: by a confirmed mapping of the hospital's own code, or by a LOINC code. */
function readCodes(
  { observation, specimensAsked }: Evidence,
  specimen: Resource | undefined,
  { catalogue, mappings }: ReadingRegister,
  day: string,
): { readonly items: readonly string[]; readonly mappings: readonly CodeMapping[]; readonly ambiguous: boolean } {
  const items: string[] = []
  const used: CodeMapping[] = []
  let ambiguous = false
  const add = (codes: readonly string[]): void => {
    for (const code of codes) if (!items.includes(code)) items.push(code)
  }
  for (const { system, code } of codingsOf(observation['code'])) {
    if (typeof system !== 'string' || typeof code !== 'string') continue
    if (system === LOINC) add(catalogue.byLoinc(code))
    const known = mappings.get(`${system}|${code}`)
    if (known === undefined) continue
    // A local code can mean another item with another specimen or method, and another one before a system change.
    const of = {
      laboratory: null,
      localSystem: system,
      localCode: code,
      specimen: text(codesOf(specimen?.['type'])[0]) ?? null,
      method: text(codesOf(observation['method'])[0]) ?? null,
    }
    // Specimens that were not asked for stand against no mapping.
    const open = specimen === undefined && specimensAsked === false
    const choice = chooseMapping(open ? known.map((one) => ({ ...one, specimen: null })) : known, of, day)
    if (choice.kind === 'ambiguous') ambiguous = true
    if (choice.kind !== 'mapped') continue
    used.push(choice.mapping)
    const { item, loinc } = choice.mapping
    if (item !== null) add([item])
    else if (loinc !== null) add(catalogue.byLoinc(loinc))
  }
  return { items, mappings: used, ambiguous: ambiguous || items.length > 1 }
}

/**
 * Whether the value's unit leads to the catalogue's: by UCUM on the observation, or by the confirmed mapping of the
 * laboratory's spelling. A value without a unit is incomplete (E10); a unit that leads nowhere is no mapping (E02).
 */
function unitFits(
  observation: Resource,
  item: Item | undefined,
  mappings: readonly CodeMapping[],
  { convertible }: ReadingRegister,
): boolean {
  const quantity = observation['valueQuantity']
  const wanted = item?.ucum ?? null
  if (wanted === null || !isObject(quantity)) return true
  const { system, code, unit } = quantity
  const spelled = text(unit) ?? text(code)
  if (spelled === undefined) return true
  const mapped = mappings.find((one) => one.ucum !== null && (one.unit === spelled || one.unit === code))
  const given = mapped?.ucum ?? (system === UCUM ? text(code) : undefined)
  return given !== undefined && (given === wanted || convertible(given, wanted))
}

function codingsOf(concept: unknown): readonly Readonly<Record<string, unknown>>[] {
  const codings = isObject(concept) ? concept['coding'] : undefined
  return isList(codings) ? codings.filter(isObject) : []
}

const codesOf = (concept: unknown): readonly unknown[] => codingsOf(concept).map((one) => one['code'])

function specimenOf({ observation, specimens }: Evidence): Resource | undefined {
  const reference = isObject(observation['specimen']) ? text(observation['specimen']['reference']) : undefined
  return specimens.find((one) => one.id !== undefined && reference?.endsWith(`Specimen/${one.id}`) === true)
}

function fitsOrder(
  itemCode: string | undefined,
  item: Item | undefined,
  specimen: Resource | undefined,
  ordered: readonly string[] | undefined,
): boolean {
  if (ordered !== undefined && (itemCode === undefined || !ordered.includes(itemCode))) return false
  // No specimen at all is a matter of completeness, not of fit.
  if (item === undefined || item.specimen === null || specimen === undefined) return true
  return codesOf(specimen['type']).includes(item.specimen)
}

/** A preliminary report makes its results preliminary, whatever they say of themselves. */
function worseStatus(own: string | undefined, report: string | undefined): string {
  const usable = (status: string | undefined) => status === 'final' || status === 'amended' || status === 'corrected'
  if (report !== undefined && !usable(report)) return report
  return own ?? 'unknown'
}

function missingParts(
  observation: Resource,
  collected: string | undefined,
  specimen: Resource | undefined,
  specimensAsked: boolean,
): string[] {
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
  if (specimen === undefined && specimensAsked) missing.push('specimen')
  return missing
}

function isUnfit(specimen: Resource | undefined): boolean {
  if (specimen === undefined) return false
  if (UNFIT_STATUS.has(text(specimen['status']) ?? '')) return true
  const conditions = isList(specimen['condition']) ? specimen['condition'].filter(isObject) : []
  return conditions.some((one) => codesOf(one).some((code) => typeof code === 'string' && UNFIT_CONDITIONS.has(code)))
}

function collectionTime(specimen: Resource | undefined): string | undefined {
  const collection = specimen?.['collection']
  return isObject(collection) ? text(collection['collectedDateTime']) : undefined
}

function periodStart(observation: Resource): string | undefined {
  const period = observation['effectivePeriod']
  return isObject(period) ? text(period['start']) : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
