import { ageOn } from '../kernel/time.ts'
import { toWireId } from '../kernel/wire-id.ts'
import type { AskedBy, FullPerson, IdentifierType } from '../people/index.ts'
import type { Call } from './call.ts'
import type { OutRow } from './write-output.ts'

/** The code that is written for each kind. */
const CERT_TYPES: Readonly<Record<string, string>> = {
  'resident-id': '01',
  'travel-permit': '04',
  passport: '08',
  'social-security-card': '90',
}

const certTypeOf = (type: IdentifierType): string => CERT_TYPES[type] ?? '99'

/** The fields by which an answer names a person, as several tables have them. */
export function personFields(person: FullPerson, date: string): OutRow {
  return {
    psn_no: toWireId(person.personId),
    psn_cert_type: person.document === undefined ? '99' : certTypeOf(person.document.type),
    certno: person.document?.value,
    psn_name: person.name,
    gend: person.sex === 'male' ? '1' : '2',
    brdy: person.birthDate,
    age: ageOn(person.birthDate, date),
  }
}

/** Who asks, for the audit log of the person index. */
export const askedBy = ({ by, institution }: Call): AskedBy => ({
  clientId: by.clientId,
  org: institution.code,
  role: by.role,
  requestId: by.requestId,
  sourceAddress: by.sourceAddress,
})
