import type { SaidOfPerson } from '../../people/index.ts'
import { sexOf } from '../terms.ts'
import { toDateTime } from '../times.ts'
import type { PatientIdentifier } from '../types.ts'
import { type Segment, textOf, valueOf } from './message.ts'

/** Codes of table 0203 under which PID-3 gives numbers of the state. */
const IDENTIFIER_TYPES: Readonly<Record<string, Extract<PatientIdentifier, { type: string }>['type']>> = {
  NNCHN: 'resident-id',
  NI: 'resident-id',
  PPN: 'passport',
  TPR: 'travel-permit',
  SS: 'social-security-card',
}
/** Root of identity numbers in WS/T 500; senders put it as the assigning authority. */
const RESIDENT_ID_ROOT = '2.16.156.10011.1.3'

export function readPatient(pid: Segment | undefined): readonly PatientIdentifier[] {
  const found = (pid?.fields[2] ?? []).flatMap((parts): PatientIdentifier[] => {
    const value = textOf(parts[0])
    const authority = parts[3] ?? []
    const type = authority.includes(RESIDENT_ID_ROOT)
      ? 'resident-id'
      : IDENTIFIER_TYPES[textOf(parts[4])?.toUpperCase() ?? '']
    if (value === undefined || value.length > 100) return []
    if (type !== undefined) return [{ type, value }]
    // A number of the hospital is one in its name space; without an OID nobody can say whose number it is.
    const oid = authority[2] === 'ISO' && /^[0-9.]{3,100}$/.test(authority[1] ?? '') ? authority[1] : undefined
    return oid === undefined ? [] : [{ system: `urn:oid:${oid}`, value }]
  })
  // PID-19, up to version 2.3 the place of a national number.
  const national = valueOf(pid, 19)
  if (national !== undefined && /^\d{17}[\dXx]$/.test(national)) found.push({ type: 'resident-id', value: national })
  const distinct = new Map(found.map((one) => [JSON.stringify(one), one]))
  return [...distinct.values()].slice(0, 10)
}

/** PID-5 (XPN: family, given, further names), PID-7 and PID-8. What is no date or no sex says nothing. */
export function readSaid(pid: Segment | undefined): SaidOfPerson {
  const names = (pid?.fields[4] ?? []).slice(0, 10).map((parts) =>
    [0, 1, 2]
      .flatMap((at) => textOf(parts[at]) ?? [])
      .join(' ')
      .slice(0, 200),
  )
  return {
    names: names.filter((name) => name !== ''),
    birthDate: toDateTime(valueOf(pid, 7)?.slice(0, 8) ?? '') ?? null,
    sex: sexOf(valueOf(pid, 8)) ?? null,
  }
}
