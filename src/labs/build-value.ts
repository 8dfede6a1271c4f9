import { type Choice, type CodeMapping, readUnit, type UnmappedSighting } from '../mappings/index.ts'
import { resultCodeOf } from './terms.ts'
import type { LabItem, LabRange, LabValue } from './types.ts'

const UCUM = 'http://unitsofmeasure.org'
const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'
const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'

/** Decimals keep their spelling: 5.60 must not become 5.6 (R4 decimal). */
const rawDecimal = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): object }).rawJSON(text)

type BuiltValue = { readonly value: object } | { readonly value: object; readonly problem: UnmappedSighting['problem'] }

/** The value[x] of an item by its mapping; a unit that the mapping does not explain is told and stays as written. */
export function buildValue(item: LabItem, choice: Choice): BuiltValue {
  const mapping = choice.kind === 'mapped' ? choice.mapping : undefined
  const { value } = item
  switch (value.kind) {
    case 'number':
      // Also a digit that may be meant as a grade: as a quantity without a unit it is incomplete, as words it would count.
      return quantityOf(value, item.unit, mapping)
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

export function interpretationOf({ flags }: LabItem) {
  if (flags.length === 0) return {}
  return {
    interpretation: flags.map((code) =>
      KNOWN_FLAGS.has(code) ? { coding: [{ system: INTERPRETATION, code }] } : { text: code },
    ),
  }
}

/** A range is in the unit of the value, so it goes the same way. Its text stays as the laboratory wrote it. */
export function rangeOf(range: LabRange | null, choice: Choice, item: LabItem) {
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
