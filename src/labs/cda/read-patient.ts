import type { SaidOfPerson } from '../../people/index.ts'
import { sexOf } from '../terms.ts'
import { toDateTime } from '../times.ts'
import type { PatientIdentifier } from '../types.ts'
import { type Element, filled, findAll, findFirst } from './parse-xml.ts'

/** Root of identity numbers. */
const RESIDENT_ID = '2.16.156.10011.1.3'

/** The extension of the id with a root. */
export function idOf(ids: readonly Element[], root: string): string | undefined {
  return filled(ids.find((one) => one.attributes['root'] === root)?.attributes['extension'])
}

/** The identity number alone stands for a person; numbers of the hospital do not. */
export function patientOf(role: Element | undefined): readonly PatientIdentifier[] {
  if (role === undefined) return []
  const ids = [...findAll(role, 'patient', 'id'), ...findAll(role, 'id')]
  const value = idOf(ids, RESIDENT_ID)
  return value === undefined ? [] : [{ type: 'resident-id', value }]
}

/** What the document says of its patient besides; what is no date or no sex says nothing. */
export function saidOf(role: Element | undefined): SaidOfPerson {
  const patient = role && findFirst(role, 'patient')
  const names = (patient === undefined ? [] : findAll(patient, 'name')).slice(0, 10).map(nameOf)
  const birth = patient && findFirst(patient, 'birthTime')?.attributes['value']
  const sex = patient && findFirst(patient, 'administrativeGenderCode')?.attributes
  return {
    names: names.filter((name) => name !== ''),
    birthDate: toDateTime(birth?.trim().slice(0, 8) ?? '') ?? null,
    sex: sexOf(sex?.['code']) ?? null,
  }
}

/** A name as one text, or in its parts (EN of the data types). */
function nameOf(name: Element): string {
  const parts = name.children.filter((part) => part.name === 'family' || part.name === 'given')
  const words = parts.length > 0 ? parts.map((part) => part.text.trim()).join(' ') : name.text
  return words.trim().slice(0, 200)
}
